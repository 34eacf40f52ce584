/* SPDX-License-Identifier: BSD-2-Clause */
/* One signature under one key; forged ones are in the hostile set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "helper/jose/ecdsa.h"
#include "helper/jose/jwk.h"
#include "tests/lib/forge.h"

/* A signature of one algorithm under the same key and another. */
static void
each_algorithm_verifies_its_own_signatures_only(void **state)
{
    static const struct {
        const char *name, *key;
        enum alg alg;
    } algs[] = {
        {"RS256", "rsa2048", ALG_RS256}, {"RS384", "rsa2048", ALG_RS384},
        {"RS512", "rsa2048", ALG_RS512}, {"PS256", "rsa2048", ALG_PS256},
        {"PS384", "rsa2048", ALG_PS384}, {"PS512", "rsa2048", ALG_PS512},
        {"ES256", "p256", ALG_ES256},    {"ES384", "p384", ALG_ES384},
        {"ES512", "p521", ALG_ES512},    {"EdDSA", "ed25519", ALG_EDDSA},
    };
    struct span input = span_of("eyJhbGciOiJ4In0.e30");

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        struct forge_signer signer = {algs[i].name, forge_key(algs[i].key),
                                      NULL, 0};
        struct forged sig = forge_sign(&signer, input.data, input.len);
        char *text = forge_jwk(signer.key, false, NULL);
        json_t *json = json_loads(text, 0, NULL);
        struct jwk_note note;
        struct jwk *jwk = jwk_load(json, JWK_PUBLIC_ONLY, &note);

        assert_non_null(jwk);
        for (enum alg alg = ALG_UNKNOWN; alg <= ALG_COUNT; alg++)
            assert_int_equal(
                jwk_verify(jwk, alg, input, (struct span){sig.data, sig.len}),
                alg == algs[i].alg);
        /* Twice: the prepared context was not used up. */
        assert_true(jwk_verify(jwk, algs[i].alg, input,
                               (struct span){sig.data, sig.len}));
        assert_int_equal(ERR_peek_error(), 0);
        jwk_free(jwk);
        json_decref(json);
        free(text);
        free(sig.data);
    }
}

/* Item 30: no length but the right one, and nothing is read beyond it. */
static void
an_hmac_of_the_wrong_length_is_refused(void **state)
{
    const char *secret = "01234567890123456789012345678901";
    struct forge_signer signer = {"HS256", NULL, secret, 32};
    struct span input = span_of("a.b");
    struct forged mac = forge_sign(&signer, input.data, input.len);
    char *text = forge_jwk_secret(secret, 32, NULL);
    json_t *json = json_loads(text, 0, NULL);
    struct jwk_note note;
    struct jwk *jwk = jwk_load(json, JWK_SECRETS_TOO, &note);

    (void)state;
    assert_non_null(jwk);
    assert_int_equal(jwk->signature_len, 0);
    for (size_t len = 0; len <= 64; len++) {
        char *sig = forge_need(calloc(1, len + 1), "calloc");

        sig = forge_need(realloc(sig, len == 0 ? 1 : len), "realloc");
        memcpy(sig, mac.data, len < mac.len ? len : mac.len);
        assert_int_equal(
            jwk_verify(jwk, ALG_HS256, input, (struct span){sig, len}),
            len == 32);
        free(sig);
    }
    mac.data[31] ^= 1;
    assert_false(
        jwk_verify(jwk, ALG_HS256, input, (struct span){mac.data, 32}));
    jwk_free(jwk);
    json_decref(json);
    free(text);
    free(mac.data);
}

/* The shortest and the longest numbers, against OpenSSL's own encoder. */
static void
raw_ecdsa_signatures_become_the_der_of_openssl(void **state)
{
    static const size_t halves[] = {32, 48, 66};
    static const unsigned char fills[] = {0x01, 0x7f, 0x80, 0xff};
    unsigned char raw[132], der[ECDSA_DER_MAX];

    (void)state;
    for (size_t h = 0; h < 3; h++)
        for (size_t zeros = 0; zeros < halves[h]; zeros++)
            for (size_t f = 0; f < 4; f++) {
                size_t len = 2 * halves[h], der_len;
                struct forged expected;

                memset(raw, fills[f], len);
                memset(raw, 0, zeros);
                expected = forge_ecdsa_der(raw, len);
                der_len = ecdsa_to_der((struct span){(char *)raw, len}, der);
                assert_int_equal(der_len, expected.len);
                assert_memory_equal(der, expected.data, der_len);
                free(expected.data);
            }
}

/* Zero is one byte, not none; both numbers may be zero. */
static void
zero_has_a_der_of_its_own(void **state)
{
    static const char zeros[64];
    unsigned char der[ECDSA_DER_MAX];

    (void)state;
    assert_int_equal(ecdsa_to_der((struct span){zeros, 64}, der), 8);
    assert_memory_equal(der, "\x30\x06\x02\x01\x00\x02\x01\x00", 8);
}

static int
teardown(void **state)
{
    (void)state;
    forge_end();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_algorithm_verifies_its_own_signatures_only),
        cmocka_unit_test(an_hmac_of_the_wrong_length_is_refused),
        cmocka_unit_test(raw_ecdsa_signatures_become_the_der_of_openssl),
        cmocka_unit_test(zero_has_a_der_of_its_own),
    };

    return cmocka_run_group_tests_name("verify", tests, NULL, teardown);
}
