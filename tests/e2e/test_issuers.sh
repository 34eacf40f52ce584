#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Several issuers at once, each with users of its own: a credential goes to
# one party, and never to another.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

AK_PORT=14610 TI_PORT=14620
idp_start
standin_start authentik $AK_PORT
standin_start tokeninfo $TI_PORT
host_start
useradd -m -s /bin/bash -u 2003 dora
echo dora:unix-dora | chpasswd
httpauthctl issuer init >/dev/null 2>&1
printf 'rs-secret\n' | secret rs.secret
SERVICE='issuers = idp ak ti local' configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = jwt introspection
token_pattern = :base64url:43-43
client_auth = client_secret_basic
client_id = rs
client_secret_file = rs.secret
users = alice
[issuer ak]
issuer = https://localhost:$AK_PORT/application/o/ssh/
audience = ssh-client
ca_file = /run/tls/ca.pem
accept = jwt app-password
password_pattern = :hex:60-60
client_id = ssh-client
token_type = access
required_claims = azp
username_claim = preferred_username
users = bob
[issuer ti]
issuer = https://localhost:$TI_PORT
audience = ssh-client
ca_file = /run/tls/ca.pem
accept = userinfo
token_pattern = opq_:base64url:32-32
tokeninfo_endpoint = https://localhost:$TI_PORT/tokeninfo
clients = ssh-client
client_claim = azp
users = dora
X

opaque() { idp_token "{\"alg\": \"opaque\", \"user\": \"$1\"}"; }
password() { # USER
    standin_call authentik password "{\"user\": \"$1\"}" | jq -r .password
}
info() { # USER
    standin_call tokeninfo token "{\"user\": \"$1\"}" | jq -r .access_token
}
# Requests with a credential that each of the three has seen.
seen() {
    printf '%s %s %s\n' \
        "$(idp_call hits '{}' | jq '."/token/introspection" // 0')" \
        "$(standin_call authentik log '{}' | jq '[.[] | select(.method ==
            "POST")] | length')" \
        "$(standin_call tokeninfo log '{}' | jq '[.[] | select(.path ==
            "/tokeninfo")] | length')"
}

logs_in 'alice, an opaque token' "$(opaque alice)"
is 'which one has seen' '1 0 0' "$(seen)"
logs_in 'bob, an app password' "$(password bob)" bob
is 'which another has seen' '1 1 0' "$(seen)"
logs_in 'dora, by tokeninfo' "$(info dora)" dora
is 'and a third' '1 1 1' "$(seen)"
logs_in 'alice, a JWT of the first' "$(idp_token '{}')"
logs_in 'bob, a JWT of the second' "$(standin_call authentik token \
    '{"user": "bob"}' | jq -r .access_token)" bob
logs_in 'bob, a JWT of this host' \
    "$(httpauthctl token mint --user bob)" bob
is 'which nobody has seen' '1 1 1' "$(seen)"

# alice is not a matter of the second or third, whatever she types.
for credential in "$(password alice)" "$(password bob)" "$(info alice)"; do
    is 'alice with what is for others: not ours' 'not-ours no-shape' \
        "$(tried "$credential")"
    is 'nobody has seen it' '1 1 1' "$(seen)"
done
is 'a JWT for a user of another issuer' 'wrong issuer' \
    "$(tried "$(idp_token '{"user": "bob"}')" bob)"
is 'a JWT of an issuer that nobody knows' 'wrong issuer' "$(tried \
    "$(idp_token '{"payload": {"iss": "https://evil.test"}}')")"
is 'nobody has seen that either' '1 1 1' "$(seen)"
is 'the wrong kind of token for that user' 'wrong inactive' \
    "$(tried "$(printf '%043d' 5)")"
is 'one party has seen it' '2 1 1' "$(seen)"

# An outage of one harms nobody else.
idp_call fault '{"path": "/token/introspection", "status": 500}' >/dev/null
is 'the first is out' 'unavailable provider' "$(tried "$(opaque alice)")"
is 'the others are there' 'accepted accepted' "$(tried "$(password bob)" bob)"
helper_stop
tap_end
