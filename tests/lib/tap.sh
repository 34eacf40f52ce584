# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the shell tests: each result is one TAP line.
#
#   ok NAME                    passed
#   not_ok NAME [FILE]         failed; FILE is shown
#   check NAME COMMAND...      passes when COMMAND does
#   is NAME EXPECTED FOUND     passes when both are the same text
#   has NAME FILE PATTERN      passes when FILE has a line with the pattern
#   skip NAME REASON           says what could not be tried here, and why
#   tap_end                    the plan; exit status 1 if anything failed

tap_count=0
tap_failed=0

ok() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s\n' "$tap_count" "$1"
}

not_ok() {
    tap_count=$((tap_count + 1))
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' "$tap_count" "$1"
    if [ -n "${2:-}" ] && [ -e "$2" ]; then
        tail -n 40 "$2" | sed 's/^/#   /'
    fi
}

check() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then ok "$name"; else not_ok "$name" "$log"; fi
    rm -f "$log"
}

is() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1"
        printf '#   expected: %s\n#   found:    %s\n' "$2" "$3"
    fi
}

has() {
    if grep -qE -- "$3" "$2"; then
        ok "$1"
    else
        not_ok "$1" "$2"
        printf '#   no line with: %s\n' "$3"
    fi
}

skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

tap_end() {
    printf '1..%d\n' "$tap_count"
    [ "$tap_failed" -eq 0 ]
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds; never a fixed wait.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -le "$until" ] || return 1
        read -rt 0.02 <> <(:) || :
    done
}
