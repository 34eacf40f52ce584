/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/judge.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/jose/jws.h"

static bool
begins(struct span text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

static bool
has_three_parts(struct span text)
{
    size_t dots = 0;

    for (size_t i = 0; i < text.len; i++)
        dots += text.data[i] == '.';
    return dots == 2;
}

/* May a token of this issuer open a login of that user at all? */
static bool
is_candidate(const struct judge *j, const struct helper_issuer *issuer)
{
    const struct issuer_conf *conf = issuer_conf(issuer->issuer);

    return (conf->accept & METHOD_JWT) != 0 &&
           config_speaks_for(j->helper->config, conf, j->who.user);
}

/* What begins like one of ours never falls through to the next module: it is
 * a damaged token, and the next module would only write it somewhere. */
static enum reason
shape(const struct judge *j)
{
    if (text_is_visible(j->credential) && jws_looks_like_one(j->credential))
        return REASON_NONE;
    if (begins(j->credential, "eyJ") || begins(j->credential, "hap_"))
        return REASON_FORM;
    return j->helper->issuers == 0 ? REASON_NO_ISSUER : REASON_NO_SHAPE;
}

static bool
verdict_name_key(const struct judge *j, struct helper_issuer *issuer,
                 struct verdict_key *key)
{
    const struct verdict_name name = {
        .kind = "jwt",
        .issuer = span_of(issuer_conf(issuer->issuer)->name),
        .section = helper_vouches(j->helper, issuer),
        .user = j->who.user,
        .credential = j->credential,
    };

    return name.section != NULL && verdict_key(j->helper->verdicts, &name, key);
}

/* REASON_NONE: nothing is remembered of this credential. */
static enum reason
remembered_by(struct judge *j, struct helper_issuer *issuer)
{
    struct verdict_key key;
    int64_t now_ms = clock_boot_ms();
    enum reason reason;

    if (!verdict_name_key(j, issuer, &key))
        return REASON_NONE;
    j->facts = facts_view(verdict_find(j->helper->verdicts, &key, now_ms));
    if (j->facts != NULL) {
        /* A verdict lives by boot time; the token by the wall clock, which
         * may have been set forward since. */
        reason = j->facts->expires > j->wall - LEEWAY_S ? REASON_ACCEPTED
                                                        : REASON_EXPIRED;
    } else {
        reason = verdict_find_negative(j->helper->verdicts, &key, now_ms);
    }
    if (reason != REASON_NONE) {
        j->issuer = issuer;
        j->cached = true;
        j->vouched = reason_vouched(reason);
    }
    return reason;
}

static enum reason
remembered(struct judge *j)
{
    enum reason reason = REASON_NONE;

    for (size_t i = 0; i < j->helper->issuers && reason == REASON_NONE; i++) {
        if (is_candidate(j, &j->helper->issuer[i]))
            reason = remembered_by(j, &j->helper->issuer[i]);
    }
    return reason;
}

static void
remember(struct judge *j, enum reason reason)
{
    struct helper *h = j->helper;
    const struct facts *facts = j->facts;
    int64_t now_ms = clock_boot_ms(), left;
    struct verdict_key key;

    if (j->trace != NULL || !verdict_name_key(j, j->issuer, &key))
        return;
    if (reason == REASON_ACCEPTED) {
        left = facts->expires - j->wall;
        left = left > h->config->daemon.verdict_ttl
                   ? h->config->daemon.verdict_ttl
                   : left + LEEWAY_S;
        if (left > h->config->daemon.verdict_ttl)
            left = h->config->daemon.verdict_ttl;
        verdict_add(h->verdicts, &key,
                    (struct span){(const char *)facts, facts->size},
                    now_ms + left * 1000);
    } else if (reason_is_definite(reason)) {
        verdict_add_negative(h->verdicts, &key, reason, now_ms);
    }
}

/* The candidate whose identifier is exactly the token's `iss`. */
static struct helper_issuer *
find_issuer(const struct judge *j)
{
    struct span iss = j->token.claims.iss;
    struct helper_issuer *found = NULL;

    for (size_t i = 0; i < j->helper->issuers && found == NULL; i++) {
        struct helper_issuer *issuer = &j->helper->issuer[i];

        if (span_is(iss, issuer_conf(issuer->issuer)->issuer) &&
            is_candidate(j, issuer))
            found = issuer;
    }
    trace_span(j->trace, "issuer", found != NULL,
               found != NULL ? issuer_conf(found->issuer)->issuer
                             : "an issuer that may speak for this user",
               iss);
    return found;
}

/* No key was ever seen: is the token worth waiting for one? */
static enum reason
without_keys(struct judge *j)
{
    enum reason reason = token_verify(&j->token, issuer_conf(j->issuer->issuer),
                                      NULL, j->wall, j->trace);

    if (reason != REASON_ACCEPTED)
        return reason;
    if (!j->no_keys_more) {
        j->wants = WANTS_KEYS;
        return REASON_NONE;
    }
    trace_note(j->trace, "keys", false, "at least one", "none");
    return REASON_KEYS_UNAVAILABLE;
}

static enum reason
with_keys(struct judge *j, const struct jwks *keys)
{
    const struct issuer_conf *conf = issuer_conf(j->issuer->issuer);
    enum reason reason = token_verify(&j->token, conf, keys, j->wall, j->trace);

    if (reason == REASON_KEY_UNKNOWN && j->token.jws.has_kid &&
        !j->no_kid_more &&
        token_verify(&j->token, conf, NULL, j->wall, NULL) == REASON_ACCEPTED) {
        j->wants = WANTS_KID;
        j->kid = j->token.jws.kid;
        return REASON_NONE;
    }
    j->vouched = reason_vouched(reason);
    if (reason == REASON_ACCEPTED) {
        j->owned = facts_from_claims(&j->token.claims, METHOD_JWT,
                                     j->helper->config, conf);
        if (j->owned == NULL)
            return REASON_INTERNAL;
        j->facts = j->owned;
    }
    remember(j, reason);
    return reason;
}

static enum reason
verify(struct judge *j)
{
    struct jwks *keys;
    enum reason reason;

    j->parsed = true;
    reason = token_parse(j->credential, &j->token, j->trace);
    if (reason != REASON_ACCEPTED)
        return reason;
    j->issuer = find_issuer(j);
    if (j->issuer == NULL)
        return REASON_ISSUER;
    keys = issuer_keys(j->issuer->issuer);
    return keys == NULL ? without_keys(j) : with_keys(j, keys);
}

/* Is the credential good?  REASON_NONE: `wants` says what is missing. */
static enum reason
credential(struct judge *j)
{
    struct helper *h = j->helper;
    bool clock_is_right = helper_wall(h, &j->wall);
    enum reason reason = REASON_NONE;

    if (h->config == NULL)
        return h->absent ? REASON_NO_ISSUER : REASON_CONFIGURATION;
    for (size_t i = 0; i < h->issuers; i++)
        j->known_user |= is_candidate(j, &h->issuer[i]);
    /* What is remembered has been looked at before: no need to decode it
     * only to see its shape. */
    if (clock_is_right && j->trace == NULL && text_is_visible(j->credential) &&
        has_three_parts(j->credential))
        reason = remembered(j);
    if (reason != REASON_NONE)
        return reason;
    reason = shape(j);
    if (!trace_note(j->trace, "shape", reason == REASON_NONE,
                    "a JSON Web Token", NULL))
        return reason;
    if (!clock_is_right) {
        trace_note(j->trace, "clock", false, "not behind what it showed", NULL);
        return REASON_CLOCK;
    }
    return verify(j);
}

/* As pins_check(), but records nothing. */
static bool
pin_holds(const struct judge *j, struct span iss, struct span sub)
{
    struct span held = pins_find(j->helper->pins, j->who.user, iss);
    char expected[TRACE_TEXT_MAX] = "no subject recorded yet";

    if (held.len > 0)
        text_escape(held, expected, sizeof(expected));
    return trace_span(j->trace, "pin", held.len == 0 || span_equal(held, sub),
                      expected, sub);
}

/* pin_subject: names can be reused at the provider, subjects cannot. */
static enum reason
pinned(struct judge *j)
{
    struct helper *h = j->helper;
    const struct issuer_conf *conf = issuer_conf(j->issuer->issuer);
    struct span iss = span_of(conf->issuer);
    struct span sub = span_of(facts_text(j->facts, FACT_SUBJECT, 0));

    if (!conf->pin_subject || strcmp(conf->username_claim, "sub") == 0 ||
        usersmap_lists(h->config->map, j->who.user))
        return REASON_ACCEPTED;
    if (h->memory == HELPER_STORES_NOTHING)
        return REASON_ACCEPTED;
    if (sub.len == 0)
        return REASON_SUBJECT;
    if (h->pins == NULL)
        return REASON_STATE;
    if (j->trace != NULL)
        return pin_holds(j, iss, sub) ? REASON_ACCEPTED : REASON_PINNED;
    switch (pins_check(h->pins, j->who.user, iss, sub)) {
    case PIN_MATCHES:
    case PIN_NEW:
        return REASON_ACCEPTED;
    case PIN_OTHER:
        return REASON_PINNED;
    default:
        return REASON_STATE;
    }
}

void
judge_run(struct judge *j)
{
    enum reason reason;

    judge_clear(j);
    if (j->trace != NULL)
        j->trace->count = 0;
    reason = credential(j);
    if (reason == REASON_ACCEPTED)
        reason = policy_map(j->helper->config, j->facts, &j->who, j->trace);
    if (reason == REASON_ACCEPTED)
        reason = policy_rules(j->helper->config, j->facts, &j->who, j->trace);
    if (reason == REASON_ACCEPTED)
        reason = pinned(j);
    if (reason == REASON_NONE && j->wants == WANTS_NOTHING)
        reason = REASON_INTERNAL;
    j->reason = reason;
}

void
judge_clear(struct judge *j)
{
    if (j->parsed)
        token_clear(&j->token);
    memset(&j->token, 0, sizeof(j->token));
    free(j->owned);
    j->owned = NULL;
    j->facts = NULL;
    j->parsed = j->cached = j->vouched = j->known_user = false;
    j->issuer = NULL;
    j->kid = (struct span){NULL, 0};
    j->wants = WANTS_NOTHING;
    j->reason = REASON_NONE;
}
