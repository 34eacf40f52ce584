#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# build-rpm.sh BUILD: the RPM packages of the tree as it stands, without what git
# ignores, in BUILD/packages. Where the macros of Fedora are missing (on Debian)
# packaging/rpm/macros.elsewhere stands in for them, and what the specification
# wants to be installed is looked for by configure instead of by rpm.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$(mkdir -p "$1/rpm" && cd "$1/rpm" && pwd)
packages=$(mkdir -p "$1/packages" && cd "$1/packages" && pwd)
version=$(sed -n 's/^AC_INIT(\[pam_httpauth\], \[\(.*\)\])/\1/p' configure.ac)
rm -rf "${top:?}"/*
mkdir "$top/SOURCES"
# An index of its own: what is not committed yet is packaged as well.
export GIT_INDEX_FILE=$top/index
git read-tree HEAD
git add -A
git archive --prefix="pam_httpauth-$version/" "$(git write-tree)" |
    xz -1 >"$top/SOURCES/pam_httpauth-$version.tar.xz"
cp packaging/systemd/sysusers.d/httpauthd.conf "$top/SOURCES/httpauthd.sysusers"
elsewhere=()
[ "$(rpm -E '%{?systemd_post:yes}')" = yes ] ||
    elsewhere=(--nodeps --load "$PWD/packaging/rpm/macros.elsewhere")
# The unit tests are a suite of their own.
nice rpmbuild -ba --without tests --define "_topdir $top" "${elsewhere[@]}" \
    packaging/rpm/pam_httpauth.spec
rm -f "$packages"/*.rpm
find "$top/RPMS" "$top/SRPMS" -name '*.rpm' -exec mv -t "$packages" {} +
