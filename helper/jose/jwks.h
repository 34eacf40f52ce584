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
struct jwks *jwks_hold(struct jwks *);
void jwks_free(struct jwks *); /* gives one reference back; NULL allowed */

#endif
