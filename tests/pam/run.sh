#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# run.sh BUILD: the module in BUILD under libpam, by scripts and inside a
# host program; as any user, with nothing of the machine changed.
set -euo pipefail
. tests/lib/tap.sh
build=$(cd "$1" && pwd)
module=$build/pam_httpauth.so
tests=$build/tests/pam
status=0

"$tests/run" "$module" "$tests/pam_peek.so" tests/pam/scripts/*.script ||
    status=1
# All symbols at once: resolving one on first use saves the vector registers
# on the stack, and with them what memcpy() last moved (seen in libpam).
LD_BIND_NOW=1 "$tests/host" "$module" || status=1

# The manual knows every argument, and no other.
is 'pam_httpauth(8) names the arguments of the module' \
    "$(sed -n 's/^    {"\([a-z_]*\)", [A-Z]*, offsetof.*/\1/p' \
        helper/wire/arguments.c | sort | xargs)" \
    "$(sed -n '/^\.Ss Arguments/,/^\.El/s/^\.It Cm //p' \
        pam_httpauth/pam_httpauth.8 | sed 's/ , Cm /\n/; s/ Ns = Ns Ar [a-z]*//g' |
        sort | xargs)"
for file in conf/pam.d/*; do
    grep -q '^auth' "$file" || continue
    check "$file has the control words of the manual" grep -qF \
        '[success=done ignore=ignore cred_insufficient=ignore authinfo_unavail=ignore service_err=ignore default=die]' \
        "$file"
done
tap_end || status=1
exit "$status"
