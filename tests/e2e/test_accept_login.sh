#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# One login for ssh and sudo: who came in by a token passes sudo in that very
# login, and nowhere else.  sudo's own ticket is off.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

if [ "$(cat /proc/self/sessionid 2>/dev/null || echo none)" = none ]; then
    skip 'one login for ssh and sudo' 'this kernel has no audit sessions'
    tap_end
    exit
fi
httpauthctl issuer init >/dev/null 2>&1
host_start
# As Debian has it: the audit session begins in front of us.
sed -i 's/^session optional/session required pam_loginuid.so\n&/' /etc/pam.d/sshd
for service in sudo su su-l; do pam_stack $service; done
install -m 440 /run/src/conf/sudoers.d/httpauth /etc/sudoers.d/httpauth
check 'the sudoers that is shipped is one' visudo -cf /etc/sudoers.d/httpauth
serving() { # lines of [service sudo]
    printf '[service *]\nissuers = local\n[service sshd]\n[service su]\n' \
        >/etc/httpauth/httpauthd.conf
    printf '[service sudo]\n' >>/etc/httpauth/httpauthd.conf
    printf '%s\n' "$@" >>/etc/httpauth/httpauthd.conf
    if [ -z "${HELPER:-}" ]; then helper_start; else httpauthctl reload; fi
}
install -d -m 700 -o httpauthd -g httpauthd /run/httpauthd
export RUNTIME_DIRECTORY=/run/httpauthd
serving 'accept_login = 15m' >/dev/null
mint() { httpauthctl token mint --user "$@"; }
token=$(mint alice)
# in_login USER CREDENTIAL COMMAND: by ssh
in_login() { ssh_as "$1" keyboard-interactive "$2" "$3" 2>&1 </dev/null || :; }
sudo_says() { in_login "$1" "$2" 'sudo -n id -un 2>&1 | tail -n 1'; }
refused='sudo: a password is required'
passes() { is "$1" root "$(sudo_says "${3:-alice}" "$2")"; }
is_asked() { is "$1" "$refused" "$(sudo_says "${3:-alice}" "$2")"; }

passes 'in the login that the token opened' "$token"
has 'the helper has a line about it' "$LOG" \
    'phase=resume user=alice service=sudo.*outcome=accepted'
is 'without a word to the user' '' "$(in_login alice "$token" \
    'sudo -n true 2>&1')"
is 'as often as he wants' 'root root' "$(in_login alice "$token" \
    'echo $(sudo -n id -un) $(sudo -n id -un)')"
in_login alice "$token" 'touch /tmp/up; while [ -e /tmp/up ]; do sleep 0.05; done
    sudo -n id -un 2>&1 | tail -n 1' >/run/held &
held=$!
wait_for 60 test -e /tmp/up
# sshd closes a session behind its client, and nobody hears it without a helper.
sessions() { grep -c "session .*phase=$1 user=alice" "$LOG"; }
one_is_open() { [ "$(sessions open)" -eq $(($(sessions close) + 1)) ]; }
wait_for 60 one_is_open
helper_stop
helper_start
rm /tmp/up
wait $held
is 'also when the helper is restarted meanwhile' root "$(cat /run/held)"
unset RUNTIME_DIRECTORY # from here on a restart forgets
helper_stop
helper_start
is_asked 'not in a login by the Unix password' unix-alice
is 'nor in one beside the login by a token' "$refused" "$(
    in_login alice "$token" 'touch /tmp/in; while [ -e /tmp/in ]; do
        sleep 0.05; done' >/run/held &
    held=$!
    wait_for 60 test -e /tmp/in
    sudo_says alice unix-alice
    rm /tmp/in
    wait $held)"
is 'nor as another user' "$refused" "$(in_login alice "$token" \
    'echo unix-bob | su bob -c "sudo -n id -un" 2>&1 |
    tail -n 1 | sed "s/^Password: //"')"
is 'nor from outside of any login' "$refused" "$(setpriv --reuid alice \
    --regid alice --init-groups sudo -n id -un 2>&1 | tail -n 1)"
is 'nor for somebody who became alice elsewhere' "$refused" "$(
    in_login bob "$(mint bob)" \
        'echo unix-alice | su alice -c "sudo -n id -un" 2>&1 |
            tail -n 1 | sed "s/^Password: //"')"
in_login alice "$token" 'rm -f /tmp/late; setsid sh -c "while [ ! -e /tmp/go ]
    do sleep 0.05; done; sudo -n id -un >/tmp/late 2>&1; touch /tmp/done" \
    >/dev/null 2>&1 </dev/null &' >/dev/null
closed() { grep -q 'session .*phase=close user=alice' "$LOG"; }
check 'the login ends' wait_for 60 closed
opened=$(sessions open)
all_closed() { [ "$(sessions close)" -eq "$opened" ]; }
check 'and all of them' wait_for 60 all_closed
touch /tmp/go
check 'what it left behind has tried' wait_for 60 test -e /tmp/done
has 'and was asked' /tmp/late "$refused"

tmux_in() { # NAME: a detached tmux that tries when /tmp/NAME exists
    echo "tmux -L $1 new-session -d 'while [ ! -e /tmp/$1 ]; do sleep 0.05
        done; sudo -n id -un >/tmp/$1.said 2>&1; touch /tmp/$1.done'"
}
is 'a detached tmux of the login may, while that is open' root \
    "$(in_login alice "$token" "$(tmux_in open); touch /tmp/open
        while [ ! -e /tmp/open.done ]; do sleep 0.05; done; cat /tmp/open.said")"
in_login alice "$token" "$(tmux_in ended)" >/dev/null
opened=$(sessions open)
check 'the login ends' wait_for 60 all_closed
touch /tmp/ended
check 'its tmux goes on' wait_for 60 test -e /tmp/ended.done
has 'and is asked' /tmp/ended.said "$refused"
# su with pam_loginuid begins an audit session of its own.
sed -i 's/^session optional/session required pam_loginuid.so\n&/' /etc/pam.d/su
by_su() { # CREDENTIAL: as alice's sudo says behind su, in a login of bob
    in_login bob "$(mint bob)" "echo '$1' | su alice -c 'sudo -n id -un' 2>&1 |
        tail -n 1 | sed 's/^Password: //'"
}
is 'su by a token is a login of its own' root "$(by_su "$token")"
is 'su by the Unix password is none' "$refused" "$(by_su unix-alice)"
sed -i '/pam_loginuid/d' /etc/pam.d/su
for way in -Ur -Uc; do
    is "who makes himself another in a user namespace ($way) is asked" refused \
        "$(in_login alice "$token" "unshare $way pamtester sudo alice \
            authenticate </dev/null >/dev/null 2>&1 && echo let in ||
            echo refused")"
done

# --- by which the administrator limits it ---

serving 'accept_login = 1s' >/dev/null
is 'not when it is too old' "$refused" "$(in_login alice "$token" \
    'sleep 1.5; sudo -n id -un 2>&1 | tail -n 1')"
has 'the log says why' "$LOG" 'phase=resume.*reason=login-age'
serving 'accept_login = 15m' 'require_group = admins' >/dev/null
is_asked 'not without what the service requires' "$token"
passes 'but with it' "$(mint alice --claim 'groups=["admins"]')"
serving '# nothing' >/dev/null
is_asked 'not where nobody has said so' "$token"
serving 'accept_login = 15m' 'networks = 127.0.0.0/8' >/dev/null
passes 'the network is that of the login' "$token"
serving 'accept_login = 15m' 'networks = 192.0.2.0/24' >/dev/null
is_asked 'and not another' "$token"
serving 'accept_login = 15m' >/dev/null
is 'not after a revocation' "$refused" "$(
    rm -f /tmp/in /tmp/revoked
    (wait_for 60 test -e /tmp/in
        httpauthctl revoke --user alice >/dev/null
        touch /tmp/revoked) >/dev/null 2>&1 &
    in_login alice "$token" 'touch /tmp/in; while [ ! -e /tmp/revoked ]; do
        sleep 0.05; done; sudo -n id -un 2>&1 | tail -n 1')"
helper_stop
rm -f /var/lib/httpauth/revocations
serving 'accept_login = 15m' >/dev/null
rm -f /tmp/in /tmp/again
in_login alice "$token" 'touch /tmp/in; while [ ! -e /tmp/again ]; do
    sleep 0.05; done; sudo -n id -un 2>&1 | tail -n 1' >/run/held &
held=$!
check 'a login is open' wait_for 60 test -e /tmp/in
helper_stop
helper_start
touch /tmp/again
wait $held
is 'not when the helper knows nothing of the login any more' "$refused" \
    "$(cat /run/held)"

# --- account=session: a key only beside a login by a token ---

ssh-keygen -q -t ed25519 -N '' -f /run/alice-key
install -d -m 700 -o alice -g alice ~alice/.ssh
install -m 600 -o alice -g alice /run/alice-key.pub ~alice/.ssh/authorized_keys
by_key() {
    timeout 60 ssh -F none -i /run/alice-key -p "$SSH_PORT" \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o BatchMode=yes -o LogLevel=ERROR -l alice 127.0.0.1 id -un 2>/dev/null \
        </dev/null || :
}
is 'a key alone, by default' alice "$(by_key)"
sed -i "s,^account .*$MODULE.*,& account=session," /etc/pam.d/sshd
is 'a key alone' '' "$(by_key)"
has 'the log says why' "$LOG" 'phase=present user=alice.*reason=not-present'
rm -f /tmp/in
in_login alice "$token" 'touch /tmp/in; while [ -e /tmp/in ]; do
    sleep 0.05; done' >/dev/null &
held=$!
check 'a login by a token is open' wait_for 60 test -e /tmp/in
is 'a key beside it' alice "$(by_key)"
helper_stop
is 'not while the helper is away' '' "$(by_key)"
sed -i '1i auth sufficient pam_rootok.so' /etc/pam.d/su
is 'root becomes a user, without the helper as well' bob "$(su bob -c 'id -un')"
sed -i "s,^account .*$MODULE.*,& account=session," /etc/pam.d/su
is 'with account=session not who would need a login' '' \
    "$(su bob -c 'id -un' 2>/dev/null)"
is 'but root' root "$(su root -c 'id -un')"
is 'and who is below the range' carol "$(su carol -c 'id -un')"
sed -i '/pam_rootok/d; s/ account=session//' /etc/pam.d/su
serving 'accept_login = 15m' >/dev/null
rm /tmp/in
wait $held
is 'not when it has forgotten the login' '' "$(by_key)"
is 'a token needs no other login' alice "$(in_login alice "$token" 'id -un')"

sed -i '/pam_loginuid/d' /etc/pam.d/sshd
is_asked 'not without an audit session' "$token"
has 'which is said' "$LOG" 'no audit session.*pam_loginuid.so'
helper_stop
tap_end
