/* SPDX-License-Identifier: BSD-2-Clause */
/* Which keys may have signed a token, and whether one of them has. */
#include <stdio.h>

#include "helper/base/limits.h"
#include "helper/jose/jws.h"

/* A token that names its key is tried with keys of exactly that name; one
 * that names none, with any.  A shared secret has no name of ours: the one
 * that the provider gave it tells us nothing. */
static bool
is_named(const struct jws *jws, const struct jwk *key)
{
    if (!jws->has_kid || key->thumbprint[0] == '\0')
        return true;
    return key->kid != NULL && jws->kid.len <= LIMIT_KID &&
           span_equal(jws->kid, (struct span){key->kid, key->kid_len});
}

struct search {
    size_t named, fitting; /* keys found; of the fitting ones tried */
    bool verified;
};

/* `fitting` ends at LIMIT_KEY_TRIALS: a set of a hundred keys must not make
 * each bad signature cost a hundred verifications. */
static struct search
try_keys(const struct jws *jws, const struct jwks *set)
{
    struct search found = {0};

    for (size_t i = 0;
         i < set->count && !found.verified && found.fitting < LIMIT_KEY_TRIALS;
         i++) {
        const struct jwk *key = set->key[i];

        if (!is_named(jws, key))
            continue;
        found.named++;
        if ((key->algs & ALG_BIT(jws->alg)) == 0)
            continue;
        found.fitting++;
        found.verified = jwk_verify(key, jws->alg, jws->input, jws->signature);
    }
    return found;
}

static void
note_search(const struct jws *jws, const struct search *found,
            struct trace *trace)
{
    char text[64];

    if (trace == NULL)
        return;
    trace_span(trace, "kid", found->named > 0,
               jws->has_kid ? "a key of that name" : "any key",
               jws->has_kid ? jws->kid : span_of("none"));
    if (found->named == 0)
        return;
    trace_note(trace, "key", found->fitting > 0, alg_name(jws->alg),
               found->fitting > 0 ? "fits" : "keys for other algorithms");
    if (found->fitting == 0)
        return;
    snprintf(text, sizeof(text), "%s, %zu tried",
             found->verified ? "verifies" : "does not verify", found->fitting);
    trace_note(trace, "signature", found->verified, "verifies", text);
}

enum reason
jws_verify(const struct jws *jws, const struct jwks *set, struct trace *trace)
{
    struct search found = try_keys(jws, set);
    enum reason reason;

    note_search(jws, &found, trace);
    if (found.verified)
        reason = REASON_ACCEPTED;
    else if (found.fitting > 0)
        reason = REASON_SIGNATURE;
    else if (found.named > 0)
        reason = REASON_KEY_UNFIT;
    else
        reason = REASON_KEY_UNKNOWN;
    return reason;
}
