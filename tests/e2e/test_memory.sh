#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a helper that stops leaves to the next one: an upgrade asks no provider
# anew, and ends nobody's accept_login.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
secret idp.secret <<<rs-secret
install -d -m 700 -o httpauthd -g httpauthd /run/httpauthd
export RUNTIME_DIRECTORY=/run/httpauthd
export HTTPAUTHD='answer_ttl = 10m'
conf() {
    configure <<X
$(work_issuer)
X
}
restart() { # [SIGNAL]
    kill "-${1:-TERM}" "$HELPER"
    wait "$HELPER" 2>/dev/null || :
    HELPER='' # configure begins another one
    conf
    written # its socket is there before it has read anything
}
conf
opaque=$(idp_token '{"alg": "opaque"}') jwt=$(idp_token '{}')
asked() { idp_call hits '{}' | jq '."/token/introspection" // 0'; }
is 'an opaque token' 'accepted accepted' "$(tried "$opaque")"
is 'a JWT' 'accepted accepted' "$(tried "$jwt")"
before=$(asked)
restart
has 'the next helper says what it goes on with' "$LOG" \
    'goes on with 2 verdicts, [0-9]* logins and 0 open sessions'
is 'the token is known to it' 'accepted accepted' "$(tried "$opaque")"
is 'so that nobody was asked' "$before" "$(asked)"
is 'it is cached' yes "$(decision cached)"
is 'the JWT too' 'accepted accepted' "$(tried "$jwt")"
is 'cached' yes "$(decision cached)"
check 'the file is gone once it was read' test ! -e /run/httpauthd/memory
kill "$HELPER"
wait "$HELPER" 2>/dev/null || :
is 'what is left is for the helper alone' '600 httpauthd' \
    "$(stat -c '%a %U' /run/httpauthd/memory)"
check 'and no token or name is in it' bash -c \
    '! grep -aF -e "$1" -e "$2" -e alice -e "$3" /run/httpauthd/memory' _ \
    "$opaque" "$jwt" localhost
printf x | dd of=/run/httpauthd/memory bs=1 seek=100 conv=notrunc status=none
HELPER=''
conf
has 'one that is damaged is not used, which the log says' "$LOG" \
    'memory: is damaged or foreign; begins with nothing remembered'
is 'then the provider is asked again' 'accepted accepted' "$(tried "$opaque")"
is 'once' $((before + 1)) "$(asked)"
restart KILL
check 'one that is killed leaves nothing' wait_for 60 \
    gives 'accepted accepted' "$opaque"
is 'and the provider is asked' $((before + 2)) "$(asked)"

# A revocation is asked about at every use, whoever remembers.
restart
httpauthctl revoke --user alice >/dev/null
restart
is 'a revocation holds' 'wrong token-revoked' "$(tried "$opaque")"
helper_stop
tap_end
