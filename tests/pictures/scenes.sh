#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# scenes.sh FOLDER: what the pictures of the README show, played on a throw-away
# host by the real programs; one text for each picture.
set -euo pipefail
. /run/src/tests/e2e/methods.sh
to=$1
export LC_ALL=C.UTF-8

idp_start
host_start
bold=$'\e[1m' plain=$'\e[0m'
prompt() { printf '%s%s %s%s\n' "$bold" "$1" "$2" "$plain"; }

# --- device login, with a QR code ---

sed -i "s,^auth .*$MODULE,& device_login device_qr," /etc/pam.d/sshd
SERVICE='device_networks = 127.0.0.0/8' configure <<X
[issuer work]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = jwt device
client_id = device
token_scope = openid ssh:login
X
echo '127.0.0.1 host.test' >>/etc/hosts
{
    prompt 'alice@laptop:~$' 'ssh host.test'
    TERMINAL='rows 60 cols 80' /usr/bin/expect -f \
        /run/src/tests/lib/device.exp "$((IDP_PORT + 1))" '"user": "alice"' \
        ssh -F none -p "$SSH_PORT" -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o PreferredAuthentications=keyboard-interactive \
        alice@host.test 'echo "marker-$(id -un)"' >/dev/null
    cat /run/shown
    prompt 'alice@host:~$' ''
} >"$to/device"

# --- why ---

token=$(idp_token '{"alg":"ES256","extra":{"preferred_username":"alice"}}')
ssh_as bob keyboard-interactive "$token" >/dev/null 2>&1 || :
{
    prompt 'root@host:~#' 'httpauthctl why --user bob'
    httpauthctl why --user bob
} >"$to/why"

# --- doctor ---

for file in /etc/pam.d/*; do
    ! grep -q pam_httpauth "$file" || rm "$file"
done
cat >/etc/pam.d/sshd <<X
auth    sufficient $MODULE
@include common-auth
account [success=ok ignore=ignore default=bad] $MODULE
@include common-account
@include common-session
session optional $MODULE
X
cat >/etc/ssh/sshd_config <<'X'
Include /etc/ssh/sshd_config.d/*.conf
X
rm -f /etc/ssh/sshd_config.d/*
printf '%s\n' 'UsePAM yes' 'KbdInteractiveAuthentication no' \
    >/etc/ssh/sshd_config.d/50-redhat.conf
cp conf/sshd_config.d/httpauth.conf /etc/ssh/sshd_config.d/
ssh-keygen -A >/dev/null
configure <<X
[issuer work]
issuer = $IDP/
audience = ssh://%H
ca_file = /run/idp/ca.pem
X
sed -i '/^.service pamtester/d' /etc/httpauth/httpauthd.conf
{
    prompt 'root@host:~#' 'httpauthctl doctor --user alice'
    httpauthctl doctor --user alice || :
} >"$to/doctor"
