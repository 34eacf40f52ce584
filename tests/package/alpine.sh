#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# alpine.sh BUILD: what can be tried of the Alpine package without Alpine: its
# scripts, and the service by a real OpenRC, in a small Debian with it.
set -euo pipefail
. tests/lib/tap.sh
. tests/lib/nspawn.sh
build=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
alpine=packaging/alpine

is 'the package has the version of the sources' \
    "$(sed -n 's/^AC_INIT(\[pam_httpauth\], \[\(.*\)\])/\1/p' configure.ac)" \
    "$(sed -n 's/^pkgver=//p' "$alpine/APKBUILD")"
# What abuild reads from it and defines for it is unused or unset here.
check 'APKBUILD is a script' shellcheck -s sh -e SC2034,SC2154,SC2164 \
    "$alpine/APKBUILD"
check 'so is the service' shellcheck -s sh -e SC2034 "$alpine/httpauthd.initd"
check 'and what runs before it is installed' shellcheck -s sh \
    "$alpine/httpauthd.pre-install"
is 'each file of the package is there' '' "$(
    sed -n '/^source=/,/"$/p' "$alpine/APKBUILD" | grep -oE 'httpauthd\.[a-z-]+' |
        while read -r file; do [ -e "$alpine/$file" ] || echo "$file"; done)"

if ! type mmdebstrap >/dev/null 2>&1; then
    skip 'the service' 'mmdebstrap is not installed'
    tap_end
    exit
fi
tree_make "$build/tree-openrc" openrc,libcurl4,libjansson4,libuv1,libseccomp2,libqrencode4,procps
cp -a "$build/tree-openrc" "$scratch/root"
root=$scratch/root
make -C "$build" -s install DESTDIR="$root" >/dev/null
install -m 755 "$alpine/httpauthd.initd" "$root/etc/init.d/httpauthd"
install -D -m 644 "$alpine/httpauthd.confd" "$root/etc/conf.d/httpauthd"
# Debian's adduser is another program than Alpine's.
chroot "$root" useradd -r -M -U -s /usr/sbin/nologin -d /var/lib/httpauth httpauthd
mkdir -p "$root/etc/httpauth"
printf '[service *]\nissuers = local\n' >"$root/etc/httpauth/httpauthd.conf"
cp tests/lib/tap.sh tests/package/openrc-life.sh "$root/root/"
status=0
unshare -m -p -f -u --mount-proc="$root/proc" --kill-child chroot "$root" \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin tap_count="$tap_count" \
    bash /root/openrc-life.sh || status=$?
exit "$((status + tap_failed))"
