#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is measured with a running helper, on a throw-away host; prints rows of
# NAME VALUE UNIT BOUND BETTER.
set -euo pipefail
. /run/src/tests/e2e/lib.sh
ca=/etc/ssl/certs/ca-certificates.crt

syslog_start
httpauthctl issuer init >/dev/null 2>&1
cat >/etc/httpauth/httpauthd.conf <<X
[issuer one]
issuer = https://one.test
audience = ssh://%H
jwks_file = local.jwks
ca_file = $ca
users = one-*
[issuer two]
issuer = https://two.test
audience = ssh://%H
jwks_file = local.jwks
ca_file = $ca
users = two-*
[service *]
issuers = local
[service pamtester]
X
helper_start
token=$(httpauthctl token mint --user alice --ttl 1h)
long=$(httpauthctl token mint --user alice --ttl 1h --claim \
    "note=\"$(head -c 560 /dev/zero | tr '\0' x)\"" 2>/dev/null)
rss=$(awk '/VmRSS/ { print $2 }' "/proc/$HELPER/status")
floor=$(/run/build/tests/bench/bench_idle "$ca" | awk '{ print $1 }')
awk -v a="$rss" -v b="$floor" \
    'BEGIN { printf "helper-rss %.3f ratio 1.3 lower\n", a / b }'

taskset -pc 1 "$HELPER" >/dev/null
for task in /proc/"$HELPER"/task/*; do
    taskset -pc 1 "${task##*/}" >/dev/null
done
read -r _ ours _ echo < <(printf '%s' "$long" |
    /run/build/tests/bench/bench_socket /run/httpauth/pam.sock alice pamtester)
awk -v a="$ours" -v b="$echo" \
    'BEGIN { printf "cached-verdict-vs-echo %.3f ratio 1.3 lower\n", a / b }'

# pamtester: the whole of libpam, in turns.
printf 'auth required pam_permit.so\n' >/etc/pam.d/bench-permit
printf 'auth required pam_unix.so\n' >/etc/pam.d/bench-unix
printf 'auth required %s\n' "$MODULE" >/etc/pam.d/pamtester
hash=$(/usr/bin/python3 -W ignore -c \
    'import crypt; print(crypt.crypt("unix-alice", "$y$j9T$abcdefghijklmnop$"))')
usermod -p "$hash" alice
printf '%s\n' "$token" >/run/token
printf 'unix-alice\n' >/run/unix
one() { # SERVICE ANSWER: microseconds
    local begin=${EPOCHREALTIME/./}
    pamtester "$1" alice authenticate <"$2" >/dev/null 2>&1 || return 1
    echo $((${EPOCHREALTIME/./} - begin))
}
for _ in $(seq 101); do
    one bench-permit /run/token >>/run/permit.us
    one pamtester /run/token >>/run/ours.us
done
for _ in $(seq 11); do one bench-unix /run/unix >>/run/unix.us; done
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
awk -v a="$(median /run/ours.us)" -v b="$(median /run/permit.us)" \
    -v c="$(median /run/unix.us)" 'BEGIN {
        printf "pamtester-cached %.3f ms 1.0 lower\n", (a - b) / 1000
        printf "pamtester-cached-vs-unix %.3f ratio 1 lower\n", a / c
    }'
helper_stop
