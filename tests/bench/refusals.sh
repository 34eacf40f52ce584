#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# How long it takes to hear that a credential is refused, for causes that
# nobody should be able to tell apart by it: on a throw-away host, as lines of
# WHO LABEL US, where WHO is the one who answers, helper or pam.
set -euo pipefail
. /run/src/tests/e2e/lib.sh
ASK=/run/build/tests/bench/bench_ask
SOCKET=/run/httpauth/pam.sock

# app_passwords ID COUNT: of the right form, with secrets of nobody
app_passwords() {
    python3 - "$1" "$2" <<'PY'
import hashlib, secrets, sys
letters = "0123456789abcdefghjkmnpqrstvwxyz"
for _ in range(int(sys.argv[2])):
    id = sys.argv[1]
    if id == "-":
        id = "".join(secrets.choice(letters) for _ in range(12))
    text = f"hap_{id}_" + "".join(secrets.choice(letters) for _ in range(32))
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:5], "big") >> 5
    print(text + "".join(letters[bits >> shift & 31]
                         for shift in range(30, -1, -5)))
PY
}

syslog_start
httpauthctl issuer init >/dev/null 2>&1
mkdir -p /etc/httpauth
cat >/etc/httpauth/httpauthd.conf <<'C'
[httpauthd]
throttle_exempt = 127.0.0.0/16
throttle_max = 1h
[issuer local]
accept = host-password
[service times]
issuers = local
C
helper_start
id_of() { cut -d _ -f 2; }
known=$(httpauthctl app-password create --user alice | id_of)
others=$(httpauthctl app-password create --user bob | id_of)
printf 'auth required %s\n' "$MODULE" >/etc/pam.d/times

count=2000
# From 127.1.0.1 alice has guessed too often.
app_passwords - 40 | sed 's/^/guess 127.1.0.1 /' |
    "$ASK" times $SOCKET times alice >/dev/null
paste -d '\n' \
    <(app_passwords - $count | sed 's/^/unknown-id 127.0.0.1 /') \
    <(app_passwords "$known" $count | sed 's/^/wrong-secret 127.0.0.1 /') \
    <(app_passwords "$others" $count | sed "s/^/another-user's 127.0.0.1 /") \
    <(app_passwords "$known" $count | sed 's/^/throttled 127.1.0.1 /') |
    taskset -c 0 "$ASK" times $SOCKET times alice | sed 's/^/helper /'

# Through PAM, which adds its delay of one to three seconds.
one() { # LABEL USER ADDRESS CREDENTIAL
    local begin=${EPOCHREALTIME/./}
    pamtester -I "rhost=$3" times "$2" authenticate <<<"$4" >/dev/null 2>&1 || :
    echo "pam $1 $((${EPOCHREALTIME/./} - begin))"
}
for _ in $(seq 10); do
    mapfile -t guess < <(app_passwords "$known" 6)
    answers=()
    for i in 0 1 2 3 4 5; do
        one unknown-user nobody-here 127.0.0.1 "${guess[i]}" &
        answers+=($!)
        one wrong-secret alice 127.0.0.1 "${guess[i]}" &
        answers+=($!)
        one throttled alice 127.1.0.1 "${guess[i]}" &
        answers+=($!)
    done
    wait "${answers[@]}"
done
helper_stop
