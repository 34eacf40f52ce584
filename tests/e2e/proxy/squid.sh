# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced behind lib.sh: squid as a forward proxy that wants a password, on
# http://localhost:PORT and https://localhost:PORT+1. User alice,
# alice-password. What it let through is in SQUID_LOG, one line a request.
#
#   squid_start PORT "SCHEMES"   any of basic digest negotiate, in that order
#   squid_stop PORT

squid_scheme() { # SCHEME FOLDER
    case $1 in
    negotiate)
        cat <<X
auth_param negotiate program /usr/lib/squid/negotiate_kerberos_auth -k /run/kdc/http.keytab -s HTTP/localhost@TEST.LOCAL
auth_param negotiate children 2 startup=1
auth_param negotiate keep_alive on
X
        ;;
    digest)
        cat <<X
auth_param digest program /usr/lib/squid/digest_file_auth $2/digest.pw
auth_param digest children 2 startup=1
auth_param digest realm squid digest
X
        ;;
    basic)
        cat <<X
auth_param basic program /usr/lib/squid/basic_ncsa_auth $2/basic.pw
auth_param basic children 2 startup=1
auth_param basic realm squid basic
X
        ;;
    esac
}

squid_config() { # PORT SCHEMES FOLDER
    local scheme
    cat <<X
http_port 127.0.0.1:$1
https_port 127.0.0.1:$(($1 + 1)) tls-cert=$3/server.pem tls-key=$3/server.key
X
    for scheme in $2; do squid_scheme "$scheme" "$3"; done
    cat <<X
acl auth proxy_auth REQUIRED
http_access deny !auth
http_access allow auth
http_access deny all
cache deny all
cache_effective_user proxy
logformat short %rm %ru %un %>Hs
access_log stdio:$3/access.log short
buffered_logs off
cache_log $3/cache.log
cache_store_log none
pid_filename none
pinger_enable off
netdb_filename none
icp_port 0
visible_hostname localhost
shutdown_lifetime 0 seconds
coredump_dir none
dns_nameservers 127.0.0.1
X
}

squid_start() {
    local folder=/run/squid-$1
    mkdir -p "$folder"
    tls_files
    cp /run/tls/server.pem /run/tls/server.key "$folder"
    echo "alice:$(openssl passwd -apr1 alice-password)" >"$folder/basic.pw"
    echo alice:alice-password >"$folder/digest.pw"
    squid_config "$1" "$2" "$folder" >"$folder/squid.conf"
    : >"$folder/access.log"
    chown -R proxy: "$folder"
    server "squid-$1" squid -N -f "$folder/squid.conf"
    server_ready "squid-$1" listens "$1"
}

# Killed: it takes seconds to stop in peace.
squid_stop() {
    kill -KILL "${SERVERS["squid-$1"]}"
    wait "${SERVERS["squid-$1"]}" 2>/dev/null || :
    unset "SERVERS[squid-$1]"
}

# How many requests of METHOD (CONNECT, GET) ended with STATUS.
squid_count() { # PORT METHOD STATUS
    grep -c "^$2 .* $3$" "/run/squid-$1/access.log" || :
}
