/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/option.h"

#include "helper/base/log.h"
#include "helper/conf/complain.h"
#include "helper/conf/config.h"
#include "helper/conf/fit.h"

#define HOUR_S 3600
#define DAY_S 86400
#define LIFETIME_MAX (3650LL * DAY_S)

static const struct option_keyword log_kinds[] = {{"auto", LOG_KIND_AUTO},
                                                  {"stderr", LOG_KIND_STDERR},
                                                  {"syslog", LOG_KIND_SYSLOG},
                                                  {NULL, 0}};

static const struct option_keyword log_levels[] = {
    {"error", LOG_LEVEL_ERROR},   {"warning", LOG_LEVEL_WARNING},
    {"notice", LOG_LEVEL_NOTICE}, {"info", LOG_LEVEL_INFO},
    {"debug", LOG_LEVEL_DEBUG},   {NULL, 0}};

static const struct option_keyword methods[] = {
    {"jwt", METHOD_JWT},
    {"introspection", METHOD_INTROSPECTION},
    {"app-password", METHOD_APP_PASSWORD},
    {"userinfo", METHOD_USERINFO},
    {"http", METHOD_HTTP},
    {"host-password", METHOD_HOST_PASSWORD},
    {"device", METHOD_DEVICE},
    {NULL, 0}};

static const struct option_keyword admissions[] = {
    {"accept", ADMISSION_ACCEPT}, {"refuse", ADMISSION_REFUSE}, {NULL, 0}};

static const struct option_keyword session_files[] = {
    {"token", FILE_TOKEN}, {"secrets", FILE_SECRETS}, {NULL, 0}};

static const struct option_keyword checks[] = {{"local", CHECK_LOCAL},
                                               {"introspect", CHECK_INTROSPECT},
                                               {"both", CHECK_BOTH},
                                               {NULL, 0}};

static const struct option_keyword answer_forms[] = {
    {"json", ANSWER_JSON}, {"jwt", ANSWER_JWT}, {NULL, 0}};

static const struct option_keyword introspection_auths[] = {
    {"client", INTROSPECTION_AS_CLIENT},
    {"bearer", INTROSPECTION_BEARER},
    {"client_credentials", INTROSPECTION_CLIENT_CREDENTIALS},
    {NULL, 0}};

static const struct option_keyword tokeninfo_requests[] = {
    {"bearer", TOKENINFO_BEARER}, {"form", TOKENINFO_FORM}, {NULL, 0}};

static const struct option_keyword client_auths[] = {
    {"none", CLIENT_NONE},
    {"client_secret_basic", CLIENT_SECRET_BASIC},
    {"client_secret_post", CLIENT_SECRET_POST},
    {"client_secret_jwt", CLIENT_SECRET_JWT},
    {"private_key_jwt", CLIENT_PRIVATE_KEY_JWT},
    {"tls_client_auth", CLIENT_TLS},
    {NULL, 0}};

static const struct option_keyword secret_encodings[] = {
    {"form", SECRET_FORM}, {"raw", SECRET_RAW}, {NULL, 0}};

static const struct option_keyword http_schemes[] = {{"digest", SCHEME_DIGEST},
                                                     {"basic", SCHEME_BASIC},
                                                     {"bearer", SCHEME_BEARER},
                                                     {NULL, 0}};

static const struct option_keyword proxy_schemes[] = {
    {"basic", SCHEME_BASIC},
    {"digest", SCHEME_DIGEST},
    {"negotiate", SCHEME_NEGOTIATE},
    {NULL, 0}};

static const struct option_keyword token_types[] = {{"at+jwt", TOKEN_AT_JWT},
                                                    {"access", TOKEN_ACCESS},
                                                    {"id", TOKEN_ID},
                                                    {NULL, 0}};

/* The names of helper/jose/alg.h, a room that comes later: a test holds the
 * two lists against each other (alg_named()).  The numbers mean nothing. */
static const struct option_keyword algorithms[] = {
    {"RS256", 1},   {"RS384", 1}, {"RS512", 1}, {"PS256", 1}, {"PS384", 1},
    {"PS512", 1},   {"ES256", 1}, {"ES384", 1}, {"ES512", 1}, {"EdDSA", 1},
    {"Ed25519", 1}, {"HS256", 1}, {"HS384", 1}, {"HS512", 1}, {NULL, 0}};

/* What a client assertion is signed with: one name for each. */
static const struct option_keyword client_algorithms[] = {
    {"RS256", 1}, {"RS384", 1}, {"RS512", 1}, {"PS256", 1},
    {"PS384", 1}, {"PS512", 1}, {"ES256", 1}, {"ES384", 1},
    {"ES512", 1}, {"EdDSA", 1}, {NULL, 0}};

#define IN(kind, field) offsetof(struct kind, field)

#define DAEMON(field) SECTION_DAEMON, IN(daemon_conf, field)
#define ISSUER(field) SECTION_ISSUER, IN(issuer_conf, field)
#define SERVICE(field) SECTION_SERVICE, IN(service_conf, field)

#define ROW(name_, place_, type_, standard_, ...)                              \
    ROW_AT(name_, place_, type_, standard_, __VA_ARGS__)
#define ROW_AT(name_, section_, offset_, type_, standard_, ...)                \
    {                                                                          \
        .name = name_, .section = section_, .offset = offset_, .type = type_,  \
        .standard = standard_, __VA_ARGS__                                     \
    }

/* Each file is a part of the one table, in the order of the manual. */
const struct option option_table[] = {
#include "helper/conf/rows_daemon.inc"
#include "helper/conf/rows_issuer.inc"
#include "helper/conf/rows_method.inc"
#include "helper/conf/rows_client.inc"
#include "helper/conf/rows_service.inc"
};

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

const struct option *
option_find(enum option_section section, struct span name)
{
    size_t i;

    for (i = 0; i < option_count; i++)
        if (option_table[i].section == section &&
            span_is(name, option_table[i].name))
            return &option_table[i];
    return NULL;
}

const struct option *
option_near(enum option_section section, struct span name)
{
    const struct option *nearest = NULL;
    unsigned least = SUGGEST_FAR;
    size_t i;

    for (i = 0; i < option_count; i++) {
        unsigned distance;

        if (option_table[i].section != section)
            continue;
        distance = suggest_distance(name, option_table[i].name);
        if (distance < least) {
            least = distance;
            nearest = &option_table[i];
        }
    }
    return nearest;
}

const char *
option_section_name(enum option_section section)
{
    static const char *const names[SECTION_COUNT] = {"httpauthd", "issuer",
                                                     "service"};

    return section < SECTION_COUNT ? names[section] : "";
}

bool
option_reaches(const struct option *option, bool local)
{
    return option->reach == REACH_ALL ||
           (option->reach == REACH_LOCAL) == local;
}
