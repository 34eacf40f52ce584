#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the built files promise to whoever loads them.
set -euo pipefail
. tests/lib/tap.sh
build=$1
module=$build/pam_httpauth.so
programs=("$build/httpauthd" "$build/httpauthctl" "$build/httpauth-askpass"
    "$build/httpauth-token")

is 'the module exports the six entry points and nothing else' \
    'pam_sm_acct_mgmt pam_sm_authenticate pam_sm_chauthtok pam_sm_close_session pam_sm_open_session pam_sm_setcred' \
    "$(nm -D --defined-only "$module" | awk '{print $3}' | sort | xargs)"
is 'the module needs libc and libpam only' 'libc.so.6 libpam.so.0' \
    "$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        sort | xargs)"
is 'httpauth-askpass needs libc only' 'libc.so.6' \
    "$(readelf -d "$build/httpauth-askpass" |
        sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | xargs)"
stripped=$(mktemp)
strip -o "$stripped" "$module"
check 'the stripped module is at most 64 KiB' \
    test "$(stat -c %s "$stripped")" -le 65536
rm -f "$stripped"
is 'the module runs nothing when it is loaded or unloaded' '' \
    "$(nm "$module" | grep -E ' [tT] .*(constructor|destructor)' || :)"

for file in "$module" "${programs[@]}"; do
    name=$(basename "$file")
    check "$name has full RELRO" bash -c \
        "readelf -lW '$file' | grep -q GNU_RELRO &&
         readelf -dW '$file' | grep -qE 'BIND_NOW|FLAGS_1.*NOW'"
    check "$name has no executable stack" bash -c \
        "readelf -lW '$file' | grep GNU_STACK | grep -q 'RW '"
    check "$name has stack protectors" bash -c \
        "nm -D '$file' | grep -q __stack_chk_fail"
    check "$name uses fortified library calls" bash -c \
        "nm -D '$file' | grep -q _chk@"
    # The note in the file also needs a C library built so; the landing pads
    # are what our own flags decide.
    if [ "$(uname -m)" = x86_64 ]; then
        check "$name has landing pads for indirect branches" bash -c \
            "objdump -d --no-show-raw-insn '$file' | grep -c endbr64 |
                awk '{ exit \$1 < 10 }'"
    fi
done
for file in "${programs[@]}"; do
    check "$(basename "$file") is position independent" bash -c \
        "readelf -hW '$file' | grep -q 'DYN '"
done
tap_end
