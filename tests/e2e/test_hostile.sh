#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The hostile set of the verifier's contract, once through the real sshd and
# the real module: every token is refused, every sound one gets in.
set -euo pipefail
. /run/src/tests/e2e/lib.sh

syslog_start
issuer=https://idp.test
mkdir /run/hostile
/run/build/tests/attack/hostile /run/hostile "$issuer" "ssh://$(hostname)" \
    alice "$(date +%s)"
cp /run/hostile/jwks.json /etc/httpauth/idp.jwks
cat >/etc/httpauth/httpauthd.conf <<X
[issuer idp]
issuer = $issuer
audience = ssh://%H
jwks_file = idp.jwks
[service sshd]
X
helper_start
cat >/etc/pam.d/sshd <<X
auth    required $MODULE
account required $MODULE
session optional $MODULE
X
sshd_start </dev/null

cd /run/hostile
# A PAM answer is a C string: what stands behind a NUL never reaches a module.
while IFS=$'\t' read -r file rest; do
    [ "$(tr -d '\0' <"$file" | wc -c)" -ne "$(wc -c <"$file")" ] ||
        printf '%s\t%s\n' "$file" "$rest"
done <index.txt >index.pam
grep -P '\treject$' index.pam | cut -f1 >rejects
grep -P '\taccept$' index.pam | cut -f1 >accepts
check "there are at least 150 hostile tokens ($(wc -l <rejects))" \
    test "$(wc -l <rejects)" -ge 150
check 'and sound ones to compare with' test -s accepts
# Each refusal costs pam_fail_delay's two seconds: twelve at a time.
xargs -P 12 -n 8 -a rejects /usr/bin/python3 \
    /run/src/tests/lib/paramiko_login.py "$SSH_PORT" alice \
    keyboard-interactive >results 2>/run/errors || :
xargs -n 20 -a accepts /usr/bin/python3 \
    /run/src/tests/lib/paramiko_login.py "$SSH_PORT" alice \
    keyboard-interactive >>results 2>>/run/errors || :
while IFS=$'\t' read -r file item behaviour expected; do
    case $expected in
    reject) want="$file refused" ;;
    *) want="$file accepted alice" ;;
    esac
    is "sshd: item $item, $behaviour: $expected" "$want" \
        "$(grep -F "$file " results || echo "$file no answer")"
done <index.pam
check 'the helper is still the one that started' kill -0 "$HELPER"
is 'and saw nothing that it calls its own fault' '' \
    "$(grep -E 'reason=internal' "$LOG" || :)"
helper_stop
tap_end
