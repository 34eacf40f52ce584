#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# host.sh BUILD COMMAND [ARG...]
#
# Runs COMMAND as root of a host of its own: own mount, network, pid, ipc and host name
# namespaces; /etc and /var/lib are overlays, /dev, /run, /home, /root, /tmp, /var/log
# and /var/lib/httpauth are new, users alice, bob, carol (uid below the range) and
# httpauthd exist, what BUILD holds is installed. Everything is thrown away
# at the end and the machine is as it was. Exit status is COMMAND's.
set -euo pipefail
HOST_BUILD=$(cd "$1" && pwd)
HOST_SRC=$(cd "$(dirname "$0")/../.." && pwd)
export HOST_BUILD HOST_SRC
shift

# shellcheck disable=SC2016
exec unshare -m -n -p -i -u -f --mount-proc --kill-child bash -c '
set -euo pipefail
mount --make-rprivate /
scratch=/run
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd /run/sudo /run/lock /run/user "$scratch"/{etc,work} \
    "$scratch"/{lib,lib-work} /run/build /run/src
mount --bind "$HOST_BUILD" /run/build
mount --bind "$HOST_SRC" /run/src
mount -t overlay host \
    -o "lowerdir=/etc,upperdir=$scratch/etc,workdir=$scratch/work" /etc
mount -t overlay host-lib \
    -o "lowerdir=/var/lib,upperdir=$scratch/lib,workdir=$scratch/lib-work" \
    /var/lib
mount -t tmpfs -o mode=755 tmpfs /home
mount -t tmpfs -o mode=700 tmpfs /root
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /var/log
for file in lastlog wtmp btmp; do
    install -m 664 -g utmp /dev/null "/var/log/$file"
done
mkdir -p /var/lib/httpauth
mount -t tmpfs -o mode=755 tmpfs /var/lib/httpauth
mkdir "$scratch/dev"
mount -t tmpfs -o mode=755 tmpfs "$scratch/dev"
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<<"$device"
    mknod -m 666 "$scratch/dev/$name" c "$major" "$minor"
done
mkdir "$scratch/dev/pts" "$scratch/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$scratch/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$scratch/dev/shm"
ln -s pts/ptmx "$scratch/dev/ptmx"
ln -s /proc/self/fd "$scratch/dev/fd"
for name in stdin:0 stdout:1 stderr:2; do
    ln -s "/proc/self/fd/${name#*:}" "$scratch/dev/${name%:*}"
done
mount --move "$scratch/dev" /dev
ip link set lo up
hostname host.test
printf "127.0.0.1 localhost host.test\n" >/etc/hosts
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH

useradd -r -M -s /usr/sbin/nologin -d /nonexistent httpauthd
for entry in alice:2001 bob:2002 carol:500; do
    name=${entry%:*}
    useradd -m -s /bin/bash -u "${entry#*:}" "$name" 2>/dev/null
    echo "$name:unix-$name" | chpasswd
    echo "$name ALL=(ALL) ALL" >>/etc/sudoers.d/test
done
chmod 440 /etc/sudoers.d/test
[ -s /etc/machine-id ] || tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id

# What packages would install.
mkdir -p /run/bin /etc/httpauth /run/httpauth
install -m 755 /run/build/httpauthd /run/build/httpauthctl \
    /run/build/httpauth-askpass /run/build/httpauth-token /run/bin/
install -m 644 /run/build/pam_httpauth.so /run/bin/
chown httpauthd: /run/httpauth /var/lib/httpauth
chmod 700 /var/lib/httpauth
chmod 755 /run/httpauth
export PATH=/run/bin:$PATH SRCDIR=/run/src
cd /run/src
"$@"' host "$@"
