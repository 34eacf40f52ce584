# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced behind lib.sh: the MIT KDC of realm TEST.LOCAL, on TCP only, with the
# user alice and the service HTTP/localhost.
KDC_PORT=14700
K=/run/kdc

kdc_config() {
    cat >$K/krb5.conf <<X
[libdefaults]
 default_realm = TEST.LOCAL
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 qualify_shortname = ""
 udp_preference_limit = 1
[realms]
 TEST.LOCAL = {
  kdc = 127.0.0.1:$KDC_PORT
 }
[domain_realm]
 localhost = TEST.LOCAL
X
    cat >$K/kdc.conf <<X
[kdcdefaults]
 kdc_listen = 127.0.0.1:$KDC_PORT
 kdc_tcp_listen = 127.0.0.1:$KDC_PORT
[realms]
 TEST.LOCAL = {
  database_name = $K/principal
  key_stash_file = $K/stash
  acl_file = $K/kadm5.acl
  max_life = 1h
 }
[logging]
 kdc = FILE:$K/kdc.log
X
}

# Exports KRB5_CONFIG for whatever is started later.
kdc_start() {
    mkdir -p $K
    kdc_config
    export KRB5_CONFIG=$K/krb5.conf KRB5_KDC_PROFILE=$K/kdc.conf
    kdb5_util create -s -r TEST.LOCAL -P master
    kadmin.local -q 'addprinc -pw alice-password alice'
    kadmin.local -q 'addprinc -randkey HTTP/localhost'
    kadmin.local -q "ktadd -k $K/http.keytab HTTP/localhost"
    # For the helper: KRB5_CLIENT_KTNAME, nobody has to renew tickets.
    kadmin.local -q "ktadd -norandkey -k $K/alice.keytab alice"
    chmod 644 $K/http.keytab
    chown httpauthd: $K/alice.keytab
    server kdc krb5kdc -n
    server_ready kdc listens $KDC_PORT
} >/run/kdc-setup.log 2>&1
