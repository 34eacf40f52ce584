#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# build-debian.sh BUILD: the Debian packages of the tree as it is in git and
# changed since, in BUILD/packages.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "$1/debian" "$1/packages"
build=$(cd "$1" && pwd)
source=$build/debian/pam-httpauth

rm -rf "$build/debian"/* "$build/packages"/*.{deb,dsc,changes,buildinfo,tar.xz}
mkdir "$source"
changed=$(git stash create)
git archive "${changed:-HEAD}" | tar -x -C "$source"
mv "$source/packaging/debian" "$source/debian"
cd "$source"
# The unit tests are a suite of their own.
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" \
    nice dpkg-buildpackage -us -uc
cd ..
mv ./*.{deb,dsc,changes,buildinfo,tar.xz} "$build/packages/"
