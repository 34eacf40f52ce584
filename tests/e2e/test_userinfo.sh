#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Opaque tokens where there is no introspection: tokeninfo, which names the
# client, and bare userinfo, which must be asked for in so many words.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

TI_PORT=14620
TI=https://localhost:$TI_PORT
standin_start tokeninfo $TI_PORT
idp_start
host_start

tokeninfo() { # further lines
    configure <<X
[issuer ti]
issuer = $TI
audience = ssh-client
ca_file = /run/tls/ca.pem
accept = userinfo
token_pattern = opq_:base64url:32-32
tokeninfo_endpoint = $TI/tokeninfo
clients = ssh-client
client_claim = azp
$(printf '%b\n' "$@")
X
}
token() { # JSON
    standin_call tokeninfo token "${1:-{\}}" | jq -r .access_token |
        tee -a /run/tokens
}
asked() {
    standin_call tokeninfo log '{}' |
        jq '[.[] | select(.path == "/tokeninfo")] | length'
}

tokeninfo
logs_in 'tokeninfo' "$(token)"
sshd_refuses 'the token of another user' user-mismatch \
    "$(token '{"user": "bob"}')"
is 'a token of another client' 'wrong client-id' \
    "$(tried "$(token '{"client": "game"}')")"
is 'an expired one' 'wrong inactive' "$(tried "$(token '{"ttl": -1}')")"
is 'one that nobody gave' 'wrong inactive' "$(tried "opq_$(printf '%032d' 1)")"
before=$(asked)
logs_in 'a Unix password' unix-alice
is 'is no question to anybody' "$before" "$(asked)"
token=$(token)
standin_call tokeninfo fault '{"path": "/tokeninfo", "status": 500,
    "body": "oops"}' >/dev/null
is 'a server that is broken' 'unavailable provider' "$(tried "$token")"
is 'and repaired' 'accepted accepted' "$(tried "$token")"
standin_call tokeninfo fault '{"path": "/tokeninfo", "status": 200,
    "body": "<html>Log in</html>"}' >/dev/null
is 'a page for people' 'unavailable provider-answer' "$(tried "$(token)")"

SERVICE='replay = refuse' tokeninfo
is 'replay = refuse takes no token that nobody could know again' \
    'forbidden no-token-id' "$(tried "$(token)")"
tokeninfo 'tokeninfo_request = form'
logs_in 'the token in a form' "$(token)"
tokeninfo "userinfo_endpoint = $TI/userinfo"
logs_in 'tokeninfo and userinfo' "$(token)"
is 'no token was in a URL' '[{}]' \
    "$(standin_call tokeninfo log '{}' | jq -c '[.[].query] | unique')"

# Any client's tokens, on purpose: /me of oidc-provider.
configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = userinfo
token_pattern = :base64url:43-43
userinfo_any_client = yes
X
me() { # USER
    idp_token "{\"alg\": \"bare\", \"user\": \"$1\",
        \"scope\": \"openid ssh:login\"}"
}
logs_in 'userinfo' "$(me alice)"
is 'of another user' 'forbidden user-mismatch' "$(tried "$(me bob)")"
is 'a token that nobody gave' 'wrong inactive' "$(tried "$(printf '%043d' 1)")"

mapfile -t tokens </run/tokens
check 'no token is in any log' unlogged "${tokens[@]}"
helper_stop
tap_end
