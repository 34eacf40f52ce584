#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# debian.sh BUILD: builds the Debian packages and takes them through their life
# in a small Debian of its own: installed, set up with a real provider, enabled,
# upgraded, removed, purged.
set -euo pipefail
. tests/lib/tap.sh
. tests/lib/nspawn.sh
build=$(cd "$1" && pwd)
packages=$build/packages
scratch=$(mktemp -d)
provider=''
provider_stop() {
    [ -n "$provider" ] || return 0
    kill "$provider" 2>/dev/null || :
    wait "$provider" || :
    provider=''
}
trap 'provider_stop; rm -rf "$scratch"' EXIT

if ! type dpkg-buildpackage lintian dh >/dev/null 2>&1; then
    skip 'Debian packages' 'dpkg-dev, debhelper or lintian is not installed'
    tap_end
    exit
fi
is 'the packages have the version of the sources' \
    "$(sed -n 's/^AC_INIT(\[pam_httpauth\], \[\(.*\)\])/\1/p' configure.ac)" \
    "$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)"
check 'the packages are built' bash packaging/build-debian.sh "$build"
if [ "$tap_failed" -ne 0 ]; then
    tap_end
    exit 1
fi
is 'lintian has nothing to say, down to pedantic' '' \
    "$(lintian --allow-root -I --pedantic "$packages"/*.changes 2>&1 || :)"
for package in libpam-httpauth httpauthd httpauth-client; do
    check "$package has its debug symbols" \
        compgen -G "$packages/${package}-dbgsym_*.deb"
done

# --- a next version, with another conffile ---

next() { # PACKAGE: the same with a new line in its configuration
    local image=$scratch/image
    rm -rf "$image"
    dpkg-deb -R "$packages/$1"_[0-9]*.deb "$image"
    sed -i -E 's/^(Version: .*)/\1+next/; s/(httpauthd \(= [^)]*)/\1+next/' \
        "$image/DEBIAN/control"
    [ "$1" != httpauthd ] ||
        echo '# A new line.' >>"$image/etc/httpauth/httpauthd.conf"
    dpkg-deb -b "$image" "$scratch/root/root/next/" >/dev/null
}

# --- a real provider, in the network of the tree ---

idp_port=14600
provider_start() { # it is nowhere else to be found
    mkdir "$scratch/idp"
    (cd "$scratch/idp" && bash "$OLDPWD/tests/e2e/idp/certs.sh")
    PATH=$build/idp/node_modules/.bin:$PATH nsenter -t "$(tree_leader)" -n \
        node "$build/idp/idp.mjs" "$scratch/idp" "$idp_port" \
        >"$scratch/idp.log" 2>&1 &
    provider=$!
    cp "$scratch/idp/ca.pem" "$scratch/root/root/"
    wait_for 60 test -e "$scratch/idp/ready"
}

# --- the life of a package ---

if ! type mmdebstrap systemd-nspawn >/dev/null 2>&1; then
    skip 'installed packages' 'mmdebstrap or systemd-nspawn is not installed'
    tap_end
    exit
fi
include=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,openssh-client
include+=,ca-certificates,cron,pamtester,procps,curl,jq
include+=,libcurl4,libjansson4,libuv1,libseccomp2,libqrencode4,libsecret-1-0
tree_make "$build/tree-debian" "$include"
cp -a "$build/tree-debian" "$scratch/root"
mkdir -p "$scratch/root/root/"{new,next}
for package in libpam-httpauth httpauthd httpauth-client; do
    cp "$packages/$package"_[0-9]*.deb "$scratch/root/root/new/"
    next "$package"
done
cp tests/lib/tap.sh tests/package/debian-{life,provider}.sh \
    packaging/debian/tests/sshd-login \
    packaging/debian/httpauthd.logcheck.ignore.server "$scratch/root/root/"
status=0
if ! tree_boot "$scratch/root" "$scratch"; then
    not_ok 'the system boots'
    status=1
elif ! provider_start; then
    not_ok 'a provider runs in its network' "$scratch/idp.log"
    status=1
else
    inside env tap_count="$tap_count" IDP="https://localhost:$idp_port" \
        IDP_CONTROL="http://localhost:$((idp_port + 1))" \
        bash /root/debian-life.sh || status=$?
fi
provider_stop
tree_halt
exit "$((status + tap_failed))"
