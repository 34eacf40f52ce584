#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A provider that is down: what is remembered of credentials and keys, for how
# long it counts, and what ends it.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
secret idp.secret <<<rs-secret
down() { # times 1000: introspection and keys
    for path in /token/introspection /jwks /.well-known/openid-configuration; do
        idp_call fault "{\"path\": \"$path\", \"times\": 1000, ${1:-\"status\": 503}}" \
            >/dev/null
    done
}
up() { idp_call fault '{"clear": true}' >/dev/null; }
issuer() { # MORE LINES
    configure <<X
$(work_issuer)
$1
X
}
opaque() { idp_token "{\"alg\": \"opaque\", \"ttl\": ${1:-600}}"; }

# --- without grace ---

issuer ''
token=$(opaque)
is 'an opaque token' 'accepted accepted' "$(tried "$token")"
down
check 'in an outage, and without offline_grace, it is unavailable' wait_for 30 \
    gives 'unavailable provider' "$token"
up

# --- with grace ---

issuer 'offline_grace = 1h'
token=$(opaque) short=$(opaque 4) withdrawn=$(opaque)
for credential in "$token" "$short" "$withdrawn"; do
    is 'a token' 'accepted accepted' "$(tried "$credential")"
done
down
offline() { # CREDENTIAL
    [ "$(tried "$1")" = 'accepted accepted' ] &&
        tail -n 3 "$LOG" | grep -q 'offline=yes'
}
check 'with it, what was good before is accepted' wait_for 30 offline "$token"
has 'which the log says once' "$LOG" \
    'issuer work: cannot be asked; credentials .* are accepted'
httpauthctl status >/run/out
has 'and the status' /run/out 'on memory for .*: it cannot be asked'
httpauthctl metrics >/run/metrics
check 'the metrics are OpenMetrics' /usr/bin/python3 -c '
from prometheus_client.openmetrics.parser import text_string_to_metric_families
text = open("/run/metrics").read()
assert len(list(text_string_to_metric_families(text))) > 10'
has 'they count what was accepted' /run/metrics \
    'httpauth_decisions_total\{phase="auth",service="pamtester",issuer="work",method="introspection",outcome="accepted",reason="accepted"\} [1-9]'
has 'and say that it is from memory' /run/metrics \
    'httpauth_issuer_offline_seconds\{issuer="work"\} [0-9]+$'
check 'no label is of a stranger' bash -c '! grep alice /run/metrics'
ends_with() { [ "$(tried "$2" | cut -d ' ' -f 1)" = "$1" ]; }
is 'one never seen is not' unavailable "$(tried "$(opaque)" | cut -d ' ' -f 1)"
check 'nor one past its own end' wait_for 90 ends_with unavailable "$short"
up
idp_call revoke "{\"token\": \"$withdrawn\"}" >/dev/null
check 'when it is back, what was withdrawn is refused' wait_for 60 \
    gives 'wrong inactive' "$withdrawn"
check 'and the log says that it is over' wait_for 30 \
    grep -q 'issuer work: answers again; [0-9]* credentials' "$LOG"
down
check 'a definite no has ended its grace' wait_for 60 ends_with unavailable \
    "$withdrawn"
httpauthctl revoke --user alice >/dev/null
up
down '"status": 429'
check 'that it is asked too often, as others say "not now", is no outage' \
    wait_for 30 gives 'unavailable provider-answer' "$token"
up
down
check 'and a revocation that of all others' wait_for 30 \
    gives 'wrong token-revoked' "$token"
up

# --- a provider that hangs ---

helper_stop
rm -rf /var/lib/httpauth/*
issuer 'offline_grace = 1h'
token=$(opaque)
is 'a token of a provider that will hang' 'accepted accepted' "$(tried "$token")"
sed 's/ timeout=3s//' /etc/pam.d/pamtester >/etc/pam.d/patient
printf '[service patient]\n' >>/etc/httpauth/httpauthd.conf
httpauthctl reload >/dev/null
down '"delay": 60000'
took() { # LEAST-MS MOST-MS
    local ms
    ms=$(grep 'decision .*phase=auth .*offline=yes' "$LOG" | tail -n 1 |
        grep -oE ' ms=[0-9]+' | cut -d = -f 2)
    [ "$ms" -ge "$1" ] && [ "$ms" -lt "$2" ]
}
patient() { PAM_SERVICE=patient offline "$token"; }
check 'is accepted within the time that a module has by itself' \
    wait_for 60 patient
check 'when it has been silent for eight seconds' took 7900 10000
check 'once that is known, three seconds will do' offline "$token"
check 'since it is given one' took 900 2500
up

# Nobody has so much patience, but what was asked goes on.
helper_stop
rm -rf /var/lib/httpauth/*
issuer 'offline_grace = 1h'
token=$(opaque)
is 'a token of one that will hang, where all have little patience' \
    'accepted accepted' "$(tried "$token")"
down '"delay": 60000'
impatient() { [ "$(tried "$token")" = 'unavailable timeout' ]; }
check 'their impatience is no outage' wait_for 30 impatient
check 'but it is, soon after' wait_for 30 offline "$token"
up

# --- keys ---

token=$(idp_token '{}')
check 'a JWT' wait_for 60 gives 'accepted accepted' "$token"
check 'the keys are kept' bash -c '[ "$(ls /var/lib/httpauth/keys)" ]'
helper_stop
down
issuer 'offline_grace = 1h'
is 'a helper that starts while the provider is down accepts it' \
    'accepted accepted' "$(tried "$token")"
has 'with the keys that were kept' "$LOG" 'begins with the keys that were kept'
helper_stop
rm -rf /var/lib/httpauth/keys
issuer 'offline_grace = 1h'
is 'and without them it does not' unavailable \
    "$(tried "$token" | cut -d ' ' -f 1)"
helper_stop
tap_end
