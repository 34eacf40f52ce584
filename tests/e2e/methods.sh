# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the tests of the methods: what all of them do to the helper.
. /run/src/tests/e2e/lib.sh

# secret NAME <BYTES: a secret file as an administrator would make it
secret() {
    install -m 640 -g httpauthd /dev/null "/etc/httpauth/$1"
    cat >"/etc/httpauth/$1"
}

# configure <ISSUERS: starts the helper with them, or reloads it. Every
# answer is asked for anew after a second, nobody is throttled; HTTPAUTHD and
# SERVICE are the lines of those sections if set.
configure() {
    {
        printf '[httpauthd]\n%b\n' "${HTTPAUTHD:-answer_ttl = 1s
throttle_tries = 1000\nprovider_tries = 1000\naddress_tries = 1000}"
        cat
        printf '[service *]\n%b\n[service sshd]\n[service pamtester]\n' \
            "${SERVICE:-}"
    } >/etc/httpauth/httpauthd.conf
    if ! httpauthctl config check >/run/out 2>&1; then
        not_ok 'the configuration is accepted' /run/out
    elif [ -z "${HELPER:-}" ]; then
        helper_start
    elif ! httpauthctl reload >/run/out 2>&1; then
        not_ok 'the configuration is reloaded' /run/out
    fi
}

# For configure: the provider about both kinds of its tokens; more lines of the
# section may follow. It wants idp.secret.
work_issuer() {
    cat <<X
[issuer work]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = jwt introspection
token_pattern = :base64url:43-43
client_auth = client_secret_basic
client_id = rs
client_secret_file = idp.secret
X
}

# Everything that a login needs but the issuers.
host_start() {
    syslog_start
    pam_stack sshd
    cat >/etc/pam.d/pamtester <<X
auth    required $MODULE timeout=3s
account required $MODULE
X
    sshd_start </dev/null
}

# tried CREDENTIAL [USER]: "OUTCOME REASON" of an attempt without sshd, the
# reason "unasked" if the helper was not. PAM makes those who are refused wait,
# so for them the helper's word is enough. PAM_SERVICE and FROM (an address)
# tell of where, if set.
tried() {
    local before waits
    before=$(decisions)
    timeout 20 pamtester ${FROM:+-I "rhost=$FROM"} \
        "${PAM_SERVICE:-pamtester}" "${2:-alice}" authenticate acct_mgmt \
        <<<"$1" >/run/said 2>&1 &
    waits=$!
    wait_for 60 decided_or_ended "$before" $waits
    if [ "$(decisions)" -eq "$before" ]; then
        echo "$(said) unasked"
        return
    fi
    case $(outcome) in
    wrong | forbidden | throttled) kill $waits 2>/dev/null || : ;;
    esac
    wait $waits 2>/dev/null || :
    echo "$(said) $(reason)"
}
decided_or_ended() { # COUNT PID
    [ "$(decisions)" -gt "$1" ] || ! kill -0 "$2" 2>/dev/null
}
decisions() {
    written
    grep -c 'decision .*phase=auth ' "$LOG" || :
}
# The helper answers first and writes then, in one turn of its loop: once it
# has answered another question, it has written.
written() { httpauthctl status >/dev/null 2>&1 || :; }
decision() { # FIELD of the last one
    written
    grep 'decision .*phase=auth ' "$LOG" | tail -n 1 |
        grep -oE " $1=[a-z-]+" | cut -d = -f 2
}
outcome() { decision outcome; }
reason() { decision reason; }

said() { # what the caller of PAM saw
    case $(tail -n 1 /run/said) in
    *'account management done.') echo accepted ;;
    *'Insufficient credentials'*) echo not-ours ;;
    *'cannot retrieve authentication info') echo unavailable ;;
    *'Error in service module') echo broken ;;
    *'Permission denied') echo forbidden ;;
    *'Authentication failure') echo wrong ;;
    *) outcome ;;
    esac
}

gives() { # OUTCOME-REASON CREDENTIAL [USER], for check and wait_for
    [ "$(tried "${@:2}")" = "$1" ]
}

# logs_in NAME CREDENTIAL [USER [METHOD]]: through sshd
logs_in() {
    is "$1" "${3:-alice}" \
        "$(ssh_as "${3:-alice}" "${4:-keyboard-interactive}" "$2" || :)"
}

# sshd_refuses NAME REASON CREDENTIAL [USER]
sshd_refuses() {
    is "$1: sshd refuses" '' \
        "$(ssh_as "${4:-alice}" keyboard-interactive "$3" 2>/dev/null)"
    is "$1: the helper says why" "$2" "$(reason)"
}

# unlogged CREDENTIAL...: none of them is in any log of this host
unlogged() {
    local credential
    for credential; do
        ! grep -F -- "$credential" "$LOG" "$AUTHLOG" "$SSHD_LOG" || return 1
    done
}
