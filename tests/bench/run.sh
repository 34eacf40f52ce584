#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BUILD RESULTS: measures, side by side in one run, and writes
# RESULTS/results.json, results.md and results.png.
set -euo pipefail
build=$1 results=$2
mkdir -p "$results"
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT

# row NAME VALUE UNIT BOUND BETTER
row() {
    jq -cn --arg name "$1" --argjson value "$2" --arg unit "$3" \
        --argjson bound "$4" --arg better "$5" \
        '{name: $name, value: $value, unit: $unit, bound: $bound,
          better: $better}' >>"$rows"
    printf '%-28s %8s %-8s bound %s\n' "$1" "$2" "$3" "$4"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

bounds() { # ALG -> OPENSSL LIBOAUTH2
    case $1 in
    RS256) echo 1.6 3 ;;
    ES256) echo 1.3 2 ;;
    EdDSA) echo 1.2 - ;;
    esac
}
for alg in RS256 ES256 EdDSA; do
    read -r _ _ _ _ ours _ openssl _ liboauth2 \
        < <("$build/tests/bench/bench_jwt" "$alg")
    read -r most least < <(bounds "$alg")
    name=jwt-${alg,,}
    row "$name-vs-openssl" "$(ratio "$ours" "$openssl")" ratio "$most" lower
    [ "$least" = - ] || row "$name-vs-liboauth2" \
        "$(ratio "$liboauth2" "$ours")" ratio "$least" higher
done

read -r _ bytes _ < <("$build/tests/bench/bench_verdicts")
row bytes-per-verdict "$bytes" bytes 400 lower

# What needs a running helper is measured on a throw-away host.
while read -r name value unit bound better; do
    row "$name" "$value" "$unit" "$bound" "$better"
done < <(
    bash tests/bench/fleet.sh "$build" "$results"
    bash tests/e2e/host.sh "$build" bash tests/bench/host.sh
    bash tests/e2e/host.sh "$build" bash tests/bench/provider.sh
    bash tests/e2e/host.sh "$build" bash tests/bench/load.sh
    bash tests/e2e/host.sh "$build" bash tests/bench/many.sh
    bash tests/e2e/host.sh "$build" bash tests/bench/ssh.sh
)

stripped=$(mktemp)
strip -o "$stripped" "$build/pam_httpauth.so"
row module-size "$(stat -c %s "$stripped")" bytes 65536 lower
row module-libraries "$(readelf -d "$stripped" | grep NEEDED |
    grep -vcE 'libc\.so|libpam\.so' || :)" count 0 lower
pam_unix=$(find /lib /usr/lib -name pam_unix.so -print -quit)
read -r _ ours _ theirs < <("$build/tests/bench/bench_dlopen" \
    "$stripped" "$pam_unix")
row module-dlopen "$(ratio "$ours" "$theirs")" ratio 1 lower
rm -f "$stripped"

jq -s . "$rows" >"$results/results.json"
{
    printf '| name | value | unit | bound | better | kept |\n'
    printf '|---|---|---|---|---|---|\n'
    jq -r '.[] | (if .better == "lower" then .value <= .bound
        else .value >= .bound end) as $kept |
        "| \(.name) | \(.value) | \(.unit) | \(.bound) | \(.better) | \(
        if $kept then "yes" else "NO" end) |"' "$results/results.json"
} >"$results/results.md"

# How much of each bound is used: below 1 is kept, whichever way is better.
jq -r '.[] | select(.bound > 0) | [.name, (if .better == "lower"
    then .value / .bound else .bound / .value end)] | @tsv' \
    "$results/results.json" >"$rows.plot"
gnuplot <<X
set terminal pngcairo size 900,520 font ",10"
set output "$results/results.png"
set title "share of each bound that is used (1 = at the bound)"
set style fill solid 0.7
set boxwidth 0.6
set yrange [0:1.3]
set grid y
set xtics rotate by -35 noenhanced
set rmargin 12
set arrow from graph 0, first 1 to graph 1, first 1 nohead lw 2 lc rgb "red"
plot "$rows.plot" using 0:2:xtic(1) with boxes notitle lc rgb "#4477aa", \
     "" using 0:2:(sprintf("%.2f", \$2)) with labels offset 0,0.7 notitle
X
rm -f "$rows.plot"
bash tests/bench/times.sh "$build" "$results" >/dev/null
printf '\nwritten: %s/results.{json,md,png}, times.{md,png},\n    fleet.{txt,png}\n' "$results"
