/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local issuer's public key set, local.jwks (RFC 7517 section 5).  The
 * key that signs comes first.  Keys that no longer do carry "retired", the
 * time in seconds when they ended: a member of ours, which RFC 7517 section 4
 * lets others ignore.  They stay for the tokens that are still alive.  Their
 * private part was removed by the rotation, so nobody signs with them later,
 * unless it had been stolen: then the set must go too (httpauthctl(1)).
 */
#ifndef HELPER_CTL_KEYSET_H
#define HELPER_CTL_KEYSET_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/limits.h"
#include "helper/ctl/sign.h"

/* Then the last token of a retired key has ended for every verifier. */
#define KEYSET_KEEP_S (LOCAL_LIFETIME_MAX_S + LEEWAY_S)

/* A set of this key alone; a new reference, NULL without memory. */
json_t *keyset_new(const struct sign_key *);

struct keyset_change {
    size_t kept;    /* retired keys that are still needed, the last included */
    size_t dropped; /* ... that no living token needs */
};

/*
 * The set after `next` has taken the place of `last`: both, and of the `old`
 * set (NULL: there is none) whatever retired within KEYSET_KEEP_S before
 * `now`.  What is there without being retired is retired now.  NULL when it
 * would hold more keys than a verifier reads, or without memory.
 */
json_t *keyset_rotate(const json_t *old, const struct sign_key *last,
                      const struct sign_key *next, int64_t now,
                      struct keyset_change *);

#endif
