#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What runs inside strangers' processes compiles with another libc too.
set -euo pipefail
. tests/lib/tap.sh
build=$1
askpass=(askpass command file xdg hosts prompt say source terminal)
for file in helper/base/*.c helper/wire/*.c pam_httpauth/*.c \
    "${askpass[@]/%/.c}"; do
    [ -e "$file" ] || file=helper/client/$file
    check "musl compiles $file" musl-gcc -std=gnu11 -D_GNU_SOURCE -I. -I"$build" \
        -idirafter /usr/include -idirafter "/usr/include/$(gcc -dumpmachine)" \
        -Wall -Wextra -Werror -fsyntax-only "$file"
done
tap_end
