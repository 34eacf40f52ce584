/* SPDX-License-Identifier: BSD-2-Clause */
/* What jose/sign makes, jws_verify() accepts; keys that it must not take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include "helper/jose/jws.h"
#include "helper/jose/sign.h"
#include "tests/lib/forge.h"

#define TOKEN_MAX 16384
#define PAYLOAD "{\"a\":\"b\"}"

enum form { PKCS8, TRADITIONAL, ENCRYPTED, ENCRYPTED_TRADITIONAL };

static struct buffer
pem_of(EVP_PKEY *key, enum form form)
{
    struct buffer pem = BUFFER_INIT(65536);
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *aes = EVP_aes_128_cbc();
    unsigned char pass[] = "secret";
    char *text;
    long len;
    int done;

    if (form == PKCS8)
        done =
            PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    else if (form == TRADITIONAL)
        done = PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0,
                                                    NULL, NULL);
    else if (form == ENCRYPTED)
        done = PEM_write_bio_PKCS8PrivateKey(bio, key, aes, (char *)pass, 6,
                                             NULL, NULL);
    else
        done = PEM_write_bio_PrivateKey_traditional(bio, key, aes, pass, 6,
                                                    NULL, NULL);
    assert_int_equal(done, 1);
    len = BIO_get_mem_data(bio, &text);
    assert_true(buffer_add(&pem, text, (size_t)len));
    BIO_free(bio);
    return pem;
}

static enum reason
verify(struct span token, const char *jwk)
{
    struct jwks_report report;
    struct jwks *set = jwks_load(span_of(jwk), JWK_SECRETS_TOO, true, &report);
    struct jws jws;
    enum reason reason;

    assert_non_null(set);
    reason = jws_parse(token, ALG_SET_PUBLIC | ALG_SET_HMAC, &jws, NULL);
    if (reason == REASON_ACCEPTED) {
        assert_true(span_is(jws.payload, PAYLOAD));
        reason = jws_verify(&jws, set, NULL);
    }
    jws_clear(&jws);
    jwks_free(set);
    return reason;
}

static const struct row {
    const char *key; /* tests/data/keys, or NULL: made */
    const char *made;
    const char *wanted; /* NULL: by the kind of key */
    const char *alg;
    enum form form;
} rows[] = {
    {"rsa2048", NULL, NULL, "RS256", PKCS8},
    {"rsa2048", NULL, "RS384", "RS384", TRADITIONAL},
    {"rsa2048", NULL, "RS512", "RS512", PKCS8},
    {"rsa2048", NULL, "PS256", "PS256", PKCS8},
    {"rsa2048", NULL, "PS384", "PS384", PKCS8},
    {"rsa2048", NULL, "PS512", "PS512", PKCS8},
    {NULL, "P-256", NULL, "ES256", PKCS8},
    {NULL, "P-256", "ES256", "ES256", TRADITIONAL},
    {NULL, "P-384", NULL, "ES384", PKCS8},
    {NULL, "P-521", NULL, "ES512", TRADITIONAL},
    {NULL, "ED25519", NULL, "EdDSA", PKCS8},
    {NULL, "ED25519", "Ed25519", "EdDSA", PKCS8},
};

static EVP_PKEY *
key_of(const struct row *row)
{
    EVP_PKEY *key;

    if (row->key != NULL) {
        key = forge_key(row->key);
        EVP_PKEY_up_ref(key);
        return key;
    }
    return row->made[0] == 'P' ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", row->made)
                               : EVP_PKEY_Q_keygen(NULL, NULL, row->made);
}

static const char *
load(EVP_PKEY *key, enum form form, const char *wanted, struct signer *signer)
{
    struct buffer pem = pem_of(key, form);
    const char *problem = signer_from_pem(
        buffer_span(&pem),
        wanted != NULL ? alg_named(span_of(wanted)) : ALG_UNKNOWN, signer);

    buffer_free(&pem);
    return problem;
}

static void
each_kind_of_key_signs_what_its_public_part_verifies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer token = BUFFER_INIT(TOKEN_MAX);
        struct sign_header header = {"JWT", "k 1"};
        EVP_PKEY *key = key_of(&rows[i]);
        char *jwk = forge_jwk(key, false, "\"kid\":\"k 1\"");
        struct signer signer;

        assert_null(load(key, rows[i].form, rows[i].wanted, &signer));
        assert_string_equal(alg_name(signer.alg), rows[i].alg);
        /* r and s have leading zeros now and then. */
        for (int round = 0; round < 40; round++) {
            buffer_clear(&token);
            assert_true(
                sign_compact(&signer, &header, span_of(PAYLOAD), &token));
            assert_int_equal(verify(buffer_span(&token), jwk), REASON_ACCEPTED);
        }
        signer_clear(&signer);
        buffer_free(&token);
        free(jwk);
        EVP_PKEY_free(key);
    }
}

static void
a_secret_signs_what_it_verifies(void **state)
{
    static const char *const algs[] = {"HS256", "HS384", "HS512"};
    static char secret[65] =
        "0123456789012345678901234567890123456789012345678901234567890123";

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        enum alg alg = alg_named(span_of(algs[i]));
        struct buffer token = BUFFER_INIT(TOKEN_MAX);
        struct sign_header header = {NULL, NULL};
        size_t len = alg_hash_len(alg);
        char *jwk = forge_jwk_secret(secret, len, NULL);
        struct signer signer;

        assert_null(
            signer_from_secret((struct span){secret, len}, alg, &signer));
        assert_true(sign_compact(&signer, &header, span_of(PAYLOAD), &token));
        assert_int_equal(verify(buffer_span(&token), jwk), REASON_ACCEPTED);
        signer_clear(&signer);
        assert_non_null(
            signer_from_secret((struct span){secret, len - 1}, alg, &signer));
        assert_false(sign_compact(&signer, &header, span_of(PAYLOAD), &token));
        signer_clear(&signer);
        buffer_free(&token);
        free(jwk);
    }
}

static void
a_secret_serves_no_public_algorithm(void **state)
{
    static const char secret[] = "01234567890123456789012345678901";
    struct signer signer;

    (void)state;
    for (enum alg alg = ALG_UNKNOWN; alg < ALG_HS256; alg++)
        assert_non_null(signer_from_secret(span_of(secret), alg, &signer));
}

static void
the_header_says_what_it_was_given(void **state)
{
    static const struct {
        struct sign_header header;
        const char *text;
    } cases[] = {
        {{NULL, NULL}, "{\"alg\":\"EdDSA\"}"},
        {{"JWT", NULL}, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}"},
        {{NULL, "a\"b"}, "{\"alg\":\"EdDSA\",\"kid\":\"a\\\"b\"}"},
    };
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct signer signer;

    (void)state;
    assert_null(load(key, PKCS8, NULL, &signer));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer token = BUFFER_INIT(TOKEN_MAX);
        char *wanted = forge_base64url(cases[i].text, strlen(cases[i].text));

        /* What is there already stays, and is not signed. */
        assert_true(buffer_text(&token, "x="));
        assert_true(
            sign_compact(&signer, &cases[i].header, span_of(PAYLOAD), &token));
        assert_memory_equal(token.data, "x=", 2);
        assert_memory_equal(token.data + 2, wanted, strlen(wanted));
        assert_int_equal(token.data[2 + strlen(wanted)], '.');
        free(wanted);
        buffer_free(&token);
    }
    signer_clear(&signer);
    EVP_PKEY_free(key);
}

static void
an_algorithm_that_does_not_fit_the_key_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum alg own = alg_named(span_of(rows[i].alg));
        EVP_PKEY *key = key_of(&rows[i]);

        for (enum alg alg = ALG_RS256; alg < ALG_COUNT; alg++) {
            bool both_rsa = own <= ALG_PS512 && alg <= ALG_PS512;
            struct signer signer;
            const char *problem = load(key, PKCS8, alg_name(alg), &signer);

            if (alg == own || both_rsa)
                assert_null(problem);
            else
                assert_non_null(strstr(problem, "other algorithms"));
            signer_clear(&signer);
        }
        EVP_PKEY_free(key);
    }
}

static void
an_encrypted_key_is_refused_without_a_question(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    struct signer signer;

    (void)state;
    assert_non_null(strstr(load(key, ENCRYPTED, NULL, &signer), "passphrase"));
    signer_clear(&signer);
    assert_non_null(
        strstr(load(key, ENCRYPTED_TRADITIONAL, NULL, &signer), "passphrase"));
    signer_clear(&signer);
    EVP_PKEY_free(key);
}

static void
weak_and_foreign_keys_are_refused(void **state)
{
    EVP_PKEY *keys[] = {
        EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024),
        EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
        EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-224"),
        EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
        EVP_PKEY_Q_keygen(NULL, NULL, "ED448"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct signer signer;

        assert_non_null(load(keys[i], PKCS8, NULL, &signer));
        assert_int_equal(signer.alg, ALG_UNKNOWN);
        signer_clear(&signer);
        EVP_PKEY_free(keys[i]);
    }
}

static void
what_is_no_private_key_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "x", "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
        "-----END PUBLIC KEY-----\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct signer signer;

        assert_non_null(signer_from_pem(span_of(bad[i]), ALG_UNKNOWN, &signer));
        signer_clear(&signer);
    }
}

static void
a_token_longer_than_its_buffer_is_not_signed(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct sign_header header = {"JWT", NULL};
    struct signer signer;

    (void)state;
    assert_null(load(key, PKCS8, NULL, &signer));
    for (size_t cap = 0; cap < 130; cap++) {
        struct buffer token = BUFFER_INIT(cap);

        assert_false(sign_compact(&signer, &header, span_of(PAYLOAD), &token));
        buffer_free(&token);
    }
    signer_clear(&signer);
    EVP_PKEY_free(key);
}

static int
tear_down(void **state)
{
    (void)state;
    forge_end();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_key_signs_what_its_public_part_verifies),
        cmocka_unit_test(a_secret_signs_what_it_verifies),
        cmocka_unit_test(a_secret_serves_no_public_algorithm),
        cmocka_unit_test(the_header_says_what_it_was_given),
        cmocka_unit_test(an_algorithm_that_does_not_fit_the_key_is_refused),
        cmocka_unit_test(an_encrypted_key_is_refused_without_a_question),
        cmocka_unit_test(weak_and_foreign_keys_are_refused),
        cmocka_unit_test(what_is_no_private_key_is_refused),
        cmocka_unit_test(a_token_longer_than_its_buffer_is_not_signed),
    };

    return cmocka_run_group_tests_name("jose_sign", tests, NULL, tear_down);
}
