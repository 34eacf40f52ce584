/* SPDX-License-Identifier: BSD-2-Clause */
/* When keys are fetched, kept and dropped, and which unknown kids fetch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/issuer/kids.h"
#include "helper/issuer/schedule.h"

#define S INT64_C(1000)
#define HOUR (3600 * S)
#define DAY 86400
#define MIDDLE 0x7fff0000u /* a random number that spreads by nothing */

static struct key_schedule
loaded_for(int64_t life_s, uint32_t random)
{
    struct key_schedule s;

    key_schedule_init(&s, 0);
    key_schedule_renewed(&s, 0, life_s, random);
    return s;
}

static void
the_life_of_keys_is_clamped(void **state)
{
    (void)state;
    assert_int_equal(key_life_s(-1, false), 3600);
    assert_int_equal(key_life_s(0, false), 300);
    assert_int_equal(key_life_s(299, false), 300);
    assert_int_equal(key_life_s(301, false), 301);
    assert_int_equal(key_life_s(86400, false), 86400);
    assert_int_equal(key_life_s(INT64_MAX, false), 86400);
    assert_int_equal(key_life_s(7200, true), 300);
}

static void
nothing_loaded_is_due_at_once(void **state)
{
    struct key_schedule s;

    (void)state;
    key_schedule_init(&s, 77);
    assert_true(key_schedule_due(&s, 77));
    assert_int_equal(key_schedule_state(&s, 77, DAY), KEYS_NONE);
    assert_false(key_schedule_backs_off(&s, 77));
}

static void
a_refresh_comes_at_80_percent_give_or_take_10(void **state)
{
    (void)state;
    assert_int_equal(loaded_for(3600, 0).next_try, 2592 * S);
    assert_int_equal(loaded_for(3600, UINT32_MAX).next_try, 3168 * S);
    assert_in_range(loaded_for(3600, MIDDLE).next_try, 2879 * S, 2881 * S);
}

static void
keys_are_fresh_then_stale_then_ended(void **state)
{
    struct key_schedule s = loaded_for(3600, MIDDLE);

    (void)state;
    assert_int_equal(key_schedule_state(&s, HOUR - 1, DAY), KEYS_FRESH);
    assert_int_equal(key_schedule_state(&s, HOUR, DAY), KEYS_STALE);
    assert_int_equal(key_schedule_state(&s, 25 * HOUR - 1, DAY), KEYS_STALE);
    assert_int_equal(key_schedule_state(&s, 25 * HOUR, DAY), KEYS_ENDED);
    key_schedule_dropped(&s);
    assert_int_equal(key_schedule_state(&s, 25 * HOUR, DAY), KEYS_NONE);
}

static void
a_file_has_no_end_and_is_not_due(void **state)
{
    struct key_schedule s;

    (void)state;
    key_schedule_init(&s, 0);
    key_schedule_read(&s, 5);
    assert_int_equal(key_schedule_state(&s, 1000 * HOUR, DAY), KEYS_FRESH);
    assert_false(key_schedule_due(&s, 1000 * HOUR));
}

static void
failures_back_off_to_a_minute(void **state)
{
    static const int pause[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    struct key_schedule s;

    (void)state;
    key_schedule_init(&s, 0);
    for (size_t i = 0; i < sizeof(pause) / sizeof(pause[0]); i++) {
        key_schedule_failed(&s, HOUR, MIDDLE);
        assert_in_range(s.next_try - HOUR, pause[i] * S - 10, pause[i] * S);
        assert_true(key_schedule_backs_off(&s, HOUR));
        assert_false(key_schedule_backs_off(&s, s.next_try));
    }
    s.failures = UINT32_MAX;
    key_schedule_failed(&s, HOUR, MIDDLE);
    assert_int_equal(s.failures, UINT32_MAX);
}

static void
a_success_ends_the_back_off(void **state)
{
    struct key_schedule s;

    (void)state;
    key_schedule_init(&s, 0);
    key_schedule_failed(&s, 0, MIDDLE);
    key_schedule_renewed(&s, 10, 300, MIDDLE);
    assert_false(key_schedule_backs_off(&s, 10));
    key_schedule_failed(&s, 10, MIDDLE);
    assert_in_range(s.next_try, S, S + 10);
}

static void
a_failure_does_not_shorten_the_life_of_keys(void **state)
{
    struct key_schedule s = loaded_for(3600, MIDDLE);

    (void)state;
    key_schedule_failed(&s, 3000 * S, MIDDLE);
    assert_int_equal(key_schedule_state(&s, HOUR - 1, DAY), KEYS_FRESH);
    assert_int_equal(key_schedule_state(&s, 25 * HOUR - 1, DAY), KEYS_STALE);
}

static void
unknown_kids_have_one_refresh_in_30_s(void **state)
{
    struct key_schedule s;

    (void)state;
    key_schedule_init(&s, 0);
    assert_true(key_schedule_ask(&s, 0));
    assert_false(key_schedule_ask(&s, 1));
    assert_false(key_schedule_ask(&s, 30 * S - 1));
    assert_true(key_schedule_ask(&s, 30 * S));
    assert_false(key_schedule_ask(&s, 59 * S));
}

static void
a_kid_that_was_not_found_is_known_for_a_minute(void **state)
{
    struct kids kids = {0};
    struct span kid = span_of("a");

    (void)state;
    assert_false(kids_has(&kids, kid, 0));
    kids_ask(&kids, kid, 0);
    assert_false(kids_has(&kids, kid, 1)); /* still being asked for */
    kids_answer(&kids, true, 5 * S);
    assert_true(kids_has(&kids, kid, 5 * S));
    assert_true(kids_has(&kids, kid, 65 * S - 1));
    assert_false(kids_has(&kids, kid, 65 * S));
    assert_false(kids_has(&kids, span_of("A"), 5 * S));
    assert_false(kids_has(&kids, (struct span){"a\0", 2}, 5 * S));
}

static void
a_denied_kid_does_not_spend_the_refresh(void **state)
{
    struct key_schedule s;
    struct kids kids = {0};

    (void)state;
    key_schedule_init(&s, 0);
    kids_ask(&kids, span_of("a"), 0);
    kids_answer(&kids, true, 0);
    assert_false(kids_may_ask(&kids, &s, span_of("a"), 1));
    assert_true(kids_may_ask(&kids, &s, span_of("b"), 1));
    assert_false(kids_may_ask(&kids, &s, span_of("c"), 2));
}

static void
the_address_of_keys_holds_for_a_day(void **state)
{
    (void)state;
    assert_true(key_address_holds(5, 5 + DAY * S - 1));
    assert_false(key_address_holds(5, 5 + DAY * S));
}

static void
a_failed_refresh_denies_no_kid(void **state)
{
    struct kids kids = {0};

    (void)state;
    kids_ask(&kids, span_of("a"), 0);
    kids_answer(&kids, false, 1);
    assert_false(kids_has(&kids, span_of("a"), 2));
}

static void
the_oldest_kid_makes_room(void **state)
{
    struct kids kids = {0};
    char kid[16];

    (void)state;
    for (int i = 0; i <= KIDS_MAX; i++) {
        snprintf(kid, sizeof(kid), "k%d", i);
        kids_ask(&kids, span_of(kid), i);
        kids_answer(&kids, true, i);
    }
    assert_false(kids_has(&kids, span_of("k0"), KIDS_MAX));
    assert_true(kids_has(&kids, span_of("k1"), KIDS_MAX));
    assert_true(kids_has(&kids, span_of(kid), KIDS_MAX));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_life_of_keys_is_clamped),
        cmocka_unit_test(nothing_loaded_is_due_at_once),
        cmocka_unit_test(a_refresh_comes_at_80_percent_give_or_take_10),
        cmocka_unit_test(keys_are_fresh_then_stale_then_ended),
        cmocka_unit_test(a_file_has_no_end_and_is_not_due),
        cmocka_unit_test(failures_back_off_to_a_minute),
        cmocka_unit_test(a_success_ends_the_back_off),
        cmocka_unit_test(a_failure_does_not_shorten_the_life_of_keys),
        cmocka_unit_test(unknown_kids_have_one_refresh_in_30_s),
        cmocka_unit_test(a_kid_that_was_not_found_is_known_for_a_minute),
        cmocka_unit_test(a_denied_kid_does_not_spend_the_refresh),
        cmocka_unit_test(the_address_of_keys_holds_for_a_day),
        cmocka_unit_test(a_failed_refresh_denies_no_kid),
        cmocka_unit_test(the_oldest_kid_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
