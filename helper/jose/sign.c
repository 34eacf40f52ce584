/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/sign.h"

#include <jansson.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/jose/base64url.h"
#include "helper/jose/jwk.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define SIGNATURE_MAX (RSA_BITS_MAX / 8) /* bytes */

/* --- keys --- */

/* Instead of OpenSSL's own, which would ask at the terminal. */
static int
no_passphrase(char *out, int size, int writing, void *asked)
{
    (void)out;
    (void)size;
    (void)writing;
    *(bool *)asked = true;
    return -1;
}

static const struct curve {
    const char *group; /* OpenSSL's name */
    enum alg alg;
    size_t field; /* bytes of r and of s */
} curves[] = {
    {"prime256v1", ALG_ES256, 32},
    {"secp384r1", ALG_ES384, 48},
    {"secp521r1", ALG_ES512, 66},
};

static const struct curve *
curve_of(enum alg alg)
{
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (curves[i].alg == alg)
            return &curves[i];
    return NULL;
}

static enum alg
alg_of_curve(EVP_PKEY *key)
{
    char group[64];

    if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1)
        for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
            if (strcmp(group, curves[i].group) == 0)
                return curves[i].alg;
    return ALG_UNKNOWN;
}

/* What the key can do; `usual` is its algorithm when nobody names one. */
static const char *
abilities(EVP_PKEY *key, uint32_t *set, enum alg *usual)
{
    int bits = EVP_PKEY_get_bits(key);

    *set = 0;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
            return "is an RSA key of fewer than 2048 or more than 8192 bits";
        for (enum alg alg = ALG_RS256; alg <= ALG_PS512; alg++)
            *set |= ALG_BIT(alg);
        *usual = ALG_RS256;
        return NULL;
    case EVP_PKEY_EC:
        *usual = alg_of_curve(key);
        if (*usual == ALG_UNKNOWN)
            return "is a key on a curve other than P-256, P-384 and P-521";
        break;
    case EVP_PKEY_ED25519:
        *usual = ALG_EDDSA;
        break;
    default:
        return "is no RSA, EC or Ed25519 key";
    }
    *set = ALG_BIT(*usual);
    return NULL;
}

static const char *
read_pem(struct span pem, EVP_PKEY **key)
{
    bool asked = false;
    BIO *from = NULL;

    if (pem.len == 0)
        return "is empty";
    if (pem.len > INT_MAX)
        return "is too large";
    from = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (from != NULL)
        *key = PEM_read_bio_PrivateKey(from, NULL, no_passphrase, &asked);
    BIO_free(from);
    /* What is left in the queue would be taken for an error of a TLS call. */
    ERR_clear_error();
    if (*key == NULL)
        return asked ? "is encrypted: store the key without a passphrase"
                     : "holds no private key in PEM";
    return NULL;
}

const char *
signer_from_pem(struct span pem, enum alg alg, struct signer *signer)
{
    enum alg usual = ALG_UNKNOWN;
    uint32_t set = 0;
    const char *problem;

    *signer = (struct signer){.alg = ALG_UNKNOWN};
    problem = read_pem(pem, &signer->key);
    if (problem == NULL)
        problem = abilities(signer->key, &set, &usual);
    if (problem != NULL)
        return problem;
    if (alg == ALG_UNKNOWN)
        alg = usual;
    if ((set & ALG_BIT(alg)) == 0)
        return "is a key for other algorithms than the configured one";
    signer->alg = alg;
    return NULL;
}

const char *
signer_from_secret(struct span secret, enum alg alg, struct signer *signer)
{
    *signer = (struct signer){.alg = ALG_UNKNOWN};
    if ((ALG_BIT(alg) & ALG_SET_HMAC) == 0)
        return "is a shared secret, which serves HS256, HS384 and HS512 only";
    if (secret.len < alg_hash_len(alg))
        return "is shorter than the algorithm's hash (RFC 7518 section 3.2)";
    signer->secret = secret;
    signer->alg = alg;
    return NULL;
}

void
signer_clear(struct signer *signer)
{
    EVP_PKEY_free(signer->key); /* erases the private part */
    *signer = (struct signer){.alg = ALG_UNKNOWN};
}

/* --- signatures --- */

/* RFC 7518 section 3.4: r || s, each of the field's size. */
static bool
raw_of_der(enum alg alg, unsigned char *signature, size_t *len)
{
    const unsigned char *der = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)*len);
    int field = (int)curve_of(alg)->field;
    bool done =
        pair != NULL &&
        BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, field) == field &&
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + field, field) == field;

    ECDSA_SIG_free(pair);
    *len = 2 * (size_t)field;
    return done;
}

static bool
sign_public(const struct signer *signer, struct span input,
            unsigned char signature[SIGNATURE_MAX], size_t *len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = NULL; /* belongs to `context` */
    bool done = false;

    *len = SIGNATURE_MAX;
    if (context == NULL ||
        EVP_DigestSignInit_ex(context, &inner, alg_hash(signer->alg), NULL,
                              NULL, signer->key, NULL) != 1 ||
        !jwk_set_padding(inner, signer->alg) ||
        EVP_DigestSign(context, signature, len,
                       (const unsigned char *)input.data, input.len) != 1)
        goto done;
    done = curve_of(signer->alg) == NULL ||
           raw_of_der(signer->alg, signature, len);

done:
    EVP_MD_CTX_free(context);
    if (!done)
        ERR_clear_error();
    return done;
}

static bool
sign_secret(const struct signer *signer, struct span input,
            unsigned char signature[SIGNATURE_MAX], size_t *len)
{
    return EVP_Q_mac(NULL, "HMAC", NULL, alg_hash(signer->alg), NULL,
                     signer->secret.data, signer->secret.len,
                     (const unsigned char *)input.data, input.len, signature,
                     SIGNATURE_MAX, len) != NULL;
}

/* --- the compact form --- */

static bool
add_base64url(struct buffer *out, const void *data, size_t len)
{
    size_t size = BASE64URL_ENCODED(len);
    char *text = malloc(size);
    bool done = false;

    if (text != NULL)
        done = buffer_add(out, text, base64url_encode(data, len, text));
    erase_free(text, size);
    return done;
}

static bool
add_header(struct buffer *out, const struct signer *signer,
           const struct sign_header *header)
{
    json_t *json = json_pack("{s:s, s:s*, s:s*}", "alg", alg_name(signer->alg),
                             "typ", header->typ, "kid", header->kid);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    bool done = text != NULL && add_base64url(out, text, strlen(text));

    free(text);
    json_decref(json);
    return done;
}

static bool
add_signature(struct buffer *out, const struct signer *signer, size_t start)
{
    unsigned char signature[SIGNATURE_MAX];
    struct span input = {out->data + start, out->len - start};
    size_t len = 0;
    bool done;

    done = signer->key != NULL ? sign_public(signer, input, signature, &len)
                               : sign_secret(signer, input, signature, &len);
    if (done)
        done = buffer_text(out, ".") && add_base64url(out, signature, len);
    erase(signature, sizeof(signature));
    return done;
}

bool
sign_compact(const struct signer *signer, const struct sign_header *header,
             struct span payload, struct buffer *out)
{
    size_t start = out->len;

    if (signer->alg == ALG_UNKNOWN)
        return false;
    return add_header(out, signer, header) && buffer_text(out, ".") &&
           add_base64url(out, payload.data, payload.len) &&
           add_signature(out, signer, start);
}
