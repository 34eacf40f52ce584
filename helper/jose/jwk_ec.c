/* SPDX-License-Identifier: BSD-2-Clause */
/* Elliptic curve public keys: RFC 7518 section 6.2.1, checklist 24. */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

#include "helper/jose/base64url.h"
#include "helper/jose/jwk_kind.h"

#define FIELD_MAX 66 /* bytes of a P-521 coordinate */

static const struct curve {
    const char *crv;
    const char *group; /* OpenSSL's name */
    size_t field;      /* bytes of one coordinate, and of r and of s */
    enum alg alg;
} curves[] = {
    {"P-256", "prime256v1", 32, ALG_ES256},
    {"P-384", "secp384r1", 48, ALG_ES384},
    {"P-521", "secp521r1", 66, ALG_ES512},
};

static const struct curve *
curve_of(const json_t *jwk)
{
    struct span crv = json_text(jwk, "crv");

    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (span_is(crv, curves[i].crv))
            return &curves[i];
    return NULL;
}

/* Section 6.2.1.2: exactly the size of the field, leading zeros kept. */
static bool
coordinate(const json_t *jwk, const char *name, size_t field,
           unsigned char *out)
{
    unsigned char bytes[BASE64URL_DECODED(BASE64URL_ENCODED(FIELD_MAX))];
    size_t len;

    if (!jwk_bytes(jwk, name, bytes, sizeof(bytes), &len) || len != field)
        return false;
    memcpy(out, bytes, field);
    return true;
}

const char *
jwk_ec_load(const json_t *jwk, struct jwk *out)
{
    const struct curve *curve = curve_of(jwk);
    /* Uncompressed, SEC 1 section 2.3.3: a compressed form or the single
     * octet of the point at infinity cannot be said this way. */
    unsigned char point[1 + 2 * FIELD_MAX] = {0x04};
    char group[16];
    OSSL_PARAM params[3];

    if (curve == NULL)
        return "crv is missing or unknown";
    if (!coordinate(jwk, "x", curve->field, point + 1) ||
        !coordinate(jwk, "y", curve->field, point + 1 + curve->field))
        return "a coordinate is missing, malformed or of another size";
    snprintf(group, sizeof(group), "%s", curve->group);
    params[0] =
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  point, 1 + 2 * curve->field);
    params[2] = OSSL_PARAM_construct_end();
    out->key = jwk_checked_key("EC", params);
    if (out->key == NULL)
        return "the point is not on the curve";
    out->algs = ALG_BIT(curve->alg);
    out->signature_len = 2 * curve->field;
    return NULL;
}
