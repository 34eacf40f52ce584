#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# httpauth-token: a login in a real browser at a real provider, what it keeps,
# prints, renews and revokes, and who else comes to its port.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
chmod 644 /run/idp/ca.pem
host_start
configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
X
STATE=/home/alice/.local/state/httpauth
FILE=$STATE/https%3A%2F%2Flocalhost%3A$IDP_PORT
export STATE FILE

install -d -m 700 -o alice -g alice /run/user/2001

# as USER COMMAND...: in an environment of his own, and VARS
VARS=()
as() {
    local user=$1
    shift
    setpriv --reuid "$user" --regid "$user" --init-groups env -i \
        HOME="/home/$user" PATH="$PATH" XDG_RUNTIME_DIR="/run/user/$(id -u "$user")" \
        "${VARS[@]}" timeout 60 "$@"
}
token() { as alice httpauth-token "$@"; }
login() { # OPTION...: what it says is in /run/said
    token login "$IDP" --ca-file /run/idp/ca.pem \
        --scope 'openid offline_access ssh:login' "$@" >/run/said 2>&1
}
exits() { # STATUS COMMAND...: its output is in /run/said
    local status=0
    "${@:2}" >/run/said 2>&1 || status=$?
    [ "$status" -eq "$1" ]
}
login_exits() { # STATUS OPTION...
    local status=0
    login "${@:2}" || status=$?
    [ "$status" -eq "$1" ]
}
program() { # NAME <BODY: a script that anybody may run
    { echo '#!/bin/bash'; cat; } >"/run/$1"
    chmod 755 "/run/$1"
}
install -m 666 /dev/null /run/browser.said
program browser <<'X'
exec >/run/browser.said 2>&1
PATH=/run/src/build/idp/node_modules/.bin:$PATH
exec node /run/src/build/idp/browser.mjs "$1" alice $DENY
X

# --- in a browser ---

if installed chromium; then
    VARS=(BROWSER=/run/browser)
    check 'a login in Chromium, at the page of the provider' login
    has 'says for how long' /run/said 'good for 1 hour and is renewed'
    check 'the browser ends at the loopback port' wait_for 60 \
        grep -q '^http://127.0.0.1:[0-9]*$' /run/browser.said
    check 'which sends the person back' wait_for 60 \
        grep -q 'The terminal says' /run/browser.said
    is 'the file is its owner'"'"'s alone' '600 alice' \
        "$(stat -c '%a %U' "$FILE")"
    is 'and its folders' '700 700' \
        "$(stat -c %a "$STATE" "$(dirname "$STATE")" | xargs)"
    VARS=(BROWSER=/run/browser DENY=deny)
    check 'who cancels there is refused' login_exits 1
    has 'and reads it' /run/said 'the provider says: access_denied'
    VARS=()
    check 'what was there before still is' token print
fi

# --- without one ---

VARS=()
confirm() { # ANSWER FILE: what is shown in it, as /approve has it
    wait_for 60 grep -q 'enter the code' "$2"
    idp_call approve "{\"user_code\": \"$(sed -n \
        's/^and enter the code \([A-Z-]*\) there.*/\1/p' "$2")\", $1}" >/dev/null
}
by_device() { # STATUS ANSWER [OPTION...]
    local pid status=0
    login "${@:3}" &
    pid=$!
    confirm "$2" /run/said
    wait $pid || status=$?
    [ "$status" -eq "$1" ]
}
: >/run/said
check 'without a browser, a device login' by_device 0 '"user": "alice"'
has 'which shows where' /run/said "^    $IDP/device\$"

# --- a lock that nobody lets go of: waited for at the end ---

held() { VARS=(XDG_STATE_HOME=/home/alice/held); token "$@"; }
install -d -o alice -g alice -m 700 /home/alice/held/httpauth
jq --argjson at "$(($(date +%s) + 55))" '.expires = $at' "$FILE" >/run/held.file
install -m 600 -o alice -g alice /run/held.file \
    "/home/alice/held/httpauth/${FILE##*/}"
mkfifo -m 666 /run/locked
as alice flock "/home/alice/held/httpauth/${FILE##*/}" \
    bash -c 'echo >/run/locked; exec sleep 60' &
HOLDER=$!
read -r </run/locked
(
    SECONDS=0
    held print >/run/held.token 2>/run/held.said
    echo $SECONDS >/run/held.seconds
) &
HELD=$!

# --- no, and a stumble ---

: >/run/said
check 'who denies it is refused' by_device 1 '"deny": true'
check 'and loses nothing' token print
token list >/run/said
has 'list shows it' /run/said "(1 hour|59 minutes) *yes *file *$IDP\$"
idp_call fault '{"path": "/token", "status": 503, "times": 1, "body": "x"}' \
    >/dev/null
: >/run/said
check 'a provider that stumbles meanwhile ends nothing' by_device 0 \
    '"user": "alice"'
has 'though it is told' /run/said 'localhost: HTTP 503'

idp_call fault '{"path": "/device/auth", "status": 502, "times": 1,
    "type": "text/html", "body": "<html>{\"error\": \"x\"}"}' >/dev/null
check 'one that cannot begin it has refused nobody' login_exits 3 --device
idp_call fault '{"path": "/device/auth", "status": 400, "times": 1,
    "body": "{\"error\": \"unauthorized_client\"}"}' >/dev/null
check 'one that does not want to has' login_exits 1 --device
VARS=(BROWSER=/bin/true)
check 'nor does an address that is too long' login_exits 3 \
    --resource "https://$(printf x%.0s {1..9000})"
has 'which is told' /run/said 'the address of the login is too long'
VARS=()
idp_call fault "$(curl -sS --cacert /run/idp/ca.pem \
    "$IDP/.well-known/openid-configuration" | jq '{times: 1, status: 200,
    path: "/.well-known/openid-configuration",
    body: (.revocation_endpoint = "http://localhost/revoke" | tojson)}')" \
    >/dev/null
: >/run/said
check 'with an empty client id it is the usual one' by_device 0 \
    '"user": "alice"' --client-id ''
is 'of which nothing will be sent without TLS' 'httpauth-token null' \
    "$(jq -r '"\(.client_id) \(.revocation_endpoint)"' "$FILE")"
: >/run/said
check 'and the next login mends it' by_device 0 '"user": "alice"'

# --- what it is for ---

as alice mkdir -p /home/alice/.config/httpauth
as alice tee /home/alice/.config/httpauth/hosts >/dev/null <<'X'
alice@host.test httpauth-token print
alice@other.test httpauth-token print
!*@never.test
X
is 'ssh with httpauth-askpass logs in by it' alice "$(as alice \
    httpauth-askpass --run ssh -F none -p "$SSH_PORT" \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o LogLevel=ERROR -o PreferredAuthentications=keyboard-interactive \
    -o NumberOfPasswordPrompts=1 host.test id -un)"
check 'check says which token would be sent' exits 0 token check host.test
has 'from where' /run/said '^source *httpauth-token print$'
has 'of whom' /run/said "^issuer *$IDP\$"
has 'for whom' /run/said '^audience *ssh://host.test$'
has 'how long it is good' /run/said '^expires *in (1 hour|59 minutes), '
has 'and its length' /run/said '^length *[0-9]* bytes, 1 part$'
check 'never the token' bash -c '! grep -F eyJ /run/said'
check 'and warns of nothing' bash -c '! grep httpauth-token: /run/said'
check 'a host that the audience does not name' exits 0 token check other.test
has 'is warned of' /run/said 'does not name other.test'
check 'a host that never gets one' exits 1 token check never.test
check 'a host that is not listed' exits 1 token check elsewhere.test
VARS=(BEARER_TOKEN="$(idp_token '{"ttl": 1}')")
echo 'alice@host.test' | as alice tee /home/alice/.config/httpauth/hosts >/dev/null
check 'a token that has expired' wait_for 30 exits 1 token check host.test
has 'is warned of' /run/said 'the token has expired'
has 'and its variable is named' /run/said '^source *BEARER_TOKEN$'
for end in -9223372036854775808 0; do
    VARS=(BEARER_TOKEN="e30.$(printf '{"exp":%s}' $end |
        basenc --base64url -w 0 | tr -d =).e30")
    check "and one that ended at $end" exits 1 token check host.test
    has 'is warned of' /run/said 'the token has expired'
done
VARS=(BEARER_TOKEN="e30.$(printf '{"exp":9223372036854775807}' |
    basenc --base64url -w 0 | tr -d =).e30")
check 'one that never does is good' exits 0 token check host.test
VARS=(BEARER_TOKEN=opaque-token)
check 'an opaque token' exits 0 token check host.test
has 'is one that only the provider knows' /run/said 'not a JWT'
VARS=()

# --- the README ---

if installed chromium; then
    echo '127.0.0.1 host.example' >>/etc/hosts
    echo 'alice@host.example httpauth-token print' |
        as alice tee /home/alice/.config/httpauth/hosts >/dev/null
    VARS=(BROWSER=/run/browser)
    as alice bash -euo pipefail -c "$(readme \
        '### Tokens of any length' 2 |
        sed "s,https://idp.example/,$IDP,")" >/run/said 2>&1 || :
    VARS=()
    has 'README: httpauth-token logs in, with what the last login said' \
        /run/said 'httpauth-token: logged in at'
    has 'README: for that host' /run/said '^audience *ssh://host.example$'
    check 'README: and it says so' bash -c \
        '! grep "does not name" /run/said'
fi

# --- renewing ---

lasts() { # SECONDS: the token is good for so long, says the file
    jq --argjson at "$(($(date +%s) + $1))" '.expires = $at' "$FILE" >/run/new
    install -m 600 -o alice -g alice /run/new "$FILE"
}
requests() { idp_call hits '{}' | jq '."/token" // 0'; }
first=$(token print)
is 'the same token is printed while it is good' "$first" "$(token print)"
lasts 30
is 'for the second part of one, too' "$first" \
    "$(VARS=(HTTPAUTH_OFFSET=1); token print)"
before=$(requests)
pids=()
for i in 1 2 3 4 5 6 7 8; do
    token print >"/run/printed.$i" &
    pids+=($!)
done
wait "${pids[@]}"
is 'eight that need a new one at once ask for one' $((before + 1)) "$(requests)"
is 'and all print that' 1 "$(sort -u /run/printed.? | wc -l)"
check 'which is a new one' [ "$(cat /run/printed.1)" != "$first" ]
lasts 30
idp_call fault '{"path": "/token", "status": 503, "times": 2, "body": "x"}' \
    >/dev/null
is 'in an outage what is still good is printed' "$(cat /run/printed.1)" \
    "$(token print 2>/run/said)"
has 'and the outage is told' /run/said 'localhost: HTTP 503'
lasts 0
check 'what has expired is not' exits 3 token print
idp_call fault '{"path": "/token", "status": 429, "times": 1, "body":
    "{\"error\": \"slow_down_please\"}"}' >/dev/null
check 'a provider that is busy has not said no' exits 3 token print
idp_call fault '{"path": "/token", "status": 400, "times": 1, "body":
    "{\"error\": \"invalid_grant\", \"error_description\": \"a\\u001b[2Jb\"}"}' \
    >/dev/null
check 'when the provider says no, it is over' exits 1 token print
has 'with what to do' /run/said "httpauth-token login $IDP\$"
has 'and no escape sequence' /run/said 'a.x1b.2Jb'
idp_call fault '{"clear": true}' >/dev/null
VARS=(https_proxy=http://127.0.0.1:1)
check 'a proxy of the environment is used' exits 3 token print
VARS=(https_proxy=127.0.0.1:1)
check 'one without a scheme is one' exits 3 token print
check 'of http' bash -c '! grep "not supported" /run/said'
VARS=(https_proxy=http://127.0.0.1:1 no_proxy='other.test, localhost')
check 'and its exceptions' exits 0 token print
lasts 0
VARS=(https_proxy=127.0.0.1:1 no_proxy=.localhost)
check 'an exception with a dot is one of that host, too' exits 0 token print
VARS=()

# --- a login while another one renews ---

holds() { # is FILE open in a httpauth-token?
    local process
    for process in $(pgrep -x httpauth-token); do
        readlink /proc/"$process"/fd/* | grep -qxF "$FILE" && return
    done
    return 1
}
program renewal <<'X'
exec 9<>"$1"
flock 9
echo >/run/locked
read -r </run/release
jq '.access_token = "renewed"' "$1" >"$1.new"
chmod 600 "$1.new"
mv "$1.new" "$1"
X
mkfifo -m 666 /run/release
as alice /run/renewal "$FILE" &
renewal=$!
read -r </run/locked
: >/run/said
login --device &
pid=$!
confirm '"user": "alice"' /run/said
check 'a login waits for who holds its file' wait_for 60 holds
echo >/run/release
wait $renewal
check 'and ends well' wait $pid
check 'the renewal does not win over it' [ "$(token print)" != renewed ]

# --- strangers at the port ---

# The browser of these is a script: it knows the redirect and the state, and
# has no code that the provider knows.
path_of() { # ISSUER: of its redirect, as the manual has it
    echo "/callback/$(printf %s "$1" | sha256sum | cut -c 1-16)"
}
ISS=$(jq -rn --arg iss "$IDP" '$iss | @uri')
stranger() { # <BODY
    { cat <<X; cat; } | program stranger
exec >/run/browser.said 2>&1
ISS=$ISS
get() { sed -n "s/.*[?&]\$1=\\([^&]*\\).*/\\1/p" <<<"\$address" |
    sed 's/%3A/:/g; s,%2F,/,g'; }
address=\$(curl -sS -o /dev/null -w '%{redirect_url}' "\$1")
redirect=\$(get redirect_uri) state=\$(get state)
port=\${redirect#http://127.0.0.1:} port=\${port%%/*}
say() { curl -sS -o /dev/null -w '%{http_code}\\n' "\$@"; }
X
    VARS=(BROWSER=/run/stranger)
}
stranger <<'X'
say "$redirect?state=$state&code=x&iss=https%3A%2F%2Fother.example"
X
check 'an answer of another issuer (RFC 9207) ends it' login_exits 1
has 'and that is said' /run/said 'comes from another provider'
stranger <<'X'
say "$redirect?state=$state&code=x"
X
check 'one of no issuer, where the metadata promises it' login_exits 1
has 'likewise' /run/said 'comes from another provider'
has 'the path that the provider must know is shown' /run/said \
    "http://127.0.0.1$(path_of "$IDP"), for any port"
stranger <<X
say "http://127.0.0.1:\$port$(path_of https://other.example)?state=\$state&code=x&iss=\$ISS"
X
check 'one at the path of another issuer (RFC 8252 section 8.10)' login_exits 1
has 'likewise' /run/said 'comes from another provider'
stranger <<'X'
say "$redirect?state=wrong&code=x&iss=$ISS"
say "$redirect?code=x&iss=$ISS"
say "$redirect?state=$state&state=$state&code=x&iss=$ISS"
say "http://127.0.0.1:$port/favicon.ico"
say -d x "$redirect?state=$state&code=x"
say -g "$redirect?state=$state&error=denied%1b[2J&iss=$ISS"
X
check 'a wrong state is not the end' login_exits 1
# The sixth ends the login before its curl has said so.
answered() { [ "$(wc -l </run/browser.said)" -ge "$1" ]; }
wait_for 60 answered 6 || :
is 'five are sent away, the sixth is the answer' '404 404 404 404 404 200' \
    "$(xargs </run/browser.said)"
has 'the first is told of' /run/said 'its state is not ours'
has 'an error comes without escape sequences' /run/said \
    'the provider says: denied.x1b.2J'
stranger <<'X'
say "$redirect?state=$state&error=temporarily_unavailable&iss=$ISS"
X
check 'a provider that cannot now has refused nobody' login_exits 3
has 'but that is told' /run/said 'says: temporarily_unavailable'
stranger <<'X'
say "$redirect?state=$state&code=x&iss=$ISS"
X
check 'a code that the provider does not know' login_exits 1
has 'is refused by it' /run/said 'localhost: HTTP 400, invalid_grant'
stranger <<'X'
for i in {1..40}; do exec {fd}<>/dev/tcp/127.0.0.1/$port; printf x >&$fd; done
printf 'GET /callback/?%20000s' x >&$fd
say "$redirect?state=$state&error=crowd&iss=$ISS"
X
check 'forty that say nothing are not in the way' login_exits 1
has 'of the answer' /run/said 'the provider says: crowd'
install -m 666 /dev/null /run/began
install -m 666 /dev/null /run/limit
mkfifo -m 666 /run/address
program foreign <<'X'
echo "$1" >/run/began
ulimit -Hc >/run/limit
curl -sS -o /dev/null -w '%{redirect_url}\n' "$1" >/run/address
X
VARS=(BROWSER=/run/foreign)
login --port 14999 &
pid=$!
address=$(timeout 60 cat /run/address)
state=$(sed -n 's/.*&state=\([^&]*\).*/\1/p' <<<"$address")
answer="http://127.0.0.1:14999$(path_of "$IDP")?state=$state&iss=$ISS&error=mine"
VARS=()
check 'another user of this host is not heard, though he knows all' \
    bash -c '! "$@"' _ setpriv --reuid bob --regid bob --clear-groups \
    curl -sS "$answer"
is 'the browser may leave core files as before' \
    "$(as alice bash -c 'ulimit -Hc')" "$(cat /run/limit)"
is 'but nobody looks into who began it' root \
    "$(stat -c %U "/proc/$(pgrep -n -x -u alice httpauth-token)/environ")"
has 'the process list shows no state' /run/began \
    '^http://127.0.0.1:14999/login/[A-Za-z0-9_-]{43}$'
check 'but an address that leads to it' [ -n "$state" ]
is 'once' '410 ' "$(as alice curl -sS -o /dev/null \
    -w '%{http_code} %{redirect_url}' "$(cat /run/began)")"
program get <<'X'
# get PATH [wait]: of the port 14999; wait: until the other end has closed
exec 3<>/dev/tcp/127.0.0.1/14999
printf 'GET %s HTTP/1.1\r\n\r\n' "$1" >&3
[ -z "${2:-}" ] || cat <&3
X
as alice /run/get "${answer#http://*:14999}" wait >/run/page
wait $pid || :
has 'and is told of' /run/said 'a connection of another user'
has 'who began it is heard' /run/said 'the provider says: mine'

VARS=(BROWSER=/run/foreign)
as root httpauth-token login "$IDP" --ca-file /run/idp/ca.pem --port 14999 \
    >/run/said 2>&1 &
pid=$!
address=$(timeout 60 cat /run/address || :)
check 'the port of the last login can be had at once' [ -n "$address" ]
state=$(sed -n 's/.*&state=\([^&]*\).*/\1/p' <<<"$address")
answer="http://127.0.0.1:14999$(path_of "$IDP")?state=$state&iss=$ISS&error="
VARS=()
process=$(pgrep -x -u root httpauth-token)
kill -STOP "$process"
setpriv --reuid bob --regid bob --clear-groups \
    /run/get "${answer#http://*:14999}bob"
check 'who has gone shows no user' wait_for 60 \
    grep -q ' 0100007F:3A97 05 .*  0        0 0 ' /proc/net/tcp
kill -CONT "$process"
curl -sS -o /dev/null "$answer"root || :
wait $pid || :
has 'who has gone is not taken for root' /run/said 'a connection of another user'
has 'who is root is heard' /run/said 'the provider says: root'

# --- files ---

chmod 640 "$FILE"
check 'a file that others can read is not used' exits 3 token print
has 'and that is said' /run/said 'others have rights to it'
chmod 600 "$FILE"
mv "$FILE" "$STATE/elsewhere"
ln -s elsewhere "$FILE"
check 'nor is a link' exits 3 token print
rm "$FILE"
mv "$STATE/elsewhere" "$FILE"
cp -p "$FILE" /run/kept
printf '{' >"$FILE"
check 'nor what is damaged' exits 3 token print
cp -p /run/kept "$FILE"
check 'and then it works again' exits 0 token print

# --- the keyring ---

if installed gnome-keyring-daemon dbus-run-session; then
    program in_keyring <<'X'
cd /
echo -n password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
httpauth-token "$@"
X
    keyring() { as alice dbus-run-session -- /run/in_keyring "$@"; }
    : >/run/said
    keyring login "$IDP" --device --keyring >/run/said 2>&1 &
    pid=$!
    confirm '"user": "alice"' /run/said
    check 'a login that is kept in the keyring' wait $pid
    is 'leaves no token in the file' 'null null true' \
        "$(jq -r '"\(.access_token) \(.refresh_token) \(.keyring)"' "$FILE")"
    is 'is printed in another session' eyJ \
        "$(keyring print 2>/run/said | cut -c 1-3)"
    token list >/run/said
    has 'list says where it is' /run/said "yes *keyring *$IDP\$"
    check 'without a keyring there is none' exits 3 token print
    lasts 0
    is 'is renewed there' eyJ "$(keyring print 2>/run/said | cut -c 1-3)"
    is 'and no token is in the file' 'null null' \
        "$(jq -r '"\(.access_token) \(.refresh_token)"' "$FILE")"
    check 'logout empties both' exits 0 keyring logout
    check 'so that nothing is left' exits 1 keyring print
    jq '.keyring = true' /run/kept >/run/new
    install -m 600 -o alice -g alice /run/new "$FILE"
    check 'logout without what the keyring had' exits 3 keyring logout
    has 'says that it is forgotten' /run/said 'forgotten here, but not revoked'
    check 'and forgets it' exits 1 keyring print
    install -m 600 -o alice -g alice /run/kept "$FILE"
fi

# --- the lock that nobody let go of ---

check 'who cannot get the lock ends' wait $HELD
is 'prints what has not expired' "$(jq -r .access_token /run/held.file)" \
    "$(cat /run/held.token)"
has 'which is told' /run/held.said 'another httpauth-token holds it'
check 'before httpauth-askpass ends it' [ "$(cat /run/held.seconds)" -lt 28 ]
kill $HOLDER

# --- the end ---

cp -p "$FILE" /run/kept
idp_call fault '{"path": "/token/revocation", "status": 400, "times": 2, "body":
    "{\"error\": \"unsupported_token_type\"}"}' >/dev/null
check 'a logout at a provider that revokes nothing' exits 3 token logout
has 'says so' /run/said 'forgotten here, but not revoked'
is 'and leaves nothing here' '' "$(ls "$STATE")"
cp -p /run/kept "$FILE"
renewal=$(jq -r .refresh_token "$FILE")
check 'logout' exits 0 token logout
is 'nothing is left here' '' "$(ls "$STATE")"
curl -sS --cacert /run/idp/ca.pem -d grant_type=refresh_token \
    -d client_id=httpauth-token -d refresh_token="$renewal" "$IDP/token" \
    >/run/said
has 'nor at the provider' /run/said invalid_grant
check 'who is logged in nowhere is told' exits 1 token print
has 'what to do' /run/said 'httpauth-token login ISSUER'
check 'an issuer that is no https URL' exits 3 token login http://x.example
check 'one that is not there' exits 3 token login https://localhost:1/
check 'no command' exits 2 token
check 'an unknown option' exits 2 token login "$IDP" --no-such-option
helper_stop
tap_end
