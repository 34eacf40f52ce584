/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules over times: how long a token lives, since when, and when its user
 * signed in. */
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/policy/hearing.h"

/* `known`: false shows `otherwise`.  Nothing is written for nobody. */
static enum reason
note(const struct hearing *h, const char *name, int64_t most, bool known,
     int64_t found, const char *otherwise, enum reason reason)
{
    char limit[32], is[32];

    if (h->trace == NULL)
        return reason;
    text_duration_print(most, limit, sizeof limit);
    if (known)
        text_duration_print(found, is, sizeof is);
    trace_note(h->trace, name, reason == REASON_ACCEPTED, limit,
               known ? is : otherwise);
    return reason;
}

/*
 * Checklist 56.  Only for people: a client was admitted by name, and its
 * lifetime is the provider's to say.  A token that does not say when it was
 * issued may live for ever, so it refuses like any absent claim.
 */
enum reason
rule_max_lifetime(const struct hearing *h)
{
    const struct facts *f = h->facts;
    bool known = f->issued > 0 && f->expires >= f->issued;
    bool held = known && f->expires - f->issued <= h->service->max_lifetime;

    /* An app password of this host has a limit of its own. */
    if (f->is_client || f->method == METHOD_HOST_PASSWORD)
        return REASON_ACCEPTED;
    return note(h, "max_lifetime", h->service->max_lifetime, known,
                known ? f->expires - f->issued : 0, "unknown: no iat",
                held ? REASON_ACCEPTED : REASON_LIFETIME_RULE);
}

/*
 * Both ages are limits of trust and not of form, so no leeway makes them
 * longer; a provider whose clock is ahead only makes its tokens younger, by
 * no more than the leeway, or they would have been refused.
 */
static enum reason
age_rule(const struct hearing *h, const char *name, int64_t most, int64_t since,
         const char *otherwise, enum reason refusal)
{
    bool known = since > 0 && since <= h->now + LEEWAY_S;
    int64_t age = known && since < h->now ? h->now - since : 0;

    if (most == 0)
        return REASON_ACCEPTED;
    return note(h, name, most, known, age, otherwise,
                known && age <= most ? REASON_ACCEPTED : refusal);
}

enum reason
rule_max_token_age(const struct hearing *h)
{
    return age_rule(h, "max_token_age", h->service->max_token_age,
                    h->facts->issued, "unknown: no iat", REASON_TOKEN_AGE_RULE);
}

enum reason
rule_max_auth_age(const struct hearing *h)
{
    return age_rule(h, "max_auth_age", h->service->max_auth_age,
                    h->facts->signed_in, "unknown: no auth_time",
                    REASON_AUTH_AGE_RULE);
}
