#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A minute of libFuzzer for each parser of foreign bytes.
set -euo pipefail
. tests/lib/tap.sh
for file in tests/fuzz/fuzz_*.c; do
    target=$(basename "$file" .c)
    check "a minute of $target finds nothing" ./dev fuzz "${target#fuzz_}" 60
done
tap_end
