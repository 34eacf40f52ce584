#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a session gets as files: the token that opened it, and claims that are
# credentials; through sshd's two processes, the method password, login and su.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

httpauthctl issuer init >/dev/null 2>&1
host_start
for service in login su-l; do pam_stack $service; done
# In place of pam_systemd, which needs a booted system (tests/booted).
runtime() { # DIRECTORY: what the sessions of alice have
    echo "XDG_RUNTIME_DIR DEFAULT=$1" >/run/environment
}
for service in sshd login su-l; do
    sed -i "s,^session optional.*,session required pam_env.so readenv=0 \
conffile=/run/environment\n&," /etc/pam.d/$service
done
install -d -m 700 -o alice -g alice /run/user/2001
runtime /run/user/2001
serving() { # [session_files]
    SERVICE="issuers = local\n${1:+session_files = $1}\n[service login]
[service su-l]" configure <<'X'
[issuer local]
accept = jwt host-password
secrets = /proxy/user:basic-user /proxy/password:basic-password absent:absent
secrets = broken:broken
X
}
serving 'token secrets'
token=$(httpauthctl token mint --user alice --claim \
    'proxy={"user": "a.lice", "password": "tr0ub4dor&3"}' \
    --claim 'broken="a\nb"' 2>/dev/null)
files='ls -A $XDG_RUNTIME_DIR'
wanted='bt_u2001
httpauth_basic-password
httpauth_basic-user'
empty() { [ -z "$(ls -A /run/user/2001)" ]; }
gone() { check "$1" wait_for 60 empty; }
in_login() { ssh_as alice keyboard-interactive "$token" "$1" 2>&1 || :; }

for method in keyboard-interactive password; do
    is "sshd, $method" "$wanted" "$(ssh_as alice $method "$token" "$files")"
    gone 'at the end of the session they go'
done
printf '%s' "$token" >/run/answer
is 'login' yes "$(/usr/bin/expect -f tests/lib/terminal.exp /run/answer \
    '[ -s "$BEARER_TOKEN_FILE" ] && echo marker-$(echo yes); exit' \
    login alice)"
gone 'at the end of the session they go'
is 'su -' "$wanted" "$(setpriv --reuid bob --regid bob --init-groups su - alice \
    -w XDG_RUNTIME_DIR -c 'ls -A /run/user/2001' <<<"$token" 2>/dev/null)"
gone 'at the end of the session they go'

is 'the token is the one that was shown' "$token" \
    "$(in_login 'cat "$BEARER_TOKEN_FILE"')"
is 'the claims are what they were' 'a.lice tr0ub4dor&3' "$(in_login \
    'cd $XDG_RUNTIME_DIR; echo $(cat httpauth_basic-user) $(cat httpauth_basic-password)')"
is 'they are of the user alone' '600 alice 600 alice 600 alice' \
    "$(in_login 'echo $(stat -c "%a %U" $XDG_RUNTIME_DIR/*)')"
in_login id >/dev/null
gone 'from the cache the token, and the claims that are never remembered'
is 'which are there as well' "$wanted" "$(in_login "$files")"
check 'they are in no log' unlogged "$token" 'tr0ub4dor'
check 'nor is what the helper keeps on the disk' bash -c \
    '! grep -rF -e "tr0ub4dor" -e "$1" /var/lib/httpauth' _ "$token"
httpauthctl verify --user alice --service sshd <<<"$token" >/run/explained || :
has 'verify says which there would be' /run/explained 'secret.*basic-password'
has 'and which would not' /run/explained 'secret.*no file.*'
check 'and none of them' bash -c '! grep tr0ub4dor /run/explained'

is 'two at once: the younger one has it' '' "$(
    in_login 'cat $BEARER_TOKEN_FILE >/dev/null; touch /tmp/in
        while [ ! -e /tmp/again ]; do sleep 0.05; done; ls -A $XDG_RUNTIME_DIR
        touch /tmp/seen' >/run/first &
    first=$!
    wait_for 60 test -e /tmp/in
    in_login 'touch /tmp/again; while [ ! -e /tmp/seen ]; do sleep 0.05; done'
    wait $first)"
is 'and the elder sees that one' "$wanted" "$(cat /run/first)"
gone 'in the end there is none'
rm -f /tmp/in /tmp/again /tmp/seen
is 'what took its place stays' '' "$(in_login 'rm $BEARER_TOKEN_FILE
    echo mine >$BEARER_TOKEN_FILE')"
mine() { [ "$(ls -A /run/user/2001)" = bt_u2001 ]; }
check 'at the end it is still there' wait_for 60 mine
is 'as it was' mine "$(cat /run/user/2001/bt_u2001)"
rm /run/user/2001/bt_u2001

# --- a password is no token ---

is 'by an app password there is none' '' "$(ssh_as alice keyboard-interactive \
    "$(httpauthctl app-password create --user alice)" "$files")"
is 'by the Unix password there is none' '' \
    "$(ssh_as alice keyboard-interactive unix-alice "$files")"
serving token
is 'only the token, where no more is said' bt_u2001 "$(in_login "$files")"
serving secrets
is 'only the others' "${wanted#*$'\n'}" "$(in_login "$files")"
is 'then there is no token to point at' '' "$(in_login 'echo $BEARER_TOKEN_FILE')"
serving
is 'nothing, where nothing is said' '' "$(in_login "$files")"
serving 'token secrets'

# --- runtime directories ---

says() { # NAME PATTERN: alice gets in without files, and the log says why
    : >"$AUTHLOG"
    is "$1: alice gets in" alice "$(in_login 'id -un')"
    has "$1: the log says why" "$AUTHLOG" "$2"
}
echo 'stays' >/run/victim
chown alice: /run/victim
ln -s /run/victim /run/user/2001/bt_u2001
is 'a link in its place is replaced' "$wanted" "$(in_login "$files")"
is 'and not followed' stays "$(cat /run/victim)"
gone 'at the end it goes'
install -d -o alice /run/user/2001/bt_u2001
says 'a folder in its place' 'does not get /run/user/2001/bt_u2001: Is a dir'
rmdir /run/user/2001/bt_u2001
runtime /run/user/none
says 'a missing directory' '/run/user/none.*No such file'
ln -s 2001 /run/user/link
runtime /run/user/link
says 'a link to one' '/run/user/link.*(Not a directory|symbolic links)'
install -d -m 700 -o bob /run/user/bob
runtime /run/user/bob
says "another's directory" '/run/user/bob.*Permission denied'
install -d -m 750 -o alice /run/user/open
runtime /run/user/open
says 'one that others can read' '/run/user/open.*not permitted'
runtime run/user/2001
says 'a relative one' 'no XDG_RUNTIME_DIR.*pam_systemd'
mkdir /run/user/full
mount -t tmpfs -o size=16k,mode=700,uid=2001 none /run/user/full
dd if=/dev/zero of=/run/user/full/fill bs=4k 2>/dev/null || :
runtime /run/user/full
says 'a full one' '/run/user/full/bt_u2001: No space'
is 'and nothing half is left' fill "$(ls -A /run/user/full)"
umount /run/user/full
runtime /run/user/2001
echo 'alice hard fsize 0' >/run/limits
sed -i '1,/^session/s,^session,session required pam_limits.so conf=/run/limits\n&,' \
    /etc/pam.d/su-l
: >"$AUTHLOG"
is 'a limit on the size of files ends nobody' alice "$(setpriv --reuid bob \
    --regid bob --init-groups su - alice -c 'id -un' <<<"$token" 2>/dev/null)"
has 'and the log says that' "$AUTHLOG" 'bt_u2001: File too large'

# --- a session that is refused behind us ---

sed -i 's/^session required pam_unix.so/session required pam_deny.so/' \
    /etc/pam.d/su-l
is 'a session that another module refuses' '' "$(setpriv --reuid bob \
    --regid bob --init-groups su - alice -c 'id -un' <<<"$token" 2>/dev/null)"
gone 'leaves no files'

# --- the helper keeps it for one collection; pamtester makes none ---

sed -i 's/^\[service pamtester\]/&\nsession_files = token/' \
    /etc/httpauth/httpauthd.conf
httpauthctl reload >/dev/null
tried "$token" >/dev/null
memory_holds() { # TEXT: somewhere in the helper's memory
    python3 - "$HELPER" "$1" <<'X'
import sys
pid, text = sys.argv[1], sys.argv[2].encode()
memory = open(f'/proc/{pid}/mem', 'rb', 0)
for line in open(f'/proc/{pid}/maps'):
    area, rights = line.split()[:2]
    low, high = (int(x, 16) for x in area.split('-'))
    if not rights.startswith('rw') or '[v' in line:
        continue
    memory.seek(low)
    try:
        if text in memory.read(high - low):
            sys.exit(0)
    except OSError:
        pass
sys.exit(1)
X
}
check 'what nobody has collected is there' memory_holds "$token"
forgotten() { ! memory_holds "$token"; }
check 'but for a minute only' wait_for 75 forgotten
is 'another login gets its own' "$wanted" "$(in_login "$files")"
check 'and what was collected is gone at once' wait_for 5 forgotten
helper_stop
tap_end
