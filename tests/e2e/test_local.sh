#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# No provider at all: the local issuer, and the tool around it.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

syslog_start
httpauthctl issuer init >/run/out 2>&1
check 'issuer init makes a key' test -s /etc/httpauth/local.key
is 'the key is readable by root alone' '600 root' \
    "$(stat -c '%a %U' /etc/httpauth/local.key)"
before=$(sha256sum </etc/httpauth/local.key)
check 'issuer init never overwrites' bash -c '! httpauthctl issuer init'
is 'the key is the same' "$before" "$(sha256sum </etc/httpauth/local.key)"

printf '[service sshd]\nissuers = local\n[service other]\n' \
    >/etc/httpauth/httpauthd.conf
helper_start
pam_stack sshd
sshd_start </dev/null
token=$(httpauthctl token mint --user alice)
is 'a minted token logs in' alice \
    "$(ssh_as alice keyboard-interactive "$token")"
is 'and again' alice "$(ssh_as alice password "$token")"
has 'the second login came from the cache' "$LOG" 'cached=yes'
is 'not for another user' '' \
    "$(ssh_as bob keyboard-interactive "$token" 2>/dev/null)"
has 'half an app password is not called half a token' \
    <(printf hap_x | httpauthctl verify --user alice --service sshd 2>&1) \
    'not a whole token or app password'
has 'for a name that nobody has there is a warning' \
    <(httpauthctl token mint --user alcie 2>&1) 'no account alcie'
is 'for one that is there none' '' \
    "$(httpauthctl token mint --user alice 2>&1 >/dev/null)"
has 'every mint is logged with uid, user and jti' "$AUTHLOG" \
    'minted.*uid=0.*user="?alice"?.*jti='

verify() { # USER SERVICE: exit status
    local status=0
    printf '%s\n' "$token" |
        httpauthctl verify --user "$1" --service "$2" >/run/out 2>&1 ||
        status=$?
    echo "$status"
}
is 'verify accepts' 0 "$(verify alice sshd)"
is 'verify refuses another user' 1 "$(verify bob sshd)"
is 'a service must name local to admit it' 1 "$(verify alice other)"
has 'and says so' /run/out issuer-rule
is 'a service without a section is refused' 1 "$(verify alice su)"

verify_as() { # UID USER
    local status=0
    printf '%s' "$token" | setpriv --reuid "$1" --regid "$1" --clear-groups \
        httpauthctl verify --user "$2" --service sshd >/run/out 2>&1 ||
        status=$?
    echo "$status"
}
is 'alice may ask about herself' 0 "$(verify_as alice alice)"
is 'alice may not ask about bob' 3 "$(verify_as alice bob)"
is 'nobody but root sees the status' 3 "$(
    status=0
    setpriv --reuid alice --regid alice --clear-groups httpauthctl status \
        >/run/out 2>&1 || status=$?
    echo $status)"

old=$token
httpauthctl issuer rotate >/run/out 2>&1
token=$(httpauthctl token mint --user alice)
httpauthctl reload >/run/out 2>&1
is 'after a rotation new tokens log in' 0 "$(verify alice sshd)"
token=$old
is 'and those of the old key until they end' 0 "$(verify alice sshd)"

too_long=0
httpauthctl token mint --user alice --ttl 2h >/run/out 2>&1 || too_long=$?
is 'no token lives over an hour' 2 "$too_long"

check 'status is for people' bash -c 'httpauthctl status >/run/status'
is 'and fits 80 columns' '' "$(awk 'length > 80' /run/status)"
check 'status --json is JSON' bash -c 'httpauthctl status --json | jq -e .'
check 'config show loads again' bash -c \
    'httpauthctl config show >/run/shown.conf &&
     httpauthctl config check /run/shown.conf'
helper_stop
is 'without the helper verify cannot judge' 3 "$(verify alice sshd)"
token=$(httpauthctl token mint --user alice)
status=0
printf '%s\n' "$token" | httpauthctl verify --user alice --service sshd \
    --config /etc/httpauth/httpauthd.conf >/run/out 2>&1 || status=$?
is 'but it can in its own process' 0 "$status"
status=0
printf '%s\n' "$token" | httpauthctl verify --user alice --service sshd \
    --config /nonexistent >/run/out 2>&1 || status=$?
is 'a configuration that is not there: cannot judge' 3 "$status"
tap_end
