#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# README.md, followed to the letter on a throw-away host: its fenced blocks are
# run and installed as they stand there. So are the examples of the manual.
# What a throw-away host has not is put in their place: systemd, port 22, and
# the address of the provider.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

# example PAGE BEFORE: the literal text behind the line that ends in BEFORE
example() {
    mandoc -T ascii "$1" | col -bx | awk -v before="$2" '
        found && /^ *$/ { if (n) found = 0; next }
        found { n++; print }
        index($0, before) && /:$/ { found = 1 }
        END { exit !n }' |
        sed 's/^ *//'
}
run() { bash -euo pipefail -c "$1"; }

# --- a /usr of our own to install into, and a systemctl ---

mkdir /run/usr /run/usr-work
mount -t overlay usr -o lowerdir=/usr,upperdir=/run/usr,workdir=/run/usr-work /usr
PATH=${PATH#/run/bin:}
rm -rf /run/httpauth /etc/httpauth
userdel httpauthd
install -m 755 /run/src/tests/lib/systemctl.sh /usr/local/bin/systemctl

# --- build and install, by hand ---

mkdir /run/copy
tar -C /run/src --exclude=./build --exclude=./.git --exclude=./bench -cf - . |
    tar -C /run/copy -xf -
check 'README: the build by hand' bash -euo pipefail -c \
    "cd /run/copy && $(readme '## Build and install' 2)"
check 'it fills an image' test -x /tmp/image/usr/sbin/httpauthd
check 'and installs' make -C /run/copy -s install
check 'README: what follows an installation' \
    run "$(readme '## Build and install' 3)"
check 'there is a user for the helper' getent passwd httpauthd
is 'and a folder that is root'"'"'s' '755 root' \
    "$(stat -c '%a %U' /run/httpauth)"
while read -r word; do
    check "README: ./dev $word is there" bash -c \
        "/run/src/dev --help | grep -q '^  $word '"
done < <(grep -ohE '^\./dev [a-z]+|`\./dev [a-z]+' /run/src/README.md \
    /run/src/CONTRIBUTING.md | sed 's/.* //' | sort -u)

# --- five minutes with a provider ---

syslog_start
idp_start
mkdir -p /run/systemd/system
ssh-keygen -A >/run/out
cp -a /etc/pam.d /run/pam.d
idp_token '{"alg":"ES256"}' >/run/token
setup=$(readme '## Five minutes with a provider' 1)
check 'README: setup, with a login' run "${setup/https:\/\/idp.example\//$IDP} \
    --user-claim sub --ca-file /run/idp/ca.pem --yes </run/token"
check 'and back' bash -euo pipefail -c 'httpauthctl setup --undo
    diff -r /etc/pam.d /run/pam.d
    systemctl stop httpauthd.service'
rm -rf /etc/httpauth/* /run/systemd

provider='### By hand'
readme "$provider" 1 >/etc/httpauth/httpauthd.conf
check 'README: its configuration and the commands' run "$(readme "$provider" 2)"
mkdir /etc/httpauth/httpauthd.conf.d
printf '[issuer work]\nissuer = %s\nca_file = /run/idp/ca.pem\n' "$IDP" \
    >/etc/httpauth/httpauthd.conf.d/test.conf
check 'the provider of the test takes the place of idp.example' \
    httpauthctl reload
readme "$provider" 3 >/etc/pam.d/sshd
mkdir -p /etc/ssh/sshd_config.d
readme "$provider" 4 >/etc/ssh/sshd_config.d/httpauth.conf

start_sshd() {
    [ -f /run/hostkey ] || ssh-keygen -q -t ed25519 -N '' -f /run/hostkey
    cat >/run/sshd_config <<C
Include /etc/ssh/sshd_config.d/httpauth.conf
Port $SSH_PORT
ListenAddress 127.0.0.1
HostKey /run/hostkey
PidFile /run/sshd.pid
UseDNS no
C
    cat >>/run/sshd_config
    /usr/sbin/sshd -t -f /run/sshd_config &&
        /usr/sbin/sshd -f /run/sshd_config -E "$SSHD_LOG" &&
        wait_for 60 test -e /run/sshd.pid
}
stop_sshd() {
    kill "$(cat /run/sshd.pid)"
    wait_for 60 bash -c '! test -e /run/sshd.pid'
}
start_sshd </dev/null
token=$(idp_token '{"alg":"ES256","extra":{"preferred_username":"alice"}}')
status=0
run "$(readme "$provider" 5)" <<<"$token" >/run/out 2>&1 || status=$?
is 'README: verify accepts' 0 "$status"
has 'and says so' /run/out '^accepted$'
is 'verify fits 80 columns' '' "$(awk 'length > 80' /run/out)"
status=0
run "$(readme "$provider" 6)" >/run/out 2>&1 || status=$?
is 'README: the doctor finds nothing wrong with all that' 0 "$status"
is 'nor what could be better' '' "$(grep -E '^(FAULT|warning|unseen) ' /run/out)"
is 'a token of the provider logs in' alice \
    "$(ssh_as alice keyboard-interactive "$token")"
is 'and nobody else' '' \
    "$(ssh_as bob keyboard-interactive "$token" 2>/dev/null)"
is 'a Unix password still does' bob \
    "$(ssh_as bob keyboard-interactive unix-bob)"

# --- as a second factor ---

install -d -m 700 -o alice -g alice /home/alice/.ssh
ssh-keygen -q -t ed25519 -N '' -f /run/alice-key
install -m 600 -o alice -g alice /run/alice-key.pub \
    /home/alice/.ssh/authorized_keys
second() { # ANSWER KEY
    printf '%s' "$1" >/run/answer
    SSH_ASKPASS=/run/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        timeout 60 ssh -F none -p "$SSH_PORT" -i "$2" \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR \
        -l alice 127.0.0.1 id -un 2>/dev/null || :
}
cp /etc/pam.d/sshd /run/first-stack
stop_sshd
readme '### As a second factor' 1 | start_sshd
is 'README, second factor: key and token' alice "$(second "$token" /run/alice-key)"
is 'a token alone does not' '' "$(second "$token" /dev/null)"
is 'key and Unix password do, as the text says' alice \
    "$(second unix-alice /run/alice-key)"
{
    readme '### As a second factor' 2
    grep -v '^auth' /run/first-stack
} >/etc/pam.d/sshd
is 'with the one auth line: key and token' alice \
    "$(second "$token" /run/alice-key)"
is 'and no Unix password' '' "$(second unix-alice /run/alice-key)"
cp /run/first-stack /etc/pam.d/sshd
stop_sshd
start_sshd </dev/null

# --- no provider at all ---

rm -rf /etc/httpauth/httpauthd.conf.d
check 'README, no provider: the commands' \
    bash -euo pipefail -c "{ $(readme '## No provider at all' 1)
    } >/run/local"
token=$(tail -n 1 /run/local)
is 'the token they print logs in' alice \
    "$(ssh_as alice keyboard-interactive "$token")"

# --- every other block of configuration, on top of that of the provider ---

mv /etc/httpauth/httpauthd.conf /run/local.conf
readme "$provider" 1 >/etc/httpauth/httpauthd.conf
install -m 640 -g httpauthd /dev/null /etc/httpauth/idp.secret
echo secret >/etc/httpauth/idp.secret
mkdir /etc/httpauth/httpauthd.conf.d
loaded=0
while IFS= read -r heading; do
    # That one is for a provider that is asked.
    [ "$heading" != '### When the provider is down' ] ||
        readme '## Every credential, every way to ask' 1 \
            >/etc/httpauth/httpauthd.conf
    readme "$heading" 1 >/etc/httpauth/httpauthd.conf.d/block.conf
    loaded=$((loaded + 1))
    check "README, $heading: its configuration" httpauthctl config check
done < <(awk '/^#/ { heading = $0 } /^```ini/ { print heading }' \
    /run/src/README.md | grep -v '^### By hand')
is 'each was loaded' "$(($(grep -c '^```ini' /run/src/README.md) - 1))" "$loaded"
rm -r /etc/httpauth/httpauthd.conf.d
mv /run/local.conf /etc/httpauth/httpauthd.conf

# --- app passwords of this host, and who has to leave ---

cp /etc/httpauth/httpauthd.conf /run/local.conf
check 'README, app passwords: the commands' bash -euo pipefail -c \
    "{ $(readme '### App passwords of this host' 1)
    } >/run/out"
password=$(grep -m 1 '^hap_' /run/out)
has 'it is in the list' /run/out 'laptop; for sshd'
is 'it logs in' alice "$(ssh_as alice keyboard-interactive "$password")"
check 'README: who has to leave' \
    run "$(readme '### When somebody has to leave at once' 1)"
is 'then it does not' '' \
    "$(ssh_as alice keyboard-interactive "$password" 2>/dev/null)"
rm /var/lib/httpauth/revocations
cp /run/local.conf /etc/httpauth/httpauthd.conf
systemctl stop httpauthd.service
systemctl enable httpauthd.service

# --- tokens of any length ---

cat >/etc/ssh/ssh_config.d/test.conf <<C
Host host.example
    Port $SSH_PORT
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
C
echo '127.0.0.1 host.example' >>/etc/hosts
pad=$(head -c 2000 /dev/zero | tr '\0' x)
httpauthctl token mint --user alice --claim "pad=\"$pad\"" >/run/long 2>/dev/null
# What `httpauth-token login` would have left; test_token.sh runs that.
kept=/run/person/.local/state/httpauth/https%3A%2F%2Fidp.example%2F
install -D -m 600 /dev/null "$kept"
jq -n --rawfile token /run/long '{issuer: "https://idp.example/",
    access_token: ($token | rtrimstr("\n")), expires: (now + 600 | floor)}' >"$kept"
is 'README: httpauth-askpass sends a long token' alice "$(HOME=/run/person \
    setsid -w bash -euo pipefail -c "mkdir -p /run/person
    $(readme '### Tokens of any length' 1) id -un" 2>&1 </dev/null)"

# --- the examples of the manual, and the files that are shipped ---

example pam_httpauth/pam_httpauth.8 'a refusal is final:' >/etc/pam.d/sshd
has 'pam_httpauth(8): the stack is there' /etc/pam.d/sshd \
    'authinfo_unavail=ignore service_err=ignore default=die'
is 'it lets a token in' alice "$(ssh_as alice keyboard-interactive "$token")"
is 'a Unix password' bob "$(ssh_as bob keyboard-interactive unix-bob)"
is 'and no other' '' "$(ssh_as bob keyboard-interactive no 2>/dev/null)"
for file in /run/src/conf/pam.d/*; do
    cp "$file" /etc/pam.d/
done
is 'conf/pam.d/sshd lets a token in' alice \
    "$(ssh_as alice keyboard-interactive "$token")"
is 'a Unix password' bob "$(ssh_as bob keyboard-interactive unix-bob)"
is 'and no other' '' "$(ssh_as bob keyboard-interactive no 2>/dev/null)"

cp /etc/httpauth/httpauthd.conf /etc/httpauth/new.conf
printf '%s\n' "$(example helper/daemon/httpauthd.8 'under test:' |
    sed 's/^# //')" >/run/by-hand
bash -euo pipefail /run/by-hand >/run/by-hand.log 2>&1 &
by_hand=$!
check 'httpauthd(8): started by hand it answers' \
    wait_for 60 httpauthctl status --socket /run/test/control.sock
kill "$by_hand" 2>/dev/null || :

cd /run
# The local issuer is that of the folder where the configuration is.
cp /etc/httpauth/{httpauthd.conf,local.jwks} .
printf '%s\n' "$token" >token
example /run/src/helper/ctl/httpauthctl.1 'before it is installed:' |
    sed 's/^\$ //' >/run/try
check 'httpauthctl(1): a configuration is tried' bash -euo pipefail /run/try

# shellcheck disable=SC2016
is 'no token is in any log' '' \
    "$(grep -hoE 'eyJ[A-Za-z0-9_-]{20,}' "$LOG" "$AUTHLOG" || :)"
stop_sshd
kill "$(cat /run/supervisor.pid)"
tap_end
