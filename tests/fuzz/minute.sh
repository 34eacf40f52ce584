#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# minute.sh TARGET: a minute of libFuzzer for one parser of foreign bytes.
set -euo pipefail
. tests/lib/tap.sh
check "a minute of $1 finds nothing" ./dev fuzz "$1" 60
tap_end
