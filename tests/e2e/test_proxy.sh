#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The way to the provider leads through squid: each scheme, the strongest that
# is offered, what goes around it, and a KDC that does not answer.
set -euo pipefail
. /run/src/tests/e2e/methods.sh
. /run/src/tests/e2e/proxy/kdc.sh
. /run/src/tests/e2e/proxy/squid.sh

if ! installed squid krb5kdc kadmin.local; then
    tap_end
    exit
fi
BASIC=14722 DIGEST=14724 NEGOTIATE=14726 ALL=14728
idp_start
kdc_start
squid_start $BASIC basic
squid_start $DIGEST digest
squid_start $NEGOTIATE negotiate
squid_start $ALL 'basic negotiate digest'
host_start
httpauthctl issuer init >/dev/null 2>&1
printf 'alice-password\n' | secret proxy.secret
printf 'wrong-password\n' | secret wrong.secret
printf 'rs-secret\n' | secret rs.secret
# Tickets are the helper's own matter, nobody has to renew them.
export KRB5CCNAME=MEMORY:helper KRB5_CLIENT_KTNAME=$K/alice.keytab

through() { # lines about the proxy
    SERVICE='issuers = idp local' configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = introspection
token_pattern = :base64url:43-43
client_auth = client_secret_basic
client_id = rs
client_secret_file = rs.secret
users = alice
$(printf '%b\n' "$@")
X
}
user='proxy_user = alice\nproxy_password_file = proxy.secret'
opaque() { idp_token '{"alg": "opaque"}'; }
asked() { idp_call hits '{}' | jq '."/token/introspection" // 0'; }
quiet() { # PORT...: forgets what these proxies saw
    local port
    for port; do : >"/run/squid-$port/access.log"; done
}
# connected NAME PORT USER: a tunnel was made, for that user. squid writes that
# down when it ends, and the helper keeps it while it runs.
connected() {
    helper_stop
    check "$1" wait_for 60 grep "^CONNECT localhost:14600 $3 200$" \
        "/run/squid-$2/access.log"
}

# The helper starts with what a login shell would have given it.
export https_proxy=http://localhost:1 HTTPS_PROXY=http://localhost:1 \
    ALL_PROXY=http://localhost:1 no_proxy='' NO_PROXY=''
through
unset https_proxy HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY
logs_in 'no proxy, whatever the environment says' "$(opaque)"
through "proxy = http://localhost:$BASIC" "$user"
logs_in 'Basic' "$(opaque)"
connected 'Basic: the tunnel' $BASIC alice
through "proxy = http://localhost:$DIGEST" "$user"
logs_in 'Digest' "$(opaque)"
connected 'Digest: the tunnel' $DIGEST alice
through "proxy = http://localhost:$NEGOTIATE" 'proxy_schemes = negotiate'
logs_in 'Negotiate' "$(opaque)"
connected 'Negotiate: the tunnel' $NEGOTIATE alice@TEST.LOCAL
through "proxy = https://localhost:$((BASIC + 1))" "$user" \
    'proxy_ca_file = /run/tls/ca.pem'
quiet $BASIC
logs_in 'a proxy with TLS' "$(opaque)"
connected 'TLS: the tunnel' $BASIC alice

through "proxy = http://localhost:$ALL" "$user" \
    'proxy_schemes = basic digest negotiate'
logs_in 'three schemes' "$(opaque)"
connected 'three schemes: the strongest was taken' $ALL alice@TEST.LOCAL
is 'three schemes: no other was' 0 \
    "$(grep -c '^CONNECT .* alice 200$' /run/squid-$ALL/access.log || :)"
quiet $ALL
through "proxy = http://localhost:$ALL" "$user"
is 'two of the three' 'accepted accepted' "$(tried "$(opaque)")"
connected 'two of the three: Digest' $ALL alice

quiet $BASIC
through "proxy = http://localhost:$BASIC" "$user" 'proxy_schemes = digest'
is 'only a scheme that we do not want' 'unavailable provider' \
    "$(tried "$(opaque)")"
helper_stop
is 'then the proxy is not told the password' '' \
    "$(grep ' alice ' /run/squid-$BASIC/access.log || :)"
before=$(asked)
through "proxy = http://localhost:$BASIC" "${user/proxy.secret/wrong.secret}"
is 'a wrong password of this host' 'unavailable provider' \
    "$(tried "$(opaque)")"
has 'the log says that it was the proxy' "$LOG" \
    'issuer idp: .*the proxy wants another proxy_user, password or scheme'
logs_in 'the Unix password logs in meanwhile' unix-alice
is 'nothing went around the proxy' "$before" "$(asked)"

through 'proxy = http://localhost:1' 'no_proxy = localhost'
is 'a host of no_proxy is reached straight' 'accepted accepted' \
    "$(tried "$(opaque)")"
through 'proxy = http://localhost:1' 'no_proxy = .localhost 10.0.0.0/8'
is 'another host is not' 'unavailable provider' "$(tried "$(opaque)")"

# --- a KDC that accepts connections and says nothing ---

server_stop kdc
server deaf python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
held = []
while True: held.append(s.accept())' "$KDC_PORT"
server_ready deaf listens "$KDC_PORT"
helper_stop
through "proxy = http://localhost:$NEGOTIATE" 'proxy_schemes = negotiate'
token=$(httpauthctl token mint --user alice)
is 'a login that needs no provider' 'accepted accepted' "$(tried "$token")"
begin=$SECONDS
pamtester pamtester alice authenticate <<<"$(opaque)" >/run/waits 2>&1 &
waits=$!
waits_for_verdict() {
    ss -xH state established src /run/httpauth/pam.sock | grep -q .
}
wait_for 60 waits_for_verdict
fast=yes
for _ in 1 2 3 4 5; do
    begun=$SECONDS
    [ "$(tried "$token")" = 'accepted accepted' ] || fast=no
    [ $((SECONDS - begun)) -le 2 ] || fast=no
done
is 'the same while another waits for the KDC' yes $fast
wait $waits || :
has 'who needs the KDC is told in time' /run/waits \
    'cannot retrieve authentication info'
check 'within the deadline' test $((SECONDS - begin)) -le 10

check 'no password of this host is in any log' unlogged alice-password \
    rs-secret
helper_stop
tap_end
