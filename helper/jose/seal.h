/* SPDX-License-Identifier: BSD-2-Clause */
/* AES-256-GCM (NIST SP 800-38D), with a random nonce: for what rests somewhere
 * and comes back to us. */
#ifndef HELPER_JOSE_SEAL_H
#define HELPER_JOSE_SEAL_H

#include <stdbool.h>

#include "helper/base/span.h"

#define SEAL_KEY_LEN 32
#define SEAL_BYTES_MAX (256 * 1024 * 1024)

struct seal {
    unsigned char nonce[12];
    unsigned char tag[16];
};

/* `out` has room for as many bytes as `plain`; `beside` is authenticated and
 * stays readable.  A key must not seal more than 2^32 times. */
bool seal_close(const unsigned char key[SEAL_KEY_LEN], struct span beside,
                struct span plain, struct seal *, unsigned char *out);

/* False for anything that the key did not seal with just that beside it; what
 * is in `out` then is to be erased. */
bool seal_open(const unsigned char key[SEAL_KEY_LEN], struct span beside,
               const struct seal *, struct span sealed, unsigned char *out);

#endif
