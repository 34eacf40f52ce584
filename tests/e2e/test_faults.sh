#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What happens when something is broken: the outcomes of the manual's table,
# inside the deadline, and nothing else is lost.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

syslog_start
httpauthctl issuer init >/dev/null 2>&1
printf '[service pamtester]\nissuers = local\n[service sshd]\nissuers = local\n' \
    >/etc/httpauth/httpauthd.conf
cp /etc/httpauth/httpauthd.conf /run/good.conf
cat >/etc/pam.d/pamtester <<X
auth    required $MODULE timeout=3s
account required $MODULE
X
token=$(httpauthctl token mint --user alice --ttl 1h)

# outcome CREDENTIAL [USER]: what pamtester says
outcome() {
    printf '%s\n' "$1" | timeout 20 pamtester pamtester "${2:-alice}" \
        authenticate acct_mgmt 2>&1 | tail -n 1 | sed 's/^Password: //'
}
unavailable='pamtester: Authentication service cannot retrieve authentication info'
service_err='pamtester: Error in service module'
insufficient='pamtester: Insufficient credentials to access authentication data'
denied='pamtester: Authentication failure'
accepted='pamtester: account management done.'

is 'socket missing: unavailable' "$unavailable" "$(outcome "$token")"
has 'the user is told' <(printf '%s\n' "$token" |
    pamtester pamtester alice authenticate 2>&1 || :) \
    'login service unavailable'

helper_start
is 'helper there: accepted' "$accepted" "$(outcome "$token")"
is 'unknown user: the next module may try' "$insufficient" \
    "$(outcome 'a Unix password' nosuch)"
is 'unknown user, a token: refused' "$denied" "$(outcome "$token" nosuch)"
is 'uid out of range: refused with a token' "$denied" \
    "$(outcome "$token" carol)"
is 'root: refused with a token' "$denied" "$(outcome "$token" root)"
is 'a Unix password: not ours' "$insufficient" "$(outcome 'unix-alice')"
is 'control characters: not ours' "$insufficient" \
    "$(outcome $'\b\x7fINCORRECT')"
is 'an empty answer: not ours' "$insufficient" "$(outcome '')"
is 'junk that begins like a token: refused' "$denied" "$(outcome eyJjunk)"
is 'junk that begins like an app password: refused' "$denied" \
    "$(outcome hap_junk)"

kill -STOP "$HELPER"
begin=$SECONDS
is 'helper stopped: unavailable' "$unavailable" "$(outcome "$token")"
check 'within the deadline' test $((SECONDS - begin)) -le 6
kill -CONT "$HELPER"
is 'helper going on: accepted' "$accepted" "$(outcome "$token")"

# Configuration broken at reload: the running one stays.
echo 'nonsense = 1' >>/etc/httpauth/httpauthd.conf
check 'reload of a broken configuration says so' bash -c \
    '! httpauthctl reload >/run/out 2>&1'
has 'with file and line' /run/out 'httpauthd.conf:[0-9]+:'
is 'and the running one stays' "$accepted" "$(outcome "$token")"
kill -HUP "$HELPER"
is 'by SIGHUP too' "$accepted" "$(outcome "$token")"
helper_stop
is 'the sockets of a stopped helper are gone' '' "$(ls /run/httpauth)"

# ... at start: up, answers, says why.
helper_start
is 'configuration broken at start: service error' "$service_err" \
    "$(outcome "$token")"
has 'the log says file and line' "$LOG" 'httpauthd.conf:[0-9]+:'
cp /run/good.conf /etc/httpauth/httpauthd.conf
kill -HUP "$HELPER"
wait_for 60 bash -c "httpauthctl config check"
is 'repaired and reloaded: accepted' "$accepted" "$(outcome "$token")"
helper_stop

# Key file broken, issuer unreachable.
cp /etc/httpauth/local.jwks /run/good.jwks
echo '{"keys":[' >/etc/httpauth/local.jwks
helper_start
is 'key file broken: unavailable' "$unavailable" "$(outcome "$token")"
helper_stop
cp /run/good.jwks /etc/httpauth/local.jwks
cat >>/etc/httpauth/httpauthd.conf <<X
[issuer far]
issuer = https://localhost:1/
audience = ssh://%H
users = alice
X
sed -i 's/issuers = local/issuers = local far/' /etc/httpauth/httpauthd.conf
helper_start
is 'another issuer being unreachable harms nobody else' "$accepted" \
    "$(outcome "$token")"
hdr=$(printf '{"alg":"ES256","typ":"at+jwt","kid":"x"}' | basenc --base64url -w0 | tr -d =)
now=$(date +%s)
far=$hdr.$(printf '{"iss":"https://localhost:1/","aud":"ssh://%s","sub":"alice","iat":%d,"exp":%d,"client_id":"c","jti":"j"}' \
    "$(hostname)" "$now" $((now + 600)) | basenc --base64url -w0 | tr -d =).$(
    head -c 64 /dev/zero | tr '\0' x | basenc --base64url -w0 | tr -d =)
is 'issuer unreachable: unavailable' "$unavailable" "$(outcome "$far")"
helper_stop
cp /run/good.conf /etc/httpauth/httpauthd.conf

# A socket that somebody else made.
setpriv --reuid bob --regid bob --clear-groups python3 - <<'X' &
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind("/tmp/foreign.sock")
os.chmod("/tmp/foreign.sock", 0o666)
s.listen(8)
c, _ = s.accept()
open("/tmp/foreign.got", "wb").write(c.recv(70000))
X
wait_for 60 test -S /tmp/foreign.sock
sed -i "s|timeout=3s|timeout=3s socket=/tmp/foreign.sock|" /etc/pam.d/pamtester
is 'socket owned by somebody else: unavailable' "$unavailable" \
    "$(outcome "$token")"
wait_for 60 test -e /tmp/foreign.got
is 'and he is told nothing' 0 "$(stat -c %s /tmp/foreign.got)"
sed -i 's| socket=/tmp/foreign.sock||' /etc/pam.d/pamtester

# Killed again and again in mid-request: the socket stays, the module asks
# again, logins succeed. A login waits for keys that the provider delays; the
# helper that it waits for is killed, the next one gets the keys at once.
idp_start
cat >>/etc/httpauth/httpauthd.conf <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
X
sed -i 's/issuers = local/issuers = local idp/' /etc/httpauth/httpauthd.conf
sed -i 's/timeout=3s/timeout=10s/' /etc/pam.d/pamtester
helper_supervise
is 'with the sockets held by a supervisor: accepted' "$accepted" \
    "$(outcome "$token")"
idp_token '{"ttl":3600}' >/run/idp-token
waits_for_verdict() {
    ss -xH state established src /run/httpauth/pam.sock | grep -q .
}
keys_asked() { idp_call hits '{}' | jq '."/jwks" // 0'; }
# ... and the provider delays those of this helper, not of the next.
keys_are_delayed() { [ "$(keys_asked)" -gt "$asked" ]; }
lost=0
for _ in $(seq 25); do
    idp_call fault '{"path":"/jwks","delay":20000}' >/dev/null
    asked=$(keys_asked)
    old=$(cat /run/helper.pid)
    # Or the next one would not have to wait for any.
    rm -f /var/lib/httpauth/keys/*
    kill -KILL "$old"
    wait_for 60 bash -c "[ \$(cat /run/helper.pid) != $old ]"
    outcome "$(cat /run/idp-token)" >/run/out.kill &
    waiting=$!
    wait_for 60 waits_for_verdict || lost=$((lost + 100))
    wait_for 60 keys_are_delayed || lost=$((lost + 100))
    kill -KILL "$(cat /run/helper.pid)"
    wait "$waiting" || :
    [ "$(cat /run/out.kill)" = "$accepted" ] || lost=$((lost + 1))
done
is 'killed fifty times, half of them in mid-request: logins lost' 0 "$lost"

# Two hundred at once.
pam_stack sshd
mkdir /run/many
for i in $(seq 200); do
    outcome "$token" >"/run/many/$i" &
    many[i]=$!
done
for i in $(seq 200); do wait "${many[i]}" || :; done
is 'two hundred logins at once' 200 \
    "$(grep -lF "$accepted" /run/many/* | wc -l)"
helper_stop
is 'no credential is in any log' '' "$(grep -hoE \
    'eyJ[A-Za-z0-9_-]{20,}|unix-alice|a Unix password' "$LOG" "$AUTHLOG" || :)"
tap_end
