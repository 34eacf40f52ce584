#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Run by alpine.sh in a small system with OpenRC: the life of the service.
set -euo pipefail
before=$tap_count
. /root/tap.sh
tap_count=$before
mount -t tmpfs tmpfs /run
mkdir -p /run/openrc/{starting,started,stopping,inactive,wasinactive,failed,hotplugged,options,exclusive,scheduled,tmp,daemons}
touch /run/openrc/softlevel
rc() { rc-service --nodeps httpauthd "$@"; }
helper() { pgrep -x httpauthd; }

busybox syslogd -O /run/messages
check 'the service starts' rc start
check 'the helper answers' wait_for 60 httpauthctl status
is 'as its own user' httpauthd "$(ps -o user= -p "$(helper)")"
is 'in a folder of its own' '755 httpauthd' "$(stat -c '%a %U' /run/httpauth)"
has 'syslog hears of it' /run/messages 'httpauthd\[[0-9]*\]: '
login() {
    httpauthctl token mint --user alice |
        pamtester program "$1" authenticate acct_mgmt
}
check 'a token logs its user in' login alice
stranger() { ! login daemon; }
check 'and nobody else' stranger
check 'it reloads' rc reload
check 'the configuration can be checked' rc checkconfig
before=$(helper)
kill -KILL "$before"
check 'it is started again when it dies' wait_for 60 bash -c \
    "pgrep -x httpauthd | grep -vqx $before && httpauthctl status"
check 'as often as it dies' bash -c '. /root/tap.sh; for _ in $(seq 8); do
    pid=$(pgrep -x httpauthd); kill -KILL $pid
    wait_for 60 bash -c "pgrep -x httpauthd | grep -vqx $pid &&
        httpauthctl status" || exit 1
done'
check 'it stops' rc stop
check 'and is gone' bash -c '! pgrep -x httpauthd'
is 'what it remembered lies there for the next' 'key memory' \
    "$(cd /run/httpauthd && echo *)"
tap_end
