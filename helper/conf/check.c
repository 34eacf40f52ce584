/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/check.h"

#include <string.h>

#include "helper/conf/fit.h"
#include "helper/conf/pattern.h"
#include "helper/conf/settings.h"
#include "helper/conf/subject.h"
#include "helper/wire/wire.h"

/* Answers about a token name its audience, or its client at least; what a
 * page says to a credential names nobody. */
static bool
needs_audience(const struct issuer_conf *issuer)
{
    return issuer->accept == METHOD_NONE /* refused already */ ||
           (issuer->accept & ~(METHOD_USERINFO | METHOD_HTTP)) != 0;
}

/* Without these two a token of anybody, or for anybody, would do. */
static bool
check_required(const struct subject *on)
{
    bool good = true;

    if (on->issuer->local)
        return true;
    if (!subject_has(on, "issuer"))
        good = complain(on->complaints, on->section->place,
                        "[issuer %s] has no issuer: add \"issuer = ...\", "
                        "the exact iss of its tokens",
                        on->issuer->name);
    if (!subject_has(on, "audience") && needs_audience(on->issuer))
        good = complain(on->complaints, on->section->place,
                        "[issuer %s] has no audience: add \"audience = ...\", "
                        "what its tokens for this host say in aud",
                        on->issuer->name);
    return good;
}

static bool
check_token_type(const struct subject *on)
{
    if (on->issuer->local || on->issuer->token_type != TOKEN_ACCESS ||
        on->issuer->required_claims.count > 0)
        return true;
    return complain(on->complaints, subject_place(on, "token_type"),
                    "[issuer %s] has token_type = access and no "
                    "required_claims: without them any JWT of that issuer "
                    "passes for an access token",
                    on->issuer->name);
}

static bool
check_local(const struct subject *on)
{
    bool good = true;

    if (!on->issuer->local)
        return true;
    if (subject_has(on, "jwks_uri"))
        good = complain(on->complaints, subject_place(on, "jwks_uri"),
                        "[issuer local] has its keys in a file: remove "
                        "jwks_uri");
    if (on->issuer->token_type != TOKEN_AT_JWT)
        good = complain(on->complaints, subject_place(on, "token_type"),
                        "[issuer local] makes at+jwt only: remove "
                        "token_type");
    return good;
}

/* Each is a file, of which one packet holds so many besides the token. */
static bool
check_secrets(const struct subject *on)
{
    const struct list *secrets = &on->issuer->secrets;
    size_t i, k;

    if (secrets->count > WIRE_FILES_MAX - 1)
        return subject_refuse(on, "secrets", "has more than seven secrets");
    for (i = 0; i < secrets->count; i++)
        for (k = 0; k < i; k++)
            if (strcmp(strrchr(secrets->item[i], ':'),
                       strrchr(secrets->item[k], ':')) == 0)
                return subject_refuse(on, "secrets",
                                      "has two secrets of one name");
    return true;
}

static size_t
count_remote(const struct config *config)
{
    size_t i, count = 0;

    for (i = 0; i < config->issuers; i++)
        if (!config->issuer[i].local)
            count++;
    return count;
}

static bool
check_users(const struct subject *on)
{
    if (on->issuer->users.count > 0 || subject_has(on, "users"))
        return true;
    return complain(on->complaints, on->section->place,
                    "[issuer %s] has no users: of %zu issuers each must say "
                    "for which local users it speaks",
                    on->issuer->name, count_remote(on->config));
}

static bool
check_one(const struct subject *on)
{
    bool good = check_required(on);

    if (!check_keys(on))
        good = false;
    if (!check_methods(on))
        good = false;
    if (!check_client(on))
        good = false;
    if (!check_token_type(on))
        good = false;
    if (!check_local(on))
        good = false;
    if (!check_secrets(on))
        good = false;
    if (!check_users(on))
        good = false;
    return good;
}

static bool
check_same_identifier(const struct subject *one, const struct subject *two)
{
    const char *a = one->issuer->issuer, *b = two->issuer->issuer;

    if (a == NULL || b == NULL || strcmp(a, b) != 0)
        return true;
    return complain(two->complaints, subject_place(two, "issuer"),
                    "[issuer %s] and [issuer %s] are the same issuer",
                    one->issuer->name, two->issuer->name);
}

/* The place of the second issuer's pattern, or of its section. */
static struct place
place_of_pattern(const struct subject *on, const char *pattern)
{
    struct word_walk walk = {
        .setting = setting_named(on->config->settings, on->section, "users")};

    while (word_next(&walk))
        if (span_is(walk.word, pattern))
            return walk.place;
    return on->section->place;
}

/* Who speaks for a name must never depend on the order of sections. */
static bool
check_overlap(const struct subject *one, const struct subject *two)
{
    const struct list *a = &one->issuer->users, *b = &two->issuer->users;
    bool good = true;
    size_t i, j;

    if (one->issuer->local || two->issuer->local)
        return true;
    for (i = 0; i < a->count; i++)
        for (j = 0; j < b->count; j++)
            if (pattern_overlaps(span_of(a->item[i]), span_of(b->item[j])))
                good =
                    complain(two->complaints, place_of_pattern(two, b->item[j]),
                             "users overlap: \"%s\" of [issuer %s] and "
                             "\"%s\" of [issuer %s]",
                             a->item[i], one->issuer->name, b->item[j],
                             two->issuer->name);
    return good;
}

/* What stands in a section that it means nothing for would be missed. */
static bool
check_reach(const struct config *config, struct buffer *complaints)
{
    const struct settings *settings = config->settings;
    bool good = true;
    size_t i, j;

    for (i = 0; i < settings->count; i++) {
        const struct section *section = &settings->section[i];
        bool local = strcmp(section->name, CONF_LOCAL_ISSUER) == 0;

        if (section->kind != SECTION_ISSUER)
            continue;
        for (j = 0; j < option_count; j++) {
            const struct setting *own = setting_own(section, &option_table[j]);

            if (own->count == 0 || own->refused ||
                option_reaches(&option_table[j], local))
                continue;
            good = complain(complaints, written_place(own, 0),
                            local ? "[issuer %s] has no use for %s: remove it"
                                  : "[issuer %s] has no use for %s, which "
                                    "belongs in [issuer local]",
                            section->name, option_table[j].name);
        }
    }
    return good;
}

bool
check_issuers(const struct config *config, struct buffer *complaints)
{
    bool good = check_reach(config, complaints);
    size_t i, j;

    for (i = 0; i < config->issuers; i++) {
        struct subject two = subject_of(config, &config->issuer[i], complaints);

        if (!check_one(&two))
            good = false;
        for (j = 0; j < i; j++) {
            struct subject one =
                subject_of(config, &config->issuer[j], complaints);

            if (!check_same_identifier(&one, &two))
                good = false;
            if (!check_overlap(&one, &two))
                good = false;
            if (!check_shapes(&one, &two))
                good = false;
        }
        if (!check_shapes(&two, &two))
            good = false;
    }
    return good;
}
