/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/lib/forge.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 64

static struct {
    const char *name;
    EVP_PKEY *key;
} keys[KEYS_MAX];

void *
forge_need(void *pointer, const char *what)
{
    if (pointer == NULL) {
        fprintf(stderr, "forge: %s failed\n", what);
        ERR_print_errors_fp(stderr);
        abort();
    }
    return pointer;
}

static void
need(bool held, const char *what)
{
    forge_need(held ? keys : NULL, what);
}

char *
forge_text(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    int len;

    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    need(len >= 0, "vasprintf");
    return text;
}

struct forged
forge_bytes(const void *data, size_t len)
{
    struct forged out = {forge_need(malloc(len + 1), "malloc"), len};

    if (len > 0)
        memcpy(out.data, data, len);
    out.data[len] = '\0';
    return out;
}

EVP_PKEY *
forge_key(const char *name)
{
    const char *top = getenv("SRCDIR");
    char *path = NULL;
    FILE *file;
    size_t i;

    for (i = 0; i < KEYS_MAX && keys[i].key != NULL; i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].key;
    need(i < KEYS_MAX, "more keys");
    path =
        forge_text("%s/tests/data/keys/%s.pem", top == NULL ? "." : top, name);
    file = forge_need(fopen(path, "re"), path);
    keys[i].key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    forge_need(keys[i].key, path);
    keys[i].name = name;
    fclose(file);
    free(path);
    return keys[i].key;
}

void
forge_end(void)
{
    for (size_t i = 0; i < KEYS_MAX; i++) {
        EVP_PKEY_free(keys[i].key);
        keys[i].key = NULL;
    }
}

char *
forge_base64url(const void *data, size_t len)
{
    char *text = forge_need(malloc((len + 2) / 3 * 4 + 1), "malloc");
    size_t n = (size_t)EVP_EncodeBlock((unsigned char *)text, data, (int)len);

    while (n > 0 && text[n - 1] == '=')
        text[--n] = '\0';
    for (size_t i = 0; i < n; i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    return text;
}

struct forged
forge_input(const void *header, size_t header_len, const void *payload,
            size_t payload_len)
{
    char *a = forge_base64url(header, header_len);
    char *b = forge_base64url(payload, payload_len);
    struct forged out = {forge_text("%s.%s", a, b), 0};

    out.len = strlen(out.data);
    free(a);
    free(b);
    return out;
}

struct forged
forge_join(const void *input, size_t input_len, const void *signature,
           size_t signature_len)
{
    char *c = forge_base64url(signature, signature_len);
    struct forged out = {NULL, input_len + 1 + strlen(c)};

    out.data = forge_need(malloc(out.len + 1), "malloc");
    memcpy(out.data, input, input_len);
    out.data[input_len] = '.';
    memcpy(out.data + input_len + 1, c, strlen(c) + 1);
    free(c);
    return out;
}

static const char *
hash_of(const char *alg)
{
    if (strlen(alg) != 5 || strncmp(alg, "Ed", 2) == 0)
        return NULL;
    if (strcmp(alg + 2, "256") == 0)
        return "SHA256";
    return strcmp(alg + 2, "384") == 0 ? "SHA384" : "SHA512";
}

/* EVP_DigestSign; `pss_salt` is used with `mask_hash` only. */
static struct forged
sign(EVP_PKEY *key, const char *hash, const char *mask_hash, int pss_salt,
     const void *input, size_t len)
{
    EVP_MD_CTX *context = forge_need(EVP_MD_CTX_new(), "EVP_MD_CTX_new");
    EVP_PKEY_CTX *inner = NULL;
    unsigned char out[2048];
    size_t out_len = sizeof(out);

    need(EVP_DigestSignInit_ex(context, &inner, hash, NULL, NULL, key, NULL) ==
             1,
         "EVP_DigestSignInit_ex");
    if (mask_hash != NULL)
        need(EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, pss_salt) == 1 &&
                 EVP_PKEY_CTX_set_rsa_mgf1_md_name(inner, mask_hash, NULL) == 1,
             "PSS");
    need(EVP_DigestSign(context, out, &out_len, input, len) == 1,
         "EVP_DigestSign");
    EVP_MD_CTX_free(context);
    return forge_bytes(out, out_len);
}

struct forged
forge_sign_pss(EVP_PKEY *key, const char *hash, const char *mask_hash,
               int salt_len, const void *input, size_t len)
{
    return sign(key, hash, mask_hash, salt_len, input, len);
}

/* r || s, each of the field's size. */
static struct forged
raw_ecdsa(EVP_PKEY *key, struct forged der)
{
    const unsigned char *p = (const unsigned char *)der.data;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.len);
    size_t field = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    unsigned char out[132];

    forge_need(sig, "d2i_ECDSA_SIG");
    need(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)field) > 0 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + field, (int)field) > 0,
         "BN_bn2binpad");
    ECDSA_SIG_free(sig);
    free(der.data);
    return forge_bytes(out, 2 * field);
}

struct forged
forge_ecdsa_der(const void *raw, size_t len)
{
    ECDSA_SIG *sig = forge_need(ECDSA_SIG_new(), "ECDSA_SIG_new");
    const unsigned char *p = raw;
    unsigned char *der = NULL;
    struct forged out;
    int der_len;

    need(ECDSA_SIG_set0(sig, BN_bin2bn(p, (int)(len / 2), NULL),
                        BN_bin2bn(p + len / 2, (int)(len / 2), NULL)) == 1,
         "ECDSA_SIG_set0");
    der_len = i2d_ECDSA_SIG(sig, &der);
    need(der_len > 0, "i2d_ECDSA_SIG");
    out = forge_bytes(der, (size_t)der_len);
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return out;
}

struct forged
forge_digest(const char *hash, const void *input, size_t len)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    size_t out_len = 0;

    need(EVP_Q_digest(NULL, hash, NULL, input, len, out, &out_len) == 1,
         "EVP_Q_digest");
    return forge_bytes(out, out_len);
}

struct forged
forge_rsa_raw(EVP_PKEY *key, const void *em, size_t em_len)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    unsigned char out[1024];
    size_t out_len = sizeof(out);

    need(context != NULL && EVP_PKEY_sign_init(context) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
             EVP_PKEY_sign(context, out, &out_len, em, em_len) == 1,
         "raw RSA");
    EVP_PKEY_CTX_free(context);
    return forge_bytes(out, out_len);
}

static struct forged
sign_hmac(const struct forge_signer *signer, const void *input, size_t len)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t mac_len = 0;

    forge_need(EVP_Q_mac(NULL, "HMAC", NULL, hash_of(signer->alg), NULL,
                         signer->secret, signer->secret_len, input, len, mac,
                         sizeof(mac), &mac_len),
               "HMAC");
    return forge_bytes(mac, mac_len);
}

struct forged
forge_sign(const struct forge_signer *signer, const void *input, size_t len)
{
    const char *hash = hash_of(signer->alg);

    if (strcmp(signer->alg, "none") == 0)
        return forge_bytes("", 0);
    if (signer->alg[0] == 'H')
        return sign_hmac(signer, input, len);
    if (signer->alg[0] == 'P')
        return sign(signer->key, hash, hash, RSA_PSS_SALTLEN_DIGEST, input,
                    len);
    if (hash != NULL && signer->alg[0] == 'E')
        return raw_ecdsa(signer->key,
                         sign(signer->key, hash, NULL, 0, input, len));
    return sign(signer->key, hash, NULL, 0, input, len);
}

struct forged
forge_token(const struct forge_signer *signer, const void *header,
            size_t header_len, const void *payload, size_t payload_len)
{
    struct forged input = forge_input(header, header_len, payload, payload_len);
    struct forged sig = forge_sign(signer, input.data, input.len);
    struct forged out = forge_join(input.data, input.len, sig.data, sig.len);

    free(input.data);
    free(sig.data);
    return out;
}

char *
forge_token_text(const struct forge_signer *signer, const char *header,
                 const char *payload)
{
    return forge_token(signer, header, strlen(header), payload, strlen(payload))
        .data;
}
