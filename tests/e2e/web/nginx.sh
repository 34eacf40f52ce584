# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced behind lib.sh: nginx on https://localhost:NGINX_PORT, for alice with
# alice-password:
#   /basic/  Basic
#   /many/   Basic, and one header line with two further challenges
#   /login/  like many a gateway: 302 to a page without a password, and a wrong
#            one gets that page with 200
NGINX_PORT=14820
NGINX_URL=https://localhost:$NGINX_PORT
export NGINX_URL
N=/run/nginx-test

nginx_config() {
    cat <<X
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
  log_format short '\$uri \$status user=\$remote_user';
  access_log access.log short;
  client_body_temp_path t1;
  proxy_temp_path t2;
  fastcgi_temp_path t3;
  uwsgi_temp_path t4;
  scgi_temp_path t5;
  server {
    listen 127.0.0.1:$NGINX_PORT ssl;
    ssl_certificate /run/tls/server.pem;
    ssl_certificate_key /run/tls/server.key;
    root html;
    auth_basic_user_file basic.pw;
    location /basic/ { auth_basic "b"; }
    location /many/ { auth_basic "b"; error_page 401 @many; }
    location @many {
      internal;
      add_header WWW-Authenticate 'Bearer realm="x", Digest realm="d", nonce="n", qop="auth", algorithm=MD4' always;
      return 401 "no\\n";
    }
    location /login/ {
      if (\$http_authorization = "") { return 302 /page; }
      auth_basic "b";
      error_page 401 =200 /page;
    }
    location = /page { return 200 "<html>Log in</html>\\n"; }
  }
}
X
}

nginx_start() {
    local folder
    tls_files
    for folder in basic many login; do
        mkdir -p "$N/html/$folder"
        echo "ok $folder" >"$N/html/$folder/index.html"
    done
    chmod 755 $N
    echo "alice:$(openssl passwd -apr1 alice-password)" >$N/basic.pw
    nginx_config >$N/nginx.conf
    server nginx nginx -p $N -c nginx.conf -e error.log
    server_ready nginx listens $NGINX_PORT
}
