/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys as JWK text: RFC 7518 section 6, RFC 8037 section 2. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/forge.h"

struct forged
forge_parameter(EVP_PKEY *key, const char *name)
{
    unsigned char bytes[1024];
    BIGNUM *number = NULL;
    int len;

    EVP_PKEY_get_bn_param(key, name, &number);
    forge_need(number, name);
    len = BN_bn2bin(number, bytes);
    BN_clear_free(number);
    return forge_bytes(bytes, (size_t)len);
}

/* ,"name":"base64url" of a number, padded to `field` bytes when that is more */
static char *
member(EVP_PKEY *key, const char *jose, const char *name, size_t field)
{
    unsigned char bytes[1024] = {0};
    struct forged number = forge_parameter(key, name);
    size_t pad = field > number.len ? field - number.len : 0;
    char *encoded, *out;

    memcpy(bytes + pad, number.data, number.len);
    encoded = forge_base64url(bytes, pad + number.len);
    out = forge_text(",\"%s\":\"%s\"", jose, encoded);
    free(encoded);
    free(number.data);
    return out;
}

/* Appends and frees `more`. */
static void
append(char **text, char *more)
{
    char *joined = forge_text("%s%s", *text, more);

    free(*text);
    free(more);
    *text = joined;
}

static void
append_rsa(char **text, EVP_PKEY *key, bool private_too)
{
    append(text, member(key, "n", OSSL_PKEY_PARAM_RSA_N, 0));
    append(text, member(key, "e", OSSL_PKEY_PARAM_RSA_E, 0));
    if (!private_too)
        return;
    append(text, member(key, "d", OSSL_PKEY_PARAM_RSA_D, 0));
    append(text, member(key, "p", OSSL_PKEY_PARAM_RSA_FACTOR1, 0));
    append(text, member(key, "q", OSSL_PKEY_PARAM_RSA_FACTOR2, 0));
}

static void
append_ec(char **text, EVP_PKEY *key, bool private_too)
{
    size_t field = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    char group[32] = "";
    const char *crv = "P-256";

    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
    if (strcmp(group, "secp384r1") == 0)
        crv = "P-384";
    else if (strcmp(group, "secp521r1") == 0)
        crv = "P-521";
    else if (strcmp(group, "secp256k1") == 0)
        crv = "secp256k1";
    append(text, forge_text(",\"crv\":\"%s\"", crv));
    append(text, member(key, "x", OSSL_PKEY_PARAM_EC_PUB_X, field));
    append(text, member(key, "y", OSSL_PKEY_PARAM_EC_PUB_Y, field));
    if (private_too)
        append(text, member(key, "d", OSSL_PKEY_PARAM_PRIV_KEY, field));
}

static void
append_okp(char **text, EVP_PKEY *key, bool private_too)
{
    unsigned char bytes[64];
    size_t len = sizeof(bytes);
    char *encoded;

    EVP_PKEY_get_raw_public_key(key, bytes, &len);
    encoded = forge_base64url(bytes, len);
    append(text, forge_text(",\"crv\":\"%s\",\"x\":\"%s\"",
                            EVP_PKEY_is_a(key, "ED25519")  ? "Ed25519"
                            : EVP_PKEY_is_a(key, "X25519") ? "X25519"
                                                           : "Ed448",
                            encoded));
    free(encoded);
    if (!private_too)
        return;
    len = sizeof(bytes);
    EVP_PKEY_get_raw_private_key(key, bytes, &len);
    encoded = forge_base64url(bytes, len);
    append(text, forge_text(",\"d\":\"%s\"", encoded));
    free(encoded);
}

static char *
finish(char *text, const char *extra)
{
    if (extra != NULL)
        append(&text, forge_text(",%s", extra));
    append(&text, forge_text("}"));
    return text;
}

char *
forge_jwk(EVP_PKEY *key, bool private_too, const char *extra)
{
    char *text = NULL;

    if (EVP_PKEY_is_a(key, "RSA")) {
        text = forge_text("{\"kty\":\"RSA\"");
        append_rsa(&text, key, private_too);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        text = forge_text("{\"kty\":\"EC\"");
        append_ec(&text, key, private_too);
    } else {
        text = forge_text("{\"kty\":\"OKP\"");
        append_okp(&text, key, private_too);
    }
    return finish(text, extra);
}

char *
forge_jwk_secret(const void *secret, size_t len, const char *extra)
{
    char *encoded = forge_base64url(secret, len);
    char *text = forge_text("{\"kty\":\"oct\",\"k\":\"%s\"", encoded);

    free(encoded);
    return finish(text, extra);
}
