/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_jwt ALG: one JWT of 1.2 KB from bytes to checked claims, every token
 * seen for the first time, against two others on the same tokens:
 *
 *   openssl    EVP_DigestVerifyInit + EVP_DigestVerify, key parsed before,
 *              signature and input decoded before
 *   liboauth2  oauth2_token_verify() with the same key as a JWK
 *
 * The three take turns, block by block; prints the median microseconds of
 * each: `ALG ours N openssl N liboauth2 N` (liboauth2 has no EdDSA).
 */
#include <jansson.h>
#include <oauth2/cfg.h>
#include <oauth2/oauth2.h>
#include <oauth2/util.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "helper/issuer/issuer.h"
#include "helper/jose/base64url.h"
#include "tests/bench/measure.h"

#define TOKENS 1000 /* per block; each block has its own */
#define BLOCKS 9
#define NOW 1800000000

struct sample {
    char *text; /* the token */
    size_t len, input_len;
    unsigned char signature[512]; /* as OpenSSL wants it */
    size_t signature_len;
};

static struct sample sample[TOKENS];

static void
must(int held, const char *what)
{
    if (!held) {
        fprintf(stderr, "bench_jwt: %s failed\n", what);
        exit(1);
    }
}

static EVP_PKEY *
new_key(const char *alg)
{
    EVP_PKEY *key = NULL;

    if (strcmp(alg, "RS256") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    else if (strcmp(alg, "ES256") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(key != NULL, "key generation");
    return key;
}

static void
add_number(json_t *jwk, const char *name, EVP_PKEY *key, const char *param,
           int size)
{
    BIGNUM *number = NULL;
    unsigned char bytes[512];
    char text[BASE64URL_ENCODED(512)];

    must(EVP_PKEY_get_bn_param(key, param, &number), param);
    if (size == 0)
        size = BN_num_bytes(number);
    must(BN_bn2binpad(number, bytes, size) == size, "padding");
    base64url_encode(bytes, (size_t)size, text);
    json_object_set_new(jwk, name, json_string(text));
    BN_free(number);
}

static json_t *
public_jwk(const char *alg, EVP_PKEY *key)
{
    json_t *jwk =
        json_pack("{s:s, s:s, s:s}", "kid", "bench", "alg", alg, "use", "sig");

    if (strcmp(alg, "RS256") == 0) {
        json_object_set_new(jwk, "kty", json_string("RSA"));
        add_number(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
        add_number(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    } else if (strcmp(alg, "ES256") == 0) {
        json_object_set_new(jwk, "kty", json_string("EC"));
        json_object_set_new(jwk, "crv", json_string("P-256"));
        add_number(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
        add_number(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    } else {
        unsigned char raw[32];
        size_t len = sizeof(raw);
        char text[BASE64URL_ENCODED(32)];

        must(EVP_PKEY_get_raw_public_key(key, raw, &len), "raw key");
        base64url_encode(raw, len, text);
        json_object_set_new(jwk, "kty", json_string("OKP"));
        json_object_set_new(jwk, "crv", json_string("Ed25519"));
        json_object_set_new(jwk, "x", json_string(text));
    }
    return jwk;
}

/* r || s of a DER signature, RFC 7518 section 3.4. */
static size_t
raw_signature(const unsigned char *der, size_t len, unsigned char *raw)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

    must(sig != NULL, "DER");
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
    ECDSA_SIG_free(sig);
    return 64;
}

static void
make_token(struct sample *s, const char *alg, EVP_PKEY *key, unsigned number)
{
    static char payload[2048], padding[512];
    char header[128], text[4096];
    unsigned char raw[512];
    size_t raw_len;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool eddsa = strcmp(alg, "EdDSA") == 0;

    memset(padding, 'x', sizeof(padding));
    snprintf(header, sizeof(header),
             "{\"alg\":\"%s\",\"typ\":\"at+jwt\",\"kid\":\"bench\"}", alg);
    snprintf(payload, sizeof(payload),
             "{\"iss\":\"https://idp.test\",\"aud\":\"ssh://host.test\","
             "\"sub\":\"alice\",\"client_id\":\"app\",\"jti\":\"%016x\","
             "\"iat\":%d,\"exp\":%d,\"scope\":\"ssh:login mail profile\","
             "\"groups\":[\"admins\",\"developers\",\"operators\"],"
             "\"preferred_username\":\"alice\",\"email_verified\":true,"
             "\"note\":\"%.*s\"}",
             number, NOW - 10, NOW + 600, strcmp(alg, "RS256") == 0 ? 260 : 450,
             padding);
    s->input_len = base64url_encode(header, strlen(header), text);
    text[s->input_len++] = '.';
    s->input_len +=
        base64url_encode(payload, strlen(payload), text + s->input_len);
    s->signature_len = sizeof(s->signature);
    must(EVP_DigestSignInit(context, NULL, eddsa ? NULL : EVP_sha256(), NULL,
                            key) == 1 &&
             EVP_DigestSign(context, s->signature, &s->signature_len,
                            (unsigned char *)text, s->input_len) == 1,
         "signing");
    EVP_MD_CTX_free(context);
    raw_len = s->signature_len;
    memcpy(raw, s->signature, raw_len);
    if (strcmp(alg, "ES256") == 0)
        raw_len = raw_signature(s->signature, s->signature_len, raw);
    text[s->input_len] = '.';
    s->len = s->input_len + 1 +
             base64url_encode(raw, raw_len, text + s->input_len + 1);
    free(s->text);
    s->text = strdup(text);
}

static double
block_openssl(EVP_PKEY *key, bool eddsa)
{
    double begin = measure_now_us();

    for (size_t i = 0; i < TOKENS; i++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        must(EVP_DigestVerifyInit(context, NULL, eddsa ? NULL : EVP_sha256(),
                                  NULL, key) == 1 &&
                 EVP_DigestVerify(
                     context, sample[i].signature, sample[i].signature_len,
                     (unsigned char *)sample[i].text, sample[i].input_len) == 1,
             "openssl");
        EVP_MD_CTX_free(context);
    }
    return (measure_now_us() - begin) / TOKENS;
}

static double
block_ours(const struct issuer_conf *conf, const struct jwks *keys)
{
    double begin = measure_now_us();

    for (size_t i = 0; i < TOKENS; i++) {
        struct span credential = {sample[i].text, sample[i].len};
        struct token token;

        must(token_parse(credential, &token, NULL) == REASON_ACCEPTED &&
                 token_verify(&token, conf, keys, NOW, NULL) == REASON_ACCEPTED,
             "ours");
        token_clear(&token);
    }
    return (measure_now_us() - begin) / TOKENS;
}

static double
block_liboauth2(oauth2_log_t *log, oauth2_cfg_token_verify_t *verify)
{
    double begin = measure_now_us();

    for (size_t i = 0; i < TOKENS; i++) {
        json_t *payload = NULL;

        must(oauth2_token_verify(log, NULL, verify, sample[i].text, &payload),
             "liboauth2");
        json_decref(payload);
    }
    return (measure_now_us() - begin) / TOKENS;
}

int
main(int argc, char **argv)
{
    const char *alg = argc > 1 ? argv[1] : "ES256";
    bool eddsa = strcmp(alg, "EdDSA") == 0;
    EVP_PKEY *key = new_key(alg);
    json_t *jwk = public_jwk(alg, key);
    char *jwk_text = json_dumps(jwk, JSON_COMPACT);
    char *audience[] = {(char *)"ssh://host.test"};
    struct issuer_conf conf = {.name = (char *)"bench",
                               .issuer = (char *)"https://idp.test",
                               .audience = {audience, 1},
                               .accept = METHOD_JWT,
                               .token_type = TOKEN_AT_JWT};
    struct jwks_report report;
    struct jwks *keys =
        jwks_load(span_of(jwk_text), JWK_PUBLIC_ONLY, true, &report);
    oauth2_log_t *log = oauth2_init(OAUTH2_LOG_ERROR, NULL);
    oauth2_cfg_token_verify_t *verify = NULL;
    double ours[BLOCKS], openssl[BLOCKS], theirs[BLOCKS];

    must(keys != NULL, report.problem);
    measure_pin(1);
    if (!eddsa)
        must(oauth2_cfg_token_verify_add_options(
                 log, &verify, "jwk", jwk_text,
                 "verify.exp=skip&verify.iat=skip") == NULL,
             "liboauth2 configuration");
    for (unsigned block = 0; block < BLOCKS; block++) {
        for (unsigned i = 0; i < TOKENS; i++)
            make_token(&sample[i], alg, key, block * TOKENS + i);
        openssl[block] = block_openssl(key, eddsa);
        ours[block] = block_ours(&conf, keys);
        theirs[block] = eddsa ? 0 : block_liboauth2(log, verify);
    }
    printf("%s bytes %zu ours %.2f openssl %.2f liboauth2 %.2f\n", alg,
           sample[0].len, measure_median(ours, BLOCKS),
           measure_median(openssl, BLOCKS), measure_median(theirs, BLOCKS));
    for (size_t i = 0; i < TOKENS; i++)
        free(sample[i].text);
    if (verify != NULL)
        oauth2_cfg_token_verify_free(log, verify);
    oauth2_shutdown(log);
    jwks_free(keys);
    json_decref(jwk);
    free(jwk_text);
    EVP_PKEY_free(key);
    return 0;
}
