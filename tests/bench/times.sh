#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# times.sh BUILD RESULTS: a report about what the time of a refusal gives
# away, RESULTS/times.md and times.png.  Nothing in it has a bound.
set -euo pipefail
build=$1 results=$2
points=$(mktemp -d)
trap 'rm -rf "$points"' EXIT

# table UNIT US-OF-ONE <LABEL US
table() {
    printf '| refused because | answers | 10 %% | half | 90 %% | 99 %% |\n'
    printf '|---|---|---|---|---|---|\n'
    sort -k1,1 -k2,2g | awk -v unit="$1" -v one="$2" '
        function at(share) {
            i = int(share * n + 0.5)
            return sprintf("%.1f %s", value[i < 1 ? 1 : i] / one, unit)
        }
        function row() {
            gsub(/-/, " ", label)
            if (n > 0)
                print "| " label " | " n " | " at(0.1) " | " at(0.5) " | " \
                    at(0.9) " | " at(0.99) " |"
        }
        $1 != label { row(); label = $1; n = 0 }
        { value[++n] = $2 }
        END { row() }'
}

# curves WHO US-OF-ONE: the terms of a plot of what share was answered when
curves() {
    local file name
    for file in "$points/$1".*; do
        name=${file##*/"$1".}
        printf '"%s" using ($1/%s):2 smooth cumulative title "%s" lw 2,' \
            "$file" "$2" "${name//-/ }"
    done
}

bash tests/e2e/host.sh "$build" bash tests/bench/refusals.sh >"$points/all"
while read -r who label; do
    awk -v who="$who" -v label="$label" \
        '$1 == who && $2 == label { n++; us[n] = $3 }
        END { for (i = 1; i <= n; i++) print us[i], 1 / n }' \
        "$points/all" >"$points/$who.$label"
done < <(cut -d ' ' -f 1,2 "$points/all" | sort -u)
{
    printf '## What the helper takes\n\n'
    grep '^helper ' "$points/all" | cut -d ' ' -f 2- | table us 1
    printf '\n## What PAM takes, with its delay\n\n'
    grep '^pam ' "$points/all" | cut -d ' ' -f 2- | table s 1000000
} >"$results/times.md"
gnuplot <<G
set terminal pngcairo size 900,420 font ",10"
set output "$results/times.png"
set multiplot layout 1,2 title "answers to a wrong app password of this host"
set grid
set yrange [0:1]
set key bottom right
set ylabel "share that was answered"
set xlabel "us, by the helper"
set xrange [0:300]
plot $(curves helper 1 | sed 's/,$//')
set xlabel "s, through PAM"
set xrange [0:3.5]
plot $(curves pam 1000000 | sed 's/,$//')
unset multiplot
G
