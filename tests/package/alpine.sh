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
# abuild's part, as far as it is needed: what "make install" makes is shared out
# among the packages. (Alpine's user is not here.)
# shellcheck disable=SC2016
check 'its functions find what they move' env build="$build" \
    pkgdir="$scratch/packages/main" srcdir="$alpine" sh -euc '
        . "$srcdir/APKBUILD"
        make() { command make -s -C "$build" "$@"; }
        install() {
            [ "$1 ${2:-} ${3:-}" != "-m640 -g httpauthd" ] || { shift 3; set -- -m640 "$@"; }
            command install "$@"
        }
        amove() {
            for file; do
                mkdir -p "$subpkgdir/${file%/*}"
                mv "$pkgdir/$file" "$subpkgdir/$file"
            done
        }
        package
        for sub in $subpackages; do
            subpkgdir=${pkgdir%/*}/${sub%%:*}
            [ "$sub" = "$pkgname-doc" ] || "$(echo "$sub" | cut -d: -f2)"
        done'
is 'and leave the module' pam_httpauth.so "$(cd "$scratch/packages/main" &&
    find . -type f -not -path './usr/share/doc/*' -not -path './usr/share/man/*' \
        -not -path './usr/share/licenses/*' -printf '%f\n')"

if ! type mmdebstrap >/dev/null 2>&1; then
    skip 'the service' 'mmdebstrap is not installed'
    tap_end
    exit
fi
tree_make "$build/tree-openrc" openrc,libcurl4,libjansson4,libuv1,libseccomp2,libqrencode4,procps,busybox,pamtester
cp -a "$build/tree-openrc" "$scratch/root"
root=$scratch/root
make -C "$build" -s install DESTDIR="$root" >/dev/null
install -m 755 "$alpine/httpauthd.initd" "$root/etc/init.d/httpauthd"
install -D -m 644 "$alpine/httpauthd.confd" "$root/etc/conf.d/httpauthd"
# Debian's adduser is another program than Alpine's.
chroot "$root" useradd -r -M -U -s /usr/sbin/nologin -d /var/lib/httpauth httpauthd
mkdir -p "$root/etc/httpauth"
printf '[service program]\nissuers = local\n' >"$root/etc/httpauth/httpauthd.conf"
printf '%s pam_httpauth.so\n' 'auth required' 'account required' \
    >"$root/etc/pam.d/program"
chroot "$root" useradd -m alice
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
chroot "$root" httpauthctl issuer init >/dev/null
cp tests/lib/tap.sh tests/package/openrc-life.sh "$root/root/"
status=0
unshare -m -p -f -u --mount-proc="$root/proc" --kill-child chroot "$root" \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin tap_count="$tap_count" \
    bash /root/openrc-life.sh || status=$?
exit "$((status + tap_failed))"
