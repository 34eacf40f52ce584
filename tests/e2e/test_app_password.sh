#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# App passwords at the provider, authentik's way, and the traps on that way:
# an empty user name must never get there, nor our client secret.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

AK_PORT=14610
AK=https://localhost:$AK_PORT/application/o/ssh/
standin_start authentik $AK_PORT
host_start
new() { # [USER [STATE]]: an app password
    standin_call authentik password "{\"user\": \"${1:-alice}\",
        \"state\": \"${2:-good}\"}" | jq -r .password | tee -a /run/passwords
}
wrong() { printf '%060x' "$RANDOM$RANDOM"; }
alice=$(new)
bob=$(new bob)
printf 'client-secret\n' | secret client.secret

exchanging() { # further lines
    configure <<X
[issuer ak]
issuer = $AK
audience = ssh-client
ca_file = /run/tls/ca.pem
accept = app-password
client_id = ssh-client
token_type = access
required_claims = azp
username_claim = preferred_username
token_scope = openid profile
$(printf '%b\n' "$@")
X
}
exchanging 'password_pattern = :hex:60-60'

# What the token endpoint was asked, as JSON.
asked() {
    standin_call authentik log '{}' |
        jq -c '[.[] | select(.path == "/application/o/token/")]'
}
count() { asked | jq length; }
logs_in 'keyboard-interactive' "$alice"
logs_in 'password' "$bob" bob password
sshd_refuses 'a wrong one' password "$(wrong)"
is 'the one of another user' 'wrong password' "$(tried "$bob")"
is 'of a user whom a policy denies' 'wrong password' \
    "$(tried "$(new bob denied)" bob)"
is 'an expired one' 'wrong password' "$(tried "$(new bob expired)" bob)"
standin_call authentik rename '{"from": "bob", "to": "alice"}' >/dev/null
is 'a token for somebody else than asked for' 'forbidden user-mismatch' \
    "$(tried "$(new bob)" bob)"
standin_call authentik rename '{"from": "bob", "to": "bob"}' >/dev/null

before=$(count)
is 'an empty answer is not ours' 'not-ours unasked' "$(tried '')"
logs_in 'a Unix password' unix-alice
is 'neither is a question to the provider' "$before" "$(count)"
HTTPAUTHD='answer_ttl = 60s' exchanging 'password_pattern = :hex:60-60'
is 'asked once' 'accepted accepted' "$(tried "$alice")"
before=$(count)
is 'and the next time from memory' 'accepted accepted' "$(tried "$alice")"
is 'without a question' "$before" "$(count)"

# Whoever writes `any` sends what people type, but never nothing.
exchanging 'password_pattern = any'
before=$(count)
is 'any: an empty answer is not ours' 'not-ours unasked' "$(tried '')"
is 'any: a JWT is no password' 'wrong issuer' \
    "$(tried "$(httpauthctl issuer init >/dev/null 2>&1
        httpauthctl token mint --user alice)")"
is 'any: nor is an app password of this host' 'wrong form' \
    "$(tried hap_junk)"
is 'any: nothing of this was sent' "$before" "$(count)"
is 'any: a Unix password is' 'wrong password' "$(tried unix-alice)"
is 'any: once' $((before + 1)) "$(count)"

# --- outages, and answers that are none ---

exchanging 'password_pattern = :hex:60-60'
fault() {
    standin_call authentik fault "{\"path\": \"/application/o/token/\", $1}" \
        >/dev/null
}
for broken in '"status": 503, "body": "later"' \
    '"status": 200, "body": "<html>Log in</html>"' \
    '"status": 200, "type": "application/json", "body": "{}"' \
    '"status": 200, "type": "application/json", "body":
        "{\"access_token\": \"opaque\", \"token_type\": \"Bearer\"}"'; do
    fault "$broken"
    is "broken: $(tr -d '\n' <<<"$broken")" \
        "unavailable provider$([[ $broken = *503* ]] || echo -answer)" \
        "$(tried "$(new bob)" bob)"
done
fault '"status": 400, "type": "application/json",
    "body": "{\"error\": \"invalid_client\"}"'
is 'a client that the provider does not know' 'unavailable client-refused' \
    "$(tried "$(new bob)" bob)"
is 'and again: accepted' 'accepted accepted' "$(tried "$(new bob)" bob)"

# --- what the provider saw, all in all ---

is 'no request without a user name' 0 \
    "$(asked | jq '[.[] | select((.form.username // "") == "")] | length')"
is 'no request without a password' 0 \
    "$(asked | jq '[.[] | select((.form.password // "") == "")] | length')"
is 'no request with a client secret' 0 "$(asked | jq '[.[] | select(
    .form.client_secret or .form.client_assertion or .basic)] | length')"
is 'client_credentials in each' '["client_credentials"]' \
    "$(asked | jq -c '[.[].form.grant_type] | unique')"
is 'nothing in a URL' '[{}]' "$(asked | jq -c '[.[].query] | unique')"
mapfile -t passwords </run/passwords
check 'no password is in any log' unlogged "${passwords[@]}"
helper_stop
tap_end
