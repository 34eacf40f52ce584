/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: the throttle of a pair, rule by rule. */
#include "tests/unit/throttle_house.h"

/* --- the rule of a pair --- */

static void
the_first_wrong_ones_are_free_and_then_pauses_double(void **state)
{
    struct stage *s = *state;
    int64_t seconds;

    fails(s, 4);
    assert_int_equal(pause_of(s), 0);
    fails(s, 1);
    for (seconds = 1; seconds < 900; seconds *= 2) {
        assert_int_equal(pause_of(s), seconds * SECOND);
        fails(s, 1);
    }
    assert_int_equal(pause_of(s), 900 * SECOND);
    fails(s, 1);
    assert_int_equal(pause_of(s), 900 * SECOND);
}

static void
parallel_attempts_cannot_outrun_the_count(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket[60];
    bool tried[60];
    unsigned i, passed = 0;

    for (i = 0; i < 60; i++)
        passed += tried[i] = begin(s, fresh(), &ticket[i]);
    assert_int_equal(passed, 5);
    for (i = 0; i < 60; i++) {
        if (tried[i])
            end(s, &ticket[i], THROTTLE_WRONG);
        assert_false(wrong(s, fresh()));
    }
    assert_int_equal(pause_of(s), SECOND);
}

static void
a_place_among_the_tries_comes_free_with_an_answer(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket[5], more;
    unsigned i;

    for (i = 0; i < 5; i++)
        assert_true(begin(s, fresh(), &ticket[i]));
    end(s, &ticket[0], THROTTLE_WRONG);
    assert_false(begin(s, fresh(), &more));
    end(s, &ticket[1], THROTTLE_NEITHER);
    assert_true(begin(s, fresh(), &more));
    assert_false(wrong(s, fresh()));
    end(s, &more, THROTTLE_NEITHER);
    for (i = 2; i < 5; i++)
        end(s, &ticket[i], THROTTLE_NEITHER);
}

static void
after_a_pause_exactly_one_is_tried_at_a_time(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket one, more;
    unsigned i;

    fails(s, 5);
    s->now += SECOND - 1;
    assert_false(begin(s, fresh(), &more));
    s->now += 1;
    assert_true(begin(s, fresh(), &one));
    for (i = 0; i < 60; i++)
        assert_false(begin(s, fresh(), &more));
    /* Not even when that takes long. */
    s->now += 10 * MINUTE;
    assert_false(begin(s, fresh(), &more));
    end(s, &one, THROTTLE_WRONG);
    assert_false(begin(s, fresh(), &more));
    assert_int_equal(pause_of(s), 2 * SECOND);
}

static void
a_success_forgives(void **state)
{
    struct stage *s = *state;

    digs(s, 7);
    s->now += 4 * SECOND;
    assert_true(good(s, "right"));
    fails(s, 4);
    assert_int_equal(pause_of(s), 0);
    fails(s, 1);
    assert_int_equal(pause_of(s), SECOND);
}

static void
a_success_forgives_its_pair_only(void **state)
{
    struct stage *s = *state;

    fails(s, 5);
    assert_true(once_at(s, "alice", AWAY, "right", THROTTLE_GOOD));
    assert_true(once_at(s, "bob", HOME, "right", THROTTLE_GOOD));
    assert_false(wrong(s, fresh()));
}

static void
a_success_leaves_those_under_way_counted(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket[5];
    unsigned i;

    for (i = 0; i < 5; i++)
        assert_true(begin(s, fresh(), &ticket[i]));
    end(s, &ticket[0], THROTTLE_GOOD);
    fails(s, 1);
    assert_false(wrong(s, fresh()));
    for (i = 1; i < 5; i++)
        end(s, &ticket[i], THROTTLE_WRONG);
    assert_int_equal(pause_of(s), SECOND);
}

static void
failures_stay_with_their_user_and_origin(void **state)
{
    struct stage *s = *state;

    digs(s, 9);
    assert_false(wrong(s, fresh()));
    assert_true(once_at(s, "alice", AWAY, fresh(), THROTTLE_WRONG));
    assert_true(once_at(s, "bob", HOME, fresh(), THROTTLE_WRONG));
    /* No two lists of parts are one pair. */
    assert_true(once_at(s, "alice1", "92.0.2.7", fresh(), THROTTLE_WRONG));
}

static void
the_clock_does_not_go_back(void **state)
{
    struct stage *s = *state;

    fails(s, 5);
    s->now += SECOND;
    fails(s, 1);
    s->now += 2 * SECOND;
    assert_int_equal(status(s, "pausing"), 0);
    s->now -= 2 * SECOND;
    assert_int_equal(status(s, "pausing"), 1); /* nothing came in between */
    s->now += 2 * SECOND;
    assert_true(once_at(s, "bob", AWAY, fresh(), THROTTLE_WRONG));
    s->now -= 2 * SECOND;
    assert_int_equal(status(s, "pausing"), 0);
    fails(s, 1);
}

static void
an_outage_neither_counts_nor_forgives(void **state)
{
    struct stage *s = *state;
    unsigned i;

    for (i = 0; i < 50; i++)
        assert_true(once_at(s, "alice", HOME, fresh(), THROTTLE_NEITHER));
    fails(s, 5);
    s->now += SECOND;
    assert_true(once_at(s, "alice", HOME, fresh(), THROTTLE_NEITHER));
    fails(s, 1);
    assert_int_equal(pause_of(s), 2 * SECOND);
}

static void
an_hour_of_silence_forgets(void **state)
{
    struct stage *s = *state;

    digs(s, 6);
    s->now += HOUR + 2 * SECOND;
    fails(s, 4);
    s->now += HOUR - 1;
    fails(s, 1);
    assert_int_equal(pause_of(s), SECOND);
}

static void
the_hour_begins_behind_the_pause(void **state)
{
    struct stage *s = *state;
    unsigned i;

    s->rules.max_s = 3 * 3600;
    fails(s, 5);
    for (i = 0; i < 14; i++) { /* up to the longest pause */
        while (!wrong(s, fresh()))
            s->now += 10 * MINUTE;
    }
    s->now += 3 * HOUR + 59 * MINUTE;
    fails(s, 1);
    assert_false(wrong(s, fresh()));
    s->now += 4 * HOUR;
    fails(s, 5);
    assert_int_equal(pause_of(s), SECOND);
}

static void
what_was_refused_is_no_silence(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket one, more;

    fails(s, 5);
    s->now += SECOND;
    assert_true(begin(s, fresh(), &one));
    end(s, &one, THROTTLE_WRONG);
    s->rules.per_minute = 1;
    assert_true(once_at(s, "alice", AWAY, fresh(), THROTTLE_WRONG));
    s->now += 59 * MINUTE;
    assert_true(once_at(s, "alice", AWAY, fresh(), THROTTLE_WRONG));
    assert_false(begin(s, fresh(), &more)); /* by the provider's cap */
    s->now += 59 * MINUTE;
    fails(s, 1);
    s->rules.per_minute = 1000;
    assert_int_equal(pause_of(s), 4 * SECOND);
}

/* --- the same wrong one again --- */

static void
an_old_password_does_not_dig_deeper(void **state)
{
    struct stage *s = *state;
    unsigned i;

    for (i = 0; i < 100; i++)
        assert_true(wrong(s, "old password"));
    fails(s, 3);
    assert_int_equal(pause_of(s), 0);
    fails(s, 1);
    assert_int_equal(pause_of(s), SECOND);
    for (i = 0; i < 100; i++)
        assert_true(wrong(s, "old password"));
    assert_int_equal(pause_of(s), 0);
    fails(s, 1);
    assert_int_equal(pause_of(s), 2 * SECOND);
}

static void
an_old_password_waits_like_any_other(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket one, more;

    assert_true(wrong(s, "old password"));
    fails(s, 4);
    assert_false(begin(s, "old password", &more));
    s->now += SECOND;
    assert_true(begin(s, "old password", &one));
    assert_false(begin(s, "old password", &more));
    assert_false(begin(s, fresh(), &more));
    end(s, &one, THROTTLE_WRONG);
}

static void
parallel_repeats_count_once(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket[5], more;
    unsigned i;

    for (i = 0; i < 5; i++)
        assert_true(begin(s, "old password", &ticket[i]));
    assert_false(begin(s, "old password", &more));
    for (i = 0; i < 5; i++)
        end(s, &ticket[i], THROTTLE_WRONG);
    fails(s, 3);
    assert_int_equal(pause_of(s), 0);
    fails(s, 1);
    assert_int_equal(pause_of(s), SECOND);
}

static void
the_last_eight_wrong_ones_are_known(void **state)
{
    struct stage *s = *state;
    char text[16];
    unsigned i;

    s->rules.tries = 10;
    for (i = 0; i < 8; i++) {
        snprintf(text, sizeof(text), "wrong-%u", i);
        assert_true(wrong(s, text));
    }
    for (i = 0; i < 8; i++) { /* and what comes again is young again */
        snprintf(text, sizeof(text), "wrong-%u", i);
        assert_true(wrong(s, text));
    }
    assert_true(wrong(s, "wrong-0"));
    fails(s, 1); /* the ninth; wrong-1 is forgotten */
    assert_true(wrong(s, "wrong-0"));
    assert_int_equal(pause_of(s), 0);
    assert_true(wrong(s, "wrong-1"));
    assert_int_equal(pause_of(s), SECOND);
}

static void
one_password_for_many_users_counts_for_each(void **state)
{
    struct stage *s = *state;

    s->rules.tries = 1;
    assert_true(once_at(s, "alice", HOME, "summer", THROTTLE_WRONG));
    assert_true(once_at(s, "bob", HOME, "summer", THROTTLE_WRONG));
    assert_false(once_at(s, "alice", HOME, "summer", THROTTLE_WRONG));
    assert_false(once_at(s, "bob", HOME, "summer", THROTTLE_WRONG));
}

/* --- one address, many users --- */

static const char *
somebody(void)
{
    static char name[32];
    static unsigned number;

    snprintf(name, sizeof(name), "user-%u", number++);
    return name;
}

static void
an_address_has_a_budget_over_all_users(void **state)
{
    struct stage *s = *state;

    s->rules.per_address = 3;
    for (unsigned i = 0; i < 3; i++)
        assert_true(once_at(s, somebody(), HOME, fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, somebody(), HOME, fresh(), THROTTLE_WRONG));
    assert_true(once_at(s, somebody(), AWAY, fresh(), THROTTLE_WRONG));
    s->now += MINUTE / 3;
    assert_true(once_at(s, somebody(), HOME, fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, somebody(), HOME, fresh(), THROTTLE_WRONG));
    assert_int_equal(status(s, "addresses"), 2);
}

static void
good_ones_of_an_address_do_not_count(void **state)
{
    struct stage *s = *state;

    s->rules.per_address = 2;
    for (unsigned i = 0; i < 20; i++)
        assert_true(once_at(s, somebody(), HOME, fresh(), THROTTLE_GOOD));
    assert_true(good(s, "known"));
    for (unsigned i = 0; i < 2; i++)
        assert_true(once_at(s, somebody(), HOME, fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, somebody(), HOME, fresh(), THROTTLE_GOOD));
    assert_true(good(s, "known"));
}

static void
who_is_stopped_by_one_cap_takes_nothing_of_the_other(void **state)
{
    struct stage *s = *state;

    s->rules.tries = 100;
    s->rules.per_minute = 1;
    s->rules.per_address = 2;
    assert_true(wrong(s, fresh()));
    for (unsigned i = 0; i < 9; i++)
        assert_false(wrong(s, fresh()));
    assert_true(once_at(s, "bob", HOME, fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, "carol", HOME, fresh(), THROTTLE_WRONG));
    assert_true(once_at(s, "carol", AWAY, fresh(), THROTTLE_WRONG));
}

static void
what_is_no_address_has_no_budget(void **state)
{
    struct stage *s = *state;

    s->rules.per_address = 1;
    for (unsigned i = 0; i < 9; i++)
        assert_true(once_at(s, somebody(), "uid:0", fresh(), THROTTLE_WRONG));
    assert_true(
        once_at(s, somebody(), "2001:db8:1:2::/64", fresh(), THROTTLE_WRONG));
    assert_false(
        once_at(s, somebody(), "2001:db8:1:2::/64", fresh(), THROTTLE_WRONG));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_wrong_ones_are_free_and_then_pauses_double),
        TEST(parallel_attempts_cannot_outrun_the_count),
        TEST(a_place_among_the_tries_comes_free_with_an_answer),
        TEST(after_a_pause_exactly_one_is_tried_at_a_time),
        TEST(a_success_forgives),
        TEST(a_success_forgives_its_pair_only),
        TEST(a_success_leaves_those_under_way_counted),
        TEST(failures_stay_with_their_user_and_origin),
        TEST(the_clock_does_not_go_back),
        TEST(an_outage_neither_counts_nor_forgives),
        TEST(an_hour_of_silence_forgets),
        TEST(the_hour_begins_behind_the_pause),
        TEST(what_was_refused_is_no_silence),
        TEST(an_old_password_does_not_dig_deeper),
        TEST(an_old_password_waits_like_any_other),
        TEST(parallel_repeats_count_once),
        TEST(the_last_eight_wrong_ones_are_known),
        TEST(one_password_for_many_users_counts_for_each),
        TEST(an_address_has_a_budget_over_all_users),
        TEST(good_ones_of_an_address_do_not_count),
        TEST(who_is_stopped_by_one_cap_takes_nothing_of_the_other),
        TEST(what_is_no_address_has_no_budget),
    };

    return cmocka_run_group_tests_name("session_throttle", tests, NULL, NULL);
}
