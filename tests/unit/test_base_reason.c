/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/base: the table of reasons; trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/base/reason.h"
#include "helper/base/text.h"
#include "helper/base/trace.h"

static enum reason
reason_number(int number)
{
    return (enum reason)number;
}

static bool
is_between(int r, enum reason first, enum reason last)
{
    return r >= (int)first && r <= (int)last;
}

/* What reason.h says about its blocks, written down a second time. */
static enum outcome
expected_outcome(int r)
{
    if (r == REASON_ACCEPTED)
        return OUTCOME_ACCEPTED;
    if (is_between(r, REASON_NO_SHAPE, REASON_NO_ISSUER))
        return OUTCOME_NOT_OURS;
    if (r == REASON_CLOCK)
        return OUTCOME_UNAVAILABLE;
    if (is_between(r, REASON_FORM, REASON_TOKEN_REVOKED))
        return OUTCOME_WRONG;
    if (is_between(r, REASON_USERNAME, REASON_IDP_UNSEEN))
        return OUTCOME_FORBIDDEN;
    if (r == REASON_THROTTLED)
        return OUTCOME_THROTTLED;
    if (is_between(r, REASON_KEYS_UNAVAILABLE, REASON_SELF_TEST))
        return OUTCOME_UNAVAILABLE;
    if (is_between(r, REASON_REVOKED, REASON_TOKEN_ENDED))
        return OUTCOME_ENDED;
    return OUTCOME_BROKEN;
}

static void
every_reason_has_a_row(void **state)
{
    int r;

    (void)state;
    for (r = 1; r < REASON_COUNT; r++) {
        const char *name = reason_name(reason_number(r));

        if (r != REASON_NONE && strcmp(name, "none") == 0)
            fail_msg("reason %d has no row", r);
        assert_true(strlen(name) >= 1 && strlen(name) <= 32);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                         strlen(name));
        assert_true(strlen(reason_text(reason_number(r))) > 0);
        assert_int_not_equal(reason_outcome(reason_number(r)), OUTCOME_NONE);
    }
}

static void
names_of_reasons_are_unique(void **state)
{
    int a, b;

    (void)state;
    for (a = 0; a < REASON_COUNT; a++)
        for (b = a + 1; b < REASON_COUNT; b++)
            assert_string_not_equal(reason_name(reason_number(a)),
                                    reason_name(reason_number(b)));
}

static void
every_reason_has_the_outcome_of_its_block(void **state)
{
    int r;

    (void)state;
    for (r = 0; r < REASON_COUNT; r++)
        if (reason_outcome(reason_number(r)) != expected_outcome(r))
            fail_msg("%s", reason_name(reason_number(r)));
}

static void
only_acceptance_is_accepted(void **state)
{
    int r;

    (void)state;
    for (r = -2; r < REASON_COUNT + 2; r++)
        if (r != REASON_ACCEPTED)
            assert_int_not_equal(reason_outcome(reason_number(r)),
                                 OUTCOME_ACCEPTED);
}

static void
an_unknown_reason_is_broken(void **state)
{
    static const int unknown[] = {
        -1, 0, REASON_COUNT, REASON_COUNT + 1, 100000, INT32_MIN, INT32_MAX};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        enum reason r = reason_number(unknown[i]);

        assert_int_equal(reason_outcome(r), OUTCOME_BROKEN);
        assert_string_equal(reason_name(r), "none");
        assert_true(strlen(reason_text(r)) > 0);
        assert_null(reason_user_text(r));
        assert_false(reason_vouched(r));
        assert_false(reason_is_definite(r));
    }
}

static void
the_user_is_told_what_the_published_table_says(void **state)
{
    int r;

    (void)state;
    for (r = 0; r < REASON_COUNT; r++) {
        const char *text = reason_user_text(reason_number(r));

        switch (reason_outcome(reason_number(r))) {
        case OUTCOME_FORBIDDEN:
            assert_string_equal(text, "not allowed for this service");
            break;
        case OUTCOME_THROTTLED:
            assert_string_equal(text, "too many attempts");
            break;
        case OUTCOME_UNAVAILABLE:
            assert_string_equal(text, "login service unavailable");
            break;
        case OUTCOME_ENDED:
            assert_string_equal(text, "your session has ended");
            break;
        case OUTCOME_WRONG:
            /* only what a verified signature stands behind is explained */
            assert_int_equal(text != NULL, reason_vouched(reason_number(r)));
            break;
        default:
            assert_null(text);
        }
    }
}

static void
user_texts_fit_a_verdict(void **state)
{
    int r;

    (void)state;
    for (r = 0; r < REASON_COUNT; r++) {
        const char *text = reason_user_text(reason_number(r));

        if (text == NULL)
            continue;
        assert_in_range(strlen(text), 1, LIMIT_USER_TEXT);
        assert_false(text_has_control(span_of(text)));
    }
}

static void
vouched_begins_behind_the_signature(void **state)
{
    int r;

    (void)state;
    for (r = 0; r < REASON_COUNT; r++) {
        bool want = r == REASON_ACCEPTED ||
                    is_between(r, REASON_AUDIENCE, REASON_IDP_UNSEEN) ||
                    is_between(r, REASON_REVOKED, REASON_TOKEN_ENDED);

        assert_int_equal(reason_vouched(reason_number(r)), want);
    }
}

static void
only_what_cannot_change_is_definite(void **state)
{
    int r;

    (void)state;
    for (r = 0; r < REASON_COUNT; r++) {
        bool want = is_between(r, REASON_FORM, REASON_LOCAL_LIFETIME) &&
                    r != REASON_KEY_UNKNOWN && r != REASON_NOT_YET;

        assert_int_equal(reason_is_definite(reason_number(r)), want);
    }
}

static void
only_a_provider_that_fails_is_an_outage(void **state)
{
    int r;

    (void)state;
    for (r = 0; r < REASON_COUNT; r++)
        assert_int_equal(reason_is_outage(reason_number(r)),
                         r == REASON_PROVIDER || r == REASON_BREAKER);
}

static void
published_names_do_not_change(void **state)
{
    (void)state;
    assert_string_equal(reason_name(REASON_ACCEPTED), "accepted");
    assert_string_equal(reason_name(REASON_NO_SHAPE), "no-shape");
    assert_string_equal(reason_name(REASON_HEADER_CLAIM), "header-claim");
    assert_string_equal(reason_name(REASON_KEY_UNKNOWN), "key-unknown");
    assert_string_equal(reason_name(REASON_NOT_YET), "not-yet");
    assert_string_equal(reason_name(REASON_LOCAL_LIFETIME), "local-lifetime");
    assert_string_equal(reason_name(REASON_USER_MISMATCH), "user-mismatch");
    assert_string_equal(reason_name(REASON_GROUP_OVERAGE), "group-overage");
    assert_string_equal(reason_name(REASON_KEYS_UNAVAILABLE),
                        "keys-unavailable");
    assert_string_equal(reason_name(REASON_PROVIDER), "provider");
    assert_string_equal(reason_name(REASON_PROVIDER_ANSWER), "provider-answer");
    assert_string_equal(reason_name(REASON_TOKEN_ENDED), "token-ended");
}

static void
outcomes_have_names(void **state)
{
    int a, b;

    (void)state;
    for (a = 0; a < OUTCOME_COUNT; a++)
        for (b = a + 1; b < OUTCOME_COUNT; b++)
            assert_string_not_equal(outcome_name((enum outcome)a),
                                    outcome_name((enum outcome)b));
    assert_string_equal(outcome_name(OUTCOME_NOT_OURS), "not-ours");
    assert_string_equal(outcome_name((enum outcome)OUTCOME_COUNT), "none");
    assert_string_equal(outcome_name((enum outcome) - 1), "none");
}

static void
a_trace_records_what_was_checked(void **state)
{
    struct trace *trace = trace_new();

    (void)state;
    assert_non_null(trace);
    assert_true(trace_note(trace, "audience", true, "ssh://h", "ssh://h"));
    assert_false(
        trace_span(trace, "issuer", false, NULL, (struct span){"x\0\ny", 4}));
    assert_false(trace_note(trace, "typ", false, "at+jwt", NULL));
    assert_int_equal(trace->count, 3);
    assert_string_equal(trace->check[0].name, "audience");
    assert_true(trace->check[0].held);
    assert_string_equal(trace->check[0].expected, "ssh://h");
    assert_false(trace->check[1].held);
    assert_string_equal(trace->check[1].expected, "");
    assert_string_equal(trace->check[1].found, "x\\x00\\x0ay");
    assert_string_equal(trace->check[2].found, "");
    trace_free(trace);
}

static void
a_trace_cuts_long_claims(void **state)
{
    struct trace *trace = trace_new();
    char claim[1000];

    (void)state;
    assert_non_null(trace);
    memset(claim, 'c', sizeof(claim));
    (void)trace_span(trace, "sub", true, NULL,
                     (struct span){claim, sizeof(claim)});
    assert_int_equal(strlen(trace->check[0].found), TRACE_TEXT_MAX - 1);
    assert_string_equal(trace->check[0].found + TRACE_TEXT_MAX - 5, "c...");
    trace_free(trace);
}

static void
a_full_trace_drops_the_rest_and_still_answers(void **state)
{
    struct trace *trace = trace_new();
    int i;

    (void)state;
    assert_non_null(trace);
    for (i = 0; i < TRACE_CHECKS_MAX + 10; i++)
        assert_true(trace_note(trace, "check", true, "", ""));
    assert_int_equal(trace->count, TRACE_CHECKS_MAX);
    assert_false(trace_note(trace, "check", false, "", ""));
    trace_free(trace);
}

static void
without_a_trace_the_answer_is_the_same(void **state)
{
    (void)state;
    assert_true(trace_note(NULL, "check", true, "a", "b"));
    assert_false(trace_note(NULL, "check", false, NULL, NULL));
    assert_true(trace_span(NULL, "check", true, NULL, span_of("b")));
    trace_free(NULL);
}

static char *
page(void)
{
    const char *root = getenv("SRCDIR");
    char path[4096], *text = calloc(1, 1 << 20);
    FILE *in;

    (void)snprintf(path, sizeof(path), "%s/conf/httpauth-reasons.7",
                   root != NULL ? root : ".");
    in = fopen(path, "r");
    if (in == NULL || text == NULL)
        fail_msg("%s cannot be read: is SRCDIR set?", path);
    (void)!fread(text, 1, (1 << 20) - 1, in);
    (void)fclose(in);
    return text;
}

/* With the words of the table, and something more: what to do. */
static void
the_manual_has_every_reason(void **state)
{
    char *text = page(), wanted[600];

    (void)state;
    for (int r = REASON_ACCEPTED + 1; r < REASON_COUNT; r++) {
        const char *found;

        (void)snprintf(wanted, sizeof(wanted), "\n.It Li %s\n",
                       reason_name(reason_number(r)));
        found = strstr(text, wanted);
        if (found == NULL)
            fail_msg("not in httpauth-reasons(7): %s",
                     reason_name(reason_number(r)));
        found += strlen(wanted);
        /* The first letter is a capital there. */
        (void)snprintf(wanted, sizeof(wanted), "%s.\n",
                       reason_text(reason_number(r)));
        if (strncmp(found + 1, wanted + 1, strlen(wanted) - 1) != 0)
            fail_msg("httpauth-reasons(7) has other words for %s",
                     reason_name(reason_number(r)));
        if (found[strlen(wanted)] == '.' &&
            strncmp(found + strlen(wanted), ".It", 3) == 0)
            fail_msg("no cure for %s", reason_name(reason_number(r)));
    }
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_a_row),
        cmocka_unit_test(the_manual_has_every_reason),
        cmocka_unit_test(names_of_reasons_are_unique),
        cmocka_unit_test(every_reason_has_the_outcome_of_its_block),
        cmocka_unit_test(only_acceptance_is_accepted),
        cmocka_unit_test(an_unknown_reason_is_broken),
        cmocka_unit_test(the_user_is_told_what_the_published_table_says),
        cmocka_unit_test(user_texts_fit_a_verdict),
        cmocka_unit_test(vouched_begins_behind_the_signature),
        cmocka_unit_test(only_what_cannot_change_is_definite),
        cmocka_unit_test(only_a_provider_that_fails_is_an_outage),
        cmocka_unit_test(published_names_do_not_change),
        cmocka_unit_test(outcomes_have_names),
        cmocka_unit_test(a_trace_records_what_was_checked),
        cmocka_unit_test(a_trace_cuts_long_claims),
        cmocka_unit_test(a_full_trace_drops_the_rest_and_still_answers),
        cmocka_unit_test(without_a_trace_the_answer_is_the_same),
    };

    return cmocka_run_group_tests_name("base_reason", tests, NULL, NULL);
}
