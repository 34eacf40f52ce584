#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Who was let in or not, for machines: the lines that fail2ban reads, a record
# with fields for the journal, and JSON into a file.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

httpauthctl issuer init >/dev/null 2>&1
journal=/run/systemd/journal/socket
mkdir -p "${journal%/*}"
python3 /run/src/tests/lib/journald.py $journal /run/journal /run/journal.ready &
wait_for 60 test -e /run/journal.ready
host_start
auditing() { # lines of [httpauthd]
    HTTPAUTHD=$(printf '%s\\n' "$@") SERVICE='issuers = local' configure <<X
[issuer local]
accept = jwt host-password
X
}
audit=/var/lib/httpauth/audit.json
auditing "audit_file = $audit"
mint() { httpauthctl token mint --user "$@"; }
good=$(mint alice)
export FROM=192.0.2.7
is 'accepted' 'accepted accepted' "$(tried "$good")"
is 'refused' 'forbidden user-mismatch' "$(tried "$(mint bob)")"
is 'damaged' 'wrong form' "$(tried 'eyJ.a.b')"
is 'no account' 'wrong unasked' "$(tried 'eyJ.a.b' nosuch)"

# --- JSON ---

check 'each line of the file is an object' jq -es 'all(type == "object")' $audit
field() { # FILTER OF-LINES
    jq -r "select(.phase == \"auth\") | $1" $audit
}
is 'with outcome and reason' "$(printf '%s\n' 'accepted accepted' \
    'forbidden user-mismatch' 'wrong form')" "$(field '"\(.outcome) \(.reason)"')"
is 'user, service, where from' 'alice pamtester 192.0.2.7' \
    "$(field '"\(.user) \(.service) \(.rhost)"' | head -n 1)"
is 'issuer, method, subject' 'local jwt alice' \
    "$(field '"\(.issuer) \(.method) \(.sub)"' | head -n 1)"
check 'a time and a number of milliseconds' jq -es \
    'all((.time | fromdateiso8601? // (.[0:19] + "Z" | fromdateiso8601)) > 0
        and (.ms | type) == "number")' <(jq 'select(.phase == "auth")' $audit)
is 'the id is that of the log line' \
    "$(grep -oE 'decision id=[0-9a-f]+ phase=auth' "$LOG" |
        grep -oE '[0-9a-f]{16}')" "$(field .id)"
is 'it is kept from others' '600 httpauthd' \
    "$(stat -c '%a %U' $audit)"
mv $audit $audit.1
httpauthctl reload >/dev/null
tried "$good" >/dev/null
is 'a reload follows a rotation' 'accepted' "$(field .outcome)"
auditing "audit_file = /nowhere/audit.json"
is 'a file that cannot be opened lets nobody wait' 'accepted accepted' \
    "$(tried "$good")"
has 'and is told' "$LOG" 'audit_file /nowhere/audit.json: No such file'
chmod 666 $audit
auditing "audit_file = $audit"
has 'one that others can write is none' "$LOG" "audit_file $audit: "
ln -sf /etc/passwd /var/lib/httpauth/link
auditing 'audit_file = /var/lib/httpauth/link'
has 'nor is a link' "$LOG" 'audit_file /var/lib/httpauth/link: '

# --- the journal ---

helper_stop
rm -f $audit
auditing 'log = auto' >/dev/null
helper_stop
# As under systemd: standard error is a stream of the journal's.
JOURNAL_STREAM=$(stat -Lc '%d:%i' "$LOG")
export JOURNAL_STREAM
helper_start
unset JOURNAL_STREAM
before=$(wc -l <"$LOG")
pamtester -I rhost=192.0.2.7 pamtester alice authenticate acct_mgmt \
    <<<"$good" >/dev/null 2>&1
journal_has() { grep -qE "$1" /run/journal; }
check 'the journal gets a decision' wait_for 60 journal_has \
    '^MESSAGE=decision id=[0-9a-f]{16} phase=auth user=alice '
for line in 'HTTPAUTH_USER=alice' 'HTTPAUTH_REASON=accepted' \
    'HTTPAUTH_RHOST=192.0.2.7' 'HTTPAUTH_ISSUER=local' 'HTTPAUTH_PHASE=auth' \
    'PRIORITY=6' 'SYSLOG_IDENTIFIER=httpauthd'; do
    has "with the field $line" /run/journal "^$line\$"
done
check 'and not a second time as a line' bash -c \
    "! tail -n +$((before + 1)) '$LOG' | grep -q 'decision id'"
helper_stop

# --- fail2ban ---

if ! command -v fail2ban-regex >/dev/null; then
    skip 'fail2ban reads the failures' 'fail2ban is not installed'
else
    helper_start
    ssh_as alice password "$(mint bob)" >/dev/null 2>&1 || :
    for user in alice nosuch; do
        pamtester -I rhost=203.0.113.9 pamtester $user authenticate \
            <<<'eyJ.a.b' >/dev/null 2>&1 || :
    done
    pamtester -I rhost=203.0.113.10 pamtester alice authenticate \
        <<<'unix-alice' >/dev/null 2>&1 || :
    pamtester -I rhost=203.0.113.11 pamtester alice authenticate \
        <<<"$good" >/dev/null 2>&1 || :
    # What syslog puts in front of a line.
    sed -E 's/^<[0-9]+>([A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8}) /\1 host /' \
        "$AUTHLOG" >/run/failures.log
    install -m 644 /run/src/conf/fail2ban/filter.d/httpauth.conf \
        /etc/fail2ban/filter.d/
    fail2ban-regex -o ip /run/failures.log httpauth >/run/banned 2>&1 || :
    has 'fail2ban finds who failed at sshd' /run/banned '^127.0.0.1$'
    is 'and elsewhere, with an account or without' 2 \
        "$(grep -c '^203.0.113.9$' /run/banned)"
    check 'but not who typed a Unix password, or got in' bash -c \
        "! grep -E '^203.0.113.1[01]\$' /run/banned"
    helper_stop
fi
tap_end
