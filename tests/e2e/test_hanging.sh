#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A bad morning: every endpoint of the provider, a proxy, the name server and
# the KDC take what they are asked and never answer.  It harms those who need
# them.
set -euo pipefail
. /run/src/tests/e2e/methods.sh
. /run/src/tests/e2e/proxy/kdc.sh
. /run/src/tests/e2e/proxy/squid.sh
if ! installed squid krb5kdc kadmin.local; then
    skip 'with Kerberos' 'squid or krb5-kdc is not installed'
    tap_end
    exit
fi
NEGOTIATE=14726 SILENT=14730
idp_start
kdc_start
squid_start $NEGOTIATE negotiate
host_start
useradd -m -s /bin/bash -u 2003 dora
useradd -m -s /bin/bash -u 2004 erin
secret idp.secret <<<rs-secret
export KRB5CCNAME=MEMORY:helper KRB5_CLIENT_KTNAME=$K/alice.keytab
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n' >/etc/resolv.conf

asked_at() { # NAME ENDPOINT LINE USER: an issuer of tokens NAME-xxxxxxxx
    cat <<X
[issuer $1]
issuer = https://$1.test
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = introspection
token_pattern = $1-:hex:8-8
introspection_endpoint = $2
client_auth = client_secret_basic
client_id = rs
client_secret_file = idp.secret
users = $4
$3
X
}
export HTTPAUTHD='answer_ttl = 10m\nthrottle_tries = 1000
provider_tries = 100000\naddress_tries = 100000'
{
    work_issuer
    echo 'users = alice'
    asked_at proxy "$IDP/token/introspection" "proxy = http://127.0.0.1:$SILENT" bob
    asked_at name https://idp.nowhere.test/introspection '' dora
    asked_at ticket "$IDP/token/introspection" \
        "proxy = http://localhost:$NEGOTIATE
proxy_schemes = negotiate" erin
} >/run/conf
configure </run/conf
opaque=$(idp_token '{"alg": "opaque", "ttl": 3600}')
is 'an opaque token, in good times' 'accepted accepted' "$(tried "$opaque")"
is 'a JWT' 'accepted accepted' "$(tried "$(idp_token '{"ttl": 3600}')")"
for _ in $(seq 50); do idp_token '{"ttl": 3600}'; echo; done | grep . >/run/jwts

# --- and then nobody answers any more ---

deaf() { # NAME PORT [udp]
    server "$1" python3 -c '
import socket, sys
if sys.argv[2:]:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", int(sys.argv[1])))
    while True: s.recv(2000)
s = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512)
held = []
while True: held.append(s.accept())' "${@:2}"
}
bound() { ss -Hlnu "sport = :53" | grep -q .; }
server_stop kdc
deaf kdc-deaf "$KDC_PORT"
deaf proxy-deaf $SILENT
deaf name-deaf 53 udp
server_ready kdc-deaf listens "$KDC_PORT"
server_ready proxy-deaf listens $SILENT
wait_for 60 bound
for path in /token/introspection /jwks /.well-known/openid-configuration; do
    idp_call fault "{\"path\": \"$path\", \"delay\": 60000, \"times\": 100000}" \
        >/dev/null
done

load() { # USER CALLERS COUNT <CREDENTIALS
    /run/build/tests/bench/load /run/httpauth/pam.sock "$1" pamtester \
        "${@:2}" 8000
}
forty() { # NAME USER
    for i in $(seq 40); do printf '%s-%08x\n' "$1" "$i"; done |
        load "$2" 40 40 >"/run/waits.$1"
}
unknown() {
    for _ in $(seq 40); do
        head -c 32 /dev/urandom | base64 -w 0 | tr '+/' '-_' | tr -d =
        echo
    done
}
unknown | load alice 40 40 >/run/waits.work &
forty proxy bob &
forty name dora &
forty ticket erin &
asked() { httpauthctl status --json | jq -e '.inquiries >= 160' >/dev/null; }
check 'a hundred and sixty wait for them' wait_for 60 asked
load alice 16 5000 <<<"$opaque" >/run/cached
has 'five thousand cached logins meanwhile: all are in' /run/cached \
    'accepted 5000 refused 0 unavailable 0 lost 0'
load alice 8 50 </run/jwts >/run/fresh
has 'and fifty JWTs never seen before' /run/fresh \
    'accepted 50 refused 0 unavailable 0 lost 0'
is 'by sshd as well' alice \
    "$(ssh_as alice keyboard-interactive "$opaque" 2>/dev/null || :)"
check 'and the hundred and sixty still wait' asked
for name in work proxy name ticket; do
    check "who waits for $name" wait_for 60 test -s /run/waits.$name
    has 'is told so' /run/waits.$name \
        'accepted 0 refused 0 unavailable 40 lost 0'
    check 'within the deadline' awk \
        '{ for (i = 1; i < NF; i++) if ($i == "p999") exit $(i + 1) > 9000 }' \
        /run/waits.$name
done
helper_stop
tap_end
