#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# After a login that failed: why, without asking the user for anything.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
secret idp.secret <<<rs-secret
httpauthctl issuer init >/dev/null 2>&1
SERVICE='issuers = work local\nrequire_scope = ssh:login' configure <<X
$(work_issuer)
[issuer local]
accept = jwt host-password
users = alice
X
why() { httpauthctl why "$@" >/run/why 2>&1; }
whys() { # STATUS ARGUMENT...
    local status=0
    why "${@:2}" || status=$?
    [ "$status" -eq "$1" ]
}
check 'nobody was refused yet' whys 1
has 'which is said' /run/why 'no such refusal is remembered'

other=$(idp_token '{"payload": {"aud": "ssh://other.test"}}')
is 'a token for another host' 'wrong audience' "$(tried "$other")"
written
why
has 'when, who, where' /run/why '^20..-..-.. ..:..:.. alice at pamtester, auth phase, id [0-9a-f]{16}$'
has 'the signature held' /run/why '^  ok  signature'
has 'the audience did not' /run/why '^  NO  audience +ssh://host.test +"ssh://other.test"'
has 'the reason' /run/why '^refused: audience - '
id=$(sed -n 's/.*id=\([0-9a-f]*\) .*reason=audience.*/\1/p' "$LOG" | tail -n 1)
is 'a token without the scope' 'forbidden scope-rule' \
    "$(tried "$(idp_token '{"payload": {"scope": "openid"}}')")"
why --user alice
has 'the rule that refused' /run/why '^  NO  require_scope +all of ssh:login +openid'
is "an opaque token of bob's" 'forbidden user-mismatch' \
    "$(tried "$(idp_token '{"alg": "opaque", "user": "bob"}')")"
why
has 'what the provider said of it is judged the same way' /run/why \
    '^  NO  username +by the username claim alice +bob'
is 'three are shown' 3 "$(grep -c ' auth phase, id ' /run/why)"
is 'the newest at the end' user-mismatch \
    "$(sed -n 's/^refused: \([a-z-]*\) - .*/\1/p' /run/why | tail -n 1)"
why --id "$id"
is 'by its id, one' 1 "$(grep -c ' auth phase, id ' /run/why)"
has 'which is that one' /run/why '^refused: audience'
check 'of another user there is none' whys 1 --user bob
check 'what is no user' whys 2 --user -x
check 'what is no id' whys 2 --id 12
httpauthctl why --json >/run/json
check 'as JSON, the newest first' jq -e '.refusals | length >= 3 and
    all(.checks == null or (.checks | length > 0)) and
    .[-1].reason == "audience"' /run/json
# The local issuer speaks for her, and not for him.
for user in alice bob; do
    tried "hap_$(printf 'x%.0s' {1..12})_$(printf 'y%.0s' {1..39})" $user \
        >/dev/null
done
httpauthctl why --json >/run/json
check 'an app password of this host is not looked at again, whoever it is for' \
    jq -e '.refusals[:2] | length == 2 and all(.outcome == "wrong" and
        (has("checks") | not))' /run/json
check 'only root may ask' bash -c '! "$@"' _ setpriv --reuid alice \
    --regid alice --clear-groups httpauthctl why
check 'no token is in it' bash -c "! grep -F '${other##*.}' /run/json"
for _ in $(seq 150); do echo "${other%.*}.${other##*.}"; done |
    /run/build/tests/bench/load /run/httpauth/pam.sock alice pamtester 8 150 \
        >/run/load
httpauthctl why --json >/run/json
check 'a hundred are remembered at most' jq -e \
    '.refusals | length <= 100 and length >= 10' /run/json
check 'and not each of a flood is explained' jq -e \
    '[.refusals[] | select(.checks != null)] | length <= 60' /run/json
check 'lines are not wider than a terminal' bash -c \
    "httpauthctl why | awk 'length > 80 { exit 1 }'"
helper_stop
tap_end
