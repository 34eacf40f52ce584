#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A login name that stands for "whoever the token says", for programs whose
# users cannot say who they are.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

NAME=goauthentik.io/token
idp_start
host_start
pam_stack login "map_user=$NAME"
configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
[service login]
X
at_login() { # USER TOKEN
    printf '%s' "$2" >/run/answer
    expect -f tests/lib/terminal.exp /run/answer \
        'm=marker; echo $m-$(id -un)' login -p "$1"
}
token() { # USER
    idp_token "{\"user\": \"$1\"}"
}

is 'login: the user of the token' alice "$(at_login $NAME "$(token alice)")"
is 'login: another one' bob "$(at_login $NAME "$(token bob)")"
is 'login: by the real name as before' alice \
    "$(at_login alice "$(token alice)")"

# Without pam_unix and its delays behind it.
cat >/etc/pam.d/login <<X
auth    required $MODULE map_user=$NAME
account required $MODULE
X
export PAM_SERVICE=login
is 'the user of the token' 'accepted accepted' "$(tried "$(token alice)" $NAME)"
for user in root carol nosuch; do
    is "not $user" forbidden "$(tried "$(token $user)" $NAME | cut -d ' ' -f 1)"
done
is 'not with a bad token' 'wrong expired' \
    "$(tried "$(idp_token '{"ttl": -300}')" $NAME)"
is 'not with a password' 'not-ours no-shape' "$(tried unix-alice $NAME)"
is 'not by another name of that kind' 'wrong unasked' \
    "$(tried "$(token alice)" goauthentik.io/other)"

# sshd keeps the name that it was given, so there the argument is an error.
pam_stack sshd "map_user=$NAME"
is 'sshd: the argument is refused' '' \
    "$(ssh_as $NAME keyboard-interactive "$(token alice)" 2>/dev/null)"
has 'sshd: the log says why' "$AUTHLOG" 'pam_httpauth.*map_user'
helper_stop
tap_end
