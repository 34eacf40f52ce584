# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced behind lib.sh: lighttpd on https://localhost:LIGHTTPD_PORT, for alice
# with alice-password:
#   /sha/    Digest, SHA-256
#   /both/   Digest, a challenge with MD5 and one with SHA-256
#   /basic/  Basic
LIGHTTPD_PORT=14810
LIGHTTPD_URL=https://localhost:$LIGHTTPD_PORT
export LIGHTTPD_URL
H=/run/lighttpd

lighttpd_config() {
    cat <<X
server.modules = ("mod_openssl", "mod_auth", "mod_authn_file", "mod_setenv",
    "mod_accesslog")
server.document-root = "$H/html"
server.bind = "127.0.0.1"
server.port = $LIGHTTPD_PORT
server.errorlog = "$H/error.log"
accesslog.filename = "$H/access.log"
accesslog.format = "%U %>s user=%u auth=%{Authorization}i"
ssl.engine = "enable"
ssl.pemfile = "/run/tls/server.pem"
ssl.privkey = "/run/tls/server.key"
index-file.names = ("index.html")
auth.backend = "plain"
auth.backend.plain.userfile = "$H/users"
auth.require = (
  "/sha/" => ("method" => "digest", "realm" => "r", "require" => "valid-user",
    "algorithm" => "SHA-256"),
  "/both/" => ("method" => "digest", "realm" => "r", "require" => "valid-user",
    "algorithm" => "SHA-256|MD5"),
  "/basic/" => ("method" => "basic", "realm" => "r", "require" => "valid-user"))
X
}

lighttpd_start() {
    local folder
    tls_files
    for folder in sha both basic; do
        mkdir -p "$H/html/$folder"
        echo "ok $folder" >"$H/html/$folder/index.html"
    done
    echo alice:alice-password >$H/users
    lighttpd_config >$H/conf
    server lighttpd lighttpd -D -f $H/conf
    server_ready lighttpd listens $LIGHTTPD_PORT
}
