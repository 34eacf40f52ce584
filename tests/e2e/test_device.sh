#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Device login (RFC 8628): a real provider, confirmed by its control port as a
# person would in a browser; through ssh, login and su.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
for service in login su pamtester; do pam_stack $service; done
for service in sshd login su pamtester; do
    sed -i "s,^auth .*$MODULE,& device_login," /etc/pam.d/$service
done
serving() { # lines of [service *]
    SERVICE="issuers = idp\n$1\n[service login]\n[service su]" configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = jwt device
client_id = device
token_scope = openid ssh:login
X
}
serving 'device_networks = 127.0.0.0/8'

# by_device ANSWER COMMAND...: a person who presses Enter, and between that
# ANSWERs, which is what /approve takes beside the code; what COMMAND printed
# after the login, or before it ended
by_device() {
    /usr/bin/expect -f /run/src/tests/lib/device.exp "$((IDP_PORT + 1))" "$@" |
        tr -d '\r'
}
ssh_device() { # ANSWER [USER]
    by_device "$1" ssh -F none -p "$SSH_PORT" -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o PreferredAuthentications=keyboard-interactive \
        -o NumberOfPasswordPrompts=1 "${2:-alice}@127.0.0.1" \
        'echo "marker-$(id -un)"'
}
is 'ssh' alice "$(ssh_device '"user": "alice"')"
has 'what is shown names the host and where it comes from' /run/shown \
    ' To log in to host.test from 127.0.0.1, open$'
has 'and the address' /run/shown "^    $IDP/device\$"
has 'and warns' /run/shown 'only if it was you'
has 'the log says by which way' "$LOG" 'phase=auth user=alice.*method=device'
is "what somebody else confirms is not alice's" 'ended' \
    "$(ssh_device '"user": "bob"')"
is 'it was a user mismatch' user-mismatch "$(reason)"
is 'who is denied is refused' ended "$(ssh_device '"deny": true')"
is 'and that is said' denied "$(reason)"
is 'su' alice "$(by_device '"user": "alice"' setpriv --reuid bob --regid bob \
    --init-groups su alice -c 'echo "marker-$(id -un)"')"
has 'without an address' /run/shown '^To log in to host.test, open$'
is 'login' alice "$(by_device '"user": "alice", "send": "echo marker-$(id -un); exit"' \
    login alice)"

# --- a QR code, no Enter, less time ---

arguments() { # of the stack of SERVICE, behind device_login
    sed -i "s/device_login.*/device_login $2/" "/etc/pam.d/$1"
}
su_device() { # ANSWER
    by_device "$1" setpriv --reuid bob --regid bob --init-groups \
        su alice -c 'echo "marker-$(id -un)"'
}
read_code() { # what a phone reads of the half blocks that were shown
    python3 /run/src/tests/lib/blocks.py </run/shown >/run/code.pbm &&
        zbarimg --nodbus --quiet --raw /run/code.pbm
}
export LC_ALL=C.UTF-8
check 'no QR code, unless somebody says so' bash -c '! grep █ /run/shown'
arguments su device_qr
arguments sshd device_qr
if installed zbarimg; then
    is 'ssh shows a QR code' alice "$(ssh_device '"user": "alice"')"
    is 'which leads to the plain address' "$IDP/device" "$(read_code)"
    is 'su shows it' alice "$(TERMINAL='rows 24 cols 80' su_device '"user": "alice"')"
    is 'and it leads there' "$IDP/device" "$(read_code)"
    check 'all of it on 80x24' awk '/^To log in/ { on = 1 }
        on { n++; if (length($0) > 80) exit 1 } END { exit n > 24 }' /run/shown
    for size in 'rows 24 cols 79' 'rows 23 cols 80'; do
        is "but not on a terminal of $size" alice \
            "$(TERMINAL="$size" su_device '"user": "alice"')"
        check 'which shows the text' bash -c 'grep "To log in" /run/shown &&
            ! grep █ /run/shown'
    done
fi
arguments sshd ''
arguments su 'device_poll'
is 'where it polls at once nobody presses Enter' alice \
    "$(su_device '"user": "alice"')"
check 'nor is anybody asked to' bash -c '! grep "Press Enter" /run/shown'
is 'and a denial ends it' ended "$(su_device '"deny": true')"
arguments su 'device_poll device_timeout=1s'
is 'the time that the stack gives it ends it' ended "$(su_device '')"
has 'which the log says' "$AUTHLOG" 'device login: it was not confirmed in time'
arguments su ''
export LC_ALL=C

# --- who may begin one ---

serving ''
is 'not over the network, unless somebody says so' 'ended' \
    "$(ssh_device '"user": "alice"')"
check 'then nothing is shown' bash -c '! grep "To log in" /run/shown'
is 'but where there is no network' alice "$(by_device '"user": "alice"' \
    setpriv --reuid bob --regid bob --init-groups \
    su alice -c 'echo "marker-$(id -un)"')"
serving 'device_networks = 127.0.0.0/8'
shown() { # without the code, and without what ssh says of the user
    sed '/enter the code/s/[A-Z]\{4\}-[A-Z]\{4\}/CODE/; s/^(.*) //
        s/^.*@127.0.0.1: //' /run/shown
}
ssh_device '"deny": true' alice >/dev/null
first=$(shown)
ssh_device '"deny": true' nosuch >/dev/null
is 'an unknown user is shown the same' "$first" "$(shown)"
ssh_device '"deny": true' root >/dev/null
is 'and root' "$first" "$(shown)"
is 'and an unknown user gets nowhere when it is confirmed' ended \
    "$(ssh_device '"user": "alice"' nosuch)"
sshd_anew() { # with the lines on stdin
    kill "$(cat /run/sshd.pid)"
    wait_for 60 bash -c '! test -e /run/sshd.pid'
    sshd_start
}
echo 'PermitEmptyPasswords yes' | sshd_anew
is 'the method password, which shows nothing, is refused' '' \
    "$(timeout 60 sshpass -p '' ssh -F none -p "$SSH_PORT" \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 \
        alice@127.0.0.1 id -un 2>/dev/null </dev/null || :)"
has 'and the log says why' "$AUTHLOG" \
    'device login: user=alice: the program cannot show it, or the user left'
sshd_anew </dev/null
is 'a program that answers by itself ends it soon' yes "$(yes '' |
    timeout 30 pamtester pamtester alice authenticate >/run/said 2>&1 ||
    [ $? -ne 124 ] && echo yes)"

# --- what a provider may answer ---

odd() { # NAME MEMBERS: nothing is shown, and nobody is let in
    idp_call fault '{"clear": true}' >/dev/null
    idp_call fault "$(jq -n --argjson body "$2" \
        '{path: "/device/auth", status: 200, times: 3, body: ($body | tojson)}')" \
        >/dev/null
    is "$1: refused" ended "$(ssh_device '"user": "alice"')"
    check "$1: nothing is shown" bash -c '! grep "To log in" /run/shown'
}
odd 'no code' '{}'
odd 'an escape sequence in it' '{"device_code": "x", "user_code": "\u001b[2J",
    "verification_uri": "https://x.example/", "expires_in": 60}'
odd 'an address that is none' '{"device_code": "x", "user_code": "A",
    "verification_uri": "javascript:x", "expires_in": 60}'
idp_call fault '{"clear": true}' >/dev/null
idp_call fault '{"path": "/device/auth", "status": 503, "times": 3, "body": "x"}' \
    >/dev/null
is 'an outage: refused' ended "$(ssh_device '"user": "alice"')"
idp_call fault '{"clear": true}' >/dev/null
is 'and then it works again' alice "$(ssh_device '"user": "alice"')"
check 'no code is in any log' bash -c "! grep -E '[A-Z]{4}-[A-Z]{4}' '$LOG' '$AUTHLOG'"
helper_stop
tap_end
