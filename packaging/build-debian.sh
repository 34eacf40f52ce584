#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# build-debian.sh BUILD: the Debian packages of the tree as it stands, without
# what git ignores, in BUILD/packages.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "$1/debian" "$1/packages"
build=$(cd "$1" && pwd)
source=$build/debian/pam-httpauth

rm -rf "$build/debian"/* "$build/packages"/*.{deb,dsc,changes,buildinfo,tar.xz}
mkdir "$source"
# An index of its own: what is not committed yet is packaged as well.
export GIT_INDEX_FILE=$build/debian/index
git read-tree HEAD
git add -A
git archive "$(git write-tree)" | tar -x -C "$source"
mv "$source/packaging/debian" "$source/debian"
cd "$source"
# The unit tests are a suite of their own.
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" \
    nice dpkg-buildpackage -us -uc
cd ..
mv ./*.{deb,dsc,changes,buildinfo,tar.xz} "$build/packages/"
