#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A second provider written by others, glewlwyd: one issuer with keys of four
# kinds, JWTs that can be introspected as well, and its own idea of how a
# client says who it is.
set -euo pipefail
. /run/src/tests/e2e/methods.sh
. /run/src/tests/e2e/glewlwyd.sh

if ! installed glewlwyd rnbyc sqlite3; then
    tap_end
    exit
fi
glewlwyd_start
host_start
printf 'secret\n' | secret client.secret
printf 'a+b%%c d:e\n' | secret odd.secret
secret jwt.pem <"$G/c-jwt.pem"
secret tls.pem < <(cat /run/tls/client.pem /run/tls/client.key)

accepting() { # further lines
    configure <<X
[issuer glewlwyd]
issuer = $GLEWLWYD
audience = mail
ca_file = /run/tls/ca.pem
username_claim = preferred_username
$(printf '%b\n' "$@")
X
}
# introspecting LINES: the answer has the name in another place
introspecting() {
    accepting 'accept = jwt introspection' 'check = introspect' "$@"
    sed -i 's/^username_claim.*/username_claim = username/' \
        /etc/httpauth/httpauthd.conf
    httpauthctl reload >/dev/null
}
basic='client_auth = client_secret_basic\nclient_id = rs
client_secret_file = client.secret'

accepting
for client in c-rs256 c-ps256 c-es256 c-eddsa; do
    logs_in "a JWT of $client" "$(glewlwyd_token alice $client)"
done
sshd_refuses 'the JWT of another user' user-mismatch "$(glewlwyd_token bob)"
accepting 'algorithms = EdDSA'
is 'an algorithm that is not admitted' 'wrong algorithm' \
    "$(tried "$(glewlwyd_token alice c-es256)")"

# --- both: its own check, and the provider's word ---

accepting 'check = both' "$basic"
token=$(glewlwyd_token alice c-eddsa)
logs_in 'check = both' "$token"
glewlwyd_revoke "$token" c-eddsa
check 'a JWT that is revoked ends before its time' \
    wait_for 60 gives 'wrong inactive' "$token"
accepting
is 'which only the provider knows' 'accepted accepted' "$(tried "$token")"

# --- who asks ---

introspecting "$basic"
logs_in 'introspection' "$(glewlwyd_token alice)"
is 'introspection: another user' 'forbidden user-mismatch' \
    "$(tried "$(glewlwyd_token bob)")"
introspecting 'client_auth = client_secret_basic' 'client_id = c-odd' \
    'client_secret_file = odd.secret' 'client_secret_encoding = raw'
logs_in 'a secret that it wants as it is' "$(glewlwyd_token alice)"
introspecting 'client_auth = client_secret_basic' 'client_id = c-odd' \
    'client_secret_file = odd.secret'
is 'and not as the RFC says' 'unavailable client-refused' \
    "$(tried "$(glewlwyd_token alice)")"
introspecting 'client_auth = tls_client_auth' 'client_id = c-mtls' \
    'client_certificate_file = tls.pem'
logs_in 'tls_client_auth' "$(glewlwyd_token alice)"
curl -sS --cacert /run/tls/ca.pem -u rs:secret \
    -d grant_type=client_credentials -d scope=introspect "$GLEWLWYD/token" |
    jq -re .access_token | secret bearer.secret
introspecting 'introspection_auth = bearer' 'bearer_token_file = bearer.secret'
logs_in 'a bearer token of ours' "$(glewlwyd_token alice)"
introspecting 'introspection_auth = client_credentials' "$basic" \
    'token_scope = introspect'
logs_in 'a bearer token that the helper gets for itself' \
    "$(glewlwyd_token alice)"
# It wants the address of its endpoint in the assertion, which is discovered;
# ours is for the issuer, that nobody else can use it.
introspecting 'client_auth = private_key_jwt' 'client_id = c-jwt' \
    'client_key_file = jwt.pem'
is 'private_key_jwt: it wants another audience' 'unavailable client-refused' \
    "$(tried "$(glewlwyd_token alice)")"
check 'no secret is in any log' unlogged "$token" 'a+b%c' \
    "$(cat /etc/httpauth/bearer.secret)"
helper_stop
tap_end
