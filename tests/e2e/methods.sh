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
throttle_tries = 1000\nprovider_tries = 1000}"
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

# Everything that a login needs but the issuers.
host_start() {
    syslog_start
    pam_stack sshd
    cat >/etc/pam.d/pamtester <<X
auth    required $MODULE timeout=4s
account required $MODULE
X
    sshd_start </dev/null
}

# tried CREDENTIAL [USER]: "OUTCOME REASON" of an attempt without sshd, as the
# caller of PAM sees the one and the log the other
tried() {
    local said
    said=$(printf '%s\n' "$1" | timeout 20 pamtester pamtester \
        "${2:-alice}" authenticate acct_mgmt 2>&1 | tail -n 1)
    case $said in
    *'account management done.') said=accepted ;;
    *'Authentication failure') said=wrong ;;
    *'Permission denied') said=forbidden ;;
    *'Insufficient credentials'*) said=not-ours ;;
    *'cannot retrieve authentication info') said=unavailable ;;
    *'exhausted maximum number of retries'*) said=throttled ;;
    *'Error in service module') said=broken ;;
    esac
    printf '%s %s\n' "$said" "$(reason)"
}

reason() { # of the last attempt
    grep 'decision .*phase=auth ' "$LOG" | tail -n 1 |
        grep -oE 'reason=[a-z-]+' | cut -d = -f 2
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
