/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/breaker.h"

static void
fails(struct breaker *b, int user, int address, int64_t now)
{
    char name[16], from[16];

    snprintf(name, sizeof(name), "user%d", user);
    snprintf(from, sizeof(from), "192.0.2.%d", address);
    breaker_ended(b, BREAKER_FAILED, span_of(name), span_of(from), now);
}

static void
ends(struct breaker *b, enum breaker_end end, int64_t now)
{
    breaker_ended(b, end, span_of("user1"), span_of("192.0.2.1"), now);
}

/* Opens at `now`. */
static struct breaker
opened(int64_t now)
{
    struct breaker b = {0};

    for (int i = 0; i < BREAKER_ASKERS; i++)
        fails(&b, i, i, now);
    assert_int_equal(breaker_state(&b, now), BREAKER_OPEN);
    return b;
}

/* Within what it would do by itself; and only what it wanted last. */
static void
it_rests_as_long_as_the_server_wants(void **state)
{
    static const int64_t wanted[][2] = {{0, 5000},      {4000, 5000},
                                        {30000, 30000}, {60000, 60000},
                                        {61000, 60000}, {INT64_MAX, 60000}};

    (void)state;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        struct breaker b = {.rest_ms = 59000};

        fails(&b, 0, 0, 0);
        fails(&b, 1, 1, 0);
        b.rest_ms = wanted[i][0];
        fails(&b, 2, 2, 0);
        assert_false(breaker_admits(&b, wanted[i][1] - 1));
        assert_true(breaker_admits(&b, wanted[i][1]));
    }
}

static void
being_busy_opens_it_and_is_told_from_failing(void **state)
{
    struct breaker b = {0};

    (void)state;
    fails(&b, 0, 0, 0);
    fails(&b, 1, 1, 0);
    breaker_ended(&b, BREAKER_BUSY, span_of("user2"), span_of("192.0.2.2"), 0);
    assert_int_equal(breaker_state(&b, 0), BREAKER_OPEN);
    assert_true(b.busy);
    assert_true(breaker_admits(&b, 5000));
    fails(&b, 2, 2, 5000);
    assert_int_equal(breaker_state(&b, 5000), BREAKER_OPEN);
    assert_false(b.busy);
    assert_true(breaker_admits(&b, 15000));
    ends(&b, BREAKER_GOOD, 15000);
    assert_int_equal(breaker_state(&b, 15000), BREAKER_CLOSED);
}

static void
it_begins_closed(void **state)
{
    struct breaker b = {0};

    (void)state;
    assert_true(breaker_admits(&b, 0));
    assert_true(breaker_admits(&b, 0));
    assert_int_equal(breaker_state(&b, 0), BREAKER_CLOSED);
    assert_string_equal(breaker_state_name(BREAKER_CLOSED), "closed");
    assert_string_equal(breaker_state_name(BREAKER_OPEN), "open");
    assert_string_equal(breaker_state_name(BREAKER_HALF_OPEN), "half-open");
}

static void
two_users_or_two_addresses_never_open_it(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int few_users = 0; few_users < 2; few_users++) {
        struct breaker b = {0};

        for (int i = 0; i < 100000; i++) {
            int few, many;

            seed = seed * 1103515245u + 12345u;
            few = (int)(seed >> 16) % 2;
            many = (int)(seed >> 18) % 200;
            fails(&b, few_users ? few : many, few_users ? many : few, i);
            assert_true(breaker_admits(&b, i));
        }
        assert_int_equal(b.failures, 100000);
        assert_int_equal(b.opened, 0);
    }
}

static void
empty_addresses_are_one(void **state)
{
    struct breaker b = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        char name[16];

        snprintf(name, sizeof(name), "user%d", i);
        breaker_ended(&b, BREAKER_FAILED, span_of(name), (struct span){NULL, 0},
                      0);
    }
    assert_true(breaker_admits(&b, 0));
}

static void
three_users_from_three_addresses_open_it(void **state)
{
    struct breaker b = {0};

    (void)state;
    fails(&b, 1, 1, 1000);
    fails(&b, 2, 2, 1000);
    assert_true(breaker_admits(&b, 1000));
    fails(&b, 3, 3, 1000);
    assert_false(breaker_admits(&b, 1000));
    assert_int_equal(breaker_state(&b, 1000), BREAKER_OPEN);
    assert_false(breaker_admits(&b, 5999));
    assert_true(breaker_admits(&b, 6000));
}

static void
failures_that_lie_far_apart_do_not_add_up(void **state)
{
    struct breaker b = {0};

    (void)state;
    fails(&b, 1, 1, 1000);
    fails(&b, 2, 2, 1000 + BREAKER_WINDOW_MS);
    fails(&b, 3, 3, 1001 + BREAKER_WINDOW_MS);
    assert_int_equal(breaker_state(&b, 1001 + BREAKER_WINDOW_MS),
                     BREAKER_CLOSED);
    fails(&b, 4, 4, 1002 + BREAKER_WINDOW_MS);
    fails(&b, 5, 5, 1003 + BREAKER_WINDOW_MS);
    assert_int_equal(breaker_state(&b, 1003 + BREAKER_WINDOW_MS), BREAKER_OPEN);
}

static void
a_good_answer_forgets_what_failed(void **state)
{
    struct breaker b = {0};

    (void)state;
    fails(&b, 1, 1, 0);
    fails(&b, 2, 2, 0);
    ends(&b, BREAKER_GOOD, 0);
    assert_int_equal(b.failures, 0);
    fails(&b, 3, 3, 0);
    fails(&b, 4, 4, 0);
    assert_true(breaker_admits(&b, 0));
}

static void
half_open_lets_exactly_one_through(void **state)
{
    struct breaker b = opened(0);

    (void)state;
    assert_int_equal(breaker_state(&b, 5000), BREAKER_HALF_OPEN);
    assert_true(breaker_admits(&b, 5000));
    for (int i = 0; i < 1000; i++)
        assert_false(breaker_admits(&b, 5000 + i));
    assert_int_equal(breaker_state(&b, 6000), BREAKER_HALF_OPEN);
}

static void
a_good_probe_closes(void **state)
{
    struct breaker b = opened(0);

    (void)state;
    assert_true(breaker_admits(&b, 5000));
    ends(&b, BREAKER_GOOD, 5001);
    assert_int_equal(breaker_state(&b, 5001), BREAKER_CLOSED);
    assert_true(breaker_admits(&b, 5001));
    assert_true(breaker_admits(&b, 5001));
    /* ... and the next pause is the first again. */
    for (int i = 0; i < BREAKER_ASKERS; i++)
        fails(&b, i, i, 6000);
    assert_true(breaker_admits(&b, 11000));
}

static void
pauses_double_up_to_a_minute(void **state)
{
    static const int64_t pause[] = {5000, 10000, 20000, 40000, 60000, 60000};
    struct breaker b = opened(0);
    int64_t now = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(pause) / sizeof(pause[0]); i++) {
        assert_false(breaker_admits(&b, now + pause[i] - 1));
        now += pause[i];
        assert_true(breaker_admits(&b, now));
        ends(&b, BREAKER_FAILED, now);
    }
    for (int i = 0; i < 100; i++) {
        now += 60000;
        assert_true(breaker_admits(&b, now));
        ends(&b, BREAKER_FAILED, now);
    }
}

static void
a_probe_without_answer_decides_nothing(void **state)
{
    struct breaker b = opened(0);

    (void)state;
    assert_true(breaker_admits(&b, 5000));
    ends(&b, BREAKER_UNKNOWN, 5100);
    assert_int_equal(breaker_state(&b, 5100), BREAKER_HALF_OPEN);
    assert_int_equal(b.opened, 1);
    assert_true(breaker_admits(&b, 5100));
    assert_false(breaker_admits(&b, 5100));
}

static void
unknown_ends_change_nothing_otherwise(void **state)
{
    struct breaker b = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        char name[16];

        snprintf(name, sizeof(name), "%d", i);
        breaker_ended(&b, BREAKER_UNKNOWN, span_of(name), span_of(name), 0);
    }
    assert_int_equal(breaker_state(&b, 0), BREAKER_CLOSED);
    b = opened(0);
    ends(&b, BREAKER_UNKNOWN, 100);
    assert_false(breaker_admits(&b, 4999));
}

/* What began before it opened must not prolong the pause. */
static void
late_failures_do_not_prolong_the_pause(void **state)
{
    struct breaker b = opened(0);

    (void)state;
    for (int i = 0; i < 100; i++)
        fails(&b, i, i, 4000);
    assert_true(breaker_admits(&b, 5000));
}

static void
a_late_good_answer_closes(void **state)
{
    struct breaker b = opened(0);

    (void)state;
    ends(&b, BREAKER_GOOD, 100);
    assert_true(breaker_admits(&b, 100));
}

/* A caller that lost its probe must not shut the endpoint for ever. */
static void
a_lost_probe_is_given_up(void **state)
{
    struct breaker b = opened(0);

    (void)state;
    assert_true(breaker_admits(&b, 5000));
    assert_false(breaker_admits(&b, 120000));
    assert_true(breaker_admits(&b, 125000));
    assert_false(breaker_admits(&b, 125000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_closed),
        cmocka_unit_test(it_rests_as_long_as_the_server_wants),
        cmocka_unit_test(being_busy_opens_it_and_is_told_from_failing),
        cmocka_unit_test(two_users_or_two_addresses_never_open_it),
        cmocka_unit_test(empty_addresses_are_one),
        cmocka_unit_test(three_users_from_three_addresses_open_it),
        cmocka_unit_test(failures_that_lie_far_apart_do_not_add_up),
        cmocka_unit_test(a_good_answer_forgets_what_failed),
        cmocka_unit_test(half_open_lets_exactly_one_through),
        cmocka_unit_test(a_good_probe_closes),
        cmocka_unit_test(pauses_double_up_to_a_minute),
        cmocka_unit_test(a_probe_without_answer_decides_nothing),
        cmocka_unit_test(unknown_ends_change_nothing_otherwise),
        cmocka_unit_test(late_failures_do_not_prolong_the_pause),
        cmocka_unit_test(a_late_good_answer_closes),
        cmocka_unit_test(a_lost_probe_is_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
