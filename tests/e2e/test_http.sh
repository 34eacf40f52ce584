#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The method http: real web servers decide about a password, each in its own
# way of asking; and gateways that let everybody in are not believed.
set -euo pipefail
. /run/src/tests/e2e/methods.sh
. /run/src/tests/e2e/web/apache.sh
. /run/src/tests/e2e/web/lighttpd.sh
. /run/src/tests/e2e/web/nginx.sh

host_start

# probing URL [LINES]: a login waits until the self-test is done
probing() {
    local url=$1
    shift
    configure <<X
[issuer web]
issuer = ${url%/*/}
audience = web
ca_file = /run/tls/ca.pem
accept = http
http_url = $url
password_pattern = alice-:visible:8-8
$(printf '%b\n' "$@")
X
}
good=alice-password
wrong=alice-passwort

# takes NAME URL [LINES]: through sshd, and refuses what is wrong
takes() {
    probing "${@:2}"
    logs_in "$1" $good
    is "$1: a wrong one" 'wrong refused' "$(tried $wrong)"
    is "$1: the right one for another user" 'wrong refused' \
        "$(tried $good bob)"
}
# not_believed NAME REASON URL LOG [LINES]: and the server never saw it
not_believed() {
    probing "$3" "${@:5}"
    is "$1" "unavailable $2" "$(tried $good)"
    is "$1: alice's password was not sent" '' \
        "$(grep -E "user=\"?alice" "$4" || :)"
}

if installed apache2; then
    apache_start
    takes 'Apache, Basic' "$APACHE_URL/basic/"
    takes 'Apache, Digest with MD5' "$APACHE_URL/digest/"
    is 'Digest never falls back to Basic' '' \
        "$(grep '^/digest.*scheme=Basic' /run/apache/access.log || :)"
    takes 'Apache, Digest with nonces that are soon stale' "$APACHE_URL/brief/"
    takes 'Apache, several challenges' "$APACHE_URL/many/" \
        'http_schemes = digest basic'
    takes 'Apache, a realm that is as expected' "$APACHE_URL/many/" \
        'http_schemes = basic' 'http_realm = basic, "quoted" realm'
    : >/run/apache/access.log
    not_believed 'Apache, another realm than expected' self-test \
        "$APACHE_URL/basic/" /run/apache/access.log 'http_realm = other'
    : >/run/apache/access.log
    not_believed 'Apache, only a scheme that we do not want' self-test \
        "$APACHE_URL/basic/" /run/apache/access.log 'http_schemes = digest'
    not_believed 'Apache, a page that is not protected' self-test \
        "$APACHE_URL/" /run/apache/access.log

    # The cookie of a login is sent instead of the password at the next one.
    takes 'Apache, a cookie' "$APACHE_URL/cookie/"
    : >/run/apache/access.log
    by_cookie() {
        gives 'accepted accepted' $good && grep -q \
            '^/cookie/.* 200 user=- scheme=- cookie=sid=cookie-ok' \
            /run/apache/access.log
    }
    check 'Apache, the cookie in place of the password' wait_for 60 by_cookie
    httpauthctl flush >/dev/null
    is 'Apache, nobody else has that cookie' 'wrong refused' \
        "$(tried $wrong)"
    is 'Apache, not with the same password either' 'wrong refused' \
        "$(tried $good bob)"
fi
if installed lighttpd; then
    lighttpd_start
    takes 'lighttpd, Digest with SHA-256' "$LIGHTTPD_URL/sha/"
    : >/run/lighttpd/access.log
    probing "$LIGHTTPD_URL/both/"
    logs_in 'lighttpd, two of Digest' $good
    server_stop lighttpd # which writes its log to the end
    has 'the stronger one was taken' /run/lighttpd/access.log \
        '^/both/.* 200 user=alice auth=Digest .*algorithm="?SHA-256'
    is 'the weaker one never' '' \
        "$(grep -E 'algorithm="?MD5' /run/lighttpd/access.log || :)"
fi
if installed nginx; then
    nginx_start
    takes 'nginx, Basic' "$NGINX_URL/basic/"
    takes 'nginx, two challenges in one line' "$NGINX_URL/many/"
    : >/run/nginx-test/access.log
    not_believed 'nginx, a page to log in for whom it refuses' self-test \
        "$NGINX_URL/login/" /run/nginx-test/access.log 'refused = 401 302'
fi

# --- authentik's outpost: tokens in Basic's clothes ---

AK_PORT=14610
standin_start authentik $AK_PORT
outpost() {
    configure <<X
[issuer ak]
issuer = https://localhost:$AK_PORT/application/o/ssh/
audience = ssh-client
ca_file = /run/tls/ca.pem
accept = http
http_url = https://localhost:$AK_PORT/outpost/
token_pattern = ak_:alnum:20-20
bearer_username = goauthentik.io/token
user_from = header:X-authentik-username
$(printf '%b\n' "$@")
X
}
token() { # USER
    standin_call authentik token "{\"user\": \"$1\"}" | jq -r .access_token
}
outpost
logs_in 'outpost, a token' "$(token alice)"
is 'outpost, the token of another user' 'forbidden user-mismatch' \
    "$(tried "$(token bob)")"
is 'outpost, a wrong token' 'wrong refused' "$(tried ak_01234567890123456789)"
is 'outpost, the token was the password of that name' \
    '"goauthentik.io/token"' "$(standin_call authentik log '{}' |
        jq '[.[] | select(.basic) | .basic.user] | unique | .[]')"
standin_call authentik outpost '{"anonymous": "302"}' >/dev/null
outpost 'refused = 401 302' 'http_schemes = basic'
is 'outpost, who is nobody is led elsewhere' 'accepted accepted' \
    "$(tried "$(token alice)")"
standin_call authentik outpost '{"wrong": "page", "anonymous": "401"}' \
    >/dev/null
outpost 'refused = 401'
token=$(token alice)
is 'outpost, a page to log in for whom it refuses' 'unavailable self-test' \
    "$(tried "$token")"
is 'outpost, the token was not sent' 0 "$(standin_call authentik log '{}' |
    jq --arg token "$token" '[.[] | select(.basic.password == $token)] |
        length')"
check 'no credential is in any log' unlogged $good $wrong "$token"
helper_stop
tap_end
