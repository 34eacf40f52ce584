/* SPDX-License-Identifier: BSD-2-Clause */
/* The input is a key set or a key.  Whatever loads is used once. */
#include <stdlib.h>

#include "helper/jose/jwks.h"

static void
use(const struct jwks *set)
{
    static const char zeros[1024];

    for (size_t i = 0; i < set->count; i++)
        for (enum alg alg = ALG_UNKNOWN; alg <= ALG_COUNT; alg++) {
            const struct jwk *key = set->key[i];
            size_t len = key->secret != NULL ? 32 : key->signature_len;

            /* No signature is all zeros; of a key that takes one, anybody
             * could forge. */
            if (jwk_verify(key, alg, span_of("a.b"), (struct span){zeros, len}))
                abort();
        }
}

static void
load(struct span text, enum jwk_secrets secrets, bool single)
{
    struct jwks_report report;
    struct jwks *set = jwks_load(text, secrets, single, &report);

    if ((set == NULL) != (report.usable == 0) ||
        (set == NULL && report.problem[0] == '\0'))
        abort();
    if (set != NULL)
        use(set);
    jwks_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};

    load(text, JWK_PUBLIC_ONLY, false);
    load(text, JWK_SECRETS_TOO, true);
    return 0;
}
