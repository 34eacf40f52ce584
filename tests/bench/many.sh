#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Many callers, many keys and issuers, and a start without network, on a
# throw-away host; prints rows of NAME VALUE UNIT BOUND BETTER.
set -euo pipefail
. /run/src/tests/e2e/methods.sh
BENCH=/run/build/tests/bench

syslog_start
httpauthctl issuer init >/dev/null 2>&1
field() { awk -v name="$1" '{ for (i = 1; i < NF; i += 2) if ($i == name) print $(i + 1) }'; }
median() { printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
load() { # SOCKET CALLERS COUNT <CREDENTIALS
    taskset -c 0 "$BENCH/load" "$1" alice pamtester "${@:2}"
}
pin() {
    local task
    for task in /proc/"$HELPER"/task/*; do
        taskset -pc 1 "${task##*/}" >/dev/null
    done
}

# Sixty-four callers at a time, against a server that only echoes.
few() {
    printf '[service *]\nissuers = local\n[service pamtester]\n' \
        >/etc/httpauth/httpauthd.conf
}
few
helper_start
pin
token=$(httpauthctl token mint --user alice --ttl 1h)
"$BENCH/echo" /run/httpauth/pam.sock alice pamtester \
    /run/echo.sock < <(printf '%s' "$token") &
echo=$!
wait_for 60 test -S /run/echo.sock
rate=() rate_echo=() p99=() p99_echo=()
for _ in 1 2 3 4 5 6 7; do
    line=$(load /run/echo.sock 64 20000 <<<"$token")
    rate_echo+=("$(field rate <<<"$line")") p99_echo+=("$(field p99 <<<"$line")")
    line=$(load /run/httpauth/pam.sock 64 20000 <<<"$token")
    rate+=("$(field rate <<<"$line")") p99+=("$(field p99 <<<"$line")")
done
kill $echo
wait $echo || :
echo "cached-64-callers-rate-vs-echo $(ratio "$(median "${rate[@]}")" \
    "$(median "${rate_echo[@]}")") ratio 0.65 higher"
echo "cached-64-callers-p99-vs-echo $(ratio "$(median "${p99[@]}")" \
    "$(median "${p99_echo[@]}")") ratio 1.5 lower"

# JWTs never seen before: 64 issuers of 16 keys each, against one of one.
for _ in $(seq 1000); do httpauthctl token mint --user alice; done >/run/jwts
cp /etc/httpauth/local.jwks /run/one.jwks
/usr/bin/python3 - >/run/many.jwks <<'X'
import base64, json
from cryptography.hazmat.primitives.asymmetric import ec
b64 = lambda n: base64.urlsafe_b64encode(n.to_bytes(32, "big")).rstrip(b"=").decode()
keys = json.load(open("/run/one.jwks"))["keys"]
for i in range(15):
    n = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    keys.insert(0, {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
                    "kid": "other-%d" % i, "x": b64(n.x), "y": b64(n.y)})
print(json.dumps({"keys": keys}))
X
many() {
    for i in $(seq 63); do
        printf '[issuer i%d]\nissuer = https://i%d.test\naudience = x\n' "$i" "$i"
        printf 'jwks_file = local.jwks\nusers = i%d-*\n' "$i"
    done >/etc/httpauth/httpauthd.conf
    printf '[service *]\nissuers = local\n[service pamtester]\n' \
        >>/etc/httpauth/httpauthd.conf
}
all_loaded() {
    httpauthctl status --json | jq -e 'all(.issuers[]; .keys > 0)' >/dev/null
}
fresh() { # KEYS few|many: the time of one
    cp "$1" /etc/httpauth/local.jwks
    "$2"
    httpauthctl reload >/dev/null
    httpauthctl flush >/dev/null
    wait_for 60 all_loaded
    load /run/httpauth/pam.sock 1 1000 </run/jwts >/run/line
    [ "$(field accepted </run/line)" = 1000 ] || cat /run/line >&2
    awk -v rate="$(field rate </run/line)" 'BEGIN { print 1000 / rate }'
}
one=() all=()
for _ in 1 2 3 4 5 6 7; do
    one+=("$(fresh /run/one.jwks few)")
    all+=("$(fresh /run/many.jwks many)")
done
echo "jwt-64-issuers-1024-keys-vs-1 $(ratio "$(median "${all[@]}")" \
    "$(median "${one[@]}")") ratio 1.1 lower"
helper_stop

# A start without network: from the start of the program to the first login
# with keys from the disk.
idp_start >/dev/null
configure <<X
[issuer work]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
X
jwt=$(idp_token '{"ttl": 3600}')
accepted() { [ "$(load /run/httpauth/pam.sock 1 1 <<<"$jwt" | field accepted)" = 1 ]; }
wait_for 60 accepted
helper_stop
server_stop idp
times=()
for _ in 1 2 3 4 5; do
    began=${EPOCHREALTIME/./}
    helper_start
    until accepted 2>/dev/null; do :; done
    times+=($(((${EPOCHREALTIME/./} - began) / 1000)))
    helper_stop
done
echo "start-without-network $(median "${times[@]}") ms 50 lower"
