#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs the servers that the end-to-end tests talk to and starts none of
# them: a test starts what it needs on a host of its own. Quick when all of
# them are there.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
packages=(
    apache2 lighttpd lighttpd-mod-openssl nginx-light
    squid krb5-kdc krb5-admin-server krb5-user
    glewlwyd dbconfig-no-thanks sqlite3 rnbyc
    libnginx-mod-http-auth-pam dovecot-imapd postgresql vsftpd ansible-core
    cron prometheus
)
mapfile -t missing < <(for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" \
        = installed ] || printf '%s\n' "$package"
done)
[ "${#missing[@]}" -gt 0 ] || exit 0

# Packages start their services unless this program says no (policy-rc.d(8)).
if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
fi
# glewlwyd wants to set up a database of its own and fails without its answer,
# and without its configuration file where documentation is not unpacked.
mkdir -p /etc/glewlwyd
touch /etc/glewlwyd/glewlwyd.conf
echo 'glewlwyd glewlwyd/config_type select No configuration' |
    debconf-set-selections
printf '== installing %d packages of test servers\n' "${#missing[@]}"
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
