#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The socket of the metrics: for a monitoring agent, and for nobody else.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

host_start
httpauthctl issuer init >/dev/null 2>&1
printf '[service *]\nissuers = local\n[service pamtester]\n' \
    >/etc/httpauth/httpauthd.conf
socket=/run/httpauth/metrics.sock
helper_start
check 'without the option there is none' test ! -e $socket
helper_stop
helper_start --metrics
is 'a login' 'accepted accepted' \
    "$(tried "$(httpauthctl token mint --user alice)")"
ask() { curl -sS --max-time 20 --unix-socket $socket "$@"; }
status() { ask -o /dev/null -w '%{http_code}' "$@"; }
is 'root reads metrics' 200 "$(status http://localhost/metrics)"
ask -D /run/head http://localhost/metrics >/run/metrics
has 'they are said to be OpenMetrics' /run/head \
    '^Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8'
check 'they are' /usr/bin/python3 -c '
from prometheus_client.openmetrics.parser import text_string_to_metric_families
assert len(list(text_string_to_metric_families(open("/run/metrics").read()))) > 10'
has 'of what happened' /run/metrics \
    '^httpauth_decisions_total.phase="auth".*outcome="accepted".* 1$'
is 'there is nothing else' 404 "$(status http://localhost/)"
is 'and nothing to be done' 405 "$(status -d x http://localhost/metrics)"
check 'another user may not read them' bash -c '! "$@"' _ \
    setpriv --reuid alice --regid alice --clear-groups \
    curl -sS --unix-socket $socket http://localhost/metrics
check 'a request without an end is cut off' timeout 60 /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    while True: s.sendall(b"GET /metrics " + b"x" * 1000)
except (BrokenPipeError, ConnectionResetError): pass' $socket
/usr/bin/python3 -c '
import socket, sys, time
held = []
for i in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    held.append(s)
open("/run/held", "w").close()
time.sleep(60)' $socket &
crowd=$!
wait_for 60 test -e /run/held
is 'forty that say nothing are not in the way' 200 \
    "$(status http://localhost/metrics)"
kill $crowd
is 'nor does any of that harm a login' 'accepted accepted' \
    "$(tried "$(httpauthctl token mint --user alice)")"
helper_stop
check 'the helper takes the socket along' test ! -e $socket
check 'it has no complaint' bash -c "! grep -E 'left open|error' '$LOG'"
tap_end
