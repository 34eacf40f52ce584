#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a service asks of a good token, with tokens of a real provider: what
# they say of client, audience, sign-in and times, and where they come from.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
asking() { # lines of [service *]
    SERVICE=$(printf '%s\\n' "$@") configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
X
}
saying() { idp_token "{\"payload\": {$1}}"; } # claims
# rule NAME REASON CLAIMS...: the first claims are enough for it, the others
# are not
rule() {
    local name=$1 reason=$2 claims
    is "$name: enough" 'accepted accepted' "$(tried "$(saying "$3")")"
    for claims in "${@:4}"; do
        is "$name: not with {$claims}" "forbidden $reason" \
            "$(tried "$(saying "$claims")")"
    done
}
now=$(date +%s)

asking 'client_ids = web app'
rule client_ids client-rule '' '"client_id": "mail"'
asking 'extra_audiences = refuse'
rule extra_audiences extra-audience '' \
    "\"aud\": [\"ssh://$(hostname)\", \"mail\"]"
asking 'require_acr = silver gold'
rule require_acr acr-rule '"acr": "gold"' '"acr": "bronze"' ''
asking 'require_amr = otp pwd'
rule require_amr amr-rule '"amr": ["pwd", "hwk", "otp"]' '"amr": ["pwd"]' ''
asking 'max_auth_age = 10m'
rule max_auth_age auth-age-rule "\"auth_time\": $((now - 60))" \
    "\"auth_time\": $((now - 660))" ''
asking 'max_token_age = 5m'
rule max_token_age token-age-rule '' "\"iat\": $((now - 360))"
asking 'networks = 192.0.2.0/24 2001:db8::/32'
for from in 192.0.2.7 2001:db8::7; do
    is "from $from" 'accepted accepted' "$(FROM=$from tried "$(saying '')")"
done
for from in 192.0.3.7 2001:db9::7 client.test ''; do
    is "not from ${from:-nowhere}" 'forbidden network-rule' \
        "$(FROM=$from tried "$(saying '')")"
done

asking 'replay = refuse'
token=$(saying '')
httpauthctl verify --user alice --service sshd <<<"$token" >/run/explained || :
has 'an explanation uses nothing up' /run/explained 'accepted'
is 'a token counts' 'accepted accepted' "$(tried "$token")"
is 'once' 'forbidden replay' "$(tried "$token")"
is 'at every service that says so' '' \
    "$(ssh_as alice keyboard-interactive "$token" 2>/dev/null)"
is 'another one counts as well' 'accepted accepted' "$(tried "$(saying '')")"
helper_stop
helper_start
is 'a restart does not forget it' 'forbidden replay' "$(tried "$token")"
is 'and is kept from others' '600 httpauthd' \
    "$(stat -c '%a %U' /var/lib/httpauth/used)"
asking 'replay = accept'
is 'where nobody asks it counts again' 'accepted accepted' "$(tried "$token")"

# Through sshd, from the cache too: a rule that comes later still counts.
token=$(saying '"acr": "bronze"')
asking 'networks = 127.0.0.0/8'
logs_in 'without a rule about it' "$token"
logs_in 'and again' "$token"
asking 'networks = 127.0.0.0/8' 'require_acr = gold'
sshd_refuses 'a token that is remembered, under a new rule' acr-rule "$token"
httpauthctl verify --user alice --service sshd --rhost 127.0.0.1 \
    <<<"$token" >/run/explained || :
has 'the explanation shows what was asked and found' /run/explained \
    'require_acr.*gold.*bronze'
helper_stop
tap_end
