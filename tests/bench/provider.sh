#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What is measured with a helper and a provider, on a throw-away host; prints
# rows of NAME VALUE UNIT BOUND BETTER.
set -euo pipefail
. /run/src/tests/e2e/lib.sh
P=/run/provider
PORT=14700
SLOW_PORT=14710
ASK=/run/build/tests/bench/bench_ask
SOCKET=/run/httpauth/pam.sock

# --- who runs ---

nginx_config() {
    cat <<C
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 512; }
http {
  access_log off;
  keepalive_requests 1000000;
  keepalive_timeout 600s;
  client_body_temp_path t1;
  proxy_temp_path t2;
  fastcgi_temp_path t3;
  uwsgi_temp_path t4;
  scgi_temp_path t5;
  server {
    listen 127.0.0.1:$PORT ssl;
    ssl_certificate /run/tls/server.pem;
    ssl_certificate_key /run/tls/server.key;
    location = /introspect {
      default_type application/json;
      return 200 '{"active":true,"iss":"https://localhost:$PORT","sub":"alice","aud":"ssh://host.test","client_id":"app","token_type":"Bearer"}';
    }
  }
}
C
}

provider_start() {
    tls_files
    mkdir -p $P
    chmod 755 $P
    nginx_config >$P/nginx.conf
    server nginx nginx -p $P -c nginx.conf -e error.log
    server_ready nginx listens $PORT
}

configure() {
    mkdir -p /etc/httpauth
    printf 'secret\n' |
        install -m 640 -g httpauthd /dev/stdin /etc/httpauth/host.secret
    printf 'rs-secret\n' |
        install -m 640 -g httpauthd /dev/stdin /etc/httpauth/rs.secret
    printf '{"keys":[]}' >/etc/httpauth/none.jwks
    cat >/etc/httpauth/httpauthd.conf <<C
[httpauthd]
throttle_exempt = 127.0.0.1/32
provider_tries = 100000
address_tries = 100000
answer_ttl = 10m
[issuer quick]
issuer = https://localhost:$PORT
audience = ssh://%H
ca_file = /run/tls/ca.pem
users = alice
accept = introspection
token_pattern = opq_:hex:20-20
jwks_file = none.jwks
introspection_endpoint = https://localhost:$PORT/introspect
client_auth = client_secret_basic
client_id = host
client_secret_file = host.secret
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/tls/ca.pem
users = dave
accept = introspection
token_pattern = :base64url:43-43
jwks_file = none.jwks
introspection_endpoint = $IDP/token/introspection
client_auth = client_secret_basic
client_id = rs
client_secret_file = rs.secret
[issuer slow]
issuer = https://localhost:$SLOW_PORT
audience = ssh://%H
ca_file = /run/tls/ca.pem
users = bob
accept = app-password
password_pattern = pw-:alnum:20-20
jwks_file = none.jwks
token_endpoint = https://localhost:$SLOW_PORT/token
client_id = host
[service *]
issuers = quick idp slow local
[service bench]
C
}
configure_hostile() { # from here on its keys are being checked
    hostile_keys
    sed -i 's/^issuers = .*/issuers = hostile local/' /etc/httpauth/httpauthd.conf
    cat >>/etc/httpauth/httpauthd.conf <<C
[issuer hostile]
issuer = https://hostile.test
audience = ssh://%H
users = carol
jwks_file = hostile.jwks
C
    httpauthctl reload >&2
}

# A hundred keys of 8192 bits, none of them a product of two primes: each costs
# as much as a check can.
hostile_keys() {
    python3 - <<'PY' >/etc/httpauth/hostile.jwks
import base64, json, os
def number():
    raw = bytearray(os.urandom(1024))
    raw[0] |= 0x80
    raw[-1] |= 1
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
print(json.dumps({"keys": [{"kty": "RSA", "kid": str(i), "e": "AQAB",
                            "n": number()} for i in range(100)]}))
PY
}
hostile_token() {
    python3 - <<'PY'
import base64, json, time
def part(value):
    text = json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
now = int(time.time())
print(part({"alg": "RS256", "typ": "at+jwt", "kid": "1"}) + "." + part({
    "iss": "https://hostile.test", "aud": "ssh://host.test", "sub": "carol",
    "client_id": "a", "jti": "1", "iat": now, "exp": now + 3000}) + ".AAAA")
PY
}

syslog_start
httpauthctl issuer init >/dev/null 2>&1
provider_start
idp_start
configure
standin=$P/slow.ready
server slow node /run/src/tests/bench/slow.mjs $SLOW_PORT 500 \
    /run/tls/server.pem /run/tls/server.key "$standin"
server_ready slow test -e "$standin"
httpauthctl config check >&2
helper_start
# The provider has a core of its own, as it would have a machine.
taskset -acp 1 "$(pgrep -f idp.mjs | tail -1)" >/dev/null
taskset -acp 1 "$(pgrep -x nginx | tail -1)" >/dev/null
taskset -acp 0 "$(pgrep -x httpauthd)" >/dev/null
cached=$(httpauthctl token mint --user alice --ttl 1h)

row() { # NAME VALUE BASE BOUND
    awk -v name="$1" -v a="$2" -v b="$3" -v bound="$4" \
        'BEGIN { printf "%s %.3f ratio %s lower\n", name, a / b, bound }'
}
median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
made_up() { # COUNT
    local run
    run=$(od -An -N4 -tx4 /dev/urandom)
    seq -f "opq_${run# }%012g" "$1"
}
# One of 262144 begins like a JWT, and is refused as a damaged one.
real() { idp_call tokens "{\"alg\": \"opaque\", \"user\": \"dave\", \"count\": $1}" |
    jq -r '.[]' | grep -v '^eyJ'; }
compare() { # MODE COUNT TOKENS USER URL CLIENT NAME BOUND
    local ours curl
    rm -f $P/ours $P/curl
    for _ in 1 2 3 4 5 6 7 8 9; do
        read -r _ ours _ curl < <("$3" "$2" |
            taskset -c 0 "$ASK" "$1" $SOCKET bench "$4" \
            "$5" /run/tls/ca.pem "$6")
        echo "$ours" >>$P/ours
        echo "$curl" >>$P/curl
    done
    row "$7" "$(median $P/ours)" "$(median $P/curl)" "$8"
}
# A provider as they are, on a core of its own; and, as what the helper costs
# by itself, one that answers at once and checks nothing.
compare one 200 real dave "$IDP"/token/introspection rs:rs-secret \
    introspect-vs-curl 1.3
compare many 625 real dave "$IDP"/token/introspection rs:rs-secret \
    opaque-500-vs-provider 1.5
compare one 500 made_up alice https://localhost:$PORT/introspect host:secret \
    introspect-instant-vs-curl 2.5
compare many 625 made_up alice https://localhost:$PORT/introspect host:secret \
    opaque-500-instant-vs-curl 3

p99() { printf %s "$cached" | "$ASK" p99 $SOCKET bench alice | cut -d' ' -f2; }
while_loaded() { # NAME COMMAND...: the load is a process of its own
    local name=$1 load
    shift
    rm -f $P/calm $P/loaded
    for _ in 1 2 3 4 5; do
        p99 >>$P/calm
        "$@" >/dev/null 2>&1 &
        load=$!
        p99 >>$P/loaded
        kill "$load"
        wait "$load" 2>/dev/null || :
    done
    row "$name" "$(median $P/loaded)" "$(median $P/calm)" 1.5
}
passwords() { exec "$ASK" load $SOCKET bench bob 200; }
hostile() { # a changed file is read when somebody asks for its keys
    local token
    token=$(hostile_token)
    while :; do
        printf ' \n' >>/etc/httpauth/hostile.jwks
        printf %s "$token" |
            httpauthctl verify --user carol --service bench || :
    done
}
while_loaded cached-p99-while-passwords passwords

# One of a hundred verdicts, and of a hundred thousand.
load() { # COUNT FILE: microseconds per login
    taskset -c 1 /run/build/tests/bench/load $SOCKET alice bench 16 "$1" <"$2" |
        awk -v count="$1" '$10 == count { printf "%.3f\n", 1e6 / $2 }'
}
made_up 100 >$P/few
made_up 100000 >$P/many
load 100 $P/few >/dev/null
load 100000 $P/many >/dev/null
for _ in $(seq 200); do cat $P/few; done >$P/few.asked
rm -f $P/few.us $P/many.us
for _ in 1 2 3 4 5 6 7 8 9; do
    load 20000 $P/few.asked >>$P/few.us
    shuf -n 20000 $P/many >$P/many.asked
    load 20000 $P/many.asked >>$P/many.us
done
row cached-at-100000 "$(median $P/many.us)" "$(median $P/few.us)" 1.1
configure_hostile
while_loaded cached-p99-while-hostile-keys hostile
helper_stop
