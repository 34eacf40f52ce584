#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Where configure looks for the modules of libpam, in trees like those of the
# distributions: its own lines, which are told another root. build.sh has the
# whole of it on the system that is here.
set -euo pipefail
. tests/lib/tap.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# shellcheck disable=SC2016
sed -n '/^# Check whether --with-pam-dir /,/^$/p' configure |
    sed 's/\(-[eh] "\)\$folder/\1$root$folder/g' >"$scratch/lines"
printf '#!/bin/sh\necho "$multiarch_of_cc"\n' >"$scratch/cc"
chmod +x "$scratch/cc"
check 'configure looks for them' grep -qF "\$root\$folder" "$scratch/lines"

modules() { # FOLDER...: those of libpam are there, in a new $root
    local folder
    root=$(mktemp -d "$scratch/XXXX")
    for folder; do
        mkdir -p "$root$folder/security"
        : >"$root$folder/security/pam_permit.so"
    done
}
# found MULTIARCH [PREFIX]: what is chosen, with a compiler that says so
found() {
    # shellcheck disable=SC2016
    env -i PATH="$PATH" root="$root" prefix="${2:-/usr}" as_nop=: \
        libdir='${exec_prefix}/lib' exec_prefix='${prefix}' \
        CC="$scratch/cc" multiarch_of_cc="$1" \
        sh -euc '. "$0"; for _ in 1 2 3; do eval "pamdir=$pamdir"; done
            echo "$pamdir"' "$scratch/lines"
}

modules /usr/lib/x86_64-linux-gnu
is 'Debian: the folder of the architecture' /usr/lib/x86_64-linux-gnu/security \
    "$(found x86_64-linux-gnu)"
is 'not for another prefix' /opt/x/lib/security "$(found x86_64-linux-gnu /opt/x)"
modules /usr/lib64
is 'Fedora: lib64' /usr/lib64/security "$(found '')"
modules /usr/lib64 /usr/lib
is 'also where those of 32 bits are in lib' /usr/lib64/security "$(found '')"
modules /usr/lib
ln -s lib "$root/usr/lib64"
ln -s usr/lib "$root/lib"
is 'Arch: lib, to which lib64 is a link' /usr/lib/security "$(found '')"
modules /lib
is 'Alpine: /lib' /lib/security "$(found '')"
modules /usr/lib
ln -s usr/lib "$root/lib"
is 'Alpine of one /usr: there' /usr/lib/security "$(found '')"
modules
is 'nowhere: where configure puts libraries' /usr/lib/security "$(found '')"
tap_end
