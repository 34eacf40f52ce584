/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims, as far as the hostile set does not cover them: the second at which
 * a time changes the answer, the three kinds of tokens, required claims, the
 * local issuer, bounds.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/jose/claims.h"
#include "tests/lib/forge.h"

#define NOW INT64_C(1800000000)

static char our_name[] = "us";
static char *our_names[] = {our_name};
static const struct list audience = {our_names, 1};
static const struct claims_rules plain = {
    .issuer = "i", .audience = &audience, .kind = CLAIMS_ACCESS_TOKEN};

/* Judges the payload twice, with and without a trace; both must agree. */
static enum reason
judge_at(const char *payload, const struct claims_rules *rules, int64_t now,
         struct claims *claims)
{
    struct trace *trace = trace_new();
    enum reason reason = claims_parse(span_of(payload), claims), traced;

    assert_non_null(trace);
    if (reason == REASON_ACCEPTED) {
        reason = claims_check(claims, rules, now, NULL);
        traced = claims_check(claims, rules, now, trace);
        assert_string_equal(reason_name(reason), reason_name(traced));
        assert_true(trace->count > 3);
    }
    trace_free(trace);
    return reason;
}

static enum reason
judge(const char *payload, const struct claims_rules *rules)
{
    struct claims claims;
    enum reason reason = judge_at(payload, rules, NOW, &claims);

    claims_clear(&claims);
    return reason;
}

/* A sound payload with those members added (or, for exp, alone). */
static enum reason
with(const struct claims_rules *rules, const char *members)
{
    char *payload = forge_text(
        "{\"iss\":\"i\",\"sub\":\"alice\",\"aud\":\"us\"%s,%s}",
        strstr(members, "\"exp\"") == NULL ? ",\"exp\":1800000300" : "",
        members);
    enum reason reason = judge(payload, rules);

    free(payload);
    return reason;
}

#define EXPECT(rules, members, reason)                                         \
    assert_string_equal(reason_name(with(rules, members)), reason_name(reason))

static enum reason
at_offset(const char *format, int64_t offset)
{
    char *members = forge_text(format, NOW + offset);
    enum reason reason = with(&plain, members);

    free(members);
    return reason;
}

static void
exp_ends_a_token_60_seconds_later(void **state)
{
    (void)state;
    assert_int_equal(at_offset("\"exp\":%" PRId64, -59), REASON_ACCEPTED);
    assert_int_equal(at_offset("\"exp\":%" PRId64, -60), REASON_EXPIRED);
    assert_int_equal(at_offset("\"exp\":%" PRId64, -61), REASON_EXPIRED);
}

static void
a_fraction_of_exp_is_cut_off(void **state)
{
    (void)state;
    assert_int_equal(at_offset("\"exp\":%" PRId64 ".9", -59), REASON_ACCEPTED);
    assert_int_equal(at_offset("\"exp\":%" PRId64 ".9", -60), REASON_EXPIRED);
}

static void
nbf_may_be_60_seconds_ahead(void **state)
{
    (void)state;
    assert_int_equal(at_offset("\"nbf\":%" PRId64, 0), REASON_ACCEPTED);
    assert_int_equal(at_offset("\"nbf\":%" PRId64, 60), REASON_ACCEPTED);
    assert_int_equal(at_offset("\"nbf\":%" PRId64, 61), REASON_NOT_YET);
}

static void
a_fraction_of_nbf_counts_upwards(void **state)
{
    (void)state;
    assert_int_equal(at_offset("\"nbf\":%" PRId64 ".5", 59), REASON_ACCEPTED);
    assert_int_equal(at_offset("\"nbf\":%" PRId64 ".5", 60), REASON_NOT_YET);
    assert_int_equal(at_offset("\"nbf\":%" PRId64 ".0", 60), REASON_ACCEPTED);
}

static void
iat_may_be_60_seconds_ahead(void **state)
{
    (void)state;
    assert_int_equal(at_offset("\"iat\":%" PRId64, 60), REASON_ACCEPTED);
    assert_int_equal(at_offset("\"iat\":%" PRId64, 61), REASON_NOT_YET);
    assert_int_equal(at_offset("\"iat\":%" PRId64 ".01", 60), REASON_NOT_YET);
}

static void
iat_and_nbf_may_not_be_behind_exp(void **state)
{
    (void)state;
    EXPECT(&plain, "\"exp\":1800000020,\"iat\":1800000020", REASON_ACCEPTED);
    EXPECT(&plain, "\"exp\":1800000020,\"iat\":1800000021", REASON_TIMES);
    EXPECT(&plain, "\"exp\":1800000020,\"nbf\":1800000020", REASON_ACCEPTED);
    EXPECT(&plain, "\"exp\":1800000020,\"nbf\":1800000021", REASON_TIMES);
    EXPECT(&plain, "\"exp\":1800000020,\"nbf\":1800000020.5", REASON_TIMES);
}

static void
far_times_do_not_overflow(void **state)
{
    (void)state;
    EXPECT(&plain, "\"exp\":9223372036854775807", REASON_ACCEPTED);
    EXPECT(&plain, "\"exp\":2147483648", REASON_ACCEPTED);
    EXPECT(&plain, "\"exp\":4294967296", REASON_ACCEPTED);
    EXPECT(&plain, "\"exp\":253402300800", REASON_ACCEPTED);
    EXPECT(&plain, "\"exp\":-9223372036854775808", REASON_EXPIRED);
    EXPECT(&plain, "\"iat\":9223372036854775807", REASON_NOT_YET);
    EXPECT(&plain, "\"nbf\":9.2e18", REASON_NOT_YET);
    EXPECT(&plain, "\"nbf\":9223372036854774784.0", REASON_NOT_YET);
}

static void
the_times_are_handed_on(void **state)
{
    struct claims claims;

    (void)state;
    assert_int_equal(judge_at("{\"iss\":\"i\",\"sub\":\"a\",\"aud\":\"us\","
                              "\"exp\":1800000300.9,\"iat\":1799999999.9}",
                              &plain, NOW, &claims),
                     REASON_ACCEPTED);
    assert_int_equal(claims.expires, NOW + 300);
    assert_int_equal(claims.issued, NOW - 1);
    assert_true(span_is(claims.sub, "a"));
    assert_true(span_is(claims.iss, "i"));
    claims_clear(&claims);
}

/* No RTC at boot: 1970 until the network has told the time. */
static void
a_clock_before_2020_is_said_to_be_wrong(void **state)
{
    static const char payload[] =
        "{\"iss\":\"i\",\"sub\":\"a\",\"aud\":\"us\",\"exp\":1800000300,"
        "\"iat\":1800000000}";
    static const int64_t wrong[] = {INT64_MIN,  -1,        0,
                                    1577836799, INT64_MAX, INT64_MAX - 30};
    struct claims claims;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(judge_at(payload, &plain, wrong[i], &claims),
                         REASON_CLOCK);
        claims_clear(&claims);
    }
    assert_int_equal(judge_at(payload, &plain, 1577836800, &claims),
                     REASON_NOT_YET);
    claims_clear(&claims);
}

static void
a_token_of_typ_jwt_may_carry_a_nonce(void **state)
{
    struct claims_rules rules = plain;

    (void)state;
    rules.kind = CLAIMS_TYP_JWT;
    EXPECT(&rules, "\"nonce\":\"n\"", REASON_ACCEPTED);
    EXPECT(&rules, "\"typ\":\"Bearer\"", REASON_ACCEPTED);
    EXPECT(&rules, "\"at_hash\":\"h\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"c_hash\":\"h\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"s_hash\":\"h\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"events\":{}", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"htm\":\"POST\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"response_type\":\"code\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"typ\":\"ID\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"typ\":\"refresh\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"typ\":\"Offline\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"typ\":\"Logout\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"token_use\":\"id\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"token_use\":\"access\"", REASON_ACCEPTED);
}

static void
an_id_token_is_accepted_only_as_one(void **state)
{
    struct claims_rules rules = plain;
    const char *id = "\"nonce\":\"n\",\"at_hash\":\"h\",\"c_hash\":\"h\","
                     "\"s_hash\":\"h\",\"typ\":\"ID\",\"azp\":\"c\"";

    (void)state;
    EXPECT(&rules, id, REASON_TOKEN_KIND);
    rules.kind = CLAIMS_TYP_JWT;
    EXPECT(&rules, id, REASON_TOKEN_KIND);
    rules.kind = CLAIMS_ID_TOKEN;
    EXPECT(&rules, id, REASON_ACCEPTED);
}

static void
what_is_no_id_token_is_refused_as_one(void **state)
{
    struct claims_rules rules = plain;

    (void)state;
    rules.kind = CLAIMS_ID_TOKEN;
    EXPECT(&rules, "\"events\":{},\"sid\":\"s\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"htm\":\"GET\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"htu\":\"x\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"redirect_uri\":\"x\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"typ\":\"Bearer\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"typ\":\"Refresh\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"token_use\":\"access\"", REASON_TOKEN_KIND);
    EXPECT(&rules, "\"cnf\":{}", REASON_BOUND);
    EXPECT(&rules, "\"act\":{}", REASON_ACTOR);
}

static void
required_claims_must_be_there_by_name_or_pointer(void **state)
{
    char first[] = "email", second[] = "/realm/roles/0";
    char *names[] = {first, second};
    struct list required = {names, 2};
    struct claims_rules rules = plain;

    (void)state;
    rules.required = &required;
    EXPECT(&rules, "\"email\":\"a@b\",\"realm\":{\"roles\":[\"x\"]}",
           REASON_ACCEPTED);
    EXPECT(&rules, "\"email\":\"a@b\",\"realm\":{\"roles\":[]}",
           REASON_CLAIM_MISSING);
    EXPECT(&rules, "\"email\":null,\"realm\":{\"roles\":[\"x\"]}",
           REASON_CLAIM_MISSING);
    EXPECT(&rules, "\"realm\":{\"roles\":[\"x\"]}", REASON_CLAIM_MISSING);
}

static void
a_local_token_lives_one_hour_at_most(void **state)
{
    struct claims_rules rules = plain;

    (void)state;
    rules.local = true;
    EXPECT(&rules, "\"iat\":1799999000,\"exp\":1800002600", REASON_ACCEPTED);
    EXPECT(&rules, "\"iat\":1799999000,\"exp\":1800002601",
           REASON_LOCAL_LIFETIME);
    EXPECT(&rules, "\"iat\":1799999000.9,\"exp\":1800002601",
           REASON_LOCAL_LIFETIME);
    EXPECT(&plain, "\"iat\":1799999000,\"exp\":1800002601", REASON_ACCEPTED);
}

static void
a_local_token_without_iat_is_refused(void **state)
{
    struct claims_rules rules = plain;

    (void)state;
    rules.local = true;
    EXPECT(&rules, "\"exp\":1800000010", REASON_LOCAL_LIFETIME);
    EXPECT(&rules, "\"exp\":1800000010,\"iat\":0", REASON_LOCAL_LIFETIME);
    EXPECT(&rules, "\"exp\":9223372036854775807,\"iat\":1",
           REASON_LOCAL_LIFETIME);
}

static void
without_an_audience_of_ours_nothing_is_for_us(void **state)
{
    struct list none = {NULL, 0};
    struct claims_rules rules = plain;

    (void)state;
    rules.audience = &none;
    EXPECT(&rules, "\"x\":1", REASON_AUDIENCE);
    rules.audience = NULL;
    EXPECT(&rules, "\"x\":1", REASON_AUDIENCE);
    rules = plain;
    rules.issuer = NULL;
    EXPECT(&rules, "\"x\":1", REASON_ISSUER);
}

/* `count` audiences, of which the last is `last`. */
static enum reason
with_audiences(size_t count, const char *last)
{
    char *payload = forge_need(malloc(count * 16 + 256), "malloc"), *at;
    enum reason reason;

    at = payload + sprintf(payload, "{\"iss\":\"i\",\"sub\":\"a\","
                                    "\"exp\":1800000300,\"aud\":[");
    for (size_t i = 1; i < count; i++)
        at += sprintf(at, "\"other-%zu\",", i);
    sprintf(at, "%s]}", last);
    reason = judge(payload, &plain);
    free(payload);
    return reason;
}

static void
ten_thousand_audiences_are_searched(void **state)
{
    (void)state;
    assert_int_equal(with_audiences(10000, "\"us\""), REASON_ACCEPTED);
    assert_int_equal(with_audiences(10000, "\"them\""), REASON_AUDIENCE);
    assert_int_equal(with_audiences(10000, "7"), REASON_AUDIENCE);
}

static bool
is_client(const char *members)
{
    char *payload = forge_text("{\"iss\":\"i\",\"sub\":\"alice\",\"aud\":"
                               "\"us\",\"exp\":1800000300,%s}",
                               members);
    struct claims claims;
    bool client;

    assert_int_equal(judge_at(payload, &plain, NOW, &claims), REASON_ACCEPTED);
    client = claims.is_client;
    claims_clear(&claims);
    free(payload);
    return client;
}

static void
a_client_is_told_from_a_person(void **state)
{
    (void)state;
    assert_false(is_client("\"client_id\":\"app\",\"azp\":\"app\""));
    assert_true(is_client("\"client_id\":\"alice\""));
    assert_true(is_client("\"azp\":\"alice\""));
    assert_false(is_client("\"azp\":\"Alice\""));
    assert_true(is_client("\"gty\":\"client-credentials\""));
    assert_true(is_client("\"gty\":[\"x\",\"client-credentials\"]"));
    assert_false(is_client("\"gty\":\"password\""));
    assert_true(is_client("\"idtyp\":\"app\""));
    assert_false(is_client("\"idtyp\":\"user\""));
}

static void
with_a_trace_every_rule_is_noted(void **state)
{
    struct trace *trace = trace_new();
    struct claims claims;
    size_t failed = 0;

    (void)state;
    assert_non_null(trace);
    assert_int_equal(
        claims_parse(span_of("{\"iss\":\"x\",\"sub\":\"\",\"aud\":[\"a\\n\"],"
                             "\"exp\":1,\"cnf\":1,\"act\":1,\"nonce\":1}"),
                     &claims),
        REASON_ACCEPTED);
    assert_int_equal(claims_check(&claims, &plain, NOW, trace), REASON_ISSUER);
    for (size_t i = 0; i < trace->count; i++)
        failed += !trace->check[i].held;
    assert_int_equal(failed, 7);
    trace_free(trace);
    claims_clear(&claims);
}

static void
clearing_twice_does_no_harm(void **state)
{
    struct claims claims;

    (void)state;
    assert_int_equal(claims_parse(span_of("{\"iss\":1}"), &claims),
                     REASON_ISSUER);
    claims_clear(&claims);
    claims_clear(&claims);
    assert_int_equal(claims_parse(span_of(""), &claims), REASON_PAYLOAD);
    claims_clear(&claims);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_ends_a_token_60_seconds_later),
        cmocka_unit_test(a_fraction_of_exp_is_cut_off),
        cmocka_unit_test(nbf_may_be_60_seconds_ahead),
        cmocka_unit_test(a_fraction_of_nbf_counts_upwards),
        cmocka_unit_test(iat_may_be_60_seconds_ahead),
        cmocka_unit_test(iat_and_nbf_may_not_be_behind_exp),
        cmocka_unit_test(far_times_do_not_overflow),
        cmocka_unit_test(the_times_are_handed_on),
        cmocka_unit_test(a_clock_before_2020_is_said_to_be_wrong),
        cmocka_unit_test(a_token_of_typ_jwt_may_carry_a_nonce),
        cmocka_unit_test(an_id_token_is_accepted_only_as_one),
        cmocka_unit_test(what_is_no_id_token_is_refused_as_one),
        cmocka_unit_test(required_claims_must_be_there_by_name_or_pointer),
        cmocka_unit_test(a_local_token_lives_one_hour_at_most),
        cmocka_unit_test(a_local_token_without_iat_is_refused),
        cmocka_unit_test(without_an_audience_of_ours_nothing_is_for_us),
        cmocka_unit_test(ten_thousand_audiences_are_searched),
        cmocka_unit_test(a_client_is_told_from_a_person),
        cmocka_unit_test(with_a_trace_every_rule_is_noted),
        cmocka_unit_test(clearing_twice_does_no_harm),
    };

    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
