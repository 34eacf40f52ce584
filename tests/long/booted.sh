#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# booted.sh BUILD: what needs systemd itself: the units, journald, logind. In a
# small Debian of its own, installed by `make install` and booted.
set -euo pipefail
. tests/lib/tap.sh
build=$(cd "$1" && pwd)
tree=$build/tree

if ! command -v mmdebstrap systemd-nspawn >/dev/null; then
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
if [ "$(cat "$tree/.whole" 2>/dev/null)" != "$packages" ]; then
    rm -rf "$tree"
    mmdebstrap -q --variant=minbase --include="$packages" \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$tree" "$(
            apt-get indextargets --format '$(REPO_URI)' \
                'Codename: bookworm' | head -n 1)" >/dev/null
    echo "$packages" >"$tree/.whole"
fi
cp -a "$tree" "$root"
make -C "$build" --no-print-directory -s install DESTDIR="$root" >/dev/null
mkdir -p "$root/etc/httpauth" "$root/run/test"
cp tests/booted/inside.sh "$root/root/inside.sh"
install -m 440 conf/sudoers.d/httpauth "$root/etc/sudoers.d/httpauth"
for file in sshd sudo su cron; do cp "conf/pam.d/$file" "$root/etc/pam.d/$file"; done
cp conf/sshd_config.d/httpauth.conf "$root/etc/ssh/sshd_config.d/"
printf 'Port 22022\nListenAddress 127.0.0.1\n' \
    >"$root/etc/ssh/sshd_config.d/test.conf"

systemd-nspawn -q -b -D "$root" --machine="httpauth-$$" --register=no \
    --keep-unit --private-network --timezone=off --console=pipe \
    --resolv-conf=off </dev/null >"$scratch/console" 2>&1 &
container=$!
leader() { pgrep -P $container -x systemd; }
inside() {
    nsenter -t "$(leader)" -m -u -i -n -p -C -- /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "$@"
}
is_up() {
    case $(inside systemctl is-system-running 2>/dev/null || :) in
    running | degraded) ;;
    *) return 1 ;;
    esac
}
# At most a minute: it boots in two seconds.
for _ in $(seq 600); do
    is_up 2>/dev/null && break
    read -rt 0.1 <> <(:) || :
done
if is_up; then
    inside bash /root/inside.sh || :
    inside systemctl poweroff >/dev/null 2>&1 || :
else
    echo 'not ok 1 - the system boots'
    tail -n 30 "$scratch/console" | sed 's/^/#   /'
    kill $container 2>/dev/null || :
fi
wait $container || :
