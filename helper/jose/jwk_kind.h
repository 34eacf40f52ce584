/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What jwk.c and the kinds of keys (jwk_rsa.c, jwk_ec.c, jwk_okp.c) agree on;
 * nobody else includes this.
 *
 * A loader fills in `algs` (all that the kind can do), `signature_len` and
 * `key` or `secret`.  It returns NULL on success and otherwise a static text:
 * the problem.  What it had filled in by then is freed by jwk.c.
 */
#ifndef HELPER_JOSE_JWK_KIND_H
#define HELPER_JOSE_JWK_KIND_H

#include "helper/jose/json.h"
#include "helper/jose/jwk.h"

const char *jwk_rsa_load(const json_t *jwk, struct jwk *out);
const char *jwk_ec_load(const json_t *jwk, struct jwk *out);
const char *jwk_okp_load(const json_t *jwk, struct jwk *out);

/* Decodes a base64url member of at most `size` bytes, BASE64URL_DECODED() of
 * its text included; false when it is absent, no string or malformed. */
bool jwk_bytes(const json_t *jwk, const char *name, unsigned char *out,
               size_t size, size_t *len);

/* A key from parameters, passed through EVP_PKEY_public_check(): slow.  NULL
 * when OpenSSL does not want it. */
EVP_PKEY *jwk_checked_key(const char *type, OSSL_PARAM *params);

#endif
