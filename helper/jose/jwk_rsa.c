/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA public keys: RFC 7518 section 6.3.1, checklist 23. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <stdlib.h>

#include "helper/jose/base64url.h"
#include "helper/jose/jwk_kind.h"

#define BITS_MIN 2048 /* RFC 7518 sections 3.3 and 3.5 */
#define BITS_MAX 8192 /* what longer ones cost is a lever for flooding */
#define E_BITS_MAX 32

/* Room for the longest modulus behind a few leading zero octets, which RFC
 * 7518 forbids to write and some still do. */
#define MODULUS_ROOM (BITS_MAX / 8 + 64)

#define ODD_DIVISOR_MAX 4095

static BIGNUM *
number(const json_t *jwk, const char *name)
{
    unsigned char bytes[MODULUS_ROOM];
    size_t len;

    if (!jwk_bytes(jwk, name, bytes, sizeof(bytes), &len))
        return NULL;
    return BN_bin2bn(bytes, (int)len, NULL);
}

/* OpenSSL's own check knows divisors below 752 only; it also costs
 * milliseconds that a bad modulus does not deserve. */
static bool
has_small_factor(const BIGNUM *n)
{
    if (!BN_is_odd(n))
        return true;
    for (BN_ULONG divisor = 3; divisor <= ODD_DIVISOR_MAX; divisor += 2)
        if (BN_mod_word(n, divisor) == 0)
            return true;
    return false;
}

/* With e = 1 anybody can sign (seen: OpenSSL verifies it); an even e has no
 * inverse, and a huge one only costs. */
static const char *
numbers_problem(const BIGNUM *n, const BIGNUM *e)
{
    if (n == NULL)
        return "member n is missing or malformed";
    if (e == NULL)
        return "member e is missing or malformed";
    if (BN_num_bits(n) < BITS_MIN)
        return "the modulus is shorter than 2048 bits";
    if (BN_num_bits(n) > BITS_MAX)
        return "the modulus is longer than 8192 bits";
    if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > E_BITS_MAX)
        return "the exponent is even, 1 or over 32 bits";
    if (has_small_factor(n))
        return "the modulus has a small factor";
    return NULL;
}

static EVP_PKEY *
key_of(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (builder == NULL ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        goto done;
    params = OSSL_PARAM_BLD_to_param(builder);
    if (params != NULL)
        key = jwk_checked_key("RSA", params);

done:
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

const char *
jwk_rsa_load(const json_t *jwk, struct jwk *out)
{
    BIGNUM *n = number(jwk, "n"), *e = number(jwk, "e");
    const char *problem = numbers_problem(n, e);

    if (problem != NULL)
        goto done;
    problem = "OpenSSL's check of the RSA key failed";
    out->key = key_of(n, e);
    if (out->key == NULL)
        goto done;
    for (enum alg alg = ALG_RS256; alg <= ALG_PS512; alg++)
        out->algs |= ALG_BIT(alg);
    out->signature_len = (size_t)BN_num_bytes(n);
    problem = NULL;

done:
    BN_free(n);
    BN_free(e);
    return problem;
}
