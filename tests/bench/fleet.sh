#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# fleet.sh BUILD RESULTS: what ten thousand hosts ask of one provider in a day,
# RESULTS/fleet.txt and fleet.png; prints rows of NAME VALUE UNIT BOUND BETTER.
set -euo pipefail
build=$1 results=$2
mkdir -p "$results"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/tests/bench/fleet" 10000 "$work/minutes" "$work/rows" \
    >"$results/fleet.txt"
gnuplot <<G
set terminal pngcairo size 900,640 font ",10"
set output "$results/fleet.png"
set multiplot layout 2,1 title "10,000 hosts and one provider: a rotation \
at 11:00, an outage from 14:00 to 15:00"
set grid
set xrange [6:30]
set xtics 2
set xlabel "hour"
set ylabel "requests per second"
set key outside right top noenhanced autotitle columnhead
set lmargin 9
set rmargin 32
set logscale y
set yrange [0.05:1000]
set title "keys and metadata"
plot for [i in "6 8 2 10"] "$work/minutes" using 1:int(i) with lines
unset logscale y
set yrange [0:*]
set title "introspection"
plot for [i in "15 3 13"] "$work/minutes" using 1:int(i) with lines
unset multiplot
G
cat "$work/rows"
