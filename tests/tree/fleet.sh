#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The simulated fleet: the same every time, and as gentle as the rules promise.
set -euo pipefail
. tests/lib/tap.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for run in one two; do
    check "five hundred hosts, run $run" bash -c \
        "'$1/tests/bench/fleet' 500 '$scratch/$run.series' >'$scratch/$run.txt'"
done
check 'both are the same' cmp "$scratch/one.txt" "$scratch/two.txt"
check 'minute by minute' cmp "$scratch/one.series" "$scratch/two.series"
check 'the table fits 80 columns' bash -c "! grep -E '.{81}' '$scratch/one.txt'"
# HOUR KEYS TOKENS; the first minutes of an outage are 1, 2, 4 .. 32 s apart.
most() { # FROM TO COLUMN
    awk -v from="$1" -v to="$2" -v column="$3" \
        '$1 >= from && $1 < to && $column > most { most = $column }
        END { print most * 60 / 500 }' "$scratch/one.series"
}
below() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }
check 'at the start each host asks once' below "$(most 0 0.5 2)" 1.01
check 'a new key costs at most one refresh a host' below "$(most 10 10.5 2)" 1
check 'in an outage each host asks once a minute' \
    below "$(most 14.2 15 2)" 1.2
check 'and when it ends, once' below "$(most 15 15.5 2)" 1.2
tap_end
