#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Tokens signed with a secret that the provider shares with this host.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
secret idp.key </run/idp/hs256.key
head -c 32 /dev/urandom | secret other.key
head -c 16 /dev/urandom | secret short.key
sharing() { # further lines
    configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
$(printf '%b\n' "$@")
X
}
encode() { basenc --base64url -w 0 | tr -d =; }
sign() { # FILE HEADER PAYLOAD
    local text key
    text=$(printf %s "$2" | encode).$(printf %s "$3" | encode)
    key=$(od -An -v -tx1 "$1" | tr -d ' \n')
    printf '%s.%s' "$text" "$(printf %s "$text" | openssl dgst -sha256 \
        -mac HMAC -macopt "hexkey:$key" -binary | encode)"
}

sharing 'secret_file = idp.key'
token=$(idp_token '{"alg": "HS256"}')
logs_in 'HS256' "$token"
sshd_refuses 'of another user' user-mismatch \
    "$(idp_token '{"alg": "HS256", "user": "bob"}')"
is 'no key was fetched' null "$(idp_call hits '{}' | jq '."/jwks"')"
is 'signed with a key of the provider instead' 'wrong algorithm' \
    "$(tried "$(idp_token '{"alg": "ES256"}')")"
now=$(date +%s)
header='{"alg": "HS256", "typ": "at+jwt"}'
payload="{\"iss\": \"$IDP\", \"aud\": \"ssh://$(hostname)\",
    \"sub\": \"alice\", \"client_id\": \"app\", \"jti\": \"1\",
    \"iat\": $now, \"exp\": $((now + 300))}"
is 'signed here with the secret' 'accepted accepted' \
    "$(tried "$(sign /run/idp/hs256.key "$header" "$payload")")"
is 'signed with another secret' 'wrong signature' \
    "$(tried "$(sign /etc/httpauth/other.key "$header" "$payload")")"
is 'not signed' 'wrong algorithm' "$(tried "$(
    sign /etc/httpauth/other.key '{"alg": "none", "typ": "at+jwt"}' "$payload")")"

# A public key of the provider must never serve as the secret.
curl -sS --cacert /run/idp/ca.pem "$IDP/jwks" >/run/jwks
sharing
is 'HS256 with the keys of the provider' 'wrong algorithm' \
    "$(tried "$(sign /run/jwks "$header" "$payload")")"
sharing 'secret_file = short.key'
is 'a secret that is too short is none' 'accepted no' \
    "accepted $(gives 'accepted accepted' \
        "$(sign /etc/httpauth/short.key "$header" "$payload")" &&
        echo yes || echo no)"
chmod 644 /etc/httpauth/idp.key
sharing 'secret_file = idp.key' 'audience = ssh://%H ssh://other'
is 'nor is one that everybody can read' 'accepted no' \
    "accepted $(gives 'accepted accepted' "$token" && echo yes || echo no)"
check 'no token is in any log' unlogged "$token"
helper_stop
tap_end
