#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `ssh host true`, whole, in turns: with pam_permit, with pam_unix, and with a
# token; prints rows of NAME VALUE UNIT BOUND BETTER, and the medians on
# standard error.
set -euo pipefail
. /run/src/tests/e2e/lib.sh
ROUNDS=41

syslog_start
httpauthctl issuer init >/dev/null 2>&1
printf '[service *]\nissuers = local\n[service sshd]\n' \
    >/etc/httpauth/httpauthd.conf
helper_start
hash=$(/usr/bin/python3 -W ignore -c \
    'import crypt; print(crypt.crypt("unix-alice", "$y$j9T$abcdefghijklmnop$"))')
usermod -p "$hash" alice
ssh-keygen -q -t ed25519 -N '' -f /run/hostkey

# sshd takes its own name for that of the PAM service.
stack() { # SERVICE PORT AUTH-LINE
    printf '%s\naccount required pam_permit.so\nsession required pam_permit.so\n' \
        "$3" >"/etc/pam.d/$1"
    [ "$1" = sshd ] || cp /usr/sbin/sshd "/run/bin/$1"
    cat >"/run/$1.conf" <<X
Port $2
ListenAddress 127.0.0.1
HostKey /run/hostkey
PidFile /run/$1.pid
UsePAM yes
KbdInteractiveAuthentication yes
UseDNS no
X
    "$(command -v "$1")" -f "/run/$1.conf"
    wait_for 60 test -e "/run/$1.pid"
}
stack sshdpermit 2291 'auth required pam_permit.so'
stack sshdunix 2292 'auth required pam_unix.so'
stack sshd 2293 "auth required $MODULE"

export XDG_CONFIG_HOME=/run/config HOME=/root
export SSH_ASKPASS=/run/bin/httpauth-askpass SSH_ASKPASS_REQUIRE=force
mkdir -p /run/config/httpauth
echo 'alice@127.0.0.1' >/run/config/httpauth/hosts
chmod 600 /run/config/httpauth/hosts
x() { head -c "$1" /dev/zero | tr '\0' x; }
minted() { # BYTES of padding, in two claims
    httpauthctl token mint --user alice --claim "p=\"$(x $(($1 / 2)))\"" \
        --claim "q=\"$(x $(($1 - $1 / 2)))\"" 2>/dev/null
}
one() { # NAME PORT TOKEN: microseconds into a file
    local begin=${EPOCHREALTIME/./}
    HTTPAUTH_TOKEN=$3 setsid -w ssh -F none -p "$2" -l alice \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o LogLevel=ERROR \
        -o PreferredAuthentications=keyboard-interactive 127.0.0.1 true \
        </dev/null
    echo $((${EPOCHREALTIME/./} - begin)) >>"/run/$1.us"
}
cached=$(minted 0)
fresh=() four=() sixteen=()
for _ in $(seq $ROUNDS); do
    fresh+=("$(minted 540)") four+=("$(minted 2720)") sixteen+=("$(minted 11900)")
done
one warm 2293 "$cached"
for n in $(seq 0 $((ROUNDS - 1))); do
    one permit 2291 x
    one cached 2293 "$cached"
    one fresh 2293 "${fresh[n]}"
    one unix 2292 unix-alice
    one four 2293 "${four[n]}"
    one sixteen 2293 "${sixteen[n]}"
done
median() { sort -n "/run/$1.us" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
permit=$(median permit)
for name in permit cached fresh four sixteen unix; do
    echo "$name $(median $name) us" >&2
done
row() { # NAME OF AGAINST BOUND
    awk -v n="$1" -v a="$(median "$2")" -v b="$3" -v m="$4" \
        'BEGIN { printf "%s %.3f ratio %s lower\n", n, a / b, m }'
}
row ssh-cached-vs-permit cached "$permit" 1.03
row ssh-fresh-vs-permit fresh "$permit" 1.05
row ssh-4k-vs-unix four "$(median unix)" 1
row ssh-16k-vs-unix sixteen "$(median unix)" 1
row ssh-cached-vs-unix cached "$(median unix)" 1
row ssh-fresh-vs-unix fresh "$(median unix)" 1
helper_stop
