/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "helper/conf/subject.h"

/* check_method.c asks for the client of app passwords. */
static bool
lacks_client(const struct subject *on)
{
    return (on->issuer->accept & METHOD_APP_PASSWORD) == 0;
}

static bool
has_auth(const struct subject *on)
{
    return on->issuer->client_auth != CLIENT_NONE;
}

static bool
by_secret(const struct subject *on)
{
    int64_t auth = on->issuer->client_auth;

    return auth == CLIENT_SECRET_BASIC || auth == CLIENT_SECRET_POST ||
           auth == CLIENT_SECRET_JWT;
}

static bool
by_key(const struct subject *on)
{
    return on->issuer->client_auth == CLIENT_PRIVATE_KEY_JWT;
}

static bool
by_certificate(const struct subject *on)
{
    return on->issuer->client_auth == CLIENT_TLS;
}

static bool
by_bearer(const struct subject *on)
{
    return config_introspects(on->issuer) &&
           on->issuer->introspection_auth == INTROSPECTION_BEARER;
}

static bool
gets_signed_answers(const struct subject *on)
{
    return config_introspects(on->issuer) &&
           on->issuer->introspection_answer == ANSWER_JWT;
}

static bool
authenticates(const struct subject *on)
{
    return has_auth(on) && lacks_client(on);
}

static bool
is_recipient(const struct subject *on)
{
    return gets_signed_answers(on) && lacks_client(on);
}

static bool
has_proxy_password(const struct subject *on)
{
    return subject_has(on, "proxy_password_file");
}

static bool
shows_proxy_a_password(const struct subject *on)
{
    return subject_has(on, "proxy_user") &&
           on->issuer->proxy_schemes != SCHEME_NEGOTIATE;
}

static const struct subject_rule needs[] = {
    {"client_id", authenticates, "the client that client_auth is about"},
    {"client_id", is_recipient, "the client that signed answers are made for"},
    {"client_secret_file", by_secret, "the secret for client_auth"},
    {"client_key_file", by_key, "the key for client_auth"},
    {"client_certificate_file", by_certificate,
     "the certificate for client_auth"},
    {"bearer_token_file", by_bearer, "the token for introspection_auth"},
    {"proxy_user", has_proxy_password, "the user for proxy_password_file"},
    {"proxy_password_file", shows_proxy_a_password,
     "the password of proxy_user"},
    {NULL, NULL, NULL}};

static bool
never_by_secret(const struct subject *on)
{
    return !by_secret(on);
}

static bool
never_by_key(const struct subject *on)
{
    return !by_key(on);
}

static bool
never_by_certificate(const struct subject *on)
{
    return !by_certificate(on);
}

static bool
never_by_bearer(const struct subject *on)
{
    return !by_bearer(on);
}

static bool
never_by_proxy(const struct subject *on)
{
    return !subject_has(on, "proxy");
}

static bool
proxy_is_plain(const struct subject *on)
{
    return on->issuer->proxy != NULL &&
           strncmp(on->issuer->proxy, "https://", 8) != 0;
}

#define SECRETS "client_secret_basic, client_secret_post or client_secret_jwt"

static const struct subject_rule unused[] = {
    {"client_secret_file", never_by_secret,
     "which is not used: it goes with client_auth = " SECRETS},
    {"client_key_file", never_by_key,
     "which is not used: it goes with client_auth = private_key_jwt"},
    {"client_key_id", never_by_key,
     "which is not used: it goes with client_auth = private_key_jwt"},
    {"client_key_algorithm", never_by_key,
     "which is not used: it goes with client_auth = private_key_jwt"},
    {"client_certificate_file", never_by_certificate,
     "which is not used: it goes with client_auth = tls_client_auth"},
    {"client_certificate_key_file", never_by_certificate,
     "which is not used: it goes with client_auth = tls_client_auth"},
    {"bearer_token_file", never_by_bearer,
     "which is not used: it goes with introspection_auth = bearer"},
    {"proxy_user", never_by_proxy, "but no proxy: add one or remove it"},
    {"proxy_password_file", never_by_proxy,
     "but no proxy: add one or remove it"},
    {"proxy_ca_file", never_by_proxy, "but no proxy: add one or remove it"},
    {"proxy_ca_file", proxy_is_plain, "but a proxy without https"},
    {"no_proxy", never_by_proxy, "but no proxy: add one or remove it"},
    {NULL, NULL, NULL}};

/* RFC 7662 section 2.1: an endpoint that anybody may ask could be asked
 * about guessed tokens; a provider that answers is not to be relied on. */
static bool
check_authorization(const struct subject *on)
{
    const struct issuer_conf *issuer = on->issuer;

    if (!config_introspects(issuer) || has_auth(on) ||
        issuer->introspection_auth == INTROSPECTION_BEARER)
        return true;
    if (issuer->introspection_auth == INTROSPECTION_CLIENT_CREDENTIALS)
        return subject_refuse(
            on, "introspection_auth",
            "has introspection_auth = client_credentials and no "
            "client to have them: write client_auth");
    return subject_refuse(
        on, "introspection_auth",
        "asks for introspection as nobody: write client_auth, or "
        "introspection_auth = bearer");
}

static bool
check_negotiate(const struct subject *on)
{
    const struct issuer_conf *issuer = on->issuer;

    if (issuer->proxy == NULL || strncmp(issuer->proxy, "http", 4) == 0 ||
        (issuer->proxy_schemes & SCHEME_NEGOTIATE) == 0)
        return true;
    return subject_refuse(
        on, "proxy_schemes",
        "has proxy_schemes = negotiate, which only an http or https "
        "proxy knows");
}

bool
check_client(const struct subject *on)
{
    bool good = true;

    if (on->issuer->local || subject_is_doubtful(on))
        return true;
    if (!subject_needs(on, needs))
        good = false;
    if (!subject_lacks(on, unused))
        good = false;
    if (!check_authorization(on))
        good = false;
    if (!check_negotiate(on))
        good = false;
    return good;
}
