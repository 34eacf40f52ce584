/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each row of the hostile set (tests/lib/hostile.h) as a test of its own: the
 * token goes through the checks in the order of helper/issuer/token.c, once
 * without a trace and once with one, and both must find the same reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/trace.h"
#include "helper/jose/claims.h"
#include "helper/jose/jws.h"
#include "tests/lib/hostile.h"

static const struct hostile_at at = {"https://idp.test", "ssh://host", "alice",
                                     1800000000};
static struct jwks *set;

static enum reason
judge_claims(const struct jws *jws, struct claims *claims, struct trace *trace)
{
    char name[] = "ssh://host", *names[] = {name};
    const struct list audience = {names, 1};
    const struct claims_rules rules = {.issuer = at.issuer,
                                       .audience = &audience,
                                       .kind = CLAIMS_ACCESS_TOKEN};
    enum reason reason = claims_parse(jws->payload, claims);

    if (reason == REASON_ACCEPTED)
        reason = jws_check_type(jws, "at+jwt", trace);
    if (reason == REASON_ACCEPTED)
        reason = claims_check_header(claims, jws->header);
    if (reason == REASON_ACCEPTED)
        reason = jws_verify(jws, set, trace);
    if (reason == REASON_ACCEPTED)
        reason = claims_check(claims, &rules, at.now, trace);
    return reason;
}

static enum reason
judge(struct span token, struct trace *trace, bool *is_client)
{
    struct claims claims = {0};
    struct jws jws;
    enum reason reason = jws_parse(token, ALG_SET_PUBLIC, &jws, trace);

    if (reason == REASON_ACCEPTED)
        reason = judge_claims(&jws, &claims, trace);
    *is_client = claims.is_client;
    claims_clear(&claims);
    jws_clear(&jws);
    return reason;
}

static void
row_is_judged_right(void **state)
{
    const struct hostile *row = *state;
    enum reason expected = row->policy ? REASON_ACCEPTED : row->reason;
    struct forged token = hostile_token(row, &at);
    /* Exactly its bytes, so that one byte read beyond them is seen. */
    char *bytes = malloc(token.len == 0 ? 1 : token.len);
    struct span span = {bytes, token.len};
    struct trace *trace = trace_new();
    bool is_client;

    assert_non_null(bytes);
    assert_non_null(trace);
    memcpy(bytes, token.data, token.len);
    assert_string_equal(reason_name(judge(span, NULL, &is_client)),
                        reason_name(expected));
    assert_int_equal(is_client, row->reason == REASON_CLIENT);
    assert_string_equal(reason_name(judge(span, trace, &is_client)),
                        reason_name(expected));
    trace_free(trace);
    free(bytes);
    free(token.data);
}

static void
the_hostile_set_is_large_enough(void **state)
{
    size_t hostile = 0;

    (void)state;
    for (size_t i = 0; hostile_row(i) != NULL; i++)
        hostile += hostile_row(i)->reason != REASON_ACCEPTED;
    assert_true(hostile >= 150);
}

static void
names_of_the_hostile_set_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; hostile_row(i) != NULL; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(hostile_row(i)->name, hostile_row(j)->name);
}

static int
load_keys(void **state)
{
    char *text = hostile_jwks();
    struct jwks_report report;

    (void)state;
    set = jwks_load(span_of(text), JWK_PUBLIC_ONLY, false, &report);
    free(text);
    return set == NULL ? -1 : 0;
}

static int
free_keys(void **state)
{
    (void)state;
    jwks_free(set);
    forge_end();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest first[] = {
        cmocka_unit_test(the_hostile_set_is_large_enough),
        cmocka_unit_test(names_of_the_hostile_set_are_unique),
    };
    struct CMUnitTest *tests;
    size_t count = 0;
    int failed;

    while (hostile_row(count) != NULL)
        count++;
    tests = forge_need(calloc(count, sizeof(*tests)), "calloc");
    for (size_t i = 0; i < count; i++) {
        const struct hostile *row = hostile_row(i);

        tests[i] = (struct CMUnitTest){.name = row->name,
                                       .test_func = row_is_judged_right,
                                       .initial_state = (void *)row};
    }
    failed = cmocka_run_group_tests_name("hostile set", first, NULL, NULL);
    failed += _cmocka_run_group_tests("hostile tokens", tests, count, load_keys,
                                      free_keys);
    free(tests);
    return failed;
}
