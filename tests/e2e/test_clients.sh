#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whatever speaks ssh: with a token of 4 KB by httpauth-askpass where it is
# ssh that asks, whole where the client does not cut, short or as an app
# password where it has no way to send more.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

httpauthctl issuer init >/dev/null 2>&1
host_start
SERVICE='issuers = local' configure <<'X'
[issuer local]
accept = jwt host-password
X
pad=$(head -c 2800 /dev/zero | tr '\0' x)
httpauthctl token mint --user alice --claim "pad=\"$pad\"" 2>/dev/null |
    tr -d '\n' >/run/token
is 'the token is one of 4 KB' yes \
    "$([ "$(stat -c %s /run/token)" -gt 4000 ] && echo yes)"
short=$(httpauthctl token mint --user alice)
password=$(httpauthctl app-password create --user alice)

export HOME=/run/home XDG_CONFIG_HOME=/run/config
mkdir -p /run/home/.ssh /run/config/httpauth
install -m 600 /dev/stdin /run/config/httpauth/hosts <<'X'
alice@host.test cat /run/token
alice@inner cat /run/token
X
ssh-keyscan -p "$SSH_PORT" host.test >/run/known 2>/dev/null
cat >/run/ssh_config <<X
Host inner
    HostName host.test
    HostKeyAlias inner
Host host.test inner
    User alice
    Port $SSH_PORT
    UserKnownHostsFile /run/known
    StrictHostKeyChecking accept-new
    LogLevel ERROR
    PreferredAuthentications keyboard-interactive
X
# The environment of a person who has it there for good.
export SSH_ASKPASS=/run/bin/httpauth-askpass SSH_ASKPASS_REQUIRE=force
with() { setsid -w timeout 60 "$@" </dev/null; }
head -c 100000 /dev/urandom >/run/sent
install -d -o alice /home/alice/in
arrived() { cmp "/home/alice/in/$1" /run/sent; }

is 'ssh' alice "$(with ssh -F /run/ssh_config host.test id -un)"
is 'ssh -tt' alice "$(with ssh -tt -F /run/ssh_config host.test id -un |
    tr -d '\r')"
with scp -qF /run/ssh_config /run/sent host.test:in/scp
check 'scp' arrived scp
with scp -qOF /run/ssh_config /run/sent host.test:in/scp-old
check 'scp, by its old protocol' arrived scp-old
echo 'put /run/sent in/sftp' | timeout 60 sftp -qF /run/ssh_config host.test \
    >/dev/null
check 'sftp' arrived sftp
with rsync -e 'ssh -F /run/ssh_config' /run/sent host.test:in/rsync
check 'rsync' arrived rsync
export GIT_SSH_COMMAND='ssh -F /run/ssh_config' GIT_CONFIG_NOSYSTEM=1
setpriv --reuid alice --regid alice --init-groups env HOME=/home/alice \
    git init -q --bare /home/alice/in/repository
git init -q -b main /run/work
git -C /run/work -c user.name=x -c user.email=x@x.example commit -q \
    --allow-empty -m first
check 'git push' with git -C /run/work push -q host.test:in/repository main
check 'git clone' with git clone -q host.test:in/repository /run/cloned
is 'ProxyJump, a token for each of two' alice "$(with ssh -F /run/ssh_config \
    -J host.test inner id -un)"
master=(-F /run/ssh_config -o ControlPath=/run/master)
with ssh "${master[@]}" -fNM host.test
# It returns before sshd has opened the session; this does not.
SSH_ASKPASS=/bin/false with ssh "${master[@]}" host.test true
httpauthctl status >/dev/null
opened=$(grep -c 'session .*phase=open' "$LOG")
is 'ControlMaster: the second session needs no question' alice \
    "$(SSH_ASKPASS=/bin/false with ssh "${master[@]}" host.test id -un)"
is 'since it is no other login' "$opened" \
    "$(grep -c 'session .*phase=open' "$LOG")"
with ssh "${master[@]}" -O exit host.test 2>/dev/null
for n in 1 2 3 4 5 6 7 8; do
    with ssh -F /run/ssh_config host.test id -un >"/run/eight.$n" &
    eight+=($!)
done
wait "${eight[@]}"
is 'eight at once' 8 "$(cat /run/eight.? | grep -cx alice)"
unset SSH_ASKPASS SSH_ASKPASS_REQUIRE

is 'paramiko, whole' '/run/token accepted alice' \
    "$(paramiko_as alice keyboard-interactive /run/token)"
if installed dbclient; then
    is 'dbclient' alice "$(DROPBEAR_PASSWORD=$(cat /run/token) with dbclient \
        -y -y -p "$SSH_PORT" alice@host.test id -un 2>/dev/null)"
fi
if installed plink; then
    key=$(ssh-keygen -lf /run/hostkey.pub | cut -d ' ' -f 2)
    is "PuTTY's plink" alice "$(with plink -batch -ssh -P "$SSH_PORT" \
        -hostkey "$key" -pwfile /run/token alice@host.test id -un 2>/dev/null)"
fi
printf %s "$password" >/run/password
for method in keyboard-interactive password; do
    is "sshpass with an app password, $method" alice "$(with sshpass \
        -f /run/password ssh -F /run/ssh_config \
        -o PreferredAuthentications=$method host.test id -un)"
done
printf %s "$short" >/run/password
is 'sshpass with a short token' alice "$(with sshpass -f /run/password \
    ssh -F /run/ssh_config host.test id -un)"
helper_stop
tap_end
