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
        'm=marker; echo $m-$(id -un)' login -p "$1" 2>/dev/null || :
}
no_entry() { ! grep -qE '^(alice|bob|carol|root)' <<<"$1"; }

is 'login: the user of the token' alice \
    "$(at_login $NAME "$(idp_token '{}')")"
is 'login: another one' bob \
    "$(at_login $NAME "$(idp_token '{"user": "bob"}')")"
is 'login: by the real name as before' alice \
    "$(at_login alice "$(idp_token '{}')")"
check 'login: not root' no_entry \
    "$(at_login $NAME "$(idp_token '{"user": "root"}')")"
check 'login: nobody whom we do not serve' no_entry \
    "$(at_login $NAME "$(idp_token '{"user": "carol"}')")"
check 'login: nobody whom nobody knows' no_entry \
    "$(at_login $NAME "$(idp_token '{"user": "nosuch"}')")"
check 'login: not with a bad token' no_entry \
    "$(at_login $NAME "$(idp_token '{"ttl": -300}')")"
check 'login: not with a password' no_entry "$(at_login $NAME unix-alice)"

# sshd keeps the name that it was given, so there the argument is an error.
pam_stack sshd "map_user=$NAME"
is 'sshd: the argument is refused' '' \
    "$(ssh_as $NAME keyboard-interactive "$(idp_token '{}')" 2>/dev/null)"
has 'sshd: the log says why' "$AUTHLOG" 'pam_httpauth.*map_user'
helper_stop
tap_end
