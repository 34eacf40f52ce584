#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The alerts for Prometheus: well-formed, about metrics that there are, and
# told when they should be.
set -euo pipefail
. tests/lib/tap.sh
rules=conf/prometheus/httpauth.rules.yml
check 'promtool accepts the rules' promtool check rules "$rules"
check 'each alert comes when it should' promtool test rules \
    tests/data/prometheus/alerts.test.yml
while read -r name; do
    base=${name#httpauth_} base=${base%_total} base=${base%_bucket}
    check "the helper tells $name" grep -q "\"$base\"" helper/daemon/metrics.c
done < <(grep -o 'httpauth_[a-z_]*' "$rules" | sort -u)
while read -r name; do
    check "$name is tested to come" grep -q -A1 "alertname: $name\$" \
        tests/data/prometheus/alerts.test.yml
done < <(sed -n 's/.*- alert: //p' "$rules")
tap_end
