/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A key set (RFC 7517 section 5): immutable, reference-counted, swapped
 * whole.  Unusable keys are skipped, the rest serves; a document without a
 * usable key is no key set.  Loading may run on a pool thread; the counter
 * itself is not atomic and belongs to the loop's thread.
 */
#ifndef HELPER_JOSE_JWKS_H
#define HELPER_JOSE_JWKS_H

#include <stddef.h>

#include "helper/base/list.h"
#include "helper/base/span.h"
#include "helper/jose/jwk.h"

struct jwks {
    unsigned references;
    size_t count;
    struct jwk **key; /* in document order */
};

struct jwks_report {
    size_t usable, skipped;
    bool private_members;
    char problem[160]; /* of the document, or of the first skipped key; "" */
};

/* `document` is a set; with `single` also one bare JWK.  NULL when no key is
 * usable: `report->problem` then says why.  The caller holds one reference. */
struct jwks *jwks_load(struct span document, enum jwk_secrets, bool single,
                       struct jwks_report *);
/* A set of the one key that a shared secret is. */
struct jwks *jwks_of_secret(struct span secret, struct jwks_report *);

/* Drops the keys whose RFC 7638 thumbprint is not in the list, which count as
 * skipped then.  Takes the caller's reference to a set that nobody else has
 * yet, and returns it, or NULL when no key is left. */
struct jwks *jwks_pin(struct jwks *, const struct list *thumbprints,
                      struct jwks_report *);

struct jwks *jwks_hold(struct jwks *);
void jwks_free(struct jwks *); /* gives one reference back; NULL allowed */

#endif
