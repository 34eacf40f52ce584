#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Opaque tokens, about which the provider is asked (RFC 7662): each way to
# authenticate there, its answers in JSON and signed, revocation, outages.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
printf 'rs-secret\n' | secret rs.secret
printf 'a+b%%c d:e\n' | secret odd.secret
printf 'rs-secret-of-32-bytes-or-longer!\n' | secret hmac.secret
printf 'not-the-secret\n' | secret wrong.secret
secret jwt.pem </run/idp/rs-jwt.pem
secret tls.pem </run/idp/client.pem
secret tls.key </run/idp/client.key

introspecting() { # lines about this host as a client
    configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = introspection
token_pattern = :base64url:43-43
$(printf '%b\n' "$@")
X
}
basic='client_auth = client_secret_basic\nclient_id = rs
client_secret_file = rs.secret'
opaque() { # [JSON]
    idp_token "{\"alg\": \"opaque\"${1:+, $1}}" | tee -a /run/tokens
    echo >>/run/tokens
}
asked() { idp_call hits '{}' | jq '."/token/introspection" // 0'; }

# --- each way to say who asks ---

introspecting "$basic"
logs_in 'client_secret_basic' "$(opaque)"
logs_in 'the same by the method password' "$(opaque)" alice password
introspecting 'client_auth = client_secret_basic' 'client_id = rs-odd' \
    'client_secret_file = odd.secret'
logs_in 'a secret that must be encoded' "$(opaque)"
introspecting 'client_auth = client_secret_post' 'client_id = rs-post' \
    'client_secret_file = rs.secret'
logs_in 'client_secret_post' "$(opaque)"
introspecting 'client_auth = client_secret_jwt' 'client_id = rs-hmac' \
    'client_secret_file = hmac.secret'
logs_in 'client_secret_jwt' "$(opaque)"
introspecting 'client_auth = private_key_jwt' 'client_id = rs-jwt' \
    'client_key_file = jwt.pem'
logs_in 'private_key_jwt' "$(opaque)"
introspecting 'client_auth = tls_client_auth' 'client_id = rs-mtls' \
    'client_certificate_file = tls.pem' 'client_certificate_key_file = tls.key'
logs_in 'tls_client_auth' "$(opaque)"
introspecting "$basic" 'introspection_answer = jwt'
logs_in 'a signed answer' "$(opaque)"

# --- what must not work ---

token=$(opaque)
is 'a signed answer of another provider is none' 'unavailable provider-answer' "$(
    idp_call fault "{\"path\": \"/token/introspection\", \"status\": 200,
        \"type\": \"application/token-introspection+jwt\",
        \"body\": \"$(idp_token '{}')\"}" >/dev/null
    tried "$token")"
is 'nor is one that is not signed' 'unavailable provider-answer' "$(
    idp_call fault '{"path": "/token/introspection", "status": 200,
        "body": "{\"active\": true, \"sub\": \"alice\"}"}' >/dev/null
    tried "$token")"

introspecting "$basic"
sshd_refuses 'a token nobody gave' inactive \
    "$(printf '%043d' 7)"
is 'the token of another' 'forbidden user-mismatch' "$(tried "$(opaque)" bob)"
is 'a token for nobody' 'wrong audience' "$(tried "$(idp_token \
    '{"alg": "bare"}')")"
introspecting "$basic" 'clients = other app'
is 'a token for nobody, given to a client of ours' 'accepted accepted' \
    "$(tried "$(idp_token '{"alg": "bare"}')")"
introspecting "$basic" 'clients = other'
is 'a token for nobody, given to another client' 'wrong client-id' \
    "$(tried "$(idp_token '{"alg": "bare"}')")"
SERVICE='require_scope = mail' introspecting "$basic"
is 'the scopes of the answer count' 'forbidden scope-rule' \
    "$(tried "$(opaque)")"
is '... and suffice' 'accepted accepted' \
    "$(tried "$(opaque '"scope": "mail"')")"

# --- the answer is remembered, but not for long ---

HTTPAUTHD='answer_ttl = 60s' introspecting "$basic"
token=$(opaque)
is 'asked once' 'accepted accepted' "$(tried "$token")"
before=$(asked)
is 'and the next time from memory' 'accepted accepted' "$(tried "$token")"
is 'without a question' "$before" "$(asked)"
introspecting "$basic"
token=$(opaque)
logs_in 'before it is revoked' "$token"
idp_call revoke "{\"token\": \"$token\"}" >/dev/null
check 'a revoked token ends with what was remembered of it' \
    wait_for 60 gives 'wrong inactive' "$token"
before=$(asked)
logs_in 'a Unix password' unix-alice
is 'is no question to anybody' "$before" "$(asked)"

# --- outages are nobody's wrong password ---

fault() { # JSON
    idp_call fault "{\"path\": \"/token/introspection\", $1}" >/dev/null
}
broken() { # NAME REASON FAULT
    local token
    token=$(opaque)
    fault "$3"
    is "$1" "unavailable $2" "$(tried "$token")"
    idp_call fault '{"clear": true}' >/dev/null
    is "$1, and again: accepted" 'accepted accepted' "$(tried "$token")"
}
HTTPAUTHD='answer_ttl = 1s\nthrottle_tries = 1' introspecting "$basic"
broken 'a server that is broken' provider '"status": 500'
broken 'half an answer' provider '"half": true'
# One that was open already may have been closed for its age: asked once more.
broken 'a connection that is cut' provider '"reset": true, "times": 2'
broken 'a page for people' provider-answer \
    '"status": 200, "type": "text/html", "body": "<html>Log in</html>"'
broken 'an answer without active' provider-answer '"status": 200, "body": "{}"'
broken 'active that is no boolean' provider-answer \
    '"status": 200, "body": "{\"active\": \"true\", \"sub\": \"alice\"}"'
broken 'a token that a proxy did not let through' client-refused \
    '"status": 401, "body": ""'
fault '"delay": 20000'
token=$(opaque)
begin=$SECONDS
is 'a server that hangs' 'unavailable timeout' "$(tried "$token")"
check 'within the deadline' test $((SECONDS - begin)) -le 8
fault '"status": 500'
logs_in 'the Unix password logs in meanwhile' unix-alice
idp_call fault '{"clear": true}' >/dev/null

introspecting "${basic/rs.secret/wrong.secret}"
for try in first second third; do
    is "a client secret that is wrong, $try time" \
        'unavailable client-refused' "$(tried "$(opaque)")"
done
has 'the log names the client secret' "$LOG" \
    'issuer idp: .*(client|secret).*invalid_client'
introspecting 'client_auth = client_secret_basic' 'client_id = rs-odd' \
    'client_secret_file = odd.secret' 'client_secret_encoding = raw'
is 'a secret that is not encoded but should be' 'unavailable provider-answer' \
    "$(tried "$(opaque)")"
has 'the log says what the provider said' "$LOG" 'issuer idp: .*invalid_request'
chmod 644 /etc/httpauth/rs.secret
introspecting "$basic"
is 'a secret that everybody can read is none' 'broken secret' \
    "$(tried "$(opaque)")"
chmod 640 /etc/httpauth/rs.secret

# --- the breaker: three users from three addresses ---

useradd -m -u 2003 dave
introspecting "$basic"
from() { # ADDRESS USER
    FROM=$1 tried "$(opaque)" "$2"
}
fault '"status": 500, "times": 99'
for try in first second third fourth; do
    is "one user from one address, $try time" 'unavailable provider' \
        "$(from 192.0.2.1 alice)"
done
is 'three users from one address: the second' 'unavailable provider' \
    "$(from 192.0.2.1 bob)"
is 'three users from one address: the third' 'unavailable provider' \
    "$(from 192.0.2.1 dave)"
is 'three users from two addresses' 'unavailable provider' \
    "$(from 192.0.2.2 bob)"
is 'from three, which opens it' 'unavailable provider' \
    "$(from 192.0.2.3 dave)"
is 'then nobody is asked for' 'unavailable breaker' "$(from 192.0.2.4 alice)"
idp_call fault '{"clear": true}' >/dev/null
closes() { [ "$(from 192.0.2.4 alice)" = 'accepted accepted' ]; }
check 'until it has rested and is well' wait_for 60 closes

mapfile -t tokens <<<"$(grep . /run/tokens)"
check 'no token is in any log' unlogged "${tokens[@]}"
check 'no secret is in any log' unlogged rs-secret 'a+b%c'
helper_stop
tap_end
