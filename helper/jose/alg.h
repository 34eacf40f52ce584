/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signature algorithms of RFC 7518 section 3.1, RFC 8037 and RFC 9864 that
 * have code here.  "none" is not among them, nor is anything that encrypts.
 */
#ifndef HELPER_JOSE_ALG_H
#define HELPER_JOSE_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/span.h"

enum alg {
    ALG_UNKNOWN = 0,
    ALG_RS256,
    ALG_RS384,
    ALG_RS512,
    ALG_PS256,
    ALG_PS384,
    ALG_PS512,
    ALG_ES256,
    ALG_ES384,
    ALG_ES512,
    ALG_EDDSA, /* Ed25519 under both of its names: EdDSA and Ed25519 */
    ALG_HS256,
    ALG_HS384,
    ALG_HS512,
    ALG_COUNT
};

/* A set of algorithms: bit N for enum alg N. */
#define ALG_BIT(alg) (1u << (alg))
#define ALG_SET_HMAC                                                           \
    (ALG_BIT(ALG_HS256) | ALG_BIT(ALG_HS384) | ALG_BIT(ALG_HS512))
#define ALG_SET_PUBLIC ((ALG_BIT(ALG_COUNT) - 1) & ~ALG_SET_HMAC & ~1u)

/* Exact, case-sensitive (RFC 7515 section 5.3). */
enum alg alg_named(struct span name);
const char *alg_name(enum alg); /* "EdDSA" for ALG_EDDSA */

/* OpenSSL's name of the hash, and its bytes: NULL and 0 for ALG_EDDSA, which
 * hashes by itself. */
const char *alg_hash(enum alg);
size_t alg_hash_len(enum alg);

/* Names separated by commas or blanks; false on an unknown or empty one. */
bool alg_set_parse(const char *list, uint32_t *set);

#endif
