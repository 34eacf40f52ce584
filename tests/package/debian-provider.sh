# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by debian-life.sh: a host is set up with a real provider, alice logs
# in to the sshd that runs, what only a booted host can have wrong is found, and
# all of it is taken back.

as_alice() {
    setpriv --reuid alice --regid alice --init-groups env -i HOME=/home/alice \
        PATH="$PATH" timeout 60 "$@"
}
# obtains RESOURCE: alice has a token for it, which she confirms elsewhere
obtains() {
    local code login
    : >/root/said
    as_alice httpauth-token login "$IDP" --device --resource "$1" \
        --scope 'openid offline_access ssh:login' >/root/said 2>&1 &
    login=$!
    wait_for 60 grep -q '^and enter the code' /root/said || :
    code=$(sed -n 's/^and enter the code \([A-Z-]*\) there.*/\1/p' /root/said)
    curl -sS -d "{\"user_code\": \"$code\", \"user\": \"alice\"}" \
        "$IDP_CONTROL/approve" >>/root/said
    wait "$login"
}
# by the stock client, to the sshd of the system, from what she has obtained
ssh_login() {
    as_alice httpauth-askpass --run ssh -F none -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o PreferredAuthentications=keyboard-interactive \
        -o NumberOfPasswordPrompts=1 "alice@$(hostname)" id -un 2>/root/said ||
        cat /root/said
}
complaints() {
    { httpauthctl doctor --json || :; } | jq -re '[.findings[] |
        select(.severity == "fault" or .severity == "warning") | .key] |
        unique | join(" ")' || echo 'no answer'
}
complains() { [ "$(complaints)" = "$1" ]; } # KEYS, for wait_for

as_alice mkdir -p /home/alice/.config/httpauth
echo "alice@$(hostname) httpauth-token print" |
    as_alice tee /home/alice/.config/httpauth/hosts >/dev/null
check 'alice obtains a token for this host' obtains "ssh://$(hostname)"
as_alice httpauth-token print >/root/token
as_alice httpauth-token check "alice@$(hostname)" >/root/said 2>&1 || :
has 'a JWT' /root/said '^kind +JWT'
has 'for no other one' /root/said "^audience +ssh://$(hostname)\$"

# --- set up ---

units disable -q --now
check 'setup takes the provider by flags' bash -c "httpauthctl setup --yes \
    --issuer '$IDP' --require-scope ssh:login --login alice --reload-sshd \
    </root/token >/root/setup 2>&1"
has 'it shows what the provider is' /root/setup 'it is +node oidc-provider'
has 'and what it changes' /root/setup '^\+audience = ssh://%H$'
has 'that is there' /etc/httpauth/httpauthd.conf '^audience = ssh://%H$'
has 'it has tried a login' /root/setup 'alice logged in, through an sshd'
units_run
is 'the sshd that runs lets alice in' alice "$(ssh_login)"
check 'doctor finds nothing wrong, with her token' bash -c \
    'httpauthctl doctor --user alice --token </root/token'
is 'not even a warning' '' "$(complaints)"
check 'nobody was refused' bash -c '! httpauthctl why'
is 'her password does as well' 1 "$(unix_login sshd)"
check 'she obtains a token for another host' obtains ssh://other.test
has 'by which she is not let in' <(ssh_login) 'Permission denied'
httpauthctl why >/root/why 2>&1 || :
has 'why knows who' /root/why ' alice at sshd from [0-9a-f.:]+, auth phase'
has 'and why' /root/why "NO  audience +ssh://$(hostname) +\"ssh://other.test\""
is 'no token is in the journal' '' "$(journalctl -q -o cat |
    grep -oE 'eyJ[A-Za-z0-9_-]{20,}' || :)"

# --- what only a booted host can have wrong ---

# finds NAME KEYS: doctor names those and no other
finds() {
    wait_for 60 complains "$2" || :
    is "doctor finds $1" "$2" "$(complaints)"
}
cure() { # KEY: what doctor says to run
    { httpauthctl doctor --json || :; } | jq -r --arg key "$1" \
        '.findings[] | select(.key == $key) | .change'
}
again() {
    systemctl daemon-reload
    units restart
}
# finds_with NAME KEYS UNIT LINES: while the unit has these lines, too
finds_with() {
    mkdir -p "/run/systemd/system/$3.d"
    printf '%b\n' "$4" >"/run/systemd/system/$3.d/test.conf"
    again
    finds "$1" "$2"
    rm -r "/run/systemd/system/$3.d"
    again
}
systemctl disable -q httpauthd.socket
finds 'a socket that is gone with the next boot' unit-disabled
check 'and what mends it' bash -c "$(cure unit-disabled)"
finds 'nothing more' ''
finds_with 'a socket for root alone' socket-mode \
    httpauthd.socket '[Socket]\nSocketMode=0600'
finds_with 'a helper without network, though root has one' keys-stale \
    httpauthd.service '[Service]\nPrivateNetwork=yes'
finds_with 'a helper that cannot read what root can' helper-unconfigured \
    httpauthd.service '[Service]\nInaccessiblePaths=/etc/httpauth'
systemctl mask -q --runtime --now httpauthd.service
finds 'a helper that may not start' 'helper-silent socket-dead'
systemctl unmask -q --runtime httpauthd.service
again
finds 'nothing when all is well again' ''

# --- and back ---

check 'setup takes it back' httpauthctl setup --undo
is 'its units are disabled, as it found them' 'disabled disabled disabled' \
    "$(units is-enabled | xargs)"
units enable -q --now
is '/etc is as before' '' "$(diff /root/etc.before <(etc))"
systemctl reload ssh
check 'she obtains a token for this host' obtains "ssh://$(hostname)"
has 'by which she is not let in any more' <(ssh_login) 'Permission denied'
is 'but by her password' 1 "$(unix_login sshd)"
check 'she logs out of the provider' as_alice httpauth-token logout
rm -r /home/alice/.config /home/alice/.local
