#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# In systemctl's place on a throw-away host: what the units of
# packaging/systemd would be asked for.
set -euo pipefail
. /run/src/tests/lib/tap.sh
verb=$1
shift
for unit; do
    case $unit in
    *.socket | *.service) test -e "/usr/lib/systemd/system/$unit" ;;
    --now | --quiet) ;;
    httpauthd) ;;
    ssh) # tells of it, or fails where it is told to
        echo "$verb $unit" >>/run/systemctl.log
        [ ! -e /run/no-reload ]
        exit
        ;;
    *) exit 1 ;;
    esac
done
runs() { [ -s /run/supervisor.pid ]; }
stop() {
    runs || return 0
    kill "$(cat /run/supervisor.pid)"
    wait_for 60 bash -c '! httpauthctl status'
    rm /run/supervisor.pid
}
each() { # UNIT...: the command, of each
    for unit; do
        case $unit in
        --*) ;;
        *) "${command[@]}" "/run/disabled.$unit" || return ;;
        esac
    done
}
case $verb in
is-enabled)
    command=(test ! -e)
    each "$@"
    exit
    ;;
disable)
    command=(touch)
    each "$@"
    stop
    exit
    ;;
enable)
    command=(rm -f)
    each "$@"
    ;;
esac
case $verb in
daemon-reload) exit ;;
enable | reload-or-restart) ;;
stop)
    stop
    exit
    ;;
try-restart)
    runs || exit 0
    stop
    ;;
*) exit 1 ;;
esac
if runs; then
    exec httpauthctl reload
fi
chown httpauthd: /var/lib/httpauth # StateDirectory=
python3 /run/src/tests/lib/supervise.py /run/helper.pid -- \
    /usr/sbin/httpauthd >>/run/helper.log 2>&1 </dev/null &
echo $! >/run/supervisor.pid
wait_for 60 httpauthctl status
