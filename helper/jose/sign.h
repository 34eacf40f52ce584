/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signing side of JOSE: compact JWS (RFC 7515 section 7.1), for what this
 * host says of itself: client assertions (RFC 7523), and the local issuer's
 * tokens, which the tool mints.
 */
#ifndef HELPER_JOSE_SIGN_H
#define HELPER_JOSE_SIGN_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/jose/alg.h"

struct signer {
    enum alg alg;
    EVP_PKEY *key;      /* or, for HS*: */
    struct span secret; /* not owned */
};

/*
 * A private key from PEM (PKCS#8, PKCS#1 or SEC1, unencrypted: a passphrase
 * is never asked for).  `alg` ALG_UNKNOWN chooses by the kind of key: RS256
 * (2048 to 8192 bits), ES256, ES384, ES512, EdDSA; otherwise the key must fit
 * it.  NULL, or what is wrong in words that follow the key's name.
 * signer_clear() on any result.
 */
const char *signer_from_pem(struct span pem, enum alg, struct signer *);

/* HS*: `secret` must outlive the signer and be at least as long as the hash
 * (RFC 7518 section 3.2). */
const char *signer_from_secret(struct span secret, enum alg, struct signer *);

void signer_clear(struct signer *);

struct sign_header {
    const char *typ; /* NULL: absent */
    const char *kid; /* likewise */
};

/* Appends header "." payload "." signature; false without memory or room, or
 * when the library fails. */
bool sign_compact(const struct signer *, const struct sign_header *,
                  struct span payload, struct buffer *out);

#endif
