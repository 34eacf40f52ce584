#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Guessing ends soon, from where it came and for whom it was, and for nobody
# else.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

AK_PORT=14610
standin_start authentik $AK_PORT
host_start
useradd -m -s /bin/bash -u 2003 dora
httpauthctl issuer init >/dev/null 2>&1
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
X
}
limited 'throttle_tries = 5\nthrottle_max = 1h'
right() { # USER
    standin_call authentik password "{\"user\": \"$1\"}" | jq -r .password
}
alice=$(right alice)
bob=$(right bob)
asked() {
    standin_call authentik log '{}' | jq '[.[] | select(.method == "POST")] |
        length'
}
# guess ADDRESS [USER]: one that was never tried before
number=0
guess() {
    number=$((number + 1))
    FROM=$1 tried "$(printf '%060x' $number)" "${2:-alice}" >/run/guessed
}
guess_is() { # REASON ADDRESS [USER]
    guess "${@:2}"
    grep -q " $1$" /run/guessed
}
ssh_from() { # ADDRESS CREDENTIAL [USER]
    SSH_FROM=$1 ssh_as "${3:-alice}" keyboard-interactive "$2" 2>/dev/null || :
}

for i in 1 2 3 4 5; do
    check "guess $i is tried" guess_is password 127.0.0.2
done
before=$(asked)
check 'a sixth is not' guess_is throttled 127.0.0.2
is 'nor is the right one' 'throttled throttled' "$(FROM=127.0.0.2 tried "$alice")"
is 'nobody was asked' "$before" "$(asked)"
for i in 1 2; do
    check "when the pause is over, guess $i is tried" \
        wait_for 60 guess_is password 127.0.0.2
done
# A pause of four seconds.
is 'not the right one, by sshd' '' "$(ssh_from 127.0.0.2 "$alice")"
is 'the log says why' throttled "$(reason)"
has 'the failure is logged as usual' "$AUTHLOG" \
    'sshd.*: authentication failure; .*rhost=127.0.0.2 +user=alice'
is 'another address: alice herself' alice "$(ssh_from 127.0.0.3 "$alice")"
is 'the same address: another user' bob "$(ssh_from 127.0.0.2 "$bob" bob)"
is 'the same address: a token that is no guess' alice \
    "$(ssh_from 127.0.0.2 "$(httpauthctl token mint --user alice)")"
is 'the same address: a Unix password' alice "$(ssh_from 127.0.0.2 unix-alice)"
# By one not seen before: what is remembered needs no forgiveness.
let_in() { FROM=127.0.0.2 gives 'accepted accepted' "$(right alice)"; }
check 'the pause ends' wait_for 60 let_in
for i in 1 2 3 4 5; do
    check "and is forgiven: guess $i is tried" guess_is password 127.0.0.2
done

# A client that repeats itself guesses once.
for _ in 1 2 3 4 5 6 7; do
    FROM=127.0.0.4 tried "$(printf '%060x' 1000)" >/dev/null
done
is 'the same wrong one, many times' 'accepted accepted' \
    "$(FROM=127.0.0.4 tried "$alice")"
for i in 1 2 3 4 5; do guess '' bob; done
check 'without an address it is the caller who has to pause' \
    guess_is throttled '' bob

limited 'throttle_tries = 1\nthrottle_exempt = 127.0.0.6/31'
for i in 1 2 3; do
    check "guess $i from an exempt network" guess_is password 127.0.0.7
done
limited 'throttle_tries = 1000\nprovider_tries = 3'
for i in 1 2 3; do
    check "guess $i from all over" guess_is password "127.0.1.$i" dora
done
before=$(asked)
check 'then the provider is spared' guess_is throttled 127.0.1.4 dora
is 'and was not asked' "$before" "$(asked)"
helper_stop
unset HELPER
limited 'throttle_tries = 1000\naddress_tries = 3'
for user in alice bob dora; do
    check "a guess for $user from one address" \
        guess_is password 127.0.2.1 $user
done
before=$(asked)
check 'then that address has to wait, whoever the user is' \
    guess_is throttled 127.0.2.1 bob
is 'and nobody was asked' "$before" "$(asked)"
check 'not another one' guess_is password 127.0.2.2 bob
helper_stop
tap_end
