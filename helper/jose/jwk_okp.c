/* SPDX-License-Identifier: BSD-2-Clause */
/* Ed25519 public keys: RFC 8037 sections 2 and 3.1, checklist 25. */
#include <string.h>

#include "helper/jose/base64url.h"
#include "helper/jose/jwk_kind.h"

#define KEY_LEN 32
#define SIGNATURE_LEN 64
#define SIGN_BIT 0x80 /* of the last byte: the sign of x, RFC 8032 5.1.2 */

/*
 * A key is the y of its point, little-endian, with the sign of x on top.  Of
 * the points of order 1, 2, 4 and 8 y is one of these; with such a key
 * signatures verify that nobody made (with the identity: any at all), and
 * OpenSSL checks no Ed25519 key.
 */
/* clang-format off */
static const unsigned char small_order[][KEY_LEN] = {
    {0x00}, /* order 4 */
    {0x01}, /* order 1, the identity */
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* order 2: p - 1 */
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, /* order 8 */
     0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
     0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, /* order 8 */
     0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
     0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};
/* clang-format on */

/* Of what fits 255 bits only 2^255 - 19 to 2^255 - 1 are not below p: second
 * names of 0 to 18, which RFC 8032 section 5.1.3 does not decode. */
static bool
is_canonical(const unsigned char y[KEY_LEN])
{
    if (y[KEY_LEN - 1] != 0x7f || y[0] < 0xed)
        return true;
    for (size_t i = 1; i < KEY_LEN - 1; i++)
        if (y[i] != 0xff)
            return true;
    return false;
}

static bool
is_small_order(const unsigned char y[KEY_LEN])
{
    for (size_t i = 0; i < sizeof(small_order) / KEY_LEN; i++)
        if (memcmp(y, small_order[i], KEY_LEN) == 0)
            return true;
    return false;
}

const char *
jwk_okp_load(const json_t *jwk, struct jwk *out)
{
    unsigned char bytes[BASE64URL_DECODED(BASE64URL_ENCODED(KEY_LEN))];
    unsigned char y[KEY_LEN];
    size_t len;

    if (!span_is(json_text(jwk, "crv"), "Ed25519"))
        return "crv is missing or unknown";
    if (!jwk_bytes(jwk, "x", bytes, sizeof(bytes), &len) || len != KEY_LEN)
        return "member x is missing, malformed or not of 32 bytes";
    memcpy(y, bytes, KEY_LEN);
    y[KEY_LEN - 1] &= (unsigned char)~SIGN_BIT;
    if (!is_canonical(y) || is_small_order(y))
        return "a point of small order, or not its canonical form";
    out->key =
        EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, bytes, len);
    if (out->key == NULL)
        return "OpenSSL cannot use the key";
    out->algs = ALG_BIT(ALG_EDDSA);
    out->signature_len = SIGNATURE_LEN;
    return NULL;
}
