/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims that an endpoint answered: checklist 44 and 45.  What may be absent,
 * and that all that is there must hold as in a token.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/jose/claims.h"

#define NOW INT64_C(1800000000)

static char *our_names[] = {(char *)"us"};
static char *our_clients[] = {(char *)"cli", (char *)"web"};
static char *our_required[] = {(char *)"groups"};
static const struct list audience = {our_names, 1};
static const struct list clients = {our_clients, 2};
static const struct list none = {NULL, 0};
static const struct list required = {our_required, 1};

/* No `clients` in the configuration: an empty list. */
static const struct claims_rules by_audience = {.source = CLAIMS_OF_ANSWER,
                                                .clients = &none,
                                                .issuer = "i",
                                                .audience = &audience};
static const struct claims_rules by_client = {.source = CLAIMS_OF_ANSWER,
                                              .clients = &clients,
                                              .issuer = "i",
                                              .audience = &audience};
static const struct claims_rules any_client = {.source = CLAIMS_OF_ANSWER,
                                               .any_client = true,
                                               .issuer = "i",
                                               .audience = &audience};
static const struct claims_rules with_groups = {.source = CLAIMS_OF_ANSWER,
                                                .clients = &clients,
                                                .issuer = "i",
                                                .audience = &audience,
                                                .required = &required};
static const struct claims_rules of_token = {
    .clients = &clients, .issuer = "i", .audience = &audience};

struct example {
    const struct claims_rules *rules;
    const char *members;
    enum reason reason;
};

static enum reason
judge(const struct claims_rules *rules, const char *members, bool traced,
      struct claims *out)
{
    struct trace *trace = traced ? trace_new() : NULL;
    char text[1000];
    enum reason reason;
    json_t *root;

    snprintf(text, sizeof(text), "{\"active\":true%s%s}",
             members[0] != '\0' ? "," : "", members);
    root = json_object_load(span_of(text));
    if (root == NULL)
        fail_msg("no JSON: %s", text);
    claims_of_answer(root, out);
    reason = claims_check(out, rules, NOW, trace);
    trace_free(trace);
    return reason;
}

/* With a trace and without one it is the same. */
static void
assert_examples(const struct example *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (int traced = 0; traced < 2; traced++) {
            struct claims claims;
            enum reason reason =
                judge(all[i].rules, all[i].members, traced, &claims);

            if (reason != all[i].reason)
                fail_msg("%s: %s instead of %s", all[i].members,
                         reason_name(reason), reason_name(all[i].reason));
            claims_clear(&claims);
        }
    }
}

#define EXAMPLES(...)                                                          \
    do {                                                                       \
        const struct example all[] = {__VA_ARGS__};                            \
        assert_examples(all, sizeof(all) / sizeof(all[0]));                    \
    } while (0)

#define OURS "\"sub\":\"alice\",\"client_id\":\"cli\""
#define FOR_US "\"sub\":\"alice\",\"aud\":\"us\""

static void
an_issuer_may_be_absent_but_not_another(void **state)
{
    (void)state;
    EXAMPLES(
        {&by_client, OURS, REASON_ACCEPTED},
        {&by_client, OURS ",\"iss\":\"i\"", REASON_ACCEPTED},
        {&by_client, OURS ",\"iss\":\"i/\"", REASON_ISSUER},
        {&by_client, OURS ",\"iss\":\"I\"", REASON_ISSUER},
        {&by_client, OURS ",\"iss\":\"\"", REASON_ISSUER},
        {&by_client, OURS ",\"iss\":null", REASON_ISSUER},
        {&by_client, OURS ",\"iss\":[\"i\"]", REASON_ISSUER},
        {&of_token, OURS ",\"aud\":\"us\",\"exp\":1800000300", REASON_ISSUER});
}

static void
without_an_audience_a_client_must_be_ours(void **state)
{
    (void)state;
    EXAMPLES({&by_audience, "\"sub\":\"alice\"", REASON_AUDIENCE},
             {&by_audience, OURS, REASON_AUDIENCE},
             {&by_client, OURS, REASON_ACCEPTED},
             {&by_client, "\"sub\":\"alice\",\"client_id\":\"web\"",
              REASON_ACCEPTED},
             {&by_client, "\"sub\":\"alice\"", REASON_CLIENT_ID},
             {&any_client, "\"sub\":\"alice\"", REASON_ACCEPTED});
}

static void
an_audience_that_is_there_must_be_ours(void **state)
{
    (void)state;
    EXAMPLES(
        {&by_audience, FOR_US, REASON_ACCEPTED},
        {&by_audience, "\"sub\":\"alice\",\"aud\":[\"x\",\"us\"]",
         REASON_ACCEPTED},
        {&by_client, OURS ",\"aud\":\"us\"", REASON_ACCEPTED},
        {&by_client, OURS ",\"aud\":\"other\"", REASON_AUDIENCE},
        {&by_client, OURS ",\"aud\":[]", REASON_AUDIENCE},
        {&by_client, OURS ",\"aud\":null", REASON_AUDIENCE},
        {&by_client, OURS ",\"aud\":[\"us\",7]", REASON_AUDIENCE},
        {&any_client, "\"sub\":\"alice\",\"aud\":\"other\"", REASON_AUDIENCE});
}

static void
a_client_must_be_ours_whatever_the_audience(void **state)
{
    (void)state;
    EXAMPLES(
        {&by_client, FOR_US, REASON_CLIENT_ID},
        {&by_client, FOR_US ",\"client_id\":\"other\"", REASON_CLIENT_ID},
        {&by_client, FOR_US ",\"client_id\":\"CLI\"", REASON_CLIENT_ID},
        {&by_client, FOR_US ",\"client_id\":\"\"", REASON_CLIENT_ID},
        {&by_client, FOR_US ",\"client_id\":[\"cli\"]", REASON_CLIENT_ID},
        {&by_audience, FOR_US ",\"client_id\":[\"cli\"]", REASON_CLAIM_FORM},
        {&by_client, FOR_US ",\"azp\":\"cli\"", REASON_CLIENT_ID},
        {&of_token, FOR_US ",\"iss\":\"i\",\"exp\":1800000300",
         REASON_ACCEPTED});
}

static void
times_that_are_there_hold_as_in_a_token(void **state)
{
    (void)state;
    EXAMPLES({&by_client, OURS ",\"exp\":1799999941", REASON_ACCEPTED},
             {&by_client, OURS ",\"exp\":1799999940", REASON_EXPIRED},
             {&by_client, OURS ",\"exp\":\"1800000300\"", REASON_EXPIRY},
             {&by_client, OURS ",\"exp\":null", REASON_EXPIRY},
             {&by_client, OURS ",\"exp\":0", REASON_EXPIRED},
             {&by_client, OURS ",\"exp\":-1", REASON_EXPIRED},
             {&by_client, OURS ",\"exp\":true", REASON_EXPIRY},
             {&by_client, OURS ",\"exp\":1e300", REASON_EXPIRY},
             {&by_client, OURS ",\"nbf\":1800000061", REASON_NOT_YET},
             {&by_client, OURS ",\"nbf\":1800000060", REASON_ACCEPTED},
             {&by_client, OURS ",\"nbf\":\"1\"", REASON_TIMES},
             {&by_client, OURS ",\"iat\":1800000061", REASON_NOT_YET},
             {&by_client, OURS ",\"iat\":null", REASON_TIMES},
             {&by_client, OURS ",\"iat\":-1", REASON_TIMES});
}

static void
what_is_absent_is_set(void **state)
{
    struct claims claims;

    (void)state;
    assert_int_equal(judge(&by_client, OURS, false, &claims), REASON_ACCEPTED);
    assert_int_equal(claims.expires, NOW + ANSWER_LIFE_S);
    assert_int_equal(claims.issued, NOW);
    assert_false(claims.is_client);
    claims_clear(&claims);
    assert_int_equal(judge(&by_client,
                           OURS ",\"exp\":1800000300.9,\"iat\":1799999000",
                           false, &claims),
                     REASON_ACCEPTED);
    assert_int_equal(claims.expires, NOW + 300);
    assert_int_equal(claims.issued, 1799999000);
    claims_clear(&claims);
}

static void
only_bearer_tokens_are_taken(void **state)
{
    (void)state;
    EXAMPLES(
        {&by_client, OURS ",\"token_type\":\"Bearer\"", REASON_ACCEPTED},
        {&by_client, OURS ",\"token_type\":\"bEARER\"", REASON_ACCEPTED},
        {&by_client, OURS ",\"token_type\":\"DPoP\"", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_type\":\"refresh_token\"",
         REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_type\":\"access_token\"",
         REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_type\":\"\"", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_type\":null", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_type\":[\"Bearer\"]", REASON_TOKEN_KIND});
}

static void
marks_of_other_kinds_refuse_but_not_those_of_id_tokens(void **state)
{
    (void)state;
    EXAMPLES(
        {&by_client, OURS ",\"nonce\":\"n\",\"at_hash\":\"h\"",
         REASON_ACCEPTED},
        {&by_client, OURS ",\"typ\":\"Bearer\"", REASON_ACCEPTED},
        {&by_client, OURS ",\"token_use\":\"access\"", REASON_ACCEPTED},
        {&by_client, OURS ",\"typ\":\"ID\"", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_use\":\"id\"", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"typ\":\"Refresh\"", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"typ\":\"offline\"", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_use\":\"refresh\"", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"events\":{}", REASON_TOKEN_KIND},
        {&by_client, OURS ",\"token_introspection\":{}", REASON_TOKEN_KIND});
}

static void
bound_tokens_and_actors_are_refused(void **state)
{
    (void)state;
    EXAMPLES({&by_client, OURS ",\"cnf\":{\"jkt\":\"x\"}", REASON_BOUND},
             {&by_client, OURS ",\"cnf\":{}", REASON_BOUND},
             {&by_client, OURS ",\"cnf\":null", REASON_BOUND},
             {&by_client, OURS ",\"act\":{\"sub\":\"bob\"}", REASON_ACTOR},
             {&by_client, OURS ",\"may_act\":{}", REASON_ACTOR});
}

static bool
is_client(const char *members)
{
    struct claims claims;
    bool is;

    assert_int_equal(judge(&by_client, members, false, &claims),
                     REASON_ACCEPTED);
    is = claims.is_client;
    claims_clear(&claims);
    return is;
}

static void
without_a_subject_it_is_a_client(void **state)
{
    (void)state;
    assert_true(is_client("\"client_id\":\"cli\""));
    assert_true(is_client("\"client_id\":\"cli\",\"sub\":null"));
    assert_true(is_client("\"client_id\":\"cli\",\"username\":\"alice\""));
    assert_true(is_client("\"client_id\":\"cli\",\"sub\":\"cli\""));
    assert_true(is_client("\"client_id\":\"cli\",\"sub\":\"a\",\"azp\":\"a\""));
    assert_false(is_client("\"client_id\":\"cli\",\"sub\":\"x7\","
                           "\"username\":\"alice\""));
    EXAMPLES({&by_client, "\"client_id\":\"cli\",\"sub\":7", REASON_SUBJECT},
             {&by_client, "\"client_id\":\"cli\",\"sub\":\"\"", REASON_SUBJECT},
             {&by_client, "\"client_id\":\"cli\",\"sub\":\"a\\nb\"",
              REASON_SUBJECT});
}

static void
required_claims_hold_too(void **state)
{
    (void)state;
    EXAMPLES({&with_groups, OURS, REASON_CLAIM_MISSING},
             {&with_groups, OURS ",\"groups\":null", REASON_CLAIM_MISSING},
             {&with_groups, OURS ",\"groups\":[]", REASON_ACCEPTED});
}

static void
a_clock_that_cannot_be_right_accepts_nothing(void **state)
{
    struct claims claims;
    json_t *root = json_object_load(span_of("{" OURS "}"));

    (void)state;
    assert_non_null(root);
    claims_of_answer(root, &claims);
    assert_int_equal(claims_check(&claims, &by_client, 86400, NULL),
                     REASON_CLOCK);
    claims_clear(&claims);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issuer_may_be_absent_but_not_another),
        cmocka_unit_test(without_an_audience_a_client_must_be_ours),
        cmocka_unit_test(an_audience_that_is_there_must_be_ours),
        cmocka_unit_test(a_client_must_be_ours_whatever_the_audience),
        cmocka_unit_test(times_that_are_there_hold_as_in_a_token),
        cmocka_unit_test(what_is_absent_is_set),
        cmocka_unit_test(only_bearer_tokens_are_taken),
        cmocka_unit_test(
            marks_of_other_kinds_refuse_but_not_those_of_id_tokens),
        cmocka_unit_test(bound_tokens_and_actors_are_refused),
        cmocka_unit_test(without_a_subject_it_is_a_client),
        cmocka_unit_test(required_claims_hold_too),
        cmocka_unit_test(a_clock_that_cannot_be_right_accepts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
