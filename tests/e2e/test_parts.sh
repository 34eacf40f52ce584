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
# by_askpass COMMAND...: as a person would, with ssh's options in front
options=(-F none -p "$SSH_PORT" -o StrictHostKeyChecking=no
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)
by_askpass() {
    setsid -w timeout 60 httpauth-askpass --run ssh "${options[@]}" \
        -l alice 127.0.0.1 "${@:-id -un}" 2>&1 </dev/null || :
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
is 'from the cache' 'alice alice' "$(echo $(by_askpass) $(by_askpass))"

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


helper_stop
tap_end
