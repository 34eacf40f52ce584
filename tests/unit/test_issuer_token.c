/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One token against one issuer: that each part of the verification is asked,
 * in which order, and that a trace changes no answer.  What each part refuses
 * is the business of the tests of helper/jose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/issuer/issuer.h"
#include "tests/lib/forge.h"

#define NOW 1700000000
#define SECRET "0123456789abcdef0123456789abcdef"

#define HEADER "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"a\"}"
#define CLAIMS                                                                 \
    "{\"iss\":\"https://idp.example\",\"sub\":\"alice\","                      \
    "\"aud\":\"ssh://here\",\"iat\":1699999990,\"exp\":1700000600,"            \
    "\"client_id\":\"cli\",\"jti\":\"1\"}"

static EVP_PKEY *key, *other;
static struct jwks *keys;
static struct issuer_conf conf;

static int
set_up(void **state)
{
    struct jwks_report report;
    char *jwk, *secret, *set;

    (void)state;
    key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    jwk = forge_jwk(key, false, "\"kid\":\"a\"");
    secret = forge_jwk_secret(SECRET, 32, "\"kid\":\"s\"");
    set = forge_text("{\"keys\":[%s,%s]}", jwk, secret);
    keys = jwks_load(span_of(set), JWK_SECRETS_TOO, false, &report);
    conf.name = (char *)"work";
    conf.issuer = (char *)"https://idp.example";
    list_add(&conf.audience, span_of("ssh://here"));
    free(jwk);
    free(secret);
    free(set);
    return keys == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
    (void)state;
    jwks_free(keys);
    list_clear(&conf.audience);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    return 0;
}

static char *
sign_with(EVP_PKEY *signer_key, const char *header, const char *claims)
{
    struct forge_signer signer = {.alg = "EdDSA", .key = signer_key};

    return forge_token_text(&signer, header, claims);
}

static enum reason
judge_traced(const char *text, const struct jwks *by, struct trace *trace)
{
    struct token token;
    enum reason reason = token_parse(span_of(text), &token, trace);

    if (reason == REASON_ACCEPTED)
        reason = token_verify(&token, &conf, by, NOW, trace);
    token_clear(&token);
    return reason;
}

/* A trace explains, it must not decide. */
static enum reason
judge(char *text, const struct jwks *by)
{
    struct trace *trace = trace_new();
    enum reason reason = judge_traced(text, by, NULL);

    assert_non_null(trace);
    assert_int_equal(judge_traced(text, by, trace), reason);
    assert_true(trace->count > 0);
    trace_free(trace);
    free(text);
    return reason;
}

static enum reason
judge_claims(const char *claims)
{
    return judge(sign_with(key, HEADER, claims), keys);
}

static enum reason
judge_header(const char *header)
{
    return judge(sign_with(key, header, CLAIMS), keys);
}

static void
a_good_token_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(judge_claims(CLAIMS), REASON_ACCEPTED);
}

static void
a_signature_of_another_key_is_refused(void **state)
{
    (void)state;
    assert_int_equal(judge(sign_with(other, HEADER, CLAIMS), keys),
                     REASON_SIGNATURE);
}

static void
an_unknown_kid_is_told_apart(void **state)
{
    (void)state;
    assert_int_equal(
        judge_header("{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"b\"}"),
        REASON_KEY_UNKNOWN);
}

static void
a_token_of_another_issuer_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        judge_claims("{\"iss\":\"https://idp.example/\",\"sub\":\"alice\","
                     "\"aud\":\"ssh://here\",\"exp\":1700000600}"),
        REASON_ISSUER);
}

static void
a_token_for_another_host_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        judge_claims("{\"iss\":\"https://idp.example\",\"sub\":\"alice\","
                     "\"aud\":\"ssh://there\",\"exp\":1700000600}"),
        REASON_AUDIENCE);
}

static void
an_expired_token_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        judge_claims("{\"iss\":\"https://idp.example\",\"sub\":\"alice\","
                     "\"aud\":\"ssh://here\",\"exp\":1699999940}"),
        REASON_EXPIRED);
}

static void
a_payload_without_iss_is_refused(void **state)
{
    (void)state;
    assert_int_equal(judge_claims("{\"sub\":\"alice\"}"), REASON_ISSUER);
    assert_int_equal(judge_claims("[]"), REASON_PAYLOAD);
}

static void
a_header_copy_that_differs_is_refused(void **state)
{
    (void)state;
    assert_int_equal(judge_header("{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\","
                                  "\"kid\":\"a\",\"sub\":\"root\"}"),
                     REASON_HEADER_CLAIM);
    assert_int_equal(judge_header("{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\","
                                  "\"kid\":\"a\",\"sub\":\"alice\"}"),
                     REASON_ACCEPTED);
}

static void
the_type_follows_token_type(void **state)
{
    static const char jwt[] =
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"a\"}";

    (void)state;
    assert_int_equal(judge_header(jwt), REASON_TYPE);
    conf.token_type = TOKEN_ACCESS;
    assert_int_equal(judge_header(jwt), REASON_ACCEPTED);
    conf.token_type = TOKEN_AT_JWT;
}

static void
an_id_token_is_accepted_only_where_it_is_asked_for(void **state)
{
    static const char claims[] =
        "{\"iss\":\"https://idp.example\",\"sub\":\"alice\","
        "\"aud\":\"ssh://here\",\"iat\":1699999990,\"exp\":1700000600,"
        "\"nonce\":\"n\",\"at_hash\":\"x\"}";
    static const char jwt[] = "{\"alg\":\"EdDSA\",\"kid\":\"a\"}";

    (void)state;
    assert_int_equal(judge_claims(claims), REASON_TOKEN_KIND);
    conf.token_type = TOKEN_ID;
    assert_int_equal(judge(sign_with(key, jwt, claims), keys), REASON_ACCEPTED);
    conf.token_type = TOKEN_AT_JWT;
}

static void
an_algorithm_off_the_issuers_list_is_refused(void **state)
{
    (void)state;
    list_add(&conf.algorithms, span_of("RS256"));
    list_add(&conf.algorithms, span_of("ES256"));
    assert_int_equal(judge_claims(CLAIMS), REASON_ALGORITHM);
    list_add(&conf.algorithms, span_of("EdDSA"));
    assert_int_equal(judge_claims(CLAIMS), REASON_ACCEPTED);
    list_clear(&conf.algorithms);
}

static char *
sign_secretly(void)
{
    struct forge_signer signer = {
        .alg = "HS256", .secret = SECRET, .secret_len = 32};

    return forge_token_text(
        &signer, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"s\"}",
        CLAIMS);
}

static void
hmac_is_refused_unless_it_is_listed(void **state)
{
    (void)state;
    assert_int_equal(judge(sign_secretly(), keys), REASON_ALGORITHM);
    list_add(&conf.algorithms, span_of("HS256"));
    assert_int_equal(judge(sign_secretly(), keys), REASON_ACCEPTED);
    list_clear(&conf.algorithms);
}

/* The same key, retired `seconds` ago, at the local issuer or at another. */
static enum reason
with_retired_key(int64_t seconds, bool local)
{
    char *member = forge_text("\"kid\":\"a\",\"retired\":%lld",
                              (long long)(NOW - seconds));
    char *jwk = forge_jwk(key, false, member);
    struct jwks_report report;
    struct jwks *set = jwks_load(span_of(jwk), JWK_PUBLIC_ONLY, true, &report);
    enum reason reason;

    conf.local = local;
    reason = judge(sign_with(key, HEADER, CLAIMS), set);
    conf.local = false;
    jwks_free(set);
    free(jwk);
    free(member);
    return reason;
}

static void
a_retired_local_key_ends_with_its_last_token(void **state)
{
    int64_t life = LOCAL_LIFETIME_MAX_S + LEEWAY_S;

    (void)state;
    assert_int_equal(with_retired_key(life, true), REASON_ACCEPTED);
    assert_int_equal(with_retired_key(life + 1, true), REASON_KEY_UNKNOWN);
    assert_int_equal(with_retired_key(life + 1, false), REASON_ACCEPTED);
}

static void
a_local_token_lives_one_hour(void **state)
{
    static const char claims[] =
        "{\"iss\":\"https://idp.example\",\"sub\":\"alice\","
        "\"aud\":\"ssh://here\",\"iat\":1699999990,\"exp\":1700003591}";

    (void)state;
    assert_int_equal(judge_claims(claims), REASON_ACCEPTED);
    conf.local = true;
    assert_int_equal(judge_claims(claims), REASON_LOCAL_LIFETIME);
    assert_int_equal(judge_claims(CLAIMS), REASON_ACCEPTED);
    conf.local = false;
}

static void
a_required_claim_must_be_there(void **state)
{
    (void)state;
    list_add(&conf.required_claims, span_of("department"));
    assert_int_equal(judge_claims(CLAIMS), REASON_CLAIM_MISSING);
    list_clear(&conf.required_claims);
}

static void
without_keys_only_the_free_checks_run(void **state)
{
    (void)state;
    /* A forged one passes them: it is worth a key fetch, no more. */
    assert_int_equal(judge(sign_with(other, HEADER, CLAIMS), NULL),
                     REASON_ACCEPTED);
    assert_int_equal(
        judge(sign_with(other, HEADER,
                        "{\"iss\":\"https://idp.example\",\"sub\":\"alice\","
                        "\"aud\":\"ssh://here\",\"exp\":1}"),
              NULL),
        REASON_EXPIRED);
    assert_int_equal(
        judge(sign_with(other, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", CLAIMS),
              NULL),
        REASON_TYPE);
}

static void
the_signature_comes_before_the_claims(void **state)
{
    (void)state;
    assert_int_equal(
        judge(sign_with(other, HEADER,
                        "{\"iss\":\"https://idp.example\",\"sub\":\"alice\","
                        "\"aud\":\"ssh://there\",\"exp\":1}"),
              keys),
        REASON_SIGNATURE);
}

static bool
noted(const struct trace *trace, const char *name, bool held)
{
    for (size_t i = 0; i < trace->count; i++) {
        if (strcmp(trace->check[i].name, name) == 0)
            return trace->check[i].held == held;
    }
    return false;
}

static void
a_trace_notes_all_checks_past_the_first_refusal(void **state)
{
    struct trace *trace = trace_new();
    char *text = sign_with(other, HEADER,
                           "{\"iss\":\"https://idp.example\",\"sub\":\"bob\","
                           "\"aud\":\"ssh://there\",\"exp\":1}");

    (void)state;
    assert_int_equal(judge_traced(text, keys, trace), REASON_SIGNATURE);
    assert_true(noted(trace, "issuer algorithms", true));
    assert_true(noted(trace, "type", true));
    assert_true(noted(trace, "header claims", true));
    assert_true(noted(trace, "signature", false));
    assert_true(noted(trace, "issuer", true));
    assert_true(noted(trace, "audience", false));
    trace_free(trace);
    free(text);
}

static void
junk_is_refused_without_a_crash(void **state)
{
    static const char *const junk[] = {
        "", ".", "..", "a.b.c", "eyJ", "hunter2", "\b\n\r\177INCORRECT"};

    (void)state;
    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
        struct token token;

        assert_int_not_equal(token_parse(span_of(junk[i]), &token, NULL),
                             REASON_ACCEPTED);
        token_clear(&token);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_token_is_accepted),
        cmocka_unit_test(a_signature_of_another_key_is_refused),
        cmocka_unit_test(an_unknown_kid_is_told_apart),
        cmocka_unit_test(a_token_of_another_issuer_is_refused),
        cmocka_unit_test(a_token_for_another_host_is_refused),
        cmocka_unit_test(an_expired_token_is_refused),
        cmocka_unit_test(a_payload_without_iss_is_refused),
        cmocka_unit_test(a_header_copy_that_differs_is_refused),
        cmocka_unit_test(the_type_follows_token_type),
        cmocka_unit_test(an_id_token_is_accepted_only_where_it_is_asked_for),
        cmocka_unit_test(an_algorithm_off_the_issuers_list_is_refused),
        cmocka_unit_test(hmac_is_refused_unless_it_is_listed),
        cmocka_unit_test(a_local_token_lives_one_hour),
        cmocka_unit_test(a_retired_local_key_ends_with_its_last_token),
        cmocka_unit_test(a_required_claim_must_be_there),
        cmocka_unit_test(without_keys_only_the_free_checks_run),
        cmocka_unit_test(the_signature_comes_before_the_claims),
        cmocka_unit_test(a_trace_notes_all_checks_past_the_first_refusal),
        cmocka_unit_test(junk_is_refused_without_a_crash),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
