#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What clang-tidy has to say about each source file of the product.
set -euo pipefail
. tests/lib/tap.sh
read -ra libsecret <<<"$(pkg-config --cflags libsecret-1)"
while read -r file; do
    check "clang-tidy has no complaint about $file" clang-tidy --quiet \
        --warnings-as-errors='*' "$file" -- -std=gnu11 -D_GNU_SOURCE \
        -I. -I"$1" "${libsecret[@]}"
done < <(find pam_httpauth helper -name '*.c' | sort)
tap_end
