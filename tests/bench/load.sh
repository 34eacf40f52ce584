#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Many logins at once, on a throw-away host; prints rows of NAME VALUE UNIT
# BOUND BETTER.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start >/dev/null
syslog_start
secret idp.secret <<<rs-secret
export HTTPAUTHD='callers_max = 8192\nanswer_ttl = 10m\nthrottle_tries = 1000
provider_tries = 100000
address_tries = 100000'
configure <<X
$(work_issuer)
X
load() { # CALLERS COUNT <CREDENTIALS
    /run/build/tests/bench/load /run/httpauth/pam.sock alice pamtester "$@"
}
field() { awk -v name="$1" '{ for (i = 1; i < NF; i += 2) if ($i == name) print $(i + 1) }'; }
opaque() { idp_token '{"alg": "opaque"}'; }
ready() { [ "$(load 1 1 <<<"$(opaque)" | field accepted)" = 1 ]; }
wait_for 60 ready

# Five thousand at once with one opaque token: one request, and nobody lost.
before=$(idp_call hits '{}' | jq '."/token/introspection" // 0')
opaque | load 5000 5000 >/run/five
after=$(idp_call hits '{}' | jq '."/token/introspection"')
echo "single-flight-5000-requests $((after - before)) count 1 lower"
echo "single-flight-5000-errors $((5000 - $(field accepted </run/five))) count 0 lower"

# Cached ones while the provider hangs and five hundred others wait for it.
taskset -pc 1 "$HELPER" >/dev/null
known=$(opaque)
load 16 1000 <<<"$known" >/dev/null
idp_call fault '{"path": "/token/introspection", "delay": 60000, "times": 100000}' \
    >/dev/null
calm=() hang=()
p99() { taskset -c 0 /run/build/tests/bench/load /run/httpauth/pam.sock alice \
    pamtester 16 20000 <<<"$known" | field p99; }
waiting() { httpauthctl status --json | jq -e '.inquiries >= 500' >/dev/null; }
none_waits() { httpauthctl status --json | jq -e '.inquiries == 0' >/dev/null; }
for _ in 1 2 3 4 5; do
    wait_for 60 none_waits
    calm+=("$(p99)")
    head -c 24000 /dev/urandom | base64 -w 43 | tr '+/' '-_' | grep -v = |
        head -n 500 | load 500 500 >/run/hung &
    pid=$!
    wait_for 60 waiting
    hang+=("$(p99)")
    wait $pid || :
done
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
awk -v a="$(median "${hang[@]}")" -v b="$(median "${calm[@]}")" \
    'BEGIN { printf "cached-p99-while-hang %.3f ratio 1.5 lower\n", a / b }'
helper_stop

# The helper is killed again and again, its sockets held as systemd would: a
# login by the module waits for the next one.
rm -f /run/httpauth/*.sock
helper_supervise
printf 'auth required %s\n' "$MODULE" >/etc/pam.d/pamtester
idp_call fault '{"clear": true}' >/dev/null
idp_token '{"ttl": 3600}' >/run/token
one() { # microseconds
    local begin=${EPOCHREALTIME/./}
    pamtester pamtester alice authenticate </run/token >/dev/null 2>&1 ||
        return 1
    echo $((${EPOCHREALTIME/./} - begin))
}
settled() { one >/dev/null; }
wait_for 60 settled
: >/run/kill
while [ -e /run/kill ]; do
    kill -KILL "$(cat /run/helper.pid)" 2>/dev/null || :
    read -rt 0.15 <> <(:) || :
done &
killer=$!
lost=0 longest=0
for _ in $(seq 300); do
    took=$(one) || { lost=$((lost + 1)) && continue; }
    [ "$took" -le "$longest" ] || longest=$took
done
rm /run/kill
wait $killer
echo "kill-wait $((longest / 1000)) ms 250 lower"
echo "kill-lost $lost count 0 lower"
helper_stop
