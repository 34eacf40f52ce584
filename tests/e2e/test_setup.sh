#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# httpauthctl setup against a real provider: by flags and by answers, with a
# login through an sshd of its own; back again, byte for byte; and everything
# that it refuses, or that goes wrong in the middle.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

# --- a host with the packages' files, and a systemctl ---

for folder in usr var/cache; do
    mkdir -p "/run/over/$folder" "/run/work/$folder"
    mount -t overlay "$folder" -o \
        "lowerdir=/$folder,upperdir=/run/over/$folder,workdir=/run/work/$folder" \
        "/$folder"
done
mkdir -p /run/systemd/system
security=/usr/lib/$(gcc -print-multiarch)/security
install /run/bin/pam_httpauth.so "$security/"
install /run/bin/httpauthd /usr/sbin/
install /run/bin/httpauthctl /run/bin/httpauth-askpass /usr/bin/
install -m 644 packaging/systemd/*.{service,socket} /usr/lib/systemd/system/
install -m 755 tests/lib/systemctl.sh /usr/local/bin/systemctl
install -m 644 packaging/debian/pam-configs/* /usr/share/pam-configs/
install -m 640 -g httpauthd conf/httpauthd.conf /etc/httpauth/
pam-auth-update --package
ssh-keygen -A >/run/out
syslog_start
idp_start
httpauthd_ends() {
    systemctl stop httpauthd
    # What the helper made of the last configuration is not the next one's.
    rm -rf /run/httpauthd
}

# What setup may change, with modes and owners.
snapshot() {
    { find /etc/pam.d /etc/ssh /etc/httpauth /var/lib/httpauth-setup \
        /run/httpauth-setup* -printf '%p %y %m %U:%G\n' 2>/dev/null || :; } |
        sort
    find /etc/pam.d /etc/ssh /etc/httpauth -type f -exec sha256sum {} + | sort
}
snapshot >/run/before
as_before() { # NAME
    snapshot >/run/after
    is "$1" '' "$(diff /run/before /run/after)"
}
status=0
# setup [OPTION...] <TOKEN: what it says is /run/out
setup() {
    status=0
    timeout 100 httpauthctl setup "$@" >/run/out 2>&1 || status=$?
}
by_flags() { setup --yes --issuer "$IDP" --ca-file /run/idp/ca.pem "$@"; }
# refuses NAME PATTERN [OPTION...]: exit status, reason, nothing touched
refuses() {
    local name=$1 pattern=$2
    shift 2
    by_flags "$@" </dev/null
    check "$name: refused" test "$status" -ne 0
    has "$name: says why" /run/out "$pattern"
    as_before "$name: nothing was changed"
}
token=$(idp_token '{"alg":"ES256"}')
printf '%s' "$token" >/run/token
idp_token '{"alg":"ES256","ttl":-300}' >/run/old

# --- by flags ---

by_flags --require-scope ssh:login --login alice </run/token
is 'by flags: done' 0 "$status"
has 'it shows what the provider is' /run/out 'it is +node oidc-provider'
has 'its keys' /run/out 'RS256 PS256 ES256 ES384 EdDSA \(5 keys\)'
has 'what can be asked' /run/out 'introspection, userinfo, device login'
has 'and its scopes' /run/out 'scopes +openid offline_access ssh:login mail'
has 'the audience is bound to the host' /run/out '^\+audience = ssh://%H$'
has 'the diff shows the stack' /run/out '^\+auth.*default=die.*pam_httpauth.so'
has 'the helper was asked' /run/out 'the helper accepts the token of alice'
has 'a login was tried' /run/out 'alice logged in, through an sshd of our own'
is 'its own words fit 80 columns' '' \
    "$(grep -v '^[-+ @]' /run/out | awk 'length > 80')"
check 'the configuration is sound' httpauthctl config check
is 'it keeps mode and owner' '640 root:httpauthd' \
    "$(stat -c '%a %U:%G' /etc/httpauth/httpauthd.conf)"
has 'sshd sees it' <(/usr/sbin/sshd -T) 'kbdinteractiveauthentication yes'
is 'no sshd is left' '' "$(pgrep -a sshd || :)"
is 'no token is left' '' \
    "$(grep -rlF -- "$token" /run/httpauth* /etc /var/lib/httpauth-setup || :)"
has 'the host lets alice in' <(pamtester sshd alice authenticate \
    </run/token 2>&1) 'successfully authenticated'
check 'and a Unix password' bash -c \
    'echo unix-bob | pamtester sshd bob authenticate acct_mgmt'

by_flags --require-scope ssh:login </dev/null
is 'a second time: done' 0 "$status"
has 'nothing is to be changed' /run/out 'in place already'
systemctl stop httpauthd
mv /run/systemd /run/no-systemd
by_flags --require-scope ssh:login --login alice </run/token
is 'without a helper: no login could be tried' 3 "$status"
has 'which it says' /run/out 'no login was tried: httpauthd does not run'
mv /run/no-systemd /run/systemd
systemctl enable --now httpauthd.socket

# --- and back ---

echo '# mine' >>/etc/ssh/sshd_config.d/40-httpauth.conf
setup --undo
is 'undo with a file that was changed: refused' 1 "$status"
has 'it is named' /run/out '40-httpauth.conf was changed since'
has 'with what to do' /run/out 'Undo goes on when it is gone'
check 'and the others stay' grep -q pam_httpauth /etc/pam.d/common-auth
sed -i '/# mine/d' /etc/ssh/sshd_config.d/40-httpauth.conf
setup --undo
is 'undo: done' 0 "$status"
as_before 'every byte is as before'
has 'it says what it took away' /run/out 'removed +/etc/ssh/sshd_config.d/40'
has 'and what it put back' /run/out 'restored +/etc/pam.d/common-auth'
is 'the profiles are off' '' "$(grep -rl httpauth /var/lib/pam | grep -v seen)"
has 'the helper admits nobody' <(httpauthctl verify --user alice \
    --service sshd </run/token 2>&1) 'no-(issuer|service|shape)|issuer'
has 'it says how sshd is told' /run/out 'systemctl reload ssh'
setup --undo
has 'a second time there is nothing to do' /run/out 'Nothing that setup did'
httpauthd_ends

setup --yes --local --reload-sshd </dev/null
is 'sshd is told: done' 0 "$status"
is 'by what leaves one alone that does not run' 'try-reload-or-restart ssh' \
    "$(cat /run/systemctl.log)"
for option in --dry-run --local --login=alice; do
    setup --undo "$option"
    is "undo with $option: refused" 2 "$status"
done
check 'and nothing is undone' grep -q pam_httpauth /etc/pam.d/common-auth
setup --undo --yes --reload-sshd
is 'undo: sshd is told' 'try-reload-or-restart ssh' \
    "$(sed -n 2p /run/systemctl.log)"
as_before 'and all is as before'
httpauthd_ends
: >/run/no-reload
setup --yes --local --reload-sshd </dev/null
is 'sshd that cannot be told: exit status' 1 "$status"
has 'it is said' /run/out 'sshd could not be told'
has 'and what is in place' /run/out 'systemctl reload ssh'
rm /run/no-reload
setup --undo
as_before 'and back'
httpauthd_ends

setup --yes --local </dev/null
echo '# mine' >>/etc/httpauth/httpauthd.conf
setup --undo
is 'undo after an edit: refused' 1 "$status"
has 'what was there is told' /run/out \
    'cp /var/lib/httpauth-setup/original-[0-9a-f]{8}\*'
bash -c "$(grep -A1 '^  cp ' /run/out)"
setup --undo
is 'and once it is there undo goes on' 0 "$status"
as_before 'undo after an edit: all is as before'
httpauthd_ends

# Whoever starts it may ignore its children, or close everything.
mv /usr/local/bin/systemctl /run/systemctl
cat >/usr/local/bin/systemctl <<'X'
#!/bin/sh
readlink "/proc/$$/fd/2" >/run/stderr
exec /run/systemctl "$@"
X
chmod 755 /usr/local/bin/systemctl
python3 -c 'import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp("httpauthctl", "httpauthctl setup --yes --local".split())' \
    >/run/out 2>&1 </dev/null && status=0 || status=$?
is 'with SIGCHLD ignored: done' 0 "$status"
setup --undo
httpauthd_ends
httpauthctl setup --yes --local <&- >&- 2>&- || :
check 'with all closed: in place' httpauthctl config check
has 'programs have their streams' /run/stderr '^pipe:'
mv /run/systemctl /usr/local/bin/systemctl
setup --undo
as_before 'and back'
httpauthd_ends

# --- by answers ---

cat >/run/dialogue <<X
Issuer URL:  = http://localhost:$IDP_PORT
Issuer URL:  = $IDP
Client id (or nothing):  = app
Audience [ssh://%H]:  = ssh://fleet
Is that what you want? [y/N] = n
X
setup_by_hand() {
    status=0
    expect -f tests/lib/dialogue.exp /run/dialogue httpauthctl setup \
        --ca-file /run/idp/ca.pem >/run/out 2>&1 || status=$?
}
cat >>/run/dialogue <<X
User claim [sub]:  = ^C
X
setup_by_hand
has 'http is not taken for an answer' /run/out 'That is not https'
has 'a shared audience is warned of' /run/out 'not of this host alone'
as_before 'Ctrl-C at a question: nothing was changed'

cat >/run/dialogue <<X
Issuer URL:  = $IDP
Client id (or nothing):  = app
Audience [ssh://%H]:  =${SPACE:- }
User claim [sub]:  =${SPACE:- }
Scope [ssh:login]:  =${SPACE:- }
Log in as (or nothing):  = root
Log in as (or nothing):  = alice
Token (not shown):  = @/run/token
X
cp /run/dialogue /run/answers
echo 'Token (not shown):  = ^C' | cat <(sed '$d' /run/answers) - >/run/dialogue
setup_by_hand
has 'Ctrl-C at the token: ends' /run/out '^status 1'
as_before 'Ctrl-C at the token: nothing was changed'

echo 'Put this in place? [y/N] = ^C' | cat /run/answers - >/run/dialogue
setup_by_hand
has 'Ctrl-C at the last question: ends' /run/out '^status 1'
as_before 'Ctrl-C at the last question: nothing was changed'

echo 'Put this in place? [y/N] = n' | cat /run/answers - >/run/dialogue
setup_by_hand
has 'a no' /run/out 'Nothing was changed'
as_before 'a no: nothing was changed'

echo 'Put this in place? [y/N] = y' | cat /run/answers - >/run/dialogue
setup_by_hand
has 'by answers: done' /run/out '^status 0'
has 'root is not logged in' /run/out 'That is root'
has 'alice is' /run/out 'alice logged in'
is 'the token is not shown' '' "$(grep -F "$token" /run/out || :)"
has 'the client is a rule' /etc/httpauth/httpauthd.conf '^client_ids = app$'
has 'so is the scope' /etc/httpauth/httpauthd.conf \
    '^require_scope = ssh:login$'
setup --undo
as_before 'and back'
httpauthd_ends

pad=$(head -c 2400 /dev/zero | tr '\0' x)
idp_token "{\"alg\":\"ES256\",\"extra\":{\"pad\":\"$pad\"}}" >/run/long
by_flags --login alice </run/long
has 'a token that ssh would cut logs in, too' /run/out 'alice logged in'
setup --undo
as_before 'and back'
httpauthd_ends

# Somebody on this host who is at the port before ssh, and who leaves at once.
cat >/run/intrude.py <<'X'
import os, socket
os.setuid(2002)
while True:
    for row in list(open("/proc/net/tcp"))[1:]:
        words = row.split()
        port = int(words[1].partition(":")[2], 16)
        if words[3] == "0A" and words[7] == "0" and port >= 32768:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                held = socket.create_connection(("127.0.0.1", port), 1)
                open("/tmp/intruded", "w").close()
                print(held.recv(100), flush=True)
            except OSError:
                pass
X
cat >/usr/local/bin/ssh <<'X'
#!/bin/bash
. /run/src/tests/lib/tap.sh
wait_for 60 test -e /tmp/intruded
exec /usr/bin/ssh "$@"
X
chmod 755 /usr/local/bin/ssh
server intruder python3 /run/intrude.py
by_flags --login alice </run/token
is 'with an intruder at the port: done' 0 "$status"
check 'an intruder was there' test -e /tmp/intruded
has 'alice logged in all the same' /run/out 'alice logged in'
is 'and no sshd has greeted him' '' "$(grep SSH- /run/intruder.log || :)"
server_stop intruder
rm /usr/local/bin/ssh
setup --undo
as_before 'and back'
httpauthd_ends

# --- without a provider, for two services ---

setup --yes --local --login alice --service sshd --service sudo </dev/null
is 'the local issuer: done' 0 "$status"
has 'a token of ours logs in' /run/out 'alice logged in'
has 'and would open sudo' /run/out 'accepts the token of alice for sudo'
is 'its key is not shown' '' "$(grep -F -- "$(sed -n 2p \
    /etc/httpauth/local.key)" /run/out || :)"
is 'and is root'"'"'s alone' '600 root' \
    "$(stat -c '%a %U' /etc/httpauth/local.key)"
setup --undo
as_before 'and back'
httpauthd_ends

setup --yes --local --dry-run </dev/null
is 'a dry run: done' 0 "$status"
has 'it shows' /run/out '^\+issuers = local'
as_before 'a dry run changes nothing'

# --- what is refused ---

setup --yes --issuer http://127.0.0.1:80 </dev/null
is 'http: refused' 2 "$status"
has 'http: says why' /run/out 'not https'
refuses 'an audience of all hosts' 'shared-audience' --audience ssh://fleet
printf 'KbdInteractiveAuthentication no\nPasswordAuthentication no\n' \
    >/etc/ssh/sshd_config.d/50-keys.conf
setup --yes --local </dev/null
check 'an sshd for keys alone: refused' test "$status" -ne 0
has 'it says what would open it' /run/out 'Unix passwords open it as well'
setup --yes --local --unix-passwords --dry-run </dev/null
is 'but for who wants that' 0 "$status"
rm /etc/ssh/sshd_config.d/50-keys.conf
as_before 'an sshd for keys alone: nothing was changed'
cp -p /etc/ssh/sshd_config /run/sshd_config.kept
printf '%s\n' 'UsePAM no' 'KbdInteractiveAuthentication yes' \
    'PasswordAuthentication no' >/etc/ssh/sshd_config.d/50-keys.conf
setup --yes --local </dev/null
has 'nor one without PAM' /run/out 'lets everybody in by keys alone'
rm /etc/ssh/sshd_config.d/50-keys.conf
printf 'Match User bob\n  PasswordAuthentication no\n' >>/etc/ssh/sshd_config
setup --yes --local </dev/null
has 'nor for whom Match has keys alone' /run/out 'lets some people in by keys'
setup --yes --local --unix-passwords --dry-run </dev/null
is 'but for who wants that, too' 0 "$status"
cp -p /run/sshd_config.kept /etc/ssh/sshd_config
{
    seq -f '# line %.0f of what nobody reads' 50000
    printf 'Match User bob\n  PasswordAuthentication no\n'
} >/etc/ssh/sshd_config.d/50-long.conf
setup --yes --local </dev/null
has 'nor one that we cannot read' /run/out 'lets some people in by keys'
rm /etc/ssh/sshd_config.d/50-long.conf
as_before 'keys alone in other words: nothing was changed'
echo 'KbdInteractiveAuthentication no' >/etc/ssh/sshd_config.d/00-no.conf
setup --yes --local </dev/null
check 'an sshd that reads the contrary first: refused' test "$status" -ne 0
has 'its place is told' /run/out \
    '00-no.conf:1 says no to kbdinteractiveauthentication'
rm /etc/ssh/sshd_config.d/00-no.conf
as_before 'the contrary: all is as before'
echo 'AuthenticationMethods publickey' >/etc/ssh/sshd_config.d/50-methods.conf
setup --yes --local --dry-run </dev/null
has 'that sshd will ask nobody is told' /run/out 'nobody will be asked'
rm /etc/ssh/sshd_config.d/50-methods.conf
sed -i '/^UsePAM\|^KbdInteractive/d' /etc/ssh/sshd_config
echo 'AuthenticationMethods publickey,keyboard-interactive' \
    >/etc/ssh/sshd_config.d/40-httpauth.conf
setup --yes --local </dev/null
has 'a rule beside our lines stays' <(/usr/sbin/sshd -T) \
    'authenticationmethods publickey,keyboard-interactive'
has 'and ours count' <(/usr/sbin/sshd -T) 'usepam yes'
setup --undo
is 'and undo leaves it alone' \
    'AuthenticationMethods publickey,keyboard-interactive' \
    "$(cat /etc/ssh/sshd_config.d/40-httpauth.conf)"
rm /etc/ssh/sshd_config.d/40-httpauth.conf
cp -p /run/sshd_config.kept /etc/ssh/sshd_config
httpauthd_ends
echo 'Nonsense yes' >/etc/ssh/sshd_config.d/50-broken.conf
setup --yes --local --unix-passwords </dev/null
check 'an sshd that does not say what counts: refused' test "$status" -ne 0
has 'it says why' /run/out 'sshd -T does not say what counts'
has 'with its words' /run/out 'Bad configuration option: Nonsense'
rm /etc/ssh/sshd_config.d/50-broken.conf
as_before 'a broken sshd: nothing was changed'
sed -i 's,^Include .*,  include sshd_config.d/*.conf,' /etc/ssh/sshd_config
setup --yes --local --dry-run </dev/null
has 'an Include in other words is one' /run/out '40-httpauth.conf'
sed -i 's,^  include .*,Include /etc/ssh/sshd_config.d/*.cnf,' /etc/ssh/sshd_config
setup --yes --local --dry-run </dev/null
is 'one of other files is none for ours' '' \
    "$(grep 40-httpauth.conf /run/out || :)"
cp -p /run/sshd_config.kept /etc/ssh/sshd_config
refuses 'no audience' 'anybody' --audience ''
refuses 'root' 'root' --login root
refuses 'a service that is none' 'pam.d' --service ../shadow
refuses 'a pattern of users that is none' 'would be refused' --users 'a*b*'
has 'its place is told beside that' \
    <(grep -B 1 'would be refused' /run/out) '^/etc/httpauth/httpauthd.conf:[0-9]'
refuses 'a login of nobody' 'no user of this host' --login nobodyhere
refuses 'a service twice' 'given twice' --service sshd --service sshd
for file in idp/ca.pem /tmp/ca.pem; do
    setup --yes --issuer "$IDP" --ca-file "$file" </dev/null
    is "$file: refused" 2 "$status"
    has "$file: says why" /run/out '/: the helper|helper does not see'
done
refuses 'a login without token' 'no token' --login alice

mkdir -m 755 /etc/httpauth/httpauthd.conf.d
cat >/etc/httpauth/httpauthd.conf.d/other.conf <<'X'
[issuer other]
issuer = https://other.example
audience = ssh://%H
users = o*
X
snapshot >/run/before
refuses 'an issuer without users beside another' 'has no users'
by_flags --users 'a*' --dry-run </dev/null
is 'with users it is taken' 0 "$status"
cat >/etc/httpauth/httpauthd.conf.d/other.conf <<'X'
[issuer work]
accept = jwt introspection
token_pattern = any
client_id = x
X
snapshot >/run/before
refuses 'a pattern that takes everything' 'any.* text|would be refused'
rm -r /etc/httpauth/httpauthd.conf.d

printf '[service sshd]\nrequire_scope = mine\n' >/etc/httpauth/httpauthd.conf
snapshot >/run/before
refuses 'a configuration made by hand' 'made by hand; --replace'
by_flags --replace </dev/null
is 'with --replace it is taken' 0 "$status"
has 'what goes is shown' /run/out '^-require_scope = mine$'
setup --undo
as_before 'and comes back'
httpauthd_ends
install -m 640 -g httpauthd conf/httpauthd.conf /etc/httpauth/

sed -i '1i auth required pam_httpauth.so allow_root' /etc/pam.d/sshd
mv /usr/share/pam-configs/httpauth /run/profile
snapshot >/run/before
refuses 'root by token' 'allow_root'
sed -i 1d /etc/pam.d/sshd
mv "$security/pam_httpauth.so" /run/
snapshot >/run/before
refuses 'a module that is not there' 'not where libpam looks'
mv /run/pam_httpauth.so "$security/"
check 'who is not root: refused' bash -c \
    "! setpriv --reuid alice --regid alice --init-groups \
        httpauthctl setup --yes --local </dev/null"
refuses 'nothing to ask at' 'sk nothing|exclude' --local

# --- a provider that is broken ---

metadata=/.well-known/openid-configuration
broken() { # NAME PATTERN FAULT
    idp_call fault "$3" >/dev/null
    refuses "$1" "$2"
    idp_call fault '{"clear":true}' >/dev/null
}
broken 'a web page' 'not one JSON object' "{\"path\":\"$metadata\",
    \"status\":200,\"type\":\"text/html\",\"body\":\"<html>hello</html>\"}"
broken 'another issuer' 'another issuer, .https://evil.test' \
    "{\"path\":\"$metadata\",\"status\":200,
    \"body\":\"{\\\"issuer\\\":\\\"https://evil.test\\\"}\"}"
idp_call fault '{"path":"/.well-known/oauth-authorization-server",
    "status":404}' >/dev/null
broken 'no metadata' 'HTTP 404' "{\"path\":\"$metadata\",\"status\":404}"
broken 'a dead connection' 'localhost' \
    "{\"path\":\"$metadata\",\"reset\":true,\"times\":9}"
broken 'no keys' 'no usable keys' \
    '{"path":"/jwks","status":200,"body":"{\"keys\":[]}"}'
setup --yes --issuer https://localhost:9 </dev/null
has 'nobody there' /run/out 'localhost:9.*(onnect|refused)'
setup --yes --issuer "$IDP" </dev/null
has 'a certificate of an unknown CA' /run/out 'named with --ca-file'
server silent python3 -c 'import signal, socket
s = socket.create_server(("127.0.0.1", 14999))
signal.pause()'
server_ready silent listens 14999
setup --yes --issuer https://localhost:14999 --ca-file /run/idp/ca.pem </dev/null
has 'who never answers' /run/out 'time.*out'
is 'is not said to have another CA' '' "$(grep ca-file /run/out || :)"
server_stop silent
is 'advice fits 80 columns' '' "$(awk 'length > 80 && !/^httpauthctl:/' /run/out)"
as_before 'nothing of that changed anything'

# --- without profiles and drop-ins ---

sed -i '/^Include/d' /etc/ssh/sshd_config
snapshot >/run/before
by_flags --login alice </run/token
is 'without profiles: done' 0 "$status"
has 'sshd has a stack of its own' /etc/pam.d/sshd '^auth .*pam_httpauth.so'
has 'sshd_config has our lines first' <(head -n 4 /etc/ssh/sshd_config) \
    '^KbdInteractiveAuthentication yes'
has 'alice logged in' /run/out 'alice logged in'
setup --undo
as_before 'and back'
httpauthd_ends
cp -p /etc/pam.d/sshd /run/sshd.pam
# refuses_stack NAME PATTERN <STACK: of sshd
refuses_stack() {
    cat >/etc/pam.d/sshd
    snapshot >/run/before
    refuses "$@"
}
refuses_stack 'a second factor behind the password' 'token would be enough' <<'X'
@include common-auth
auth required pam_google_authenticator.so nullok
@include common-account
X
has 'the line is shown' /run/out '^  auth required pam_google_authenticator.so'
refuses_stack 'a line that would skip ours' 'would skip ours' <<'X'
auth [success=ignore default=1] pam_succeed_if.so quiet user ingroup sudo
auth [success=done default=die] pam_unix.so
auth requisite pam_deny.so
account required pam_unix.so
X
cat >/etc/pam.d/sshd <<'X'
auth [success=ignore default=1] pam_succeed_if.so quiet user ingroup nobody
auth requisite pam_deny.so
auth required pam_env.so
auth required pam_unix.so
auth optional pam_echo.so
account required pam_unix.so
X
by_flags --login alice </run/token
is 'a line that skips none of ours is left to it' 0 "$status"
setup --undo
httpauthd_ends
cp -p /run/sshd.pam /etc/pam.d/sshd
mkdir -p /usr/lib/pam.d
mv /etc/pam.d/sshd /usr/lib/pam.d/
snapshot >/run/before
by_flags --login alice </run/token
is 'a stack of the vendor: done' 0 "$status"
has 'it is copied, with ours' /etc/pam.d/sshd '^auth .*pam_httpauth.so'
setup --undo
as_before 'and back'
httpauthd_ends
mv /usr/lib/pam.d/sshd /etc/pam.d/
snapshot >/run/before
mkdir /etc/authselect
: >/etc/authselect/authselect.conf
by_flags </dev/null
has 'authselect: its command is told' /run/out 'authselect select httpauth'
is 'and no stack is touched' '' "$(grep -l pam_httpauth /etc/pam.d/* || :)"
setup --undo
as_before 'authselect: and back'
httpauthd_ends
rm -r /etc/authselect
mv /run/profile /usr/share/pam-configs/httpauth

# --- stacks that are not made of profiles, beside those that are ---

printf '%s required pam_unix.so\n' auth account >/etc/pam.d/mine
mv /etc/pam.d/sudo /etc/pam.d/sudo.real
ln -s sudo.real /etc/pam.d/sudo
snapshot >/run/before
setup --yes --local --service mine --service sudo </dev/null
is 'a stack of its own, and one that is a link: done' 0 "$status"
has 'that of its own has our lines' /etc/pam.d/mine '^auth .*pam_httpauth.so'
has 'the other has them by its profiles' /etc/pam.d/common-auth 'pam_httpauth'
setup --undo
as_before 'and back'
httpauthd_ends
rm /etc/pam.d/mine
mv /etc/pam.d/sudo.real /etc/pam.d/sudo
snapshot >/run/before
refuses 'a program without a stack' 'no /etc/pam.d/nope: --service' \
    --service nope

# A profile that waits for its turn.
cat >/usr/share/pam-configs/waiting <<'X'
Name: waiting
Default: yes
Priority: 10
Password-Type: Additional
Password:
	optional	pam_echo.so
X
snapshot >/run/before
setup --yes --local </dev/null
has 'what pam-auth-update does besides is shown' /run/out '^\+password.*pam_echo'
setup --undo
as_before 'and taken back'
httpauthd_ends
rm /usr/share/pam-configs/waiting

# --- units that were not enabled ---

touch /run/disabled.httpauthd{.socket,-control.socket,.service}
snapshot >/run/before
units() { find /run -maxdepth 1 -name 'disabled.*' | wc -l; }
setup --yes --local --dry-run </dev/null
has 'units: it is said before' /run/out 'units of the helper are enabled'
setup --yes --local --login alice </dev/null
is 'units: done' 0 "$status"
is 'they are enabled' 0 "$(units)"
touch /run/disabled.httpauthd.socket
setup --yes --local </dev/null
is 'units: once more' '0 0' "$status $(units)"
setup --undo
is 'undo disables them' 3 "$(units)"
check 'and ends the helper' bash -c '! httpauthctl status'
as_before 'units: all is as before'
by_flags --login alice </run/old
is 'a login that fails leaves them disabled' 3 "$(units)"
as_before 'and all is as before'
rm /run/disabled.*
rm -rf /run/httpauthd

# --- what fails in the middle ---

by_flags --login alice </run/old
is 'a login that fails: refused' 1 "$status"
has 'it says why' /run/out 'refused: expired'
has 'and puts back' /run/out 'Everything is as it was before'
as_before 'a login that fails: all is as before'
by_flags --login alice --keep </run/old
is 'with --keep it stays' 0 "$status"
setup --undo
as_before 'and goes'
httpauthd_ends
echo 'DenyUsers alice' >/etc/ssh/sshd_config.d/00-deny.conf
sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' /etc/ssh/sshd_config
snapshot >/run/before
by_flags --login alice </run/token
has 'whom sshd denies fails, though the helper accepts' /run/out \
    'alice could not log in'
is 'with the words of sshd, and no more' '' "$(grep -F '\x0d' /run/out || :)"
as_before 'and all is as before'
httpauthd_ends
rm /etc/ssh/sshd_config.d/00-deny.conf
snapshot >/run/before

# A disk that is full when the stack is to be written.
mount -t tmpfs -o size=1m,mode=755 small /mnt
cp -a /etc/pam.d/. /mnt/
mount --bind /mnt /etc/pam.d
mv /usr/share/pam-configs/httpauth /run/profile
snapshot >/run/before
fill() { cat /dev/zero >/mnt/full 2>/run/err || :; }
fill
by_flags </dev/null
is 'a full disk: refused' 1 "$status"
has 'a full disk: says so' /run/out 'No space left on device'
has 'and all is as before' /run/out 'Everything is as it was before'
rm /mnt/full
as_before 'a full disk: nothing is left'
mv /run/profile /usr/share/pam-configs/httpauth
fill
by_flags </dev/null
has 'a full disk under pam-auth-update: says what is left to do' /run/out \
    'when that is repaired: httpauthctl setup --undo'
rm /mnt/full
setup --undo
is 'and then undo works' 0 "$status"
rm -f /mnt/*.pam-new # of pam-auth-update
as_before 'and all is as before'
umount /etc/pam.d /mnt
snapshot >/run/before

# A systemctl that hangs holds setup in the middle of it.
mv /usr/local/bin/systemctl /run/systemctl
cat >/usr/local/bin/systemctl <<'X'
#!/bin/sh
[ "$1" != enable ] || { : >/run/reached; exec sleep 60; }
X
chmod 755 /usr/local/bin/systemctl
in_the_middle() { # SIGNAL
    rm -f /run/reached
    httpauthctl setup --yes --issuer "$IDP" --ca-file /run/idp/ca.pem \
        >/run/out 2>&1 </dev/null &
    local pid=$!
    wait_for 60 test -e /run/reached
    kill "-$1" "$pid"
    status=0
    wait "$pid" || status=$?
}
for signal in INT TERM HUP; do
    in_the_middle "$signal"
    is "SIG$signal in the middle: ends" 1 "$status"
    has "SIG$signal in the middle: says so" /run/out 'Stopped; putting'
    as_before "SIG$signal in the middle: all is as before"
done
in_the_middle KILL
check 'killed in the middle: it is in place' test -e \
    /etc/ssh/sshd_config.d/40-httpauth.conf
setup --undo
is 'and undo works' 0 "$status"
as_before 'killed in the middle: all is as before'

# shellcheck disable=SC2016
is 'no token is in any log' '' "$(grep -hoE 'eyJ[A-Za-z0-9_-]{20,}' \
    "$LOG" "$AUTHLOG" || :)"
tap_end
