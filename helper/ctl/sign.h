/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signing side of the local issuer: its Ed25519 key (RFC 8037) in a file,
 * and the tokens that it signs.  Only the tool does that; the helper never
 * reads this key.
 */
#ifndef HELPER_CTL_SIGN_H
#define HELPER_CTL_SIGN_H

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/jose/thumbprint.h"

#define SIGN_KID_SIZE THUMBPRINT_SIZE
#define SIGN_PEM_MAX 1024 /* bytes of a private key file */

struct sign_key {
    EVP_PKEY *key;
    char x[SIGN_KID_SIZE];   /* the public key, base64url */
    char kid[SIGN_KID_SIZE]; /* its thumbprint */
};

/* A fresh key.  sign_key_clear() after any result of these two. */
bool sign_key_new(struct sign_key *);
/* From PEM (PKCS#8, unencrypted); false for any other kind of key. */
bool sign_key_from_pem(struct span pem, struct sign_key *);
void sign_key_clear(struct sign_key *);

/* Appends the private key as PEM: `out` then holds a secret. */
bool sign_key_to_pem(const struct sign_key *, struct buffer *out);

/* The public JWK with kid, alg and use; a new reference. */
json_t *sign_key_public(const struct sign_key *);

/* Appends a compact JWS of the payload with the header members alg, kid and
 * `typ`. */
bool sign_jws(const struct sign_key *, const char *typ, struct span payload,
              struct buffer *out);

#endif
