#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Run by debian.sh as root in a booted system that has the packages in /root:
# new/ and next/, which is newer and has another configuration; the provider
# $IDP is in its network, and minded by $IDP_CONTROL (idp.mjs).
set -euo pipefail
cd /root
before=$tap_count
. /root/tap.sh
tap_count=$before
export DEBIAN_FRONTEND=noninteractive
conf=/etc/httpauth/httpauthd.conf

# Every file but those that the system itself writes all the time; the user of
# the helper stays, so that its uid is nobody else's later.
files() {
    find / -xdev -path /root -prune -o -path /tmp -prune -o -path /var/tmp \
        -prune -o -path /var/log -prune -o -path /var/cache -prune -o -print |
        sort
}
pam_is() { # NAME
    check "$1: /etc/pam.d is as before" diff -r /root/pam.before /etc/pam.d
}
etc() { # every file of /etc: mode, owner, where it points, what is in it
    find /etc -printf '%p %M %U:%G %l\n' | sort
    find /etc -type f -exec sha256sum {} + | sort
}
units() { # COMMAND of systemctl
    systemctl "$@" httpauthd.socket httpauthd-control.socket httpauthd.service
}
units_run() {
    is 'its units are enabled' 'enabled enabled enabled' \
        "$(units is-enabled | xargs)"
    is 'and run' 'active active active' "$(units is-active | xargs)"
}
install_new() { dpkg -i /root/new/*.deb; }
profile_on() { pam-auth-update --enable httpauth httpauth-session; }

# unix_login SERVICE: alice by her password, all phases; says how often she was
# asked
unix_login() {
    if ! printf 'unix-alice\n' | timeout 60 pamtester "$1" alice \
        authenticate acct_mgmt open_session close_session >/root/login 2>&1; then
        cat /root/login
        return
    fi
    grep -o 'Password: ' /root/login | wc -l
}
token_login() { # TOKEN
    printf '%s\n' "$1" | timeout 60 pamtester sshd alice authenticate \
        acct_mgmt open_session close_session >/root/login 2>&1
}

echo "127.0.0.1 localhost $(hostname)" >/etc/hosts
useradd -m -s /bin/bash alice
echo alice:unix-alice | chpasswd
cp -a /etc/pam.d /root/pam.before
# Who keeps this host trusts the CA of the provider.
cp /root/ca.pem /usr/local/share/ca-certificates/provider.crt
update-ca-certificates >/dev/null 2>&1
files >/root/files.before

# --- install ---

check 'the packages are installed' install_new
pam_is 'after the installation'
is 'the configuration belongs to root and the helper' 'root:httpauthd 640' \
    "$(stat -c '%U:%G %a' $conf)"
check 'it is a good one' httpauthctl config check
units_run
check 'its man pages, completion and unit pass dpkg --verify' \
    bash -c '[ -z "$(dpkg --verify httpauthd libpam-httpauth httpauth-client |
        grep -v /usr/share/man/)" ]'
check 'the clients run' bash -c \
    'httpauth-askpass --version && httpauth-token --version'
is 'a password logs in' 1 "$(unix_login login)"

# --- set up, looked at, and taken back ---

etc >/root/etc.before
check 'setup makes a login that works' bash -c \
    'httpauthctl setup --yes --local --login alice >/root/setup 2>&1'
has 'and has tried it' /root/setup 'alice logged in, through an sshd of our own'
check 'the helper that systemd runs lets her in' token_login \
    "$(httpauthctl token mint --user alice)"
is 'a password logs in, at one prompt' 1 "$(unix_login sshd)"
check 'doctor finds no fault' httpauthctl doctor
units stop
httpauthctl doctor >/root/doctor 2>&1 || :
has 'without the units it finds one' /root/doctor \
    'systemctl enable --now httpauthd.socket'
units start
check 'setup takes it back' httpauthctl setup --undo
is '/etc is as before' '' "$(diff /root/etc.before <(etc))"

. /root/debian-provider.sh

# --- the profile ---

check 'the profiles are enabled' profile_on
lines() { # TYPE: control and module of every line
    sed -nE "s/^${1%%-*}[[:space:]]+(\[[^]]*\]|[a-z]+)[[:space:]]+/\1 /p" \
        "/etc/pam.d/common-$1"
}
is 'auth: ours first, pam_unix takes what was typed' \
    '[success=2 ignore=ignore cred_insufficient=ignore authinfo_unavail=ignore service_err=ignore default=die] pam_httpauth.so
[success=1 default=ignore] pam_unix.so nullok try_first_pass
requisite pam_deny.so
required pam_permit.so' "$(lines auth | sed 's/ *$//' | head -n 4)"
is 'account: ours above pam_unix' \
    '[success=ok ignore=ignore default=bad] pam_httpauth.so
[success=1 new_authtok_reqd=done default=ignore] pam_unix.so
requisite pam_deny.so
required pam_permit.so' "$(lines account | sed 's/ *$//' | head -n 4)"
is 'session: ours behind pam_systemd' 'pam_systemd.so pam_httpauth.so' \
    "$(lines session | grep -oE 'pam_(systemd|httpauth).so' | xargs)"
is 'session without a terminal: ours at the end' 'pam_unix.so pam_httpauth.so' \
    "$(lines session-noninteractive | grep -oE 'pam_(unix|httpauth).so' | xargs)"
is 'passwords are changed as before' '' \
    "$(diff /root/pam.before/common-password /etc/pam.d/common-password)"

is 'without configuration a password logs in at one prompt' 1 \
    "$(unix_login login)"
is 'by sshd as well' 1 "$(unix_login sshd)"
units stop
is 'without the helper too' 1 "$(unix_login login)"
units start
check "root's jobs run" pamtester cron root acct_mgmt
check "a user's, too" pamtester cron alice acct_mgmt

# --- a login through sshd, as autopkgtest does it ---

if bash /root/sshd-login >/root/sshd-login.log 2>&1; then
    sed -n 's/^ok: //p' /root/sshd-login.log >/root/sshd-login.ok
    while read -r line; do ok "sshd: $line"; done </root/sshd-login.ok
else
    not_ok 'a login through sshd' /root/sshd-login.log
fi
# logind keeps his manager for a while.
loginctl terminate-user httpauth-test 2>/dev/null || :
userdel -rf httpauth-test 2>/dev/null

# --- logcheck ---

token=$(httpauthctl token mint --user alice --ttl 30m)
check 'a token logs in' token_login "$token"
journalctl -q -o short | grep -E ' (httpauthd\[|.*pam_httpauth\()' >/root/journal
has 'the journal has good logins' /root/journal 'outcome=accepted'
grep -vEf /root/httpauthd.logcheck.ignore.server /root/journal >/root/reported
is 'logcheck shows no good login, start or stop' '' \
    "$(grep -E 'outcome=accepted|session id=|starts$|stops$' /root/reported)"
for line in 'outcome=wrong' 'authentication failure' 'service unavailable' \
    'token minted'; do
    has "it shows: $line" /root/reported "$line"
done

# --- upgrade ---

printf '# ours\n' >>$conf
cp -a $conf /root/conf.before
socket=$(stat -c %i /run/httpauth/pam.sock)
helper=$(systemctl show -p MainPID --value httpauthd.service)
: >/root/lost
touch /root/upgrading
while [ -e /root/upgrading ]; do
    token_login "$token" || cat /root/login >>/root/lost
    echo >>/root/tried
done &
logins=$!
wait_for 30 test -s /root/tried
check 'the next version is installed over it' \
    dpkg -i --force-confdef --force-confold /root/next/*.deb
rm /root/upgrading
wait $logins
is 'no login was lost meanwhile' '' "$(cat /root/lost)"
is 'the configuration is the one that was changed' '' \
    "$(diff /root/conf.before $conf)"
is 'with owner and mode' 'root:httpauthd 640' "$(stat -c '%U:%G %a' $conf)"
has 'the new one lies beside it' $conf.dpkg-dist '^# A new line'
is 'the socket is the same' "$socket" "$(stat -c %i /run/httpauth/pam.sock)"
check 'the helper is another' test "$helper" != \
    "$(systemctl show -p MainPID --value httpauthd.service)"
check 'a token still logs in' token_login "$token"
is 'a password, too' 1 "$(unix_login login)"

# --- remove, reinstall ---

all=(libpam-httpauth httpauthd httpauth-client)
key=$(sha256sum /etc/httpauth/local.key)
check 'the packages are removed with the profile on' dpkg -r "${all[@]}"
pam_is 'after the removal'
is 'a password logs in' 1 "$(unix_login login)"
is 'the configuration stays' '' "$(diff /root/conf.before $conf)"
is "the host's key stays" "$key" "$(sha256sum /etc/httpauth/local.key)"
check 'nothing of it runs or listens' bash -c \
    '! pgrep -x httpauthd && ! test -e /run/httpauth'
check 'they are installed again' dpkg -i /root/next/*.deb
is 'the configuration is still there' '' "$(diff /root/conf.before $conf)"
pam_is 'the profile is off'
check 'it is enabled again' profile_on
check 'a token from before logs in' token_login "$token"

# --- stacks that pam-auth-update does not mend ---

# stays FILE: the removal is refused, since it would lock everybody out
stays() {
    check "no removal while $1 was changed by hand" bash -c \
        '! dpkg -r libpam-httpauth >/root/refused 2>&1'
    has 'it says which' /root/refused "^$1\$"
    is 'the module is still there' installed \
        "$(dpkg-query -W -f '${db:Status-Status}' libpam-httpauth)"
    is 'a password logs in' 1 "$(unix_login login)"
}
cp -a /etc/pam.d /root/pam.enabled
sed -i '/pam_httpauth/a auth optional pam_warn.so' /etc/pam.d/common-auth
stays /etc/pam.d/common-auth
cp -a /root/pam.enabled/common-auth /etc/pam.d/
pam-auth-update --disable httpauth httpauth-session
pam_is 'disabled by hand'
echo 'auth [success=done default=die] pam_httpauth.so' >/etc/pam.d/hand
stays /etc/pam.d/hand
mv /etc/pam.d/hand /root/hand
ln -s /root/hand /etc/pam.d/hand
stays /etc/pam.d/hand
rm /etc/pam.d/hand

# --- purge ---

check 'the packages are purged' dpkg -P "${all[@]}"
pam_is 'after the purge'
files >/root/files.after
is 'no file is left' '' "$(diff /root/files.before /root/files.after | grep '^[<>]' || :)"
check 'nor in /run' bash -c '! compgen -G "/run/httpauth*"'
check 'they are installed anew' install_new
is 'with the configuration of the package' 'root:httpauthd 640' \
    "$(stat -c '%U:%G %a' $conf)"
is 'the helper runs' active "$(systemctl is-active httpauthd.service || :)"
check 'setup is run' httpauthctl setup --yes --local
check 'and they are purged at once' dpkg -P "${all[@]}"
pam_is 'after the second purge'
files >/root/files.after
is 'nor is a file left of a setup that nobody took back' '' \
    "$(diff /root/files.before /root/files.after | grep '^[<>]' || :)"
tap_end
