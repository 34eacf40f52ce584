#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The build for those who package it.
set -euo pipefail
. tests/lib/tap.sh
build=$1
root=$(mktemp -d)
trap 'chmod -R u+w "$root"; rm -rf "$root"' EXIT

check 'make install DESTDIR works' make -C "$build" --no-print-directory -s \
    install DESTDIR="$root/image"
libpam=$(find /usr/lib* -name pam_permit.so -printf '%h\n' -quit)
check 'it installs the module beside those of libpam' \
    test -e "$root/image$libpam/pam_httpauth.so"
for file in sbin/httpauthd bin/httpauthctl \
    bin/httpauth-askpass share/man/man1/httpauth-askpass.1 \
    bin/httpauth-token share/man/man1/httpauth-token.1 \
    share/man/man8/pam_httpauth.8 share/man/man8/httpauthd.8 \
    share/man/man7/httpauth-reasons.7 \
    share/man/man5/httpauthd.conf.5 share/man/man1/httpauthctl.1 \
    lib/systemd/system/httpauthd.service \
    lib/systemd/system/httpauthd.socket \
    lib/systemd/system/httpauthd-control.socket \
    lib/systemd/system/httpauthd-metrics.socket \
    lib/sysusers.d/httpauthd.conf lib/tmpfiles.d/httpauthd.conf \
    share/bash-completion/completions/httpauthctl; do
    check "it installs $file" test -e "$root/image/usr/$file"
done
doc=$(find "$root/image/usr/share/doc" -name README.md -printf '%h\n')
is 'the examples are conf/, but for the pages' "$(cd conf &&
    find . -type f ! -name '*.[157]' | sort)" "$(cd "$doc/examples" &&
    find . -type f | sort)"
is 'the guides and pictures are doc/' "$(cd doc && find . -type f | sort)" \
    "$(cd "$doc/doc" && find . -type f | sort)"
check 'the unit starts the helper where it was installed' grep -q \
    '^ExecStart=/usr/sbin/httpauthd$' \
    "$root/image/usr/lib/systemd/system/httpauthd.service"
check 'make uninstall leaves no file' bash -c \
    "make -C '$build' -s uninstall DESTDIR='$root/image' &&
     [ -z \"\$(find '$root/image' -type f)\" ]"

# distcheck builds from the tarball in a folder of its own, read-only
# sources, runs the unit tests, installs, uninstalls and cleans.
mkdir "$root/dist"
check 'make distcheck works' bash -c \
    "cd '$root/dist' && '$PWD/configure' --quiet >configure.log &&
     make -s -j2 distcheck"
tap_end
