# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced behind lib.sh: Apache on https://localhost:APACHE_PORT, for alice
# with alice-password:
#   /basic   Basic, hands out a cookie which it does not take
#   /digest  Digest, MD5
#   /brief   the same, a nonce is stale after one second
#   /many    Basic, and challenges of two schemes that it does not do
#   /cookie  Basic; its cookie is taken instead of the password
APACHE_PORT=14800
APACHE_URL=https://localhost:$APACHE_PORT
export APACHE_URL
W=/run/apache

apache_config() {
    local module
    cat <<X
ServerRoot $W
ServerName localhost
Listen 127.0.0.1:$APACHE_PORT
PidFile $W/httpd.pid
DefaultRuntimeDir $W
Mutex sem
ErrorLog $W/error.log
User www-data
Group www-data
X
    for module in mpm_event authn_core authn_file authz_core authz_user \
        auth_basic auth_digest headers dir setenvif ssl; do
        echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
    done
    cat <<X
SetEnvIf Authorization "^([A-Za-z]+) " scheme=\$1
LogFormat "%U %>s user=%u scheme=%{scheme}e cookie=%{Cookie}i" short
CustomLog $W/access.log short
SSLEngine on
SSLCertificateFile /run/tls/server.pem
SSLCertificateKeyFile /run/tls/server.key
StartServers 1
ServerLimit 2
ThreadsPerChild 8
MaxRequestWorkers 16
DirectoryIndex index.html
DocumentRoot $W/htdocs
<Location /basic>
  AuthType Basic
  AuthName "basic realm"
  AuthUserFile $W/basic.pw
  Require valid-user
  Header set Set-Cookie "sid=basic-ok; Path=/; HttpOnly"
</Location>
<LocationMatch "^/(digest|brief)">
  AuthType Digest
  AuthName "dig"
  AuthUserFile $W/digest.pw
  Require valid-user
</LocationMatch>
<Location /digest>
  AuthDigestNonceLifetime 300
</Location>
<Location /brief>
  AuthDigestNonceLifetime 1
</Location>
<Location /many>
  AuthType Basic
  AuthName "basic, \"quoted\" realm"
  AuthUserFile $W/basic.pw
  Require valid-user
  Header always add WWW-Authenticate "Newauth realm=\"apps\", type=1, title=\"Login to \\\\\"apps\\\\\"\"" "expr=%{REQUEST_STATUS} == 401"
  Header always add WWW-Authenticate "Bearer realm=\"api\", error=\"invalid_token\"" "expr=%{REQUEST_STATUS} == 401"
</Location>
SetEnvIf Cookie "(^|; )sid=cookie-ok(;|$)" has_sid
<Location /cookie>
  AuthType Basic
  AuthName "cookie"
  AuthUserFile $W/basic.pw
  <RequireAny>
    Require env has_sid
    Require valid-user
  </RequireAny>
  Header set Set-Cookie "sid=cookie-ok; Path=/cookie; HttpOnly; Secure"
</Location>
X
}

apache_start() {
    local folder
    mkdir -p $W/htdocs
    tls_files
    echo "alice:$(openssl passwd -apr1 alice-password)" >$W/basic.pw
    echo "alice:dig:$(printf alice:dig:alice-password | md5sum |
        cut -d ' ' -f 1)" >$W/digest.pw
    for folder in basic digest brief many cookie; do
        mkdir "$W/htdocs/$folder"
        echo "ok $folder" >"$W/htdocs/$folder/index.html"
    done
    apache_config >$W/apache.conf
    server apache apache2 -f $W/apache.conf -DFOREGROUND
    server_ready apache listens $APACHE_PORT
}
