#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a session gets to see of the token that opened it: chosen claims in its
# environment, through sshd's two processes, the method password, login and su.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

httpauthctl issuer init >/dev/null 2>&1
host_start
for service in login su su-l; do pam_stack $service; done
SERVICE='issuers = local\n[service login]\n[service su]\n[service su-l]' \
    configure <<X
[issuer local]
accept = jwt host-password
export = department:HTTPAUTH_DEPARTMENT /org/unit:HTTPAUTH_UNIT
export = teams:HTTPAUTH_TEAMS level:HTTPAUTH_LEVEL absent:HTTPAUTH_ABSENT
export = object:HTTPAUTH_OBJECT broken:HTTPAUTH_BROKEN
X
token=$(httpauthctl token mint --user alice --claim 'department="R&D; x=$(id)"' \
    --claim 'org={"unit": "lab 3"}' --claim 'teams=["a", "b c"]' \
    --claim 'level=7' --claim 'object={}' --claim 'broken="a\nLD_PRELOAD=x"' \
    2>/dev/null)
wanted='HTTPAUTH_DEPARTMENT=R&D; x=$(id)
HTTPAUTH_LEVEL=7
HTTPAUTH_TEAMS=a,b c
HTTPAUTH_UNIT=lab 3'
show='env | grep -E "^(HTTPAUTH|LD_)" | sort'
seen() { sed '/^$/d' | tr -d '\r'; }

for method in keyboard-interactive password; do
    is "sshd, $method" "$wanted" "$(ssh_as alice $method "$token" "$show" | seen)"
    is "sshd, $method, from the cache" "$wanted" \
        "$(ssh_as alice $method "$token" "$show" | seen)"
done
is 'su' "$wanted" "$(setpriv --reuid bob --regid bob --init-groups \
    su alice -c "$show" <<<"$token" 2>/dev/null | seen)"
is 'su -' "$wanted" "$(setpriv --reuid bob --regid bob --init-groups \
    su - alice -c "$show" <<<"$token" 2>/dev/null | seen)"
is 'who came by the Unix password gets nothing' '' \
    "$(ssh_as alice keyboard-interactive unix-alice "$show" | seen)"
is 'nor does an app password have claims' '' "$(ssh_as alice \
    keyboard-interactive "$(httpauthctl app-password create --user alice)" \
    "$show" | seen)"
httpauthctl verify --user alice --service sshd <<<"$token" >/run/explained || :
has 'verify shows what would be set' /run/explained 'HTTPAUTH_LEVEL'
has 'and what would not' /run/explained 'HTTPAUTH_ABSENT.*not set'
check 'no value is in any log' unlogged 'R&D; x=' 'lab 3'
for wrong in department:PATH department:HTTPAUTH_LOGIN x:HTTPAUTH_ x:httpauth_x \
    HTTPAUTH_X :HTTPAUTH_X 'x:HTTPAUTH_A-B'; do
    printf '[issuer local]\nexport = %s\n' "$wrong" >/run/wrong.conf
    check "not: export = $wrong" bash -c \
        '! httpauthctl config check /run/wrong.conf'
done
helper_stop
tap_end
