/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/option.h"

#include "helper/base/log.h"
#include "helper/conf/complain.h"
#include "helper/conf/config.h"
#include "helper/conf/fit.h"

#define DAY_S 86400

static const struct option_keyword log_kinds[] = {{"auto", LOG_KIND_AUTO},
                                                  {"stderr", LOG_KIND_STDERR},
                                                  {"syslog", LOG_KIND_SYSLOG},
                                                  {NULL, 0}};

static const struct option_keyword log_levels[] = {
    {"error", LOG_LEVEL_ERROR},   {"warning", LOG_LEVEL_WARNING},
    {"notice", LOG_LEVEL_NOTICE}, {"info", LOG_LEVEL_INFO},
    {"debug", LOG_LEVEL_DEBUG},   {NULL, 0}};

static const struct option_keyword methods[] = {{"jwt", METHOD_JWT}, {NULL, 0}};

static const struct option_keyword token_types[] = {{"at+jwt", TOKEN_AT_JWT},
                                                    {"access", TOKEN_ACCESS},
                                                    {"id", TOKEN_ID},
                                                    {NULL, 0}};

/* The names of helper/jose/alg.h, a room that comes later: a test holds the
 * two lists against each other (alg_named()).  The numbers mean nothing. */
static const struct option_keyword algorithms[] = {
    {"RS256", 1}, {"RS384", 1}, {"RS512", 1},   {"PS256", 1},
    {"PS384", 1}, {"PS512", 1}, {"ES256", 1},   {"ES384", 1},
    {"ES512", 1}, {"EdDSA", 1}, {"Ed25519", 1}, {NULL, 0}};

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

const struct option option_table[] = {
    ROW("log", DAEMON(log), OPTION_CHOICE, "auto", .keywords = log_kinds,
        .unit = "auto | stderr | syslog",
        .help = "Where messages go.\n"
                "The word\n.Cm auto\nmeans standard error, with priorities for "
                "the journal when that is where\nstandard error leads.\n"),
    ROW("log_level", DAEMON(log_level), OPTION_CHOICE, "info",
        .keywords = log_levels,
        .unit = "error | warning | notice | info | debug",
        .help = "The least urgent messages that are written.\n"
                "Decisions about logins are written at every level.\n"),
    ROW("trusted_callers", DAEMON(trusted_callers), OPTION_WORDS, NULL,
        .fits = fit_caller, .unit = "caller:service ...",
        .help = "Programs that do not run as root and may ask about users "
                "other than their own:\n"
                "a uid or a user name, and the PAM service that this user "
                "may ask for.\n"
                "Root needs no line.\n"
                "Names are looked up when the file is loaded.\n"),
    ROW("users_map", DAEMON(users_map), OPTION_FILE, "users.map",
        .fits = fit_file, .unit = "file",
        .help = "Who may use shared or renamed accounts, see\n"
                ".Sx USERS.MAP .\n"
                "A file of the default name may be missing; one that is "
                "named here may not.\n"),
    ROW("state_dir", DAEMON(state_dir), OPTION_FILE, "/var/lib/httpauth",
        .fits = fit_file, .unit = "folder",
        .help = "Where the helper keeps what must survive it: the pins of\n"
                ".Ic pin_subject .\n"),
    ROW("callers_max", DAEMON(callers_max), OPTION_NUMBER, "1024", .min = 1,
        .max = 65536, .unit = "number",
        .help = "Connections that are served at once, on both sockets "
                "together.\n"),
    ROW("verdicts_max", DAEMON(verdicts_max), OPTION_NUMBER, "100000", .min = 1,
        .max = 10000000, .unit = "number",
        .help = "Verdicts that are remembered; those not used for longest "
                "go first.\n"),
    ROW("verdict_ttl", DAEMON(verdict_ttl), OPTION_DURATION, "5m", .min = 0,
        .max = DAY_S, .unit = "duration",
        .help = "How long the verdict about a good token is remembered, "
                "never past the end of\nthe token.\n"
                "Mapping and rules are applied anew at every login.\n"),

    ROW("issuer", ISSUER(issuer), OPTION_TEXT, NULL, .fits = fit_identifier,
        .unit = "identifier",
        .help = "The exact\n.Dq iss\nof its tokens, byte for byte.\n"
                "Required.\n"
                "Unless\n.Ic jwks_file\nor\n.Ic jwks_uri\nis given, it is "
                "an https URL below which the metadata of the issuer is "
                "found\n(RFC 8414, OpenID Connect Discovery).\n"),
    ROW("audience", ISSUER(audience), OPTION_WORDS, NULL,
        .fits = fit_identifier, .expands = true, .unit = "identifier ...",
        .help = "A token must name one of these in\n.Dq aud .\n"
                "Required.\n"
                ".Ql %H\nstands for the name of this host and\n.Ql %%\nfor a "
                "percent sign.\n"
                "Hosts that share an audience let a token that was stolen "
                "on one of them open\nthe others.\n"),
    ROW("accept", ISSUER(accept), OPTION_CHOICES, "jwt", .keywords = methods,
        .unit = "method ...",
        .help = "How credentials of this issuer are verified:\n.Cm jwt ,\n"
                "a signed token (RFC 7519) checked with the keys of the "
                "issuer.\n"),
    ROW("token_type", ISSUER(token_type), OPTION_CHOICE, "at+jwt",
        .keywords = token_types, .unit = "at+jwt | access | id",
        .help = "What kind of token it is.\n"
                ".Cm at+jwt\n"
                "is an access token that says so (RFC 9068).\n"
                ".Cm access\n"
                "is an access token of an issuer that writes\n.Dq JWT\nor "
                "nothing into\n.Dq typ ;\nit needs\n.Ic required_claims ,\n"
                "so that no other token of the issuer is taken for one.\n"
                ".Cm id\n"
                "is an ID token, on purpose.\n"),
    ROW("algorithms", ISSUER(algorithms), OPTION_WORDS,
        "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA",
        .keywords = algorithms, .fits = fit_algorithm, .unit = "name ...",
        .help = "Signature algorithms that are accepted (RFC 7518, RFC "
                "8037).\n"
                ".Cm EdDSA\nand\n.Cm Ed25519\nare the same.\n"),
    ROW("jwks_file", ISSUER(jwks_file), OPTION_FILE, NULL, .fits = fit_file,
        .unit = "file",
        .help = "The keys of the issuer as a JWK set in a file; nothing is "
                "fetched.\n"),
    ROW("jwks_uri", ISSUER(jwks_uri), OPTION_TEXT, NULL, .fits = fit_jwks_uri,
        .unit = "URL",
        .help = "Where the keys of the issuer are, instead of asking its "
                "metadata.\n"
                "It excludes\n.Ic jwks_file .\n"),
    ROW("ca_file", ISSUER(ca_file), OPTION_FILE, NULL, .fits = fit_file,
        .unit = "file",
        .help = "The certificate authorities, in PEM form, that may vouch "
                "for the servers of\nthis issuer, and no others.\n"
                "Without it those of the system.\n"),
    ROW("users", ISSUER(users), OPTION_WORDS, NULL, .fits = fit_pattern,
        .unit = "pattern ...",
        .help = "The local users that this issuer may speak for: names, or "
                "the beginning of\nnames and a\n.Ql * .\n"
                "The default is\n.Ql *\nif there is one issuer (the local "
                "one not counted); of several each must say\nit, and no "
                "two may claim the same name.\n"),
    ROW("username_claim", ISSUER(username_claim), OPTION_TEXT, "sub",
        .fits = fit_claim, .unit = "claim",
        .help = "The claim that holds the login name, compared byte for "
                "byte.\n.Dq email\ncounts only with\n.Dq email_verified .\n"),
    ROW("username_domain", ISSUER(username_domain), OPTION_TEXT, NULL,
        .fits = fit_domain, .unit = "domain",
        .help = "The claim must end in\n.Ql @\nand this domain, which are "
                "taken off.\n"),
    ROW("groups_claim", ISSUER(groups_claim), OPTION_TEXT, "groups",
        .fits = fit_claim, .unit = "claim",
        .help = "The claim that the group rules look at.\n"
                "One with more than 1024 entries, or an entry of more than "
                "256 bytes,\nis refused by them.\n"),
    ROW("scope_claim", ISSUER(scope_claim), OPTION_TEXT, "scope",
        .fits = fit_claim, .unit = "claim",
        .help = "The claim that\n.Ic require_scope\nlooks at.\n"
                "Where it is\n.Dq scope\nand absent,\n.Dq scp\nis taken.\n"),
    ROW("required_claims", ISSUER(required_claims), OPTION_WORDS, NULL,
        .fits = fit_claim, .unit = "claim ...",
        .help = "Claims that must be there and not be null.\n"),
    ROW("pin_subject", ISSUER(pin_subject), OPTION_FLAG, "yes",
        .unit = "yes | no",
        .help = "Whether the first\n.Dq sub\nthat logs in as a local user "
                "keeps that name, see\n.Sx PINS .\n"),

    ROW("issuers", SERVICE(issuers), OPTION_WORDS, NULL,
        .fits = fit_issuer_name, .unit = "name ...",
        .help = "The issuers that are admitted, by the names of their "
                "sections.\n"
                "The default is all of them but\n.Cm local .\n"),
    ROW("methods", SERVICE(methods), OPTION_CHOICES, NULL, .keywords = methods,
        .unit = "method ...",
        .help = "The methods that are admitted, see\n.Ic accept .\n"
                "The default is all.\n"),
    ROW("require_scope", SERVICE(require_scope), OPTION_WORDS, NULL,
        .fits = fit_scope, .unit = "scope ...",
        .help = "Scopes that the token must have, all of them.\n"),
    ROW("require_group", SERVICE(require_group), OPTION_LINES, NULL,
        .fits = fit_group, .unit = "group",
        .help = "Groups of which the token must name at least one.\n"
                "A group is written\n.Ar group Ns @ Ns Ar issuer\n"
                "where more than one issuer is admitted, and also where "
                "its own name holds an\n.Ql @ .\n"),
    ROW("require_all_groups", SERVICE(require_all_groups), OPTION_LINES, NULL,
        .fits = fit_group, .unit = "group",
        .help = "Groups that the token must name, all of them.\n"),
    ROW("deny_group", SERVICE(deny_group), OPTION_LINES, NULL,
        .fits = fit_group, .unit = "group",
        .help = "Groups whose members are refused, whatever else the token "
                "says.\n"),
    ROW("deny_user", SERVICE(deny_user), OPTION_WORDS, NULL, .fits = fit_user,
        .unit = "user ...", .help = "Local users who are refused.\n"),
    ROW("max_lifetime", SERVICE(max_lifetime), OPTION_DURATION, "1h", .min = 1,
        .max = INT32_MAX, .unit = "duration",
        .help = "How long a token may live in all, from\n.Dq iat\nto\n"
                ".Dq exp .\n"
                "Tokens of the local issuer never live longer than one "
                "hour.\n")};

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
