#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# fleet.sh BUILD RESULTS: what ten thousand hosts ask of one provider in a day,
# as RESULTS/fleet.txt and fleet.png; prints rows of NAME VALUE UNIT BOUND
# BETTER.
set -euo pipefail
build=$1 results=$2
series=$(mktemp)
trap 'rm -f "$series"' EXIT
"$build/tests/bench/fleet" 10000 "$series" >"$results/fleet.txt"
gnuplot <<X
set terminal pngcairo size 900,420 font ",10"
set output "$results/fleet.png"
set title "10,000 hosts switched on at midnight, keys fresh for 1 h, answers kept for 60 s"
set xlabel "hour of the day"
set ylabel "requests per second, mean of a minute"
set logscale y
set yrange [0.05:400]
set xrange [0:24]
set xtics 2
set grid
set arrow from 10, graph 0 to 10, graph 1 nohead dt 2
set label "new key" at 10.1, 250
set arrow from 14, graph 0 to 14, graph 1 nohead dt 2
set arrow from 15, graph 0 to 15, graph 1 nohead dt 2
set label "outage" at 14.05, 0.08
plot "$series" using 1:(\$2 > 0.05 ? \$2 : 0.05) with lines title "keys" lc rgb "#4477aa", \
     "" using 1:(\$3 > 0.05 ? \$3 : 0.05) with lines title "tokens" lc rgb "#cc6677"
X
worst() { awk -v column="$1" '$column > most { most = $column } END { print most }' "$series"; }
echo "fleet-keys-worst-minute $(worst 2) requests/s 200 lower"
echo "fleet-tokens-worst-minute $(worst 3) requests/s 20 lower"
