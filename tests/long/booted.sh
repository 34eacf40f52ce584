#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# booted.sh BUILD: what needs systemd itself: the units, journald, logind. In a
# small Debian of its own, installed by `make install` and booted.
set -euo pipefail
. tests/lib/tap.sh
. tests/lib/nspawn.sh
build=$(cd "$1" && pwd)
tree=$build/tree

if ! type mmdebstrap systemd-nspawn >/dev/null 2>&1; then
    skip 'a booted system' 'mmdebstrap or systemd-nspawn is not installed'
    tap_end
    exit
fi
scratch=$(mktemp -d)
root=$scratch/root
trap 'rm -rf "$scratch"' EXIT
packages=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,openssh-client
packages+=,dbus-user-session,sudo,jq,procps,ca-certificates,cron
packages+=,curl,libcurl4,libjansson4,libuv1,libseccomp2,libqrencode4
tree_make "$tree" "$packages"
cp -a "$tree" "$root"
make -C "$build" --no-print-directory -s install DESTDIR="$root" >/dev/null
mkdir -p "$root/etc/httpauth" "$root/run/test"
cp tests/booted/inside.sh "$root/root/inside.sh"
install -m 440 conf/sudoers.d/httpauth "$root/etc/sudoers.d/httpauth"
for file in sshd sudo su cron; do cp "conf/pam.d/$file" "$root/etc/pam.d/$file"; done
cp conf/sshd_config.d/httpauth.conf "$root/etc/ssh/sshd_config.d/"
printf 'Port 22022\nListenAddress 127.0.0.1\n' \
    >"$root/etc/ssh/sshd_config.d/test.conf"
# As it is after an installation: enabled, and there when the system boots,
# which has no network but its own loopback.
systemd-sysusers --root="$root"
systemctl --root="$root" enable -q httpauthd.socket httpauthd-control.socket \
    httpauthd.service
cat >"$root/etc/httpauth/httpauthd.conf" <<'X'
[issuer work]
issuer = https://idp.example/
audience = ssh://%H
users = bob
[service *]
issuers = work
X

status=0
if tree_boot "$root" "$scratch"; then
    inside bash /root/inside.sh || status=$?
else
    echo 'not ok 1 - the system boots'
fi
tree_halt
exit "$status"
