#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A first login, told step by step. Runs on a throw-away host (host.sh).
set -euo pipefail
. /run/src/tests/e2e/lib.sh

bold='' dim='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
run() { # shows a command and runs it
    printf '%s  $ %s%s\n' "$dim" "$*" "$plain"
    "$@" 2>&1 | sed 's/^/    /'
}
syslog_start

step '1. A key of this host: the local issuer, no identity provider at all'
run httpauthctl issuer init

step '2. One rule: sshd admits it'
printf '[service sshd]\nissuers = local\n' |
    tee /etc/httpauth/httpauthd.conf | sed 's/^/    /'
run httpauthctl config check

step '3. The helper (unprivileged) and an sshd that asks our module'
helper_start
pam_stack sshd
sshd_start </dev/null
# Folded as PAM would read it too: 80 columns.
grep -h pam_httpauth /etc/pam.d/sshd |
    sed "s|$MODULE *|pam_httpauth.so|; s/^/    /" |
    sed 's/ authinfo_/ \\\n             authinfo_/; s/die\] /die] \\\n            /'

step '4. A token for alice, good for ten minutes'
printf '%s  $ httpauthctl token mint --user alice --ttl 10m%s\n' "$dim" "$plain"
token=$(httpauthctl token mint --user alice --ttl 10m)
printf '    %s...%s (%d bytes)\n' "${token:0:24}" "${token: -8}" "${#token}"

step '5. ssh alice@host, the token is the answer to "Password:"'
ssh_as alice keyboard-interactive "$token" \
    'echo "logged in as $(id -un)"' | sed 's/^/    /'

step '6. The same token does not open the account of bob'
ssh_as bob keyboard-interactive "$token" 2>&1 | sed 's/^/    /' || :
printf '    why? ask as the administrator:\n'
printf '%s  $ httpauthctl verify --user bob --service sshd%s\n' "$dim" "$plain"
printf '%s' "$token" | httpauthctl verify --user bob --service sshd 2>&1 || :

step '7. A second login comes from the cache'
ssh_as alice keyboard-interactive "$token" true
grep 'decision ' "$LOG" | sed 's/.*decision //' |
    grep -oE '(phase|user|outcome|reason|cached|ms)=[^ ]*' | paste -sd ' ' |
    sed 's/ phase=/\nphase=/g; s/^/    /; s/\n/\n    /g' | grep 'phase=auth'

step '8. What the helper has to say about itself'
run httpauthctl status

helper_stop
kill "$(cat /run/sshd.pid)"
step 'Done. Nothing of this machine was changed: the host was a throw-away one.'
