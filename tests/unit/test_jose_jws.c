/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compact JWS: the examples of the RFCs, what looks like one, the empty
 * payload, types, and how keys are chosen.  What must be refused is in the
 * hostile set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/jose/jws.h"
#include "tests/lib/forge.h"

#define ALL (ALG_SET_PUBLIC | ALG_SET_HMAC)

static enum reason
verify_bytes(struct span token, struct span keys, uint32_t algs,
             struct span *payload)
{
    static char kept[256];
    struct jwks_report report;
    struct jwks *set = jwks_load(keys, JWK_SECRETS_TOO, true, &report);
    struct jws jws;
    enum reason reason = jws_parse(token, algs, &jws, NULL);

    assert_non_null(set);
    if (reason == REASON_ACCEPTED)
        reason = jws_verify(&jws, set, NULL);
    if (payload != NULL && jws.payload.len < sizeof(kept)) {
        memcpy(kept, jws.payload.data == NULL ? "" : jws.payload.data,
               jws.payload.len);
        *payload = (struct span){kept, jws.payload.len};
    }
    jws_clear(&jws);
    jwks_free(set);
    return reason;
}

static enum reason
verify(const char *token, const char *keys)
{
    return verify_bytes(span_of(token), span_of(keys), ALL, NULL);
}

#define JOE                                                                    \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmN" \
    "vbS9pc19yb290Ijp0cnVlfQ."

static void
the_hs256_example_of_rfc_7515_verifies(void **state)
{
    (void)state;
    assert_int_equal(
        verify("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE
               "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
               "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-"
               "EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}"),
        REASON_ACCEPTED);
}

static void
the_rs256_example_of_rfc_7515_verifies(void **state)
{
    (void)state;
    assert_int_equal(
        verify(
            "eyJhbGciOiJSUzI1NiJ9" JOE
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AA"
            "uHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAyn"
            "RFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZR"
            "mB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
            "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioy"
            "pGlUPQGe77Rw",
            "{\"kty\":\"RSA\",\"n\":"
            "\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQ"
            "p-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW"
            "vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsL"
            "A9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4"
            "LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAc"
            "DTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}"),
        REASON_ACCEPTED);
}

static void
the_es256_example_of_rfc_7515_verifies(void **state)
{
    (void)state;
    assert_int_equal(
        verify(
            "eyJhbGciOiJFUzI1NiJ9" JOE
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
            "pmWQxfKTUJqPP3-Kg6NU1Q",
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
            "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
            "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"),
        REASON_ACCEPTED);
}

static void
the_eddsa_example_of_rfc_8037_verifies(void **state)
{
    struct span payload;

    (void)state;
    assert_int_equal(
        verify_bytes(
            span_of("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iy"
                    "lGjg5BhVsPt9g7sVvpAr_MuM0KAg"),
            span_of("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
                    "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"),
            ALL, &payload),
        REASON_ACCEPTED);
    assert_true(span_is(payload, "Example of Ed25519 signing"));
}

/* --- own tokens --- */

static char *
token_of(const char *alg, const char *key, const char *header,
         const char *payload)
{
    struct forge_signer signer = {alg, forge_key(key), NULL, 0};

    return forge_token_text(&signer, header, payload);
}

static void
an_empty_payload_parses_and_verifies(void **state)
{
    char *token = token_of("ES256", "p256", "{\"alg\":\"ES256\"}", "");
    char *key = forge_jwk(forge_key("p256"), false, NULL);
    struct span payload = {"x", 1};

    (void)state;
    assert_int_equal(verify_bytes(span_of(token), span_of(key), ALL, &payload),
                     REASON_ACCEPTED);
    assert_int_equal(payload.len, 0);
    free(token);
    free(key);
}

static void
a_payload_may_be_any_bytes(void **state)
{
    struct forge_signer signer = {"EdDSA", forge_key("ed25519"), NULL, 0};
    const char *header = "{\"alg\":\"EdDSA\"}";
    struct forged token =
        forge_token(&signer, header, strlen(header), "\0\377\n{", 4);
    char *key = forge_jwk(signer.key, true, NULL);
    struct span payload;

    (void)state;
    assert_int_equal(verify_bytes((struct span){token.data, token.len},
                                  span_of(key), ALL, &payload),
                     REASON_ACCEPTED);
    assert_int_equal(payload.len, 4);
    assert_memory_equal(payload.data, "\0\377\n{", 4);
    free(token.data);
    free(key);
}

static void
an_algorithm_off_the_list_is_refused(void **state)
{
    char *token = token_of("ES256", "p256", "{\"alg\":\"ES256\"}", "{}");
    char *key = forge_jwk(forge_key("p256"), false, NULL);

    (void)state;
    assert_int_equal(verify_bytes(span_of(token), span_of(key),
                                  ALL & ~ALG_BIT(ALG_ES256), NULL),
                     REASON_ALGORITHM);
    assert_int_equal(
        verify_bytes(span_of(token), span_of(key), ALG_BIT(ALG_ES256), NULL),
        REASON_ACCEPTED);
    assert_int_equal(verify_bytes(span_of(token), span_of(key), 0, NULL),
                     REASON_ALGORITHM);
    free(token);
    free(key);
}

/* Item 11 with HMAC admitted, where only the binding to the key protects. */
static void
a_public_key_is_never_an_hmac_key(void **state)
{
    char *key = forge_jwk(forge_key("rsa2048"), false, NULL);
    struct forged n = forge_parameter(forge_key("rsa2048"), "n");
    struct forge_signer signer = {"HS256", NULL, n.data, n.len};
    char *token = forge_token_text(&signer, "{\"alg\":\"HS256\"}", "{}");

    (void)state;
    assert_int_equal(verify(token, key), REASON_KEY_UNFIT);
    free(token);
    free(key);
    free(n.data);
}

/* A set in which the right key without kid stands at the given place. */
static char *
right_key_at(size_t place, const char *kid)
{
    static const char *const wrong[] = {"rsa2048-other", "rsa2048-attacker",
                                        "rsa2048-e3"};
    char *set = forge_text("{\"keys\":["), *more;

    for (size_t i = 0; i < 6; i++) {
        char *jwk = forge_jwk(forge_key(i == place ? "rsa2048" : wrong[i % 3]),
                              false, kid);

        more = forge_text("%s%s%s", set, i == 0 ? "" : ",", jwk);
        free(set);
        free(jwk);
        set = more;
    }
    more = forge_text("%s]}", set);
    free(set);
    return more;
}

static void
four_keys_are_tried_and_no_more(void **state)
{
    char *token = token_of("RS256", "rsa2048", "{\"alg\":\"RS256\"}", "{}");

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        char *set = right_key_at(i, NULL);

        assert_int_equal(verify(token, set), i < LIMIT_KEY_TRIALS
                                                 ? REASON_ACCEPTED
                                                 : REASON_SIGNATURE);
        free(set);
    }
    free(token);
}

static void
four_keys_of_one_kid_are_tried_and_no_more(void **state)
{
    char *token =
        token_of("RS256", "rsa2048", "{\"alg\":\"RS256\",\"kid\":\"k\"}", "{}");

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        char *set = right_key_at(i, "\"kid\":\"k\"");

        assert_int_equal(verify(token, set), i < LIMIT_KEY_TRIALS
                                                 ? REASON_ACCEPTED
                                                 : REASON_SIGNATURE);
        free(set);
    }
    free(token);
}

static void
keys_for_other_algorithms_are_no_trials(void **state)
{
    char *token = token_of("RS256", "rsa2048", "{\"alg\":\"RS256\"}", "{}");
    char *other = forge_jwk(forge_key("p256"), false, NULL);
    char *right = forge_jwk(forge_key("rsa2048"), false, NULL);
    char *set = forge_text("{\"keys\":[%s,%s,%s,%s,%s,%s]}", other, other,
                           other, other, other, right);

    (void)state;
    assert_int_equal(verify(token, set), REASON_ACCEPTED);
    free(set);
    free(right);
    free(other);
    free(token);
}

static void
a_token_with_kid_is_tried_with_that_key_only(void **state)
{
    char *token =
        token_of("ES256", "p256", "{\"alg\":\"ES256\",\"kid\":\"a\"}", "{}");
    char *unnamed = forge_jwk(forge_key("p256"), false, NULL);
    char *named = forge_jwk(forge_key("p256"), false, "\"kid\":\"a\"");
    char *other = forge_jwk(forge_key("p256"), false, "\"kid\":\"a2\"");
    char *empty = forge_jwk(forge_key("p256"), false, "\"kid\":\"\"");

    (void)state;
    assert_int_equal(verify(token, named), REASON_ACCEPTED);
    assert_int_equal(verify(token, unnamed), REASON_KEY_UNKNOWN);
    assert_int_equal(verify(token, other), REASON_KEY_UNKNOWN);
    assert_int_equal(verify(token, empty), REASON_KEY_UNKNOWN);
    free(token);
    free(unnamed);
    free(named);
    free(other);
    free(empty);
}

static enum reason
with_kid_of(int len)
{
    char *kid = forge_text("\"kid\":\"%0*d\"", len, 7);
    char *header = forge_text("{\"alg\":\"ES256\",%s}", kid);
    char *token = token_of("ES256", "p256", header, "{}");
    char *jwk = forge_jwk(forge_key("p256"), false, kid);
    enum reason reason = verify(token, jwk);

    free(kid);
    free(header);
    free(token);
    free(jwk);
    return reason;
}

static void
a_kid_over_256_bytes_names_no_key(void **state)
{
    (void)state;
    assert_int_equal(with_kid_of(LIMIT_KID), REASON_ACCEPTED);
    assert_int_equal(with_kid_of(LIMIT_KID + 1), REASON_KEY_UNKNOWN);
}

/* --- shape and type --- */

static bool
looks(const char *header_part, const char *rest)
{
    char *token = forge_text("%s%s", header_part, rest);
    bool is = jws_looks_like_one(span_of(token));

    free(token);
    return is;
}

static void
a_token_is_known_by_its_shape(void **state)
{
    char *good = forge_base64url("{\"alg\":\"x\"}", 11);
    char *no_alg = forge_base64url("{\"enc\":\"x\"}", 11);
    char *array = forge_base64url("[\"alg\",\"x\"]", 11);

    (void)state;
    assert_true(looks(good, ".e30.AA"));
    assert_true(looks(good, "..AA"));
    assert_false(looks(good, ".e30."));
    assert_false(looks(good, ".e30"));
    assert_false(looks(good, ".e30.AA.AA"));
    assert_false(looks(good, "=.e30.AA"));
    assert_false(looks(no_alg, ".e30.AA"));
    assert_false(looks(array, ".e30.AA"));
    assert_false(looks("", ".e30.AA"));
    assert_false(looks("www", ".example.com"));
    assert_false(jws_looks_like_one((struct span){NULL, 0}));
    free(good);
    free(no_alg);
    free(array);
}

static void
nothing_over_its_limit_looks_like_a_token(void **state)
{
    char *big = forge_text("{\"alg\":\"x\"%4096s}", "");
    char *part = forge_base64url(big, strlen(big));
    char *rest = forge_text(".%*s.AA", LIMIT_CREDENTIAL, "");

    (void)state;
    assert_false(looks(part, ".e30.AA"));
    assert_false(looks("eyJhbGciOiJ4In0", rest));
    free(rest);
    free(big);
    free(part);
}

static enum reason
type_of(const char *header, const char *wanted)
{
    char *token = token_of("ES256", "p256", header, "{}");
    struct trace *trace = trace_new();
    struct jws jws;
    enum reason reason;

    assert_non_null(trace);
    assert_int_equal(jws_parse(span_of(token), ALL, &jws, NULL),
                     REASON_ACCEPTED);
    reason = jws_check_type(&jws, wanted, NULL);
    assert_int_equal(jws_check_type(&jws, wanted, trace), reason);
    jws_clear(&jws);
    trace_free(trace);
    free(token);
    return reason;
}

static void
without_a_wanted_type_jwt_or_none_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(type_of("{\"alg\":\"ES256\"}", NULL), REASON_ACCEPTED);
    assert_int_equal(type_of("{\"alg\":\"ES256\",\"typ\":\"JWT\"}", NULL),
                     REASON_ACCEPTED);
    assert_int_equal(type_of("{\"alg\":\"ES256\",\"typ\":\"jwt\"}", NULL),
                     REASON_ACCEPTED);
    assert_int_equal(
        type_of("{\"alg\":\"ES256\",\"typ\":\"application/jwt\"}", NULL),
        REASON_ACCEPTED);
}

static void
without_a_wanted_type_all_others_are_refused(void **state)
{
    static const char *const types[] = {"\"at+jwt\"",
                                        "\"logout+jwt\"",
                                        "\"dpop+jwt\"",
                                        "\"secevent+jwt\"",
                                        "\"token-introspection+jwt\"",
                                        "\"oauth-authz-req+jwt\"",
                                        "\"\"",
                                        "null",
                                        "7",
                                        "[\"JWT\"]"};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        char *header = forge_text("{\"alg\":\"ES256\",\"typ\":%s}", types[i]);

        assert_int_equal(type_of(header, NULL), REASON_TYPE);
        free(header);
    }
    assert_int_equal(type_of("{\"alg\":\"ES256\",\"cty\":\"JWT\"}", NULL),
                     REASON_TYPE);
}

static void
clearing_twice_does_no_harm(void **state)
{
    struct jws jws;

    (void)state;
    assert_int_equal(jws_parse(span_of("x"), ALL, &jws, NULL), REASON_FORM);
    jws_clear(&jws);
    jws_clear(&jws);
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
        cmocka_unit_test(the_hs256_example_of_rfc_7515_verifies),
        cmocka_unit_test(the_rs256_example_of_rfc_7515_verifies),
        cmocka_unit_test(the_es256_example_of_rfc_7515_verifies),
        cmocka_unit_test(the_eddsa_example_of_rfc_8037_verifies),
        cmocka_unit_test(an_empty_payload_parses_and_verifies),
        cmocka_unit_test(a_payload_may_be_any_bytes),
        cmocka_unit_test(an_algorithm_off_the_list_is_refused),
        cmocka_unit_test(a_public_key_is_never_an_hmac_key),
        cmocka_unit_test(four_keys_are_tried_and_no_more),
        cmocka_unit_test(four_keys_of_one_kid_are_tried_and_no_more),
        cmocka_unit_test(keys_for_other_algorithms_are_no_trials),
        cmocka_unit_test(a_token_with_kid_is_tried_with_that_key_only),
        cmocka_unit_test(a_kid_over_256_bytes_names_no_key),
        cmocka_unit_test(a_token_is_known_by_its_shape),
        cmocka_unit_test(nothing_over_its_limit_looks_like_a_token),
        cmocka_unit_test(without_a_wanted_type_jwt_or_none_is_accepted),
        cmocka_unit_test(without_a_wanted_type_all_others_are_refused),
        cmocka_unit_test(clearing_twice_does_no_harm),
    };

    return cmocka_run_group_tests_name("jws", tests, NULL, teardown);
}
