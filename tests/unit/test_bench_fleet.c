/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated day of tests/bench/fleet: that it is the same day every time,
 * and that its hosts ask no more than the helper promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/bench/fleet_day.h"

#define HOSTS 200
#define HOUR 3600

static const struct fleet_setting usual = {"usual", HOUR, 60, 0, false};

static struct fleet_day *
day_of(struct fleet_setting setting)
{
    struct fleet_day *day = malloc(sizeof(*day));

    assert_non_null(day);
    assert_true(fleet_day_run(&setting, HOSTS, day));
    return day;
}

static uint64_t
sum(const uint32_t *counts, uint32_t from, uint32_t to)
{
    uint64_t all = 0;

    for (uint32_t s = from; s < to; s++)
        all += counts[s];
    return all;
}

static uint32_t
most(const uint32_t *counts, uint32_t from, uint32_t to)
{
    uint32_t found = 0;

    for (uint32_t s = from; s < to; s++)
        found = counts[s] > found ? counts[s] : found;
    return found;
}

static void
the_same_setting_gives_the_same_day(void **state)
{
    struct fleet_day *one = day_of(usual), *other = day_of(usual);

    (void)state;
    assert_memory_equal(one, other, sizeof(*one));
    free(one);
    free(other);
}

static void
all_start_with_metadata_and_keys(void **state)
{
    struct fleet_day *day = day_of(usual);

    (void)state;
    assert_int_equal(day->keys[0], 2 * HOSTS);
    /* None is due before 72 % of the hour. */
    assert_int_equal(sum(day->keys, 1, 2592), 0);
    free(day);
}

static void
without_jitter_all_ask_in_one_second(void **state)
{
    struct fleet_setting setting = usual;
    struct fleet_day *day, *spread = day_of(usual);

    (void)state;
    setting.no_jitter = true;
    day = day_of(setting);
    assert_int_equal(most(day->keys, 1, FLEET_ROTATION_S), HOSTS);
    assert_in_range(most(spread->keys, 1, FLEET_ROTATION_S), 1, HOSTS / 20);
    free(day);
    free(spread);
}

static void
an_outage_is_asked_about_once_a_minute(void **state)
{
    struct fleet_setting setting = usual;
    struct fleet_day *day;

    (void)state;
    setting.max_age_s = 300; /* so that all are due within it */
    day = day_of(setting);
    assert_in_range(sum(day->keys, FLEET_OUTAGE_S + 600, FLEET_OUTAGE_END_S) /
                        HOSTS,
                    45, 60);
    /* Then metadata and keys, and all is well. */
    assert_int_equal(
        sum(day->keys, FLEET_OUTAGE_END_S, FLEET_OUTAGE_END_S + 70) / HOSTS, 2);
    free(day);
}

static void
a_new_key_is_found_by_its_first_token_or_the_next_refresh(void **state)
{
    struct fleet_setting setting = usual;
    struct fleet_day *day = day_of(usual);

    (void)state;
    assert_in_range(day->renewed_s, 1, HOUR * 88 / 100);
    free(day);
    setting.max_age_s = 86400;
    day = day_of(setting);
    assert_in_range(day->renewed_s, HOUR, FLEET_DAY_S);
    free(day);
}

/* Whoever backs off then needs a minute, and a tenth, to see that it is over.
 */
static void
only_the_outage_refuses(void **state)
{
    const uint32_t over = FLEET_OUTAGE_END_S + 66;
    struct fleet_setting setting = usual;
    struct fleet_day *day;

    (void)state;
    for (int i = 0; i < 2; i++) {
        setting.max_age_s = i == 0 ? HOUR : 86400;
        day = day_of(setting);
        assert_int_equal(sum(day->refused, 0, FLEET_OUTAGE_S), 0);
        assert_in_range(sum(day->refused, FLEET_OUTAGE_S, over), 1,
                        day->logins / 10);
        assert_int_equal(sum(day->refused, over, FLEET_DAY_S), 0);
        free(day);
    }
}

static void
answers_that_are_kept_longer_are_asked_for_less(void **state)
{
    struct fleet_setting setting = usual;
    struct fleet_day *day[3];
    uint64_t asks[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        setting.answer_ttl_s = (const int64_t[]){0, 60, 300}[i];
        day[i] = day_of(setting);
        asks[i] = sum(day[i]->asks, 0, FLEET_OUTAGE_S);
        free(day[i]);
    }
    assert_true(asks[0] > asks[1]);
    assert_true(asks[1] > asks[2]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_setting_gives_the_same_day),
        cmocka_unit_test(all_start_with_metadata_and_keys),
        cmocka_unit_test(without_jitter_all_ask_in_one_second),
        cmocka_unit_test(an_outage_is_asked_about_once_a_minute),
        cmocka_unit_test(
            a_new_key_is_found_by_its_first_token_or_the_next_refresh),
        cmocka_unit_test(only_the_outage_refuses),
        cmocka_unit_test(answers_that_are_kept_longer_are_asked_for_less),
    };

    return cmocka_run_group_tests_name("fleet", tests, NULL, NULL);
}
