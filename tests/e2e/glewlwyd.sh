# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced behind lib.sh: glewlwyd, a provider in C with a database, on
# https://localhost:GLEWLWYD_PORT. Its clients c-rs256, c-es256, c-eddsa and
# c-ps256 (secret "secret") sign with a key of their own each; rs, c-odd
# (secret "a+b%c d:e", which it wants raw), c-jwt (private_key_jwt) and c-mtls
# (tls_client_auth) introspect. A user's password is NAME-password.
GLEWLWYD_PORT=14630
GLEWLWYD=https://localhost:$GLEWLWYD_PORT/api/oidc
G=/run/glewlwyd

glewlwyd_config() {
    cat <<X
port=$GLEWLWYD_PORT
bind_address="127.0.0.1"
external_url="https://localhost:$GLEWLWYD_PORT"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="WARNING"
cookie_domain="localhost"
cookie_secure=1
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
login_api_enabled=true
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
user_middleware_module_path="/usr/lib/glewlwyd/user_middleware"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=true
secure_connection_key_file="/run/tls/server.key"
secure_connection_pem_file="/run/tls/server.pem"
secure_connection_ca_file="/run/tls/ca.pem"
hash_algorithm="SHA512"
database = { type="sqlite3" path="$G/db" };
X
}

# glewlwyd_admin METHOD PATH <JSON
glewlwyd_admin() {
    local status
    status=$(curl -sS --cacert /run/tls/ca.pem -b $G/jar -c $G/jar \
        -o $G/answer -w '%{http_code}' -X "$1" -d @- \
        -H 'Content-Type: application/json' \
        "https://localhost:$GLEWLWYD_PORT/api$2")
    case $status in
    2*) ;;
    *) printf '%s %s: %s\n' "$1" "$2" "$status" >&2; return 1 ;;
    esac
}

glewlwyd_client() { # NAME KEY JSON: what is special about it
    jq -n --arg name "$1" --arg key "$2" --argjson more "$3" '{
        client_id: $name, name: $name, confidential: true, enabled: true,
        client_secret: "secret", sign_kid: $key,
        scope: ["mail", "introspect"], redirect_uri: ["https://localhost/cb"],
        authorization_type: ["password", "client_credentials"],
        token_endpoint_auth_method:
            ["client_secret_basic", "client_secret_post"]
        } + $more' | glewlwyd_admin POST /client/
}

glewlwyd_plugin() {
    jq -n --rawfile keys $G/keys.jwks --arg issuer "$GLEWLWYD" '{
        module: "oidc", name: "oidc", display_name: "OIDC", enabled: true,
        parameters: {
            iss: $issuer, "jwks-private": $keys, "default-kid": "rs1",
            "client-sign_kid-parameter": "sign_kid", "jwks-show": true,
            "access-token-duration": 3600, "refresh-token-duration": 86400,
            "code-duration": 600, "allow-non-oidc": true,
            "auth-type-password-enabled": true,
            "auth-type-client-enabled": true,
            "introspection-revocation-allowed": true,
            "introspection-revocation-allow-target-client": true,
            "introspection-revocation-auth-scope": ["introspect"],
            "request-parameter-allow": true, "request-maximum-exp": 3600,
            "client-jwks-parameter": "jwks",
            "client-cert-source": "TLS",
            "additional-parameters": [{
                "user-parameter": "username",
                "token-parameter": "preferred_username",
                "token-changed": false
            }]
        }}' | glewlwyd_admin POST /mod/plugin/
}

glewlwyd_keys() {
    rnbyc -j -g rsa2048 -k rs1 -a RS256 -g ec256 -k es1 -a ES256 \
        -g ed25519 -k ed1 -a EdDSA -g rsa2048 -k ps1 -a PS256 \
        -o $G/keys.jwks -p /dev/null
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out $G/c-jwt.pem 2>/dev/null
    node -e 'const key = require("crypto").createPublicKey(
            require("fs").readFileSync(process.argv[1]));
        console.log(JSON.stringify({keys: [{...key.export({format: "jwk"}),
            kid: "cj1", alg: "ES256", use: "sig"}]}))' \
        $G/c-jwt.pem >$G/c-jwt.jwks
}

glewlwyd_start() {
    local name
    mkdir -p $G
    tls_files
    glewlwyd_keys
    glewlwyd_config >$G/conf
    sqlite3 $G/db </usr/share/dbconfig-common/data/glewlwyd/install/sqlite3
    sqlite3 $G/db "UPDATE g_client_module_instance SET gcmi_parameters =
        json_set(gcmi_parameters, '\$.data-format.sign_kid',
        json('{\"multiple\":false,\"read\":true,\"write\":true}'))"
    server glewlwyd glewlwyd --config-file=$G/conf
    server_ready glewlwyd curl -sf --cacert /run/tls/ca.pem \
        "https://localhost:$GLEWLWYD_PORT/config"
    glewlwyd_admin POST /auth/ \
        <<<'{"username": "admin", "password": "password"}'
    for name in mail introspect; do
        glewlwyd_admin POST /scope/ <<<"{\"name\": \"$name\",
            \"display_name\": \"$name\", \"password_required\": true,
            \"password_max_age\": 0, \"scheme\": {}}"
    done
    for name in alice bob; do
        glewlwyd_admin POST /user/ <<<"{\"username\": \"$name\",
            \"name\": \"$name\", \"password\": \"$name-password\",
            \"enabled\": true, \"scope\": [\"openid\", \"mail\"]}"
    done
    glewlwyd_plugin
    glewlwyd_client c-rs256 rs1 '{}'
    glewlwyd_client c-es256 es1 '{}'
    glewlwyd_client c-eddsa ed1 '{}'
    glewlwyd_client c-ps256 ps1 '{}'
    glewlwyd_client rs rs1 '{}'
    glewlwyd_client c-odd rs1 '{"client_secret": "a+b%c d:e"}'
    glewlwyd_client c-jwt rs1 "$(jq -c '{client_secret: "", jwks: .,
        token_endpoint_auth_method: ["private_key_jwt"]}' $G/c-jwt.jwks)"
    glewlwyd_client c-mtls rs1 '{"client_secret": "",
        "token_endpoint_auth_method": ["tls_client_auth"],
        "tls_client_auth_san_dns": "client.test"}'
}

# glewlwyd_token USER [CLIENT]: as the password grant gives it
glewlwyd_token() {
    curl -sS --cacert /run/tls/ca.pem -u "${2:-c-es256}:secret" \
        -d grant_type=password -d "username=$1" -d "password=$1-password" \
        -d scope=mail "$GLEWLWYD/token" | jq -re .access_token
}

glewlwyd_revoke() { # TOKEN [CLIENT]
    curl -sSf --cacert /run/tls/ca.pem -u "${2:-c-es256}:secret" \
        -d "token=$1" "$GLEWLWYD/revoke"
}
