/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signs anything, true or false, so that what verifies can be tried against
 * it.  It shares no code with helper/jose.  Whatever goes wrong in here ends
 * the test program with a message; what is returned is never NULL and is the
 * caller's to free().
 */
#ifndef TESTS_LIB_FORGE_H
#define TESTS_LIB_FORGE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes of our own; `data` has a NUL behind it. */
struct forged {
    char *data;
    size_t len;
};

/* tests/data/keys/NAME.pem below $SRCDIR; cached, freed by forge_end(). */
EVP_PKEY *forge_key(const char *name);
void forge_end(void);

/*
 * `alg` is a JOSE name and says how to sign, whatever the header says.  HS*
 * use `secret`.  "none" gives an empty signature.
 */
struct forge_signer {
    const char *alg;
    EVP_PKEY *key;
    const void *secret;
    size_t secret_len;
};

/* The signature in its JWS form. */
struct forged forge_sign(const struct forge_signer *, const void *input,
                         size_t len);

/* header "." payload "." signature, each base64url. */
struct forged forge_token(const struct forge_signer *, const void *header,
                          size_t header_len, const void *payload,
                          size_t payload_len);
char *forge_token_text(const struct forge_signer *, const char *header,
                       const char *payload);

/* input "." base64url(signature) */
struct forged forge_join(const void *input, size_t input_len,
                         const void *signature, size_t signature_len);
/* base64url(header) "." base64url(payload) */
struct forged forge_input(const void *header, size_t header_len,
                          const void *payload, size_t payload_len);

/* RSASSA-PSS with any salt length and mask hash. */
struct forged forge_sign_pss(EVP_PKEY *, const char *hash,
                             const char *mask_hash, int salt_len,
                             const void *input, size_t len);
/* EM^d mod n: any encoded message, RFC 8017 section 8.2.  `em_len` is the
 * length of the modulus. */
struct forged forge_rsa_raw(EVP_PKEY *, const void *em, size_t em_len);
struct forged forge_digest(const char *hash, const void *input, size_t len);
/* A DER ECDSA signature from a raw one. */
struct forged forge_ecdsa_der(const void *raw, size_t len);

char *forge_base64url(const void *data, size_t len);

/*
 * The JWK of a key: {"kty":...,EXTRA} with the private members if asked.
 * `extra` is text like "\"kid\":\"a\",\"use\":\"sig\"" or NULL.
 */
char *forge_jwk(EVP_PKEY *, bool private_too, const char *extra);
char *forge_jwk_secret(const void *secret, size_t len, const char *extra);
/* A big-endian parameter of the key ("n", "e", OpenSSL's names). */
struct forged forge_parameter(EVP_PKEY *, const char *name);

/* printf into memory of its own. */
char *forge_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct forged forge_bytes(const void *data, size_t len);
void *forge_need(void *pointer, const char *what);

#endif
