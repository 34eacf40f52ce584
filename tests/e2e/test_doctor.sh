#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# httpauthctl doctor: nothing is found on a host that is well, and each fault
# that is planted is found by its key, alone, with the line to change.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

CONF=/etc/httpauth/httpauthd.conf
SSHD=/etc/ssh/sshd_config
STACK=/etc/pam.d/sshd
ARGS=()
INPUT=/dev/null

# --- a host that is well ---

stack_healthy() {
    sed "s#pam_httpauth.so#$MODULE#" conf/pam.d/sshd >$STACK
}
sshd_healthy() {
    cat >$SSHD <<'Y'
Include /etc/ssh/sshd_config.d/*.conf
UsePAM yes
KbdInteractiveAuthentication yes
Subsystem sftp internal-sftp
Y
    rm -f /etc/ssh/sshd_config.d/*
}
conf_write() { # <ISSUER [SERVICE lines...]
    cat >$CONF
    chgrp httpauthd $CONF
    chmod 640 $CONF
    conf_take
}
conf_take() { httpauthctl reload >/run/out 2>&1 || :; }
conf_healthy() {
    conf_write <<Y
$(work_issuer)
username_claim = sub
[service sshd]
require_scope = ssh:login
Y
}
rm -f /etc/ssh/sshd_config.d/*
for file in /etc/pam.d/*; do
    ! grep -q pam_httpauth "$file" || rm "$file"
done
ssh-keygen -A >/dev/null
idp_start
secret idp.secret <<<rs-secret
stack_healthy
sshd_healthy
conf_healthy
helper_start
keys_loaded() { httpauthctl status --json | jq -e '.issuers[0].keys > 0'; }
wait_for 60 keys_loaded

# --- looking ---

doctor() { # STATUS
    local status=0
    httpauthctl doctor "${ARGS[@]}" --json <"$INPUT" >/run/doctor.json \
        2>/run/doctor.err || status=$?
    [ "$status" -eq "$1" ] || { cat /run/doctor.json /run/doctor.err; return 1; }
}
complaints() {
    jq -r '[.findings[] | select(.severity == "fault" or
        .severity == "warning") | .key] | unique | join(" ")' /run/doctor.json
}
of() { # KEY MEMBER
    jq -r --arg key "$1" --arg member "$2" \
        '[.findings[] | select(.key == $key)][0][$member] // ""' \
        /run/doctor.json
}
count=0
# finds NAME KEYS [FILE:LINE [CHANGE]]: those and no other; the rest is of the first
finds() {
    local where
    httpauthctl doctor "${ARGS[@]}" --json <"$INPUT" >/run/doctor.json \
        2>/run/doctor.err || :
    count=$((count + 1))
    tr ' ' '\n' <<<"$2" >>/run/keys
    is "$1: $2" "$(tr ' ' '\n' <<<"$2" | sort | xargs)" "$(complaints)"
    if [ -n "${3:-}" ]; then
        where=$(of "${2%% *}" file):$(of "${2%% *}" line)
        is "$1: where" "$3" "${where%:}"
    fi
    if [ -n "${4:-}" ]; then
        of "${2%% *}" change >/run/change
        has "$1: what to write" /run/change "$4"
    fi
}
at() { # FILE PATTERN: FILE:LINE of the first such line
    printf '%s:%s' "$1" "$(grep -nE -m 1 -- "$2" "$1" | cut -d : -f 1)"
}

check 'nothing is wrong with a host that is well' doctor 0
is 'no warning either' '' "$(complaints)"
is 'and nothing was not looked at' '' "$(jq -r '.findings[] |
    select(.severity == "unseen") | .key' /run/doctor.json)"
ARGS=(--user alice --token)
idp_token '{}' >/run/token
INPUT=/run/token
check 'nor with a user of it and his token' doctor 0
is 'nor is there a warning' '' "$(complaints)"
is 'which is said' 'token' "$(jq -r '.findings[] |
    select(.severity == "ok" and .key == "token") | .key' /run/doctor.json)"
for user in alice:0 bob:1; do
    ARGS=(--user "${user%:*}" --token)
    check "the exit status for ${user%:*}" doctor "${user#*:}"
done
is 'whose token it is not' 'token-user' "$(complaints)"
ARGS=()
INPUT=/dev/null

# --- every stack of this repository is one that is well ---

for file in conf/pam.d/*; do
    name=${file##*/}
    [ "$name" != sshd ] || continue
    cp "/etc/pam.d/$name" /run/saved 2>/dev/null || rm -f /run/saved
    sed "s#pam_httpauth.so#$MODULE#" "$file" >"/etc/pam.d/$name"
    conf_write <<Y
$(work_issuer)
username_claim = sub
[service sshd]
[service $name]
Y
    finds "the stack of $name is well" ''
    count=$((count - 1))
    if [ -e /run/saved ]; then cp /run/saved "/etc/pam.d/$name"; else
        rm "/etc/pam.d/$name"; fi
done
conf_healthy

# RHEL's: substacks, jumps over what is for local users only.
mkdir -p /etc/pam.d
cat >/etc/pam.d/password-auth <<'Y'
auth        required      pam_env.so
auth        required      pam_faildelay.so delay=2000000
auth        [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth        [default=1 ignore=ignore success=ok] pam_localuser.so
auth        sufficient    pam_unix.so nullok
auth        [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth        sufficient    pam_sss.so forward_pass
auth        required      pam_deny.so
account     required      pam_unix.so
account     sufficient    pam_localuser.so
account     sufficient    pam_usertype.so issystem
account     [default=bad success=ok user_unknown=ignore] pam_sss.so
account     required      pam_permit.so
session     optional      pam_keyinit.so revoke
session     required      pam_limits.so
-session    optional      pam_systemd.so
session     required      pam_unix.so
Y
cat >$STACK <<Y
auth    [success=done ignore=ignore cred_insufficient=ignore authinfo_unavail=ignore service_err=ignore default=die] $MODULE
auth       substack     password-auth
auth       include      postlogin
account    required     pam_nologin.so
account    [success=ok ignore=ignore default=bad] $MODULE
account    include      password-auth
session    required     pam_loginuid.so
session    include      password-auth
session    optional     $MODULE
Y
: >/etc/pam.d/postlogin
finds "RHEL's stack is well" ''
count=$((count - 1))

# authselect's, with all features and with none.
for expression in 's/ *{include if [^}]*}//; /{exclude if/d' '/{include if/d
    s/ *{exclude if [^}]*}//'; do
    sed "$expression; s/{if not \"[^\"]*\":\([^}]*\)}/\1/
        s#pam_httpauth.so#$MODULE#" packaging/authselect/password-auth \
        >/etc/pam.d/password-auth
    cat >$STACK <<'Y'
auth       substack     password-auth
auth       include      postlogin
account    required     pam_nologin.so
account    include      password-auth
session    include      password-auth
Y
    finds "authselect's profile is well" ''
    count=$((count - 1))
done

# pam-auth-update's: our profiles in what all programs include.
cp -r /etc/pam.d /run/pam.d
awk -v module="$MODULE" '/^auth/ && !n++ { print "auth [success=2 ignore=ignore cred_insufficient=ignore authinfo_unavail=ignore service_err=ignore default=die] " module }
    { print }' /run/pam.d/common-auth >/etc/pam.d/common-auth
awk -v module="$MODULE" '/^account/ && !n++ { print "account [success=ok ignore=ignore default=bad] " module }
    { print }' /run/pam.d/common-account >/etc/pam.d/common-account
for file in common-session common-session-noninteractive; do
    echo "session optional $MODULE" >>/etc/pam.d/$file
done
cat >$STACK <<'Y'
@include common-auth
account required pam_nologin.so
@include common-account
@include common-session
@include common-password
Y
finds 'the profiles of pam-auth-update are well' ''
count=$((count - 1))
is 'in all programs' yes "$(jq -r '.findings[] | select(.key == "pam") | .what' \
    /run/doctor.json | grep -q 'login.*sshd.*sudo' && echo yes)"
is 'those without a section are a note' 'note' \
    "$(of service-not-admitted severity)"
sed -i "/pam_httpauth/d" /etc/pam.d/common-session
finds 'the profile of sessions is missing' pam-session-missing \
    "$(at /etc/pam.d/common-auth httpauth)" \
    'pam-auth-update --enable httpauth httpauth-session'
cp /run/pam.d/common-* /etc/pam.d/

# --- PAM ---

cat >$STACK <<Y
auth sufficient $MODULE
@include common-auth
account [success=ok ignore=ignore default=bad] $MODULE
@include common-account
session optional $MODULE
Y
finds 'sufficient' pam-refusal-not-final "$STACK:1" \
    '^auth \[success=done .* default=die\] /run/bin/pam_httpauth.so$'
sed -i '1s/.*/auth [success=1 default=ignore] '"${MODULE//\//\\/}"'/; 2s/.*/auth optional pam_env.so\nauth required pam_permit.so/' $STACK
finds 'pam_permit behind a refusal' pam-lets-in "$STACK:1"
is 'which no line of ours would close' '' "$(of pam-lets-in change)"
stack_healthy
sed -i 's/ ignore=ignore cred_insufficient/ cred_insufficient/' $STACK
finds 'ignore=ignore is missing' pam-ignore-missing "$(at $STACK ^auth)" \
    ignore=ignore
stack_healthy
sed -i 's/ authinfo_unavail=ignore//' $STACK
finds 'an outage locks out' pam-outage-locks-out "$(at $STACK ^auth)" \
    authinfo_unavail=ignore
stack_healthy
sed -i 's/^auth .*/auth requisite '"${MODULE//\//\\/} debug"'/' $STACK
finds 'both are needed' pam-both-needed "$(at $STACK ^auth)" \
    'default=die\] .* debug$'
stack_healthy
sed -i 's/ cred_insufficient=ignore//' $STACK
finds 'Unix passwords are refused' pam-passwords-refused \
    "$(at $STACK ^auth)" cred_insufficient=ignore
cat >$STACK <<Y
auth [success=ok ignore=ignore default=die] $MODULE
auth required pam_deny.so
Y
finds 'nobody gets in' pam-nobody "$STACK:1" success=done
stack_healthy
sed -i "s#pam_httpauth.so\$#pam_httpauth.so colour=blue timeout=5s#" $STACK
finds 'an unknown argument' pam-argument "$(at $STACK ^auth)" colour=blue
stack_healthy
sed -i '/^account.*pam_httpauth/d' $STACK
finds 'no account line' pam-account-missing $STACK '^account .success=ok'
stack_healthy
sed -i '/^session.*pam_httpauth/d' $STACK
finds 'no session line' pam-session-missing $STACK '^session optional'
stack_healthy
sed -i 's/^account .*pam_httpauth.so/account sufficient '"${MODULE//\//\\/}"'/' \
    $STACK
finds 'account lines that are skipped' \
    'pam-account-ignored' "$(at $STACK 'account suff')"
stack_healthy
sed -i 's/^\(account .success=ok\) ignore=ignore\( default=bad. .*pam_httpauth.so\)/\1\2/' \
    $STACK
finds 'an account line that locks out' pam-account-locks-out \
    "$(at $STACK '^account .*pam_httpauth')" '^account .success=ok ignore=ignore'
stack_healthy
echo "session optional pam_systemd.so" >>$STACK
echo 'session_files = token' >>$CONF
conf_take
finds 'sessions begin behind us' pam-session-order \
    "$(at $STACK '^session.*pam_httpauth')"
conf_healthy
stack_healthy
sed -i '/^auth/d' $STACK
sed -i "s#^@include common-auth#&\nauth [success=done default=die] $MODULE#" \
    $STACK
sed -i 's/@include common-auth/auth sufficient pam_unix.so/' $STACK
finds 'behind pam_unix' pam-order "$(at $STACK ^auth.*die)"
stack_healthy
sed -i 's/^@include common-session/session [success=maybe] pam_mail.so\n&/' $STACK
finds 'what libpam does not take' pam-syntax "$(at $STACK maybe)"
stack_healthy
sed -i 's#/run/bin/pam_httpauth.so#/run/bin/none/pam_httpauth.so#' $STACK
finds 'no module' module-missing
stack_healthy
chmod 666 "$MODULE"
finds 'a module that anybody can change' module-writable '' "chmod 644 $MODULE"
chmod 644 "$MODULE"
cp $STACK /etc/pam.d/imap
finds 'a program without a section' service-missing $CONF 'service imap'
rm /etc/pam.d/imap
cp $STACK /etc/pam.d/imap
sed -i '/pam_httpauth/d' $STACK
printf '[service imap]\n' >>$CONF
conf_take
finds 'a section whose program does not ask' service-unasked $STACK
conf_healthy
rm /etc/pam.d/imap $STACK
finds 'nobody asks us' pam-nobody-asks
stack_healthy

# --- sshd ---

sed -i 's/^UsePAM.*/UsePAM no/' $SSHD
finds 'UsePAM no' sshd-usepam "$SSHD:2" '^UsePAM yes'
sshd_healthy
sed -i 's/^Kbd.*/KbdInteractiveAuthentication no/' $SSHD
finds 'no keyboard-interactive' sshd-keyboard-interactive "$SSHD:3" \
    '^KbdInteractiveAuthentication yes'
echo 'PasswordAuthentication no' >>$SSHD
finds 'nor passwords' sshd-keyboard-interactive "$SSHD:3"
is 'which is worse' fault "$(of sshd-keyboard-interactive severity)"
sshd_healthy
mkdir -p /etc/ssh/sshd_config.d
echo 'KbdInteractiveAuthentication no' >/etc/ssh/sshd_config.d/50-redhat.conf
cp conf/sshd_config.d/httpauth.conf /etc/ssh/sshd_config.d/httpauth.conf
finds 'a drop-in that comes too late' sshd-first-value \
    /etc/ssh/sshd_config.d/50-redhat.conf:1
has 'and which it is' <(of sshd-first-value why) '/httpauth.conf:'
sshd_healthy
echo 'KbdInteractiveAuthentication no' >/etc/ssh/sshd_config.d/50-redhat.conf
finds 'a main file that comes too late' sshd-first-value \
    /etc/ssh/sshd_config.d/50-redhat.conf:1
hasnt() { ! grep -qE -- "$2" <<<"$1"; }
check 'which is not to be called otherwise' hasnt \
    "$(of sshd-first-value why)" '00-httpauth'
sshd_healthy
printf 'Subsystem sftp internal-sftp\n' >$SSHD
finds 'UsePAM is nowhere, nor is a folder read' sshd-usepam $SSHD '^UsePAM yes'
has 'it goes above Match' <(of sshd-usepam why) 'above every Match'
sshd_healthy
sed -i '/^UsePAM/d' $SSHD
finds 'UsePAM is nowhere' sshd-usepam /etc/ssh/sshd_config.d/40-httpauth.conf
sshd_healthy
printf 'Match User bob\n    UsePAM no\n' >>$SSHD
finds 'UsePAM below a Match' sshd-broken "$(at $SSHD 'UsePAM no')"
sshd_healthy
sed -i 's/^Kbd.*/KbdInteractiveAuthentication no/' $SSHD
echo 'PasswordAuthentication no' >>$SSHD
finds 'keys alone' sshd-keyboard-interactive "$(at $SSHD ^Kbd)"
has 'that Unix passwords come with it' <(of sshd-keyboard-interactive why) \
    'Unix passwords open sshd as well'
sshd_healthy
printf 'Match User bob\n    AuthenticationMethods publickey\n' >>$SSHD
finds 'something else for some' ''
is 'is a note' "$(at $SSHD AuthenticationM)" \
    "$(of sshd-match file):$(of sshd-match line)"
ARGS=(--user bob)
finds 'and a fault for bob' sshd-methods "$(at $SSHD AuthenticationM)"
ARGS=()
sshd_healthy
echo 'AuthenticationMethods publickey' >>$SSHD
finds 'methods without keyboard-interactive' sshd-methods "$SSHD:5" \
    'publickey,keyboard-interactive'
sed -i 's/^Authent.*/AuthenticationMethods publickey,keyboard-interactive:pam/' \
    $SSHD
finds 'methods with it are well' ''
count=$((count - 1))
sshd_healthy
echo 'LoginGraceTime 5s' >>$SSHD
finds 'sshd gives up first' sshd-grace "$SSHD:5" '^LoginGraceTime 1'
sshd_healthy
echo 'UsePAN yes' >>$SSHD
finds 'what sshd does not take' sshd-broken "$SSHD:5"
sshd_healthy
rm /etc/ssh/ssh_host_*
finds 'sshd has no key' ''
has 'which is told in its words' <(of sshd-silent what) 'no hostkeys'
ssh-keygen -A >/dev/null
sed -i "/^auth.*pam_httpauth/s#\$# device_login#" $STACK
printf 'PermitEmptyPasswords yes\nLoginGraceTime 600\n' >>$SSHD
finds 'every connection begins a device login' sshd-empty-passwords \
    "$(at $SSHD ^PermitEmpty)" 'PermitEmptyPasswords no'
sshd_healthy
stack_healthy
for i in 1 2 3; do
    echo 'Include /etc/ssh/sshd_config.d/*.conf' \
        >"/etc/ssh/sshd_config.d/$i.conf"
done
doctor_ends() { timeout 60 httpauthctl doctor >/dev/null 2>&1; [ $? -ne 124 ]; }
check 'files that include each other many times end' doctor_ends
sshd_healthy

# --- files that are no files, and what is no text ---

mkfifo /etc/pam.d/fifo
head -c 3000000 /dev/zero >/etc/pam.d/huge
ln -s /dev/zero /etc/pam.d/endless
printf 'auth required \033[2Jpam_x.so \377\001\n@include \033]0;x\007\n' >>$STACK
doctor 1 || :
check 'odd bytes are in valid JSON' jq -e . /run/doctor.json
httpauthctl doctor >/run/told 2>&1 || :
printable() { ! LC_ALL=C grep '[^ -~]' "$1"; }
check 'and never on the terminal' printable /run/told
has 'but escaped' /run/told 'x1b\[2J|x1b\]0;x'
rm /etc/pam.d/{fifo,huge,endless}
stack_healthy
# --- the configuration ---

printf '[issuer work]\nisuer = x\n' >$CONF
finds 'a mistake in the configuration' 'config' "$CONF:2"
rm $CONF
finds 'no configuration' config-absent $CONF
conf_healthy
chmod 600 $CONF
finds 'one that the helper cannot read' config-unreadable $CONF chmod
conf_healthy
sed -i 's#^audience.*#audience = ssh://fleet.test#' $CONF
conf_take
finds 'an audience of a fleet' audience-fleet-wide "$(at $CONF ^audience)" \
    'audience = ssh://%H'
conf_write <<Y
$(work_issuer | sed 's/introspection/app-password/; /^token_pattern/d; /^client_auth/d; /_secret/d')
username_claim = sub
password_pattern = any
[service sshd]
Y
finds 'whatever is typed' pattern-any "$(at $CONF ^password_pattern)"
conf_write <<Y
$(work_issuer | sed 's/introspection/userinfo/; /^client/d')
username_claim = sub
userinfo_endpoint = $IDP/me
userinfo_any_client = yes
[service sshd]
Y
finds "any client's token" userinfo-any-client \
    "$(at $CONF ^userinfo_any)" 'userinfo_any_client = no'
conf_healthy
echo 'issuers = local' >>$CONF
conf_take
finds 'a service that admits nobody' service-nobody "$(at $CONF ^issuers)" \
    'httpauthctl issuer init'
conf_healthy
echo 'methods = app-password' >>$CONF
conf_take
finds 'by no method' service-nobody "$(at $CONF ^methods)"
conf_healthy
sed -i '/service/,$d' $CONF
conf_take
finds 'no service at all' 'service-missing service-none'
: >$CONF
httpauthctl doctor >/run/out 2>&1 || :
has 'nothing written yet: setup' /run/out '^ +httpauthctl setup$'
conf_healthy
printf '# comment\nghost work sub=1\n' >/etc/httpauth/users.map
conf_take
finds 'users.map names nobody' users-map-unknown /etc/httpauth/users.map:2
rm /etc/httpauth/users.map
conf_take
chmod 666 /etc/httpauth/idp.secret
finds 'a secret for everybody' secret-file /etc/httpauth/idp.secret \
    'chmod 640'
chmod 600 /etc/httpauth/idp.secret
finds 'a secret that the helper cannot read' secret-file \
    /etc/httpauth/idp.secret 'chown root:httpauthd'
chmod 640 /etc/httpauth/idp.secret
httpauthctl issuer init >/dev/null 2>&1
finds 'a key of this host is well' ''
count=$((count - 1))
chmod 644 /etc/httpauth/local.key
finds 'a key that others can read' local-key '' 'issuer init'
rm /etc/httpauth/local.*

# --- sockets and helper ---

chmod 777 /run/httpauth
finds 'a folder that anybody can write' socket-folder '' 'chmod 755'
chmod 755 /run/httpauth
chmod 600 /run/httpauth/pam.sock
finds 'a socket for few' socket-mode
chmod 666 /run/httpauth/pam.sock
mv /run/httpauth/pam.sock /run/kept.sock
# Who listens is who called listen(), not who made the socket.
python3 - "$(id -u bob)" <<'Y' &
import os, socket, sys, time
os.umask(0)
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind('/run/httpauth/pam.sock')
os.setuid(int(sys.argv[1]))
s.listen()
open('/tmp/listens', 'w').close()
time.sleep(600)
Y
foreign=$!
wait_for 60 test -e /tmp/listens
finds "somebody else's socket" socket-foreign
kill $foreign
wait $foreign 2>/dev/null || :
finds 'nobody listens' socket-dead '' 'enable --now httpauthd.socket'
mv /run/kept.sock /run/httpauth/pam.sock
sed -i 's#^issuer =.*#&\nnonsense = 1#' $CONF
httpauthctl reload >/dev/null 2>&1 || :
conf=$(cat $CONF)
grep -v nonsense <<<"$conf" >$CONF
finds 'the helper goes on with an older one' helper-old-configuration '' reload
httpauthctl reload
echo '# a change' >>$CONF
finds 'it was not told of a change' helper-unread '' reload
httpauthctl reload
finds 'nothing once it was told' ''
count=$((count - 1))
conf_healthy

# --- the provider ---

fault() { # PATH JSON-MEMBERS
    idp_call fault '{"clear": true}' >/dev/null
    idp_call fault "{\"path\": \"$1\", \"times\": 100, $2}" >/dev/null
}
metadata=/.well-known/openid-configuration
document=$(curl -sS --cacert /run/idp/ca.pem "$IDP$metadata")
keys=$(curl -sS --cacert /run/idp/ca.pem "$(jq -r .jwks_uri <<<"$document")")
as_body() { printf '"status": 200, "type": "application/json", "body": %s' \
    "$(jq -Rs . <<<"$1")"; }
fault $metadata "$(as_body "$(jq '.issuer += "/"' <<<"$document")")"
finds 'the provider calls itself otherwise' discovery-issuer \
    "$(at $CONF ^issuer)" "^issuer = $IDP/\$"
fault $metadata "$(as_body "$(jq '.issuer =
    "https://evil.test/\nusername_claim = nickname"' <<<"$document")")"
finds 'the provider calls itself somebody else' discovery-issuer \
    "$(at $CONF ^issuer)"
is 'is no reason to believe it' '' "$(of discovery-issuer change)"
fault $metadata '"status": 500, "body": "oops"'
finds 'the provider is ill' provider-answer
fault $metadata "$(as_body '<html>')"
finds 'a page instead of metadata' discovery
fault $metadata "$(as_body "$(jq '.introspection_endpoint =
    "https://elsewhere.test/introspect"' <<<"$document")")"
finds 'an endpoint on another host' endpoint-untrusted '' \
    'endpoint_hosts = elsewhere.test'
fault $metadata "$(as_body "$(jq 'del(.introspection_endpoint)' \
    <<<"$document")")"
finds 'an endpoint that is not there' endpoint-missing
late=$(LC_ALL=C date -u -d '-90 seconds' '+%a, %d %b %Y %H:%M:%S GMT')
fault $metadata "$(as_body "$document"), \"headers\": {\"Date\": \"$late\"}"
finds 'a clock that is ahead' clock-skew
is 'by more than the leeway' fault "$(of clock-skew severity)"
jwks=$(jq -r .jwks_uri <<<"$document" | sed "s#$IDP##")
fault "$jwks" "$(as_body "$(jq '.keys[0].use = "enc"' <<<"$keys")")"
finds 'a key for something else' ''
is 'is a note' 'note 1 of 5' "$(of keys-skipped severity) $(of keys-skipped \
    what | grep -o '[0-9] of [0-9]')"
fault "$jwks" "$(as_body "$(jq '.keys[0].d = .keys[0].x' <<<"$keys")")"
finds 'private keys are published' keys-private
fault "$jwks" "$(as_body '{"keys": []}')"
finds 'no key' keys-unusable
idp_call fault '{"clear": true}' >/dev/null
sed -i 's#^ca_file.*#ca_file = /etc/ssl/certs/ca-certificates.crt#' $CONF
finds 'a chain that nobody vouches for' 'tls-chain helper-unread' \
    "$(at $CONF ^ca_file)" 'ca_file = '
conf_healthy
echo 'proxy = http://localhost:9' >/run/line
sed -i '/^ca_file/r /run/line' $CONF
finds 'a proxy that is not there' 'proxy helper-unread' "$(at $CONF ^proxy)" '^proxy = '
conf_healthy
# sign DAYS: a new certificate for the provider
sign() {
    (cd /run/tls && openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key \
        -CAcreateserial -days "$1" -out server.pem -extfile <(printf '%s\n' \
            subjectAltName=DNS:localhost extendedKeyUsage=serverAuth)) \
        2>/dev/null
    rm -f /run/idp/ready
    idp_start
}
server_stop idp
sign 5
finds 'a certificate that ends soon' tls-days
server_stop idp
finds 'no provider' provider-unreachable
sign 30
httpauthctl flush >/dev/null
new_keys() {
    idp_token '{}' | httpauthctl verify --user alice --service sshd
}
wait_for 60 new_keys

# --- tokens ---

ARGS=(--user alice --token)
INPUT=/run/token
gives_token() { idp_token "$1" >/run/token; }
gives_token '{"payload": {"aud": "ssh://other.test"}}'
finds 'a token for another host' token-audience "$(at $CONF ^audience)"
is 'is no reason to take it' '' "$(of token-audience change)"
now=$(date +%s)
gives_token "{\"payload\": {\"iat\": $((now - 900)), \"exp\": $((now - 600))}}"
finds 'one that has ended' token-expired
gives_token "{\"payload\": {\"nbf\": $((now + 600)), \"exp\": $((now + 900))}}"
finds 'one that has not begun' token-not-yet
gives_token '{"header": {"typ": "JWT"}}'
finds 'one of another type' token-type '' 'token_type = access'
gives_token '{}'
sed -i 's#^audience.*#&\nalgorithms = RS256#' $CONF
httpauthctl reload >/dev/null
finds 'one of an algorithm that is not admitted' token-algorithm \
    "$(at $CONF ^algorithms)" 'algorithms = ES256'
conf_healthy
sed -i 's#^username_claim.*#username_claim = preferred_username#' $CONF
httpauthctl reload >/dev/null
finds "one whose user claim is called otherwise" token-user \
    "$(at $CONF ^username_claim)" '^username_claim = sub$'
has 'with the claims that it has' <(of token-user why) '\bsub\b'
gives_token '{"payload": {"sub": "9", "nickname": "alice",
    "upn": "alice@a.test\n[service *]"}}'
httpauthctl reload >/dev/null
finds 'one whose user could be anybody' token-user
is 'no claim is proposed that he may have chosen' '' "$(of token-user change)"
gives_token '{}'
conf_healthy
sed -i "s#^audience.*#&\nusers = bob#" $CONF
httpauthctl reload >/dev/null
finds 'an issuer that may not speak for her' \
    'token-issuer-users user-no-issuer' "$(at $CONF ^users)" 'users = alice'
conf_healthy
gives_token '{"payload": {"scope": "openid"}}'
finds 'one that a rule refuses' token-rule "$(at $CONF ^require_scope)"
gives_token '{"payload": {"iss": "https://localhost:14600/"}}'
finds 'an issuer but for its slash' token-issuer "$(at $CONF ^issuer)" \
    "^issuer = $IDP/\$"
gives_token '{"payload": {"iss": "https://evil.test"}}'
finds 'another issuer' token-issuer "$(at $CONF ^issuer)"
is 'is no reason to take it either' '' "$(of token-issuer change)"
token=$(idp_token '{}')
echo "${token%.*}.$(head -c 64 /dev/zero | base64 -w 0 | tr -d =)" >/run/token
finds 'one that somebody signed otherwise' token-signature
printf '%s\n\n' "$token" >/run/token
finds 'one with something around it' token-shape

# --- users ---

INPUT=/dev/null
ARGS=(--user nobody-there)
finds 'nobody of that name' user-unknown
ARGS=(--user carol)
finds 'a uid that is not served' user-uid "$(at $STACK ^auth)"
ARGS=(--user 12345)
finds 'what is no name' user-name
ARGS=(--user bob)
rm -r /home/bob
finds 'no home' user-home '' 'mkhomedir_helper bob'
mkdir /home/bob
finds "somebody else's home" user-home '' 'chown bob: /home/bob'
chown bob: /home/bob
usermod -d / bob
finds 'a home that is not to be given away' user-home
is 'so it is not' '' "$(of user-home change)"
usermod -d /home/bob bob
usermod -s /bin/none bob
finds 'no shell' user-shell '' 'chsh'
usermod -s /usr/sbin/nologin bob
finds 'a shell that ends' user-shell
usermod -s /bin/bash bob
finds 'a user who is well' ''
count=$((count - 1))
ARGS=()

# --- the host ---

mkdir -p /var/log/audit
echo 'type=AVC msg=audit(1.2:3): avc:  denied  { name_connect } for pid=1 comm="httpauthd" dest=3128 tclass=tcp_socket permissive=0' \
    >/var/log/audit/audit.log
finds 'SELinux' denied /var/log/audit/audit.log 'ausearch'
rm /var/log/audit/audit.log
echo 'Nov 28 09:00:00 host kernel: audit: apparmor="DENIED" operation="open" profile="/usr/sbin/httpauthd" name="/etc/httpauth/idp.secret"' \
    >/var/log/kern.log
finds 'AppArmor' denied /var/log/kern.log
echo 'Nov 28 09:00:00 host kernel: audit: apparmor="DENIED" operation="open" profile="/usr/sbin/other"' \
    >/var/log/kern.log
finds 'what others were denied' ''
count=$((count - 1))
echo 'Nov 28 09:00:00 host bob: audit: apparmor="DENIED" operation="open" profile="/usr/sbin/httpauthd"' \
    >/var/log/kern.log
finds 'what somebody wrote to the log' ''
count=$((count - 1))
mkdir -p /run/systemd/system/sockets.target.wants
ln -s /dev/null /run/systemd/system/sockets.target.wants/httpauthd.socket
ln -s /dev/null \
    /run/systemd/system/sockets.target.wants/httpauthd-control.socket
finds 'sockets that are enabled' ''
count=$((count - 1))
rm /run/systemd/system/sockets.target.wants/httpauthd.socket
finds 'one that is not' unit-disabled '' 'enable --now httpauthd.socket'
rm -r /run/systemd

# --- how it is told ---

sed -i 's/^UsePAM.*/UsePAM no/' $SSHD
sed -i 's/ authinfo_unavail=ignore//' $STACK
check 'faults are in the exit status' doctor 1
httpauthctl doctor >/run/told 2>&1 || :
check 'lines are not wider than a terminal' \
    awk 'length > 80 { print; exit 1 }' /run/told
is 'the faults stand last' 'FAULT sshd does not ask PAM: UsePAM is off. [sshd-usepam]' \
    "$(grep -E '^(FAULT|warning|note|ok|unseen) ' /run/told | tail -n 1 | tr -s ' ')"
is 'and the sum behind them' '1 fault, 1 warning' \
    "$(tail -n 1 /run/told | sed 's/, [0-9] note.*//')"
# The line of the stack as it is shown is one that libpam takes.
sed -n '/pam-outage-locks-out/,/^$/p' /run/told |
    sed -n '/^ \{13\}/p' >/run/shown
cat /run/shown >/etc/pam.d/shown
echo "auth required pam_deny.so" >>/etc/pam.d/shown
echo "account required pam_permit.so" >>/etc/pam.d/shown
stack_healthy
sshd_healthy
is 'a line can be pasted as it is shown' 'accepted' "$(
    sed -i 's/^\[service sshd\]/[service shown]\n&/' $CONF
    httpauthctl reload >/dev/null
    if pamtester shown alice authenticate <<<"$token" >/run/said 2>&1; then
        echo accepted
    else
        cat /run/said
    fi)"
rm /etc/pam.d/shown
conf_healthy
status=0
setpriv --reuid alice --regid alice --clear-groups httpauthctl doctor \
    >/run/told 2>&1 || status=$?
is 'who is not root cannot see all' 3 $status
has 'and is told so' /run/told '^unseen .*only root and the helper may read it'
check 'nothing else is wrong for him' bash -c '! grep -E "^(FAULT|warning)" /run/told'
kill -STOP "$HELPER"
kill -CONT "$HELPER"
helper_stop
finds 'no helper' 'helper-silent socket-dead'
ARGS=(--token)
check 'a token of nobody' doctor 2
ARGS=(--user alice --token)
check 'no token' doctor 2
ARGS=(--colour)
check 'an option that is none' doctor 2
unnamed() { # what httpauthctl(1) does not name, of all that can be found
    grep -ohE '"(config|audience|userinfo|pattern|service|users-map|helper|local-key|module|socket|keys|endpoint|self-test|issuer-offline|secrets?|provider|proxy|tls|clock|discovery|pam|sshd|denied|unit|user|token)-[a-z-]+"' \
        helper/ctl/doctor_*.c | tr -d '"' | sort -u | while read -r key; do
        grep -qE "^\.Li $key\$|^\.Li $key " helper/ctl/httpauthctl.1 ||
            echo "$key"
    done
    sort -u /run/keys | grep . | while read -r key; do
        grep -qE "^\.Li $key( |\$)" helper/ctl/httpauthctl.1 || echo "$key"
    done
}
is 'httpauthctl(1) names every key' '' "$(unnamed)"
check "$count faults were planted" test "$count" -ge 25
tap_end
