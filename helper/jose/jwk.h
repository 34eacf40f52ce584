/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One verification key from a JWK (RFC 7517, RFC 7518 section 6, RFC 8037),
 * checked once when it is loaded so that verifying parses nothing:
 *
 * RSA   2048 to 8192 bits, e odd and 3 <= e < 2^32 (e = 3 is accepted),
 *       n odd and without small factors; EVP_PKEY_public_check()
 * EC    P-256, P-384, P-521; coordinates of exactly the field's size
 * OKP   Ed25519 of 32 bytes, none of the small-order points
 * oct   only where `secrets` is allowed; at least as long as the hash
 *
 * `use` must be sig or absent, `key_ops` must hold verify, no duplicates and
 * agree with `use`; a present `alg` binds the key to it.
 */
#ifndef HELPER_JOSE_JWK_H
#define HELPER_JOSE_JWK_H

#include <jansson.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"
#include "helper/jose/alg.h"
#include "helper/jose/thumbprint.h"

struct jwk {
    char *kid; /* NUL-terminated, kid_len bytes; NULL when absent */
    size_t kid_len;
    /* "retired" of our own key sets: when the local issuer replaced the key,
     * wall clock; 0 when absent.  No standard member; others' are not asked. */
    int64_t retired;
    uint32_t algs;        /* the algorithms this key may verify */
    size_t signature_len; /* bytes: modulus, 64, 96, 132; 0 for oct */
    EVP_PKEY *key;        /* NULL for oct */
    /* A prepared context per algorithm that `algs` names; copied per use. */
    EVP_MD_CTX *prepared[ALG_COUNT];
    unsigned char *secret; /* oct: owned, erased */
    size_t secret_len;
    char thumbprint[THUMBPRINT_SIZE]; /* "" for a bare secret */
};

enum jwk_secrets {
    JWK_PUBLIC_ONLY, /* a published set: oct is no key for us */
    JWK_SECRETS_TOO  /* a local file that may hold oct keys */
};

struct jwk_note {
    const char *problem;  /* static text why the key is not usable, or NULL */
    bool private_members; /* d, p, k ... were published */
};

/* NULL when the key is not usable; `note` says why.  Slow: milliseconds. */
struct jwk *jwk_load(const json_t *jwk, enum jwk_secrets, struct jwk_note *);
/* A bare secret, without name: for the HS* whose hash is not longer. */
struct jwk *jwk_of_secret(struct span secret, struct jwk_note *);
void jwk_free(struct jwk *);

/* Does the signature over `input` verify under this key and algorithm?
 * `signature` holds the raw JWS form (RFC 7518 section 3). */
bool jwk_verify(const struct jwk *, enum alg, struct span input,
                struct span signature);

/* What PS* need beyond the hash, for verifying and signing alike; nothing for
 * the others. */
bool jwk_set_padding(EVP_PKEY_CTX *, enum alg);

#endif
