#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Run by tests/long/booted.sh, as root, inside the booted system.
set -euo pipefail
count=0
ok() { count=$((count + 1)); echo "ok $count - $1"; }
not_ok() {
    count=$((count + 1))
    echo "not ok $count - $1"
    printf '%s\n' "${2:-}" | sed 's/^/#   /'
}
is() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "$(printf 'expected: %s\nfound:    %s' "$2" "$3")"
    fi
}
has() {
    if grep -qE -- "$3" <<<"$2"; then
        ok "$1"
    else
        not_ok "$1" "$(printf 'no line with %s in:\n%s' "$3" "$2")"
    fi
}
wait_for() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || return 1
        read -rt 0.1 <> <(:) || :
    done
}
check() {
    local name=$1
    shift
    if "$@" >/run/check 2>&1; then
        ok "$name"
    else
        not_ok "$name" "$(tail -n 20 /run/check)"
    fi
}

# --- the boot ---

is 'the boot has no cycle' '' "$(journalctl -qb | grep -i 'ordering cycle' || :)"
check 'the helper is up, without network' systemctl is-active httpauthd.service
is 'nothing failed' '' "$(systemctl --failed --plain --no-legend)"
since_boot() { systemctl show --value -p "$2" "$1"; } # microseconds
check 'its sockets were there before sshd was' test \
    "$(since_boot httpauthd.socket ActiveEnterTimestampMonotonic)" -lt \
    "$(since_boot ssh.service ExecMainStartTimestampMonotonic)"
check 'and the helper before logins at a console' test \
    "$(since_boot httpauthd.service ActiveEnterTimestampMonotonic)" -le \
    "$(since_boot systemd-user-sessions.service ExecMainStartTimestampMonotonic)"
has 'who is asked knows that the provider is out of reach' \
    "$(httpauthctl status 2>&1 || :)" 'work'

useradd -m -s /bin/bash alice
echo "127.0.0.1 localhost $(hostname)" >/etc/hosts
echo 'alice ALL=(ALL) ALL' >/etc/sudoers.d/alice
chmod 440 /etc/sudoers.d/alice
httpauthctl issuer init >/dev/null
cat >/etc/httpauth/httpauthd.conf <<'X'
[service *]
issuers = local
[service sshd]
session_files = token
[service sudo]
accept_login = 15m
X
# For the session: the auth and account lines are ours.
sed -i 's/^\(auth .*pam_httpauth.so\)$/\1 end_with_token/; s/^\(account .*pam_httpauth.so\)$/\1 end_with_token/' \
    /etc/pam.d/sshd
systemctl stop httpauthd.service
systemctl restart ssh
wait_for 30 bash -c '</dev/tcp/127.0.0.1/22022' 2>/dev/null

token() { httpauthctl token mint --user alice "$@"; }
as_alice() { # TOKEN COMMAND...
    printf '%s' "$1" >/run/answer
    shift
    printf '#!/bin/sh\nexec cat /run/answer\n' >/run/askpass
    chmod 755 /run/askpass
    SSH_ASKPASS=/run/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        timeout 200 ssh -F none -p 22022 -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o PreferredAuthentications=keyboard-interactive \
        -o NumberOfPasswordPrompts=1 -l alice 127.0.0.1 "$@"
}
good=$(token --ttl 10m)
is 'the socket starts the helper, and a token logs in' alice \
    "$(as_alice "$good" id -un 2>&1 || :)"
check 'it runs under the shipped unit' systemctl is-active httpauthd.service

# --- journald ---

journal() { journalctl -q -o json -t httpauthd "$@"; }
journal_has() { [ -n "$(journal "$@")" ]; }
check 'the journal has the decision by its fields' wait_for 30 journal_has \
    HTTPAUTH_USER=alice HTTPAUTH_OUTCOME=accepted HTTPAUTH_PHASE=auth
is 'of the unit' httpauthd.service "$(journal HTTPAUTH_PHASE=auth |
    jq -r ._SYSTEMD_UNIT | head -n 1)"
is 'once' 1 "$(journal HTTPAUTH_PHASE=auth HTTPAUTH_OUTCOME=accepted | wc -l)"

# --- logind ---

has 'the session has the end of the token' "$(as_alice "$good" \
    'systemctl show -p RuntimeMaxUSec session-$XDG_SESSION_ID.scope' 2>&1 || :)" \
    '^RuntimeMaxUSec=(9min|10min)'
is 'the token is where programs look for it' "$good" "$(as_alice "$good" \
    'cat $XDG_RUNTIME_DIR/bt_u$(id -u)' 2>&1 || :)"
is 'and named' "/run/user/$(id -u alice)/bt_u$(id -u alice)" \
    "$(as_alice "$good" 'echo $BEARER_TOKEN_FILE' 2>&1 || :)"
began=$SECONDS
as_alice "$(token --ttl 8s)" sleep 50 >/dev/null 2>&1 || :
check 'and ends with it' test $((SECONDS - began)) -lt 45
as_alice "$good" 'echo in; exec sleep 200' >/run/held 2>/dev/null &
held=$!
check 'somebody is in' wait_for 30 grep -q in /run/held
is 'sudo in that login asks for nothing' root \
    "$(as_alice "$good" 'sudo -n id -un' 2>&1 || :)"
as_alice "$good" 'touch ~/up; while [ -e ~/up ]; do sleep 0.1; done
    sudo -n id -un' >/run/up 2>&1 &
up=$!
wait_for 30 test -e /home/alice/up || :
systemctl restart httpauthd.service
rm -f /home/alice/up
wait $up || :
is 'also when the helper was restarted meanwhile' root "$(cat /run/up)"
echo '* * * * * sudo -n id -un >/home/alice/job 2>&1' | crontab -u alice -
check "cron runs alice's job while she is in" wait_for 75 test -s /home/alice/job
has 'in a login of its own, so sudo asks' "$(cat /home/alice/job)" \
    'password is required'
crontab -u alice -r
has 'but in a service of the user it does' "$(as_alice "$good" \
    'XDG_RUNTIME_DIR=/run/user/$(id -u) systemd-run -q --user --wait --pipe \
        sudo -n id -un' 2>&1 || :)" 'password is required'
httpauthctl revoke --user alice --kill >/run/killed 2>&1 || :
has 'revoke --kill ends his sessions' "$(cat /run/killed)" \
    'ended: the sessions of alice'
gone() { ! kill -0 $held 2>/dev/null; }
check 'he is out' wait_for 30 gone
has 'and stays out' "$(as_alice "$good" id -un 2>&1 || :)" 'Permission denied'

# --- metrics ---

systemctl enable -q httpauthd-metrics.socket
systemctl restart httpauthd.service
curl -sS --unix-socket /run/httpauth/metrics.sock http://localhost/metrics \
    >/run/metrics || :
check 'metrics come by their own socket' grep -q '^httpauth_build_info' \
    /run/metrics
check 'which is not for everybody' bash -c \
    '! setpriv --reuid alice --regid alice --clear-groups curl -sS \
        --unix-socket /run/httpauth/metrics.sock http://localhost/metrics'

# --- secrets that only systemd can read ---

rm -f /var/lib/httpauth/revocations
drop_in=/run/systemd/system/httpauthd.service.d
mkdir -p "$drop_in" /etc/credstore
(umask 077 && echo 'a secret' >/etc/credstore/idp)
cat >>/etc/httpauth/httpauthd.conf <<'X'
[issuer work]
issuer = https://idp.example/
audience = ssh://%H
users = bob
client_id = ssh-host
client_auth = client_secret_basic
client_secret_file = credential:idp
accept = introspection
token_pattern = :base64url:43-43
X
systemctl restart httpauthd.service
has 'a credential that is not loaded is missed by name' \
    "$(journalctl -qb -u httpauthd.service -o cat)" 'issuer work: credential:idp names no'
printf '[Service]\nLoadCredential=idp:/etc/credstore/idp\nWatchdogSec=2\n' \
    >"$drop_in/test.conf"
systemctl daemon-reload
systemctl restart httpauthd.service
fresh=$(token --ttl 10m)
is 'a credential of systemd is read' alice "$(as_alice "$fresh" id -un 2>&1 || :)"

# --- reload ---

main_pid() { systemctl show --value -p MainPID httpauthd.service; }
before=$(main_pid)
cp /etc/httpauth/httpauthd.conf /run/whole.conf
echo 'not a line' >>/etc/httpauth/httpauthd.conf
systemctl reload httpauthd.service || :
is 'a reload of a broken file changes nothing' alice \
    "$(as_alice "$fresh" id -un 2>&1 || :)"
sed 's/^issuers = local/issuers = work/' /run/whole.conf \
    >/etc/httpauth/httpauthd.conf
systemctl reload httpauthd.service
has 'one of a good file does' "$(as_alice "$fresh" id -un 2>&1 || :)" \
    'Permission denied'
cp /run/whole.conf /etc/httpauth/httpauthd.conf
systemctl reload httpauthd.service
is 'by the same process' "$before" "$(main_pid)"

# --- a loop that hangs ---

kill -STOP "$before"
is 'a login waits until the watchdog has replaced the helper' alice \
    "$(as_alice "$fresh" id -un 2>&1 || :)"
check 'by another process' test "$(main_pid)" != "$before"
rm -r "$drop_in"
sed -i '/^\[issuer work\]/,$d' /etc/httpauth/httpauthd.conf
systemctl daemon-reload

# --- kills ---

systemctl restart httpauthd.service
lost=0
for _ in $(seq 50); do
    systemctl kill -s KILL httpauthd.service 2>/dev/null || :
    [ "$(as_alice "$fresh" id -un 2>/dev/null || :)" = alice ] ||
        lost=$((lost + 1))
done
is 'fifty kills lose no login' 0 "$lost"
check 'nor the sockets' systemctl is-active httpauthd.socket \
    httpauthd-control.socket

# --- the helper is dead ---

systemctl stop httpauthd.socket httpauthd-control.socket \
    httpauthd-metrics.socket httpauthd.service
echo '* * * * * touch /run/job' | crontab -
check "root's cron keeps working" wait_for 75 test -e /run/job
is 'root becomes a user' alice "$(su alice -c 'id -un' 2>&1 || :)"
echo "1..$count"
