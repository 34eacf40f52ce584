#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Tokens of any length through the stock ssh, typed and by httpauth-askpass.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

httpauthctl issuer init >/dev/null 2>&1
host_start
for service in su login; do pam_stack $service; done
SERVICE='issuers = local\n[service su]\n[service login]' configure <<'X'
[issuer local]
X

# sized BYTES: a token of alice that has so many, or one or two more
sized() {
    local pad token
    token=$(minted 0)
    pad=$((($1 - ${#token}) * 3 / 4 - 3))
    while token=$(minted $pad) && [ ${#token} -lt "$1" ]; do pad=$((pad + 1)); done
    printf %s "$token"
}
minted() { # BYTES of padding, in two claims
    httpauthctl token mint --user alice --claim "p=\"$(x $(($1 / 2)))\"" \
        --claim "q=\"$(x $(($1 - $1 / 2)))\"" 2>/dev/null
}
x() { head -c "$1" /dev/zero | tr '\0' x; }
export HOME=/root XDG_CONFIG_HOME=/run/config
mkdir -p /run/config/httpauth
install -m 600 /dev/stdin /run/config/httpauth/hosts <<'X'
alice@127.0.0.1 cat /run/token
X
# as a person would
options=(-F none -p "$SSH_PORT" -o StrictHostKeyChecking=no
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)
by_askpass() {
    setsid -w timeout 60 httpauth-askpass --run ssh "${options[@]}" \
        -l alice 127.0.0.1 id -un 2>&1 </dev/null || :
}

for size in 500 1023 1024 4096 16384 60000; do
    sized $size >/run/token
    is "a token of $(stat -c %s /run/token) bytes" alice "$(by_askpass)"
done
sized 2046 >/run/token
is 'a token may be as long as two whole parts' 2046 "$(stat -c %s /run/token)"
is 'that is enough' alice "$(by_askpass)"
printf 'x%.0s' $(seq 2046) >/run/token
is 'what is no token is refused' '' "$(by_askpass 2>/dev/null | grep -x alice)"
sized 4096 >/run/token
by_askpass >/dev/null
is 'from the cache' alice "$(by_askpass)"

# --- cut by the client ---

long=$(cat /run/token)
is 'ssh cuts what it is given by others: refused' '' \
    "$(ssh_as alice keyboard-interactive "$long" 2>/dev/null)"
has 'as truncated' "$AUTHLOG" 'user=alice: truncated'
is 'so is the method password' '' "$(ssh_as alice password "$long" 2>/dev/null)"
check 'nobody was told about either' bash -c \
    "! grep 'outcome=wrong' '$LOG' | grep -v 'reason=form'"
typed() { # COMMAND...: types /run/token in parts of 1023 bytes
    /usr/bin/expect -f /run/src/tests/lib/parts.exp /run/token "$1" "${@:2}" |
        tr -d '\r'
}
is 'typed in parts at a terminal' alice "$(typed 1023 ssh "${options[@]}" \
    -o PreferredAuthentications=keyboard-interactive alice@127.0.0.1 id -un)"
sized 6000 >/run/token
is 'typed at su, which takes 4095' alice "$(typed 4095 setpriv --reuid bob \
    --regid bob --init-groups su alice -c 'id -un')"

# --- unknown users see the same ---

questions() { # USER: how often ssh is asked when all parts are given
    rm -f /run/asked
    cat >/run/counting <<'X'
#!/bin/sh
echo "$1" >>/run/asked
exec httpauth-askpass "$1"
X
    chmod 755 /run/counting
    echo "$1@127.0.0.1 cat /run/token" >>/run/config/httpauth/hosts
    SSH_ASKPASS=/run/counting SSH_ASKPASS_REQUIRE=force setsid -w timeout 60 \
        ssh "${options[@]}" -o NumberOfPasswordPrompts=1 -l "$1" \
        -o PreferredAuthentications=keyboard-interactive 127.0.0.1 id -un \
        >/dev/null 2>&1 </dev/null || :
    sed "s/$1/USER/" /run/asked
}
printf 'eyJ%s.e30.x' "$(openssl rand -hex 2250)" >/run/token
is 'an unknown user is asked what a known one is' "$(questions alice)" \
    "$(questions nosuch)"
is 'that is five times' 5 "$(questions bob | wc -l)"
is 'root, who is not served, as well' "$(questions bob)" "$(questions root |
    sed s/root/USER/)"

# --- what a hostile server may ask ---

sized 500 >/run/token
refuses() { # QUESTION: httpauth-askpass says nothing
    is "no answer to: ${1//$'\n'/ }" '' "$(setsid -w timeout 60 httpauth-askpass "$1" \
        2>/dev/null </dev/null || :)"
}
is 'our question gets it' "$(cat /run/token)" \
    "$(httpauth-askpass '(alice@127.0.0.1) Password: ')"
refuses 'Password: '
refuses "alice@127.0.0.1's password: "
refuses '(mallory@evil) Password: '
refuses '(alice@127.0.0.10) Password: '
refuses '(mallory@evil) (alice@127.0.0.1) Password: '
refuses "(mallory@evil) hello
(alice@127.0.0.1) Password: "
refuses '(alice@127.0.0.1) Password: Password: '
refuses "Enter passphrase for key '/root/.ssh/id_ed25519': "
is 'beyond the end there is nothing' '' \
    "$(httpauth-askpass '(alice@127.0.0.1) Token (continued at 9999): ' \
        2>/dev/null || :)"
is 'it writes no newline and no more than 1023 bytes' 1023 "$(sized 4096 \
    >/run/token; httpauth-askpass '(alice@127.0.0.1) Token: ' | wc -c)"
is 'another program gets what is not ours' 'asked: Enter PIN: ' \
    "$(printf '#!/bin/sh\necho "asked: $1"\n' >/run/next; chmod 755 /run/next
    HTTPAUTH_ASKPASS_NEXT=/run/next httpauth-askpass 'Enter PIN: ')"
is 'which --run remembers' /run/next "$(SSH_ASKPASS=/run/next \
    httpauth-askpass --run sh -c 'echo $HTTPAUTH_ASKPASS_NEXT')"
is 'and not itself' '' "$(httpauth-askpass --run httpauth-askpass --run \
    sh -c 'echo $HTTPAUTH_ASKPASS_NEXT')"


# --- a person at the terminal ---

install -d -m 700 -o alice -g alice /home/alice/.ssh
printf 'known.example %s\n' "$(cut -d ' ' -f 1,2 /run/hostkey.pub)" |
    install -m 600 -o alice -g alice /dev/stdin /home/alice/.ssh/known_hosts
at_terminal() { # QUESTION ANSWER: what is shown, and what ssh would get
    cat >/run/asking <<'X'
log_user 0
set timeout 20
spawn -noecho setpriv --reuid alice --regid alice --init-groups env -u \
    XDG_CONFIG_HOME HOME=/home/alice BEARER_TOKEN=the-token sh -c {
    httpauth-askpass "$0" >/home/alice/got; exit $?} [lindex $argv 0]
expect {
    -re {\? $|: $} {
        puts "asked: $expect_out(buffer)"
        send -- "[lindex $argv 1]\r"
        exp_continue
    }
    eof {}
}
X
    /usr/bin/expect -f /run/asking "$1" "$2" | tr -d '\r' | grep asked
    printf 'got: %s\n' "$(cat /home/alice/got)"
}
is 'a host that ssh knows may be added' \
    'asked: Send your token to alice@known.example from now on (yes/no/never)? 
got: the-token' "$(at_terminal '(alice@known.example) Password: ' yes)"
is 'then nobody is asked again' 'got: the-token' \
    "$(at_terminal '(alice@known.example) Password: ' no || :)"
is 'the file is of the user alone' '600 alice@known.example' \
    "$(stat -c %a /home/alice/.config/httpauth/hosts) $(
        cat /home/alice/.config/httpauth/hosts)"
is 'one that it does not know may not: the question itself is asked' \
    'asked: (alice@new.example) Password: 
got: typed' "$(at_terminal '(alice@new.example) Password: ' typed)"
rm /home/alice/.config/httpauth/hosts
at_terminal '(alice@known.example) Password: ' never >/dev/null
is 'never is remembered' 'asked: (alice@known.example) Password: 
got: typed' "$(at_terminal '(alice@known.example) Password: ' typed)"
is 'what a server sends cannot drive the terminal' \
    'asked: (x@evil) \x1b[2Jx: ' \
    "$(at_terminal $'(x@evil) \e[2Jx: ' typed | grep asked)"

helper_stop
tap_end
