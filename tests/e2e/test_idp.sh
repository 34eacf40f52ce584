#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Tokens of an identity provider written by others, through the real sshd,
# login, su and sudo.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

syslog_start
idp_start
cat >/etc/httpauth/httpauthd.conf <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
[service *]
require_scope = ssh:login
[service sshd]
[service login]
[service su]
[service su-l]
[service sudo]
[service pamtester]
X
check 'the configuration is accepted' httpauthctl config check
helper_start
for service in sshd login su su-l sudo pamtester; do pam_stack "$service"; done
sshd_start </dev/null

for alg in RS256 PS256 ES256 ES384 EdDSA; do
    token=$(idp_token "{\"alg\":\"$alg\"}")
    is "ssh, keyboard-interactive, $alg (${#token} bytes)" alice \
        "$(ssh_as alice keyboard-interactive "$token")"
    token=$(idp_token "{\"alg\":\"$alg\"}")
    is "ssh, password, $alg" alice "$(ssh_as alice password "$token")"
    token=$(idp_token "{\"alg\":\"$alg\"}")
    check "pamtester, $alg" bash -c \
        "printf '%s\n' '$token' | pamtester pamtester alice authenticate acct_mgmt"
done
padding=$(head -c 2800 /dev/zero | tr '\0' x)
idp_token "{\"alg\":\"RS256\",\"extra\":{\"note\":\"$padding\"}}" >/run/long
printf '%s' "$(cat /run/long)" >/run/long
is 'a token of 4 KB by a client that does not cut it' '/run/long accepted alice' \
    "$(paramiko_as alice keyboard-interactive /run/long)"
is 'its size' yes "$([ "$(stat -c %s /run/long)" -gt 4000 ] && echo yes)"

# login and su on a terminal; sudo takes 511 bytes at most
on_terminal() { # TOKEN SEND COMMAND...
    printf '%s' "$1" >/run/answer
    shift
    expect -f tests/lib/terminal.exp /run/answer "$@"
}
for alg in ES256 EdDSA; do
    token=$(idp_token "{\"alg\":\"$alg\"}")
    check "the $alg token fits sudo's 511 bytes" test "${#token}" -le 511
    # The typed text is echoed, so it must not hold the marker itself.
    is "login, $alg" alice "$(on_terminal "$token" \
        'm=marker; echo $m-$(id -un)' login -p alice)"
    is "su, $alg" alice "$(on_terminal "$token" '' \
        setpriv --reuid bob --regid bob --init-groups \
        su alice -c 'echo marker-$(id -un)')"
    is "sudo on a terminal, $alg" root "$(on_terminal "$token" '' \
        setpriv --reuid alice --regid alice --init-groups \
        sudo -k sh -c 'echo marker-$(id -un)')"
    is "sudo -S, $alg" root "$(printf '%s\n' "$token" |
        setpriv --reuid alice --regid alice --init-groups \
            sudo -k -S id -un 2>/dev/null)"
done

# What must not work, each for its own reason.
refused() { # NAME REASON JSON [USER]
    local token
    token=$(idp_token "$3")
    is "$1: sshd refuses" '' \
        "$(ssh_as "${4:-alice}" keyboard-interactive "$token" 2>/dev/null)"
    printf '%s' "$token" >/run/answer
    has "$1: the helper says why" "$LOG" \
        "outcome=(wrong|forbidden) .*reason=$2"
    : >"$LOG"
}
: >"$LOG"
refused 'another user' user-mismatch '{"user":"alice"}' bob
refused 'expired' expired '{"ttl":-120}'
refused 'no scope for us' scope-rule '{"scope":"mail"}'
refused 'for another host' audience '{"payload":{"aud":"ssh://other.test"}}'
refused 'of another issuer' issuer '{"payload":{"iss":"https://evil.test"}}'
refused 'an ID token' type '{"header":{"alg":"ES256","typ":"JWT","kid":"es1"}}'
refused 'a key nobody has' key-unknown \
    '{"header":{"alg":"ES256","typ":"at+jwt","kid":"none"}}'
has 'the failure line has the wording of pam_unix' "$AUTHLOG" \
    'sshd.*: authentication failure; logname=.* uid=0 euid=0 tty=ssh ruser= rhost=127.0.0.1 +user=alice'
token=$(idp_token '{"ttl":-300}')
has 'an expired token is told to its owner' <(
    SSH_LOG=INFO ssh_as alice keyboard-interactive "$token" 2>&1 || :) \
    'token expired [0-9]+ minutes ago'

hits=$(idp_call hits '{}' | jq '."/jwks"')
check "some forty logins fetched the keys seldom ($hits)" test "$hits" -le 2
is 'no token is in any log' '' "$(grep -hoE 'eyJ[A-Za-z0-9_-]{20,}' \
    "$LOG" "$AUTHLOG" "$SSHD_LOG" || :)"
helper_stop
tap_end
