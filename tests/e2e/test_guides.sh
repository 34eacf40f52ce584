#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The guides of doc/, followed to the letter on a throw-away host: each block of
# commands is run as it stands there, each block of configuration is loaded.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

PROVIDERS=/run/src/doc/providers.md
PROGRAMS=/run/src/doc/programs.md
RUNBOOK=/run/src/doc/runbook.md
cd /run/src
ran=0
# guide FILE HEADING N: runs that block; its output is /run/out
guide() {
    ran=$((ran + 1))
    check "$(basename "$1"), ${2#\#\# }: block $3" bash -euo pipefail -c \
        "{ $(block "$1" "$2" "$3")
        } >/run/out 2>&1 </run/in || { cat /run/out; false; }"
}
# settings FILE HEADING N: the configuration, with that block, loads
settings() {
    block "$1" "$2" "$3" >/etc/httpauth/httpauthd.conf.d/guide.conf
    check "$(basename "$1"), ${2#\#\# }: its configuration" \
        httpauthctl config check
}
in_sshd() { ssh_as alice keyboard-interactive "$1" 2>/dev/null; }

# --- a host with the packages' files, and a systemctl ---

mkdir /run/usr /run/usr-work
mount -t overlay usr -o lowerdir=/usr,upperdir=/run/usr,workdir=/run/usr-work /usr
install /run/bin/pam_httpauth.so "/usr/lib/$(gcc -print-multiarch)/security/"
install /run/bin/httpauthd /usr/sbin/
install -m 644 packaging/systemd/*.{service,socket} /usr/lib/systemd/system/
install -m 755 tests/lib/systemctl.sh /usr/local/bin/systemctl
for profile in packaging/debian/pam-configs/*; do
    install -m 644 "$profile" /usr/share/pam-configs/
done
mkdir -p /etc/httpauth/httpauthd.conf.d /etc/sudoers.d
chown httpauthd: /etc/httpauth/httpauthd.conf.d 2>/dev/null || :
: >/run/in
syslog_start

# --- no provider ---

systemctl enable --now httpauthd.socket
guide "$PROVIDERS" '## No provider' 1
token=$(tail -n 1 /run/out)

# --- programs ---

guide "$PROGRAMS" '# Your programs' 1
has 'the profiles are in the stacks of all programs' /etc/pam.d/common-auth \
    pam_httpauth.so
guide "$RUNBOOK" '## Turn it off' 1
is 'and out of them' '' "$(grep pam_httpauth.so /etc/pam.d/common-auth || :)"
guide "$PROGRAMS" '# Your programs' 2
sshd_start <<<"$(block "$PROGRAMS" '## sshd' 1)"
is 'the token logs in' alice "$(in_sshd "$token")"
printf '%s' "$token" >/run/in
status=0
bash -euo pipefail -c "$(block "$PROGRAMS" '# Your programs' 3)" \
    </run/in >/run/out 2>&1 || status=$?
is 'verify: sudo has no rules yet' '1 refused: no-service' \
    "$status $(grep -o 'refused: [a-z-]*' /run/out)"
: >/run/in
settings "$PROGRAMS" '## sudo' 1
guide "$PROGRAMS" '## sudo' 2
guide "$PROGRAMS" '## su and login' 1
guide "$PROGRAMS" '## cron' 1
settings "$PROGRAMS" '## Servers that are not root: nginx, PostgreSQL, squid' 1
guide "$PROGRAMS" '## dovecot and vsftpd' 1
has 'prints an app password' /run/out 'hap_'
rm /etc/httpauth/httpauthd.conf.d/guide.conf

# --- providers ---

guide "$PROVIDERS" '## The same for each' 1
has 'the preset is there' <(httpauthctl status 2>&1) oidc-provider
rm /etc/httpauth/httpauthd.conf.d/oidc-provider.conf
guide "$PROVIDERS" '## The same for each' 2
is 'the secret is for the helper alone' '640 root:httpauthd' \
    "$(stat -c '%a %U:%G' /etc/httpauth/idp.secret)"
httpauthctl reload

# --- the runbook ---

first='## Before anything happens: a way in without us'
guide "$RUNBOOK" "$first" 1
has 'pam_unix comes behind' /run/out common-auth
cat >/etc/httpauth/httpauthd.conf.d/work.conf <<'X'
[issuer work]
issuer = https://idp.example/
audience = ssh://%H
accept = jwt introspection
token_pattern = :base64url:43-43
client_id = ssh-host
client_auth = client_secret_basic
client_secret_file = /etc/httpauth/idp.secret
X
settings "$RUNBOOK" "$first" 2
rm /etc/httpauth/local.key /etc/httpauth/local.jwks
httpauthctl flush
guide "$RUNBOOK" "$first" 3
is 'a token of the new key logs in' alice "$(in_sshd "$(tail -n 1 /run/out)")"
is 'none of the old one' '' "$(in_sshd "$token" || :)"
token=$(httpauthctl token mint --user alice)
guide "$RUNBOOK" "$first" 4
envelope=$(cat /run/out)
is 'the envelope opens' alice "$(in_sshd "$envelope")"
guide "$RUNBOOK" '## Nobody gets in' 1
has 'why tells of the refusal' /run/out 'refused: '
settings "$RUNBOOK" '## The provider is down' 1
guide "$RUNBOOK" '## The provider is down' 2
guide "$RUNBOOK" '## The provider changed its keys' 1
is 'and who has a key of today comes in' alice "$(in_sshd "$token")"
guide "$RUNBOOK" '## A token, a laptop or a person has to go' 1
is 'the token opens nothing' '' "$(in_sshd "$token" || :)"
is 'nor does the envelope' '' "$(in_sshd "$envelope" || :)"
guide "$RUNBOOK" '## The local key may be known' 1
guide "$RUNBOOK" '## A secret of ours changes' 1
is 'the secret has changed' 'the new secret 640' \
    "$(cat /etc/httpauth/idp.secret) $(stat -c %a /etc/httpauth/idp.secret)"
guide "$RUNBOOK" '## An upgrade' 1
guide "$RUNBOOK" '## Turn it off' 2
is 'a Unix password still logs in' bob \
    "$(ssh_as bob keyboard-interactive unix-bob)"

# --- none was left out ---

is 'every block of commands was run' \
    "$(($(cat doc/*.md | grep -c '^```sh') - 1))" "$ran"
is 'every reason they name is one' '' "$(grep -ohE '^\| (reason )?`[a-z`, -]*` ' \
    "$PROVIDERS" "$RUNBOOK" | grep -v httpauthctl | grep -oE '[a-z]+(-[a-z]+)*' | grep -vE '^(reason|status)$' |
    while read -r reason; do
        grep -q "^\.It Li $reason\b" conf/httpauth-reasons.7 || echo "$reason"
    done)"
is 'no token is in the log' '' "$(grep -hoE 'eyJ[A-Za-z0-9_-]{20,}' \
    /run/helper.log "$AUTHLOG" || :)"
tap_end
