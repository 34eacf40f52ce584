#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A Unix password typed at our prompt is not ours to send: nothing leaves the
# host, and pam_unix behind us takes it without a second prompt.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

syslog_start
idp_start
cat >/etc/httpauth/httpauthd.conf <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
[service sshd]
[service sudo]
X
helper_start
pam_stack sshd
pam_stack sudo
sshd_start </dev/null
token=$(idp_token '{}')
is 'a token logs in' alice "$(ssh_as alice keyboard-interactive "$token")"
hits=$(idp_call hits '{}')

is 'the Unix password logs in, keyboard-interactive' alice \
    "$(ssh_as alice keyboard-interactive unix-alice)"
is 'the Unix password logs in, password' alice \
    "$(ssh_as alice password unix-alice)"
is 'a wrong one does not' '' \
    "$(ssh_as alice keyboard-interactive unix-wrong 2>/dev/null)"
is 'a password that looks like junk of ours does not reach pam_unix' '' \
    "$(ssh_as alice keyboard-interactive eyJwrong 2>/dev/null)"
is 'sudo takes the Unix password at one prompt' 'Password: root' "$(
    printf 'unix-alice\n' | setpriv --reuid alice --regid alice --init-groups \
        sudo -k -S -p 'Password: ' id -un 2>&1)"
is 'an unknown user is asked the same way and refused' '' \
    "$(ssh_as nosuch keyboard-interactive unix-alice 2>/dev/null)"
is 'the provider has seen none of it' "$hits" "$(idp_call hits '{}')"
is 'our module logged no failure for passwords that are not ours' '' \
    "$(grep 'pam_httpauth.*authentication failure.*user=alice' "$AUTHLOG" |
        grep -v eyJ | sed 1d || :)"
helper_stop
is 'with the helper gone the Unix password still logs in' alice \
    "$(ssh_as alice keyboard-interactive unix-alice)"

# Second factor: a key first, then the token.
helper_start
install -d -m 700 -o alice -g alice /home/alice/.ssh
ssh-keygen -q -t ed25519 -N '' -f /run/alice-key
install -m 600 -o alice -g alice /run/alice-key.pub \
    /home/alice/.ssh/authorized_keys
kill "$(cat /run/sshd.pid)"
wait_for 60 bash -c '! test -e /run/sshd.pid'
echo 'AuthenticationMethods publickey,keyboard-interactive' | sshd_start
second() {
    printf '%s' "$1" >/run/answer
    SSH_ASKPASS=/run/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        timeout 60 ssh -F none -p "$SSH_PORT" -i "$2" \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR \
        -l alice 127.0.0.1 id -un 2>/dev/null || :
}
is 'key and token together log in' alice "$(second "$token" /run/alice-key)"
is 'a key alone does not' '' "$(second 'eyJno' /run/alice-key)"
is 'a token alone does not' '' "$(second "$token" /dev/null)"
helper_stop
tap_end
