#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Guessing ends soon, from where it came and for whom it was, and for nobody
# else.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

AK_PORT=14610
standin_start authentik $AK_PORT
host_start
httpauthctl issuer init >/dev/null 2>&1
# The local issuer knows bob; app passwords are alice's and bob's.
limited() { # lines of [httpauthd]
    HTTPAUTHD="answer_ttl = 1s\n$1" SERVICE='issuers = ak local' configure <<X
[issuer ak]
issuer = https://localhost:$AK_PORT/application/o/ssh/
audience = ssh-client
ca_file = /run/tls/ca.pem
accept = app-password
password_pattern = :hex:60-60
client_id = ssh-client
token_type = access
required_claims = azp
username_claim = preferred_username
users = *
X
}
limited 'throttle_tries = 5\nthrottle_max = 1h'
alice=$(standin_call authentik password '{}' | jq -r .password)
bob=$(standin_call authentik password '{"user": "bob"}' | jq -r .password)
asked() {
    standin_call authentik log '{}' | jq '[.[] | select(.method == "POST")] |
        length'
}
from() { # ADDRESS CREDENTIAL [USER]
    SSH_FROM=$1 ssh_as "${3:-alice}" keyboard-interactive "$2" 2>/dev/null || :
}
guess() { printf '%060x' "$1"; }

for number in 1 2 3 4 5; do
    is "guess $number" '' "$(from 127.0.0.2 "$(guess "$number")")"
    is "guess $number was asked about" "password" "$(reason)"
done
before=$(asked)
is 'a sixth is not tried' '' "$(from 127.0.0.2 "$(guess 6)")"
is 'the log says so' throttled "$(reason)"
is 'nor is the right one' '' "$(from 127.0.0.2 "$alice")"
is 'nobody was asked' "$before" "$(asked)"
has 'the failure is logged as usual' "$AUTHLOG" \
    'sshd.*: authentication failure; .*rhost=127.0.0.2 +user=alice'

is 'another address: alice herself' alice "$(from 127.0.0.3 "$alice")"
is 'the same address: another user' bob "$(from 127.0.0.2 "$bob" bob)"
is 'the same address: a token that needs no guess' alice \
    "$(from 127.0.0.2 "$(httpauthctl token mint --user alice)")"
is 'the same address: a Unix password' alice "$(from 127.0.0.2 unix-alice)"
let_in() { [ "$(from 127.0.0.2 "$alice")" = alice ]; }
check 'the pause ends' wait_for 20 let_in
is 'and is forgiven: a wrong one is tried again' password \
    "$(from 127.0.0.2 "$(guess 7)" >/dev/null; reason)"

# The same wrong one again is no new guess: a client that repeats itself.
for _ in 1 2 3 4 5 6 7; do
    from 127.0.0.4 "$(guess 8)" >/dev/null
done
is 'the same wrong one, many times' alice "$(from 127.0.0.4 "$alice")"

# --- without an address it is the caller's uid; exempt networks; the cap ---

for number in 11 12 13 14 15; do tried "$(guess $number)" bob >/dev/null; done
is 'a caller without an address' 'throttled throttled' \
    "$(tried "$(guess 16)" bob)"
limited 'throttle_tries = 1\nthrottle_exempt = 127.0.0.6/31'
for number in 21 22 23; do
    is "guess $number from an exempt network" password \
        "$(from 127.0.0.7 "$(guess $number)" >/dev/null; reason)"
done
limited 'throttle_tries = 1000\nprovider_tries = 3'
useradd -m -u 2003 dora
for number in 31 32 33; do
    is "dora from 127.0.0.$number" 'wrong' "$(from "127.0.0.$number" \
        "$(guess $number)" dora; reason | sed 's/password/wrong/')"
done
is 'the provider is spared what comes from all over' throttled \
    "$(from 127.0.0.34 "$(guess 34)" dora; reason)"
helper_stop
tap_end
