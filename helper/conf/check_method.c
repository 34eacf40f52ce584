/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "helper/conf/pattern.h"
#include "helper/conf/subject.h"

static bool
accepts(const struct subject *on, int64_t methods)
{
    return (on->issuer->accept & methods) != 0;
}

/* --- what each needs --- */

static bool
introspects_nothing(const struct subject *on)
{
    return accepts(on, METHOD_INTROSPECTION) &&
           on->issuer->check == CHECK_LOCAL;
}

static bool
by_userinfo(const struct subject *on)
{
    return accepts(on, METHOD_USERINFO);
}

static bool
names_client(const struct subject *on)
{
    return by_userinfo(on) && !on->issuer->userinfo_any_client;
}

static bool
by_app_password(const struct subject *on)
{
    return accepts(on, METHOD_APP_PASSWORD);
}

static bool
by_device(const struct subject *on)
{
    return accepts(on, METHOD_DEVICE);
}

static bool
by_http(const struct subject *on)
{
    return accepts(on, METHOD_HTTP);
}

static bool
sends_tokens(const struct subject *on)
{
    return config_token_method(on->issuer) == METHOD_HTTP;
}

static const struct subject_rule needs[] = {
    {"token_pattern", introspects_nothing,
     "what its opaque tokens look like (or check = introspect, or both, for "
     "JWTs)"},
    {"token_pattern", by_userinfo, "what its tokens look like"},
    {"password_pattern", by_app_password, "what its app passwords look like"},
    {"client_id", by_app_password, "the client that exchanges app passwords"},
    {"client_id", by_device, "the client that people log in to"},
    {"tokeninfo_endpoint", names_client,
     "without it nobody says for which client a token was made (or write "
     "userinfo_any_client = yes)"},
    {"clients", names_client, "whose tokens may be used here"},
    {"http_url", by_http, "the page at which credentials are tried"},
    {"user_from", sends_tokens, "where the answer says whose token it was"},
    {NULL, NULL, NULL}};

/* --- what nothing uses --- */

static bool
takes_no_token(const struct subject *on)
{
    return !accepts(on, METHODS_OF_TOKENS);
}

static bool
takes_no_password(const struct subject *on)
{
    return !accepts(on, METHODS_OF_PASSWORDS);
}

static bool
never_introspects(const struct subject *on)
{
    return !config_introspects(on->issuer);
}

static bool
never_exchanges(const struct subject *on)
{
    return !config_exchanges(on->issuer);
}

static bool
never_obtains(const struct subject *on)
{
    return !by_app_password(on) && !by_device(on);
}

static bool
never_by_device(const struct subject *on)
{
    return !by_device(on);
}

static bool
never_by_userinfo(const struct subject *on)
{
    return !by_userinfo(on);
}

static bool
never_names_client(const struct subject *on)
{
    return never_introspects(on) && never_by_userinfo(on);
}

static bool
takes_any_client(const struct subject *on)
{
    return on->issuer->userinfo_any_client;
}

static bool
never_by_http(const struct subject *on)
{
    return !by_http(on);
}

static bool
never_sends_tokens(const struct subject *on)
{
    return !sends_tokens(on);
}

#define UNUSED(what) "which nothing uses: it goes with " what

static const struct subject_rule unused[] = {
    {"token_pattern", takes_no_token,
     UNUSED("accept = introspection, userinfo or http")},
    {"password_pattern", takes_no_password,
     UNUSED("accept = app-password or http")},
    {"introspection_endpoint", never_introspects,
     UNUSED("accept = introspection, and with check")},
    {"token_endpoint", never_exchanges,
     UNUSED("accept = app-password or device")},
    {"token_scope", never_exchanges, UNUSED("accept = app-password or device")},
    {"token_resource", never_obtains,
     UNUSED("accept = app-password or device")},
    {"device_authorization_endpoint", never_by_device,
     UNUSED("accept = device")},
    {"userinfo_endpoint", never_by_userinfo, UNUSED("accept = userinfo")},
    {"tokeninfo_endpoint", never_by_userinfo, UNUSED("accept = userinfo")},
    {"clients", takes_any_client,
     "which userinfo_any_client = yes overrides: keep one"},
    {"clients", never_names_client,
     UNUSED("accept = introspection or userinfo")},
    {"http_url", never_by_http, UNUSED("accept = http")},
    {"http_realm", never_by_http, UNUSED("accept = http")},
    {"bearer_username", never_sends_tokens, UNUSED("tokens by accept = http")},
    {"user_from", never_sends_tokens, UNUSED("tokens by accept = http")},
    {NULL, NULL, NULL}};

/* --- what goes together --- */

static bool
check_accept(const struct subject *on)
{
    int64_t here = METHOD_JWT | METHOD_HOST_PASSWORD;

    if (on->issuer->local && accepts(on, ~here))
        return subject_refuse(
            on, "accept",
            "makes its credentials on this host: accept may be jwt "
            "and host-password only");
    if (!on->issuer->local && accepts(on, METHOD_HOST_PASSWORD))
        return subject_refuse(
            on, "accept",
            "cannot accept host-password: app passwords of this "
            "host belong to [issuer local]");
    if (accepts(on, METHOD_INTROSPECTION) && accepts(on, METHOD_USERINFO))
        return subject_refuse(
            on, "accept",
            "accepts both introspection and userinfo: a token goes "
            "one way, keep one");
    return true;
}

static bool
check_check(const struct subject *on)
{
    if (on->issuer->check == CHECK_LOCAL || accepts(on, METHOD_JWT))
        return true;
    return subject_refuse(on, "check",
                          "has check, which is about JWTs: add jwt to accept");
}

/* Is it asked about anything? */
static bool
check_grace(const struct subject *on)
{
    if (on->issuer->offline_grace == 0 || !never_introspects(on) ||
        by_app_password(on) || by_userinfo(on) || by_http(on))
        return true;
    return subject_refuse(on, "offline_grace",
                          "has offline_grace, and is asked about nothing: for "
                          "keys there is stale_keys");
}

/* Is there anything for http to do? */
static bool
check_http_pattern(const struct subject *on)
{
    if (config_token_method(on->issuer) == METHOD_HTTP ||
        config_password_method(on->issuer) == METHOD_HTTP)
        return true;
    if (!subject_has(on, "token_pattern") &&
        !subject_has(on, "password_pattern"))
        return subject_refuse(
            on, "accept",
            "accepts http: add token_pattern or password_pattern, "
            "what may be sent there");
    return subject_refuse(
        on, "accept",
        "has http and another method for the same credentials: a "
        "credential goes one way, keep one");
}

static bool
check_http_schemes(const struct subject *on)
{
    const struct issuer_conf *issuer = on->issuer;
    int64_t of_tokens =
        issuer->bearer_username == NULL ? SCHEME_BEARER : SCHEME_BASIC;

    if (config_token_method(issuer) == METHOD_HTTP &&
        (issuer->http_schemes & of_tokens) == 0)
        return subject_refuse(
            on, "http_schemes",
            issuer->bearer_username == NULL
                ? "sends tokens: add bearer to http_schemes"
                : "has bearer_username: add basic to http_schemes");
    if (config_password_method(issuer) == METHOD_HTTP &&
        (issuer->http_schemes & (SCHEME_BASIC | SCHEME_DIGEST)) == 0)
        return subject_refuse(
            on, "http_schemes",
            "sends passwords: add digest or basic to http_schemes");
    return true;
}

static bool
check_statuses(const struct subject *on)
{
    const struct list *accepted = &on->issuer->accepted;
    bool good = true;
    size_t i;

    for (i = 0; i < accepted->count; i++)
        if (list_has(&on->issuer->refused, span_of(accepted->item[i])))
            good = complain(on->complaints, subject_place(on, "accepted"),
                            "[issuer %s] has the status %s in both accepted "
                            "and refused",
                            on->issuer->name, accepted->item[i]);
    return good;
}

static bool
check_http(const struct subject *on)
{
    const char *claim = on->issuer->username_claim;
    bool good;

    if (!accepts(on, METHOD_HTTP))
        return true;
    good = check_http_pattern(on);
    if (!check_http_schemes(on))
        good = false;
    if (!check_statuses(on))
        good = false;
    if (claim != NULL && claim[0] == '/')
        good = subject_refuse(
            on, "username_claim",
            "accepts http, whose answers have no claims to point "
            "into: username_claim must be a name");
    return good;
}

bool
check_methods(const struct subject *on)
{
    bool good = true;

    if (subject_is_doubtful(on))
        return true;
    if (!check_accept(on))
        return false;
    if (on->issuer->local)
        return true;
    if (!check_check(on))
        good = false;
    if (!subject_needs(on, needs))
        good = false;
    if (!subject_lacks(on, unused))
        good = false;
    if (!check_grace(on))
        good = false;
    if (!check_http(on))
        good = false;
    return good;
}

/* --- patterns --- */

struct shapes {
    const struct subject *on;
    const char *option;
    const struct list *list;
};

static struct place
place_of_shape(const struct shapes *shapes, const char *shape)
{
    struct word_walk walk = {
        .setting = setting_named(shapes->on->config->settings,
                                 shapes->on->section, shapes->option)};

    while (word_next(&walk))
        if (span_is(walk.word, shape))
            return walk.place;
    return shapes->on->section->place;
}

/* A credential must have one party to go to, whatever the order is. */
static bool
check_lists(const struct shapes *a, const struct shapes *b)
{
    bool good = true;
    size_t i, j;

    for (i = 0; i < a->list->count; i++)
        for (j = 0; j < b->list->count; j++)
            if (shape_overlaps(span_of(a->list->item[i]),
                               span_of(b->list->item[j])))
                good = complain(
                    b->on->complaints, place_of_shape(b, b->list->item[j]),
                    "patterns overlap: %s \"%s\" of [issuer %s] "
                    "and %s \"%s\" of [issuer %s]; a credential "
                    "goes to one party only",
                    a->option, a->list->item[i], a->on->issuer->name, b->option,
                    b->list->item[j], b->on->issuer->name);
    return good;
}

bool
check_shapes(const struct subject *one, const struct subject *two)
{
    const struct shapes a[] = {
        {one, "token_pattern", &one->issuer->token_pattern},
        {one, "password_pattern", &one->issuer->password_pattern}};
    const struct shapes b[] = {
        {two, "token_pattern", &two->issuer->token_pattern},
        {two, "password_pattern", &two->issuer->password_pattern}};
    bool good = true;
    size_t i, j;

    /* Within one issuer, one list is one party. */
    if (one->issuer == two->issuer)
        return check_lists(&a[0], &a[1]);
    for (i = 0; i < 2; i++)
        for (j = 0; j < 2; j++)
            if (!check_lists(&a[i], &b[j]))
                good = false;
    return good;
}
