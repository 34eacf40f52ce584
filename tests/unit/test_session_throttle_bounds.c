/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: the throttle towards the provider, its bounds, origins. */
#include "tests/unit/throttle_house.h"

/* --- towards the provider --- */

static void
the_provider_is_asked_so_often_a_minute(void **state)
{
    struct stage *s = *state;
    char origin[32];
    unsigned i, passed = 0;

    s->rules.per_minute = 6;
    for (i = 0; i < 100; i++) {
        snprintf(origin, sizeof(origin), "198.51.100.%u", i);
        passed += once_at(s, "alice", origin, fresh(), THROTTLE_WRONG);
    }
    assert_int_equal(passed, 6);
    /* Nobody else is touched, nor what is compared here. */
    assert_true(once_at(s, "bob", HOME, fresh(), THROTTLE_WRONG));
    assert_true(begin_at(s, "alice", AWAY, fresh(), false,
                         &(struct throttle_ticket){0}));
    s->now += 10 * SECOND - 1;
    assert_false(wrong(s, fresh()));
    s->now += 1;
    assert_true(wrong(s, fresh()));
    assert_false(wrong(s, fresh()));
    s->now += 24 * HOUR;
    passed = 0;
    for (i = 0; i < 100; i++) {
        snprintf(origin, sizeof(origin), "203.0.113.%u", i);
        passed += once_at(s, "alice", origin, fresh(), THROTTLE_WRONG);
    }
    assert_int_equal(passed, 6);
}

static void
a_success_gives_its_try_back(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket[4];
    unsigned i;

    s->rules.per_minute = 3;
    for (i = 0; i < 50; i++)
        assert_true(good(s, fresh()));
    for (i = 0; i < 3; i++)
        assert_true(begin(s, fresh(), &ticket[i]));
    assert_false(begin(s, fresh(), &ticket[3]));
    end(s, &ticket[0], THROTTLE_NEITHER);
    assert_false(begin(s, fresh(), &ticket[3]));
    end(s, &ticket[1], THROTTLE_GOOD);
    assert_true(begin(s, fresh(), &ticket[3]));
    end(s, &ticket[2], THROTTLE_WRONG);
    end(s, &ticket[3], THROTTLE_WRONG);
}

/* map_user: whoever shows a token could be anybody. */
static void
without_a_user_the_cap_is_of_a_network(void **state)
{
    struct stage *s = *state;
    char origin[32];
    unsigned i, passed = 0;

    s->rules.per_minute = 3;
    for (i = 0; i < 10; i++) {
        snprintf(origin, sizeof(origin), "198.51.100.%u", i);
        passed += once_at(s, "", origin, fresh(), THROTTLE_WRONG);
    }
    assert_int_equal(passed, 3);
    assert_true(once_at(s, "", HOME, fresh(), THROTTLE_WRONG));
    assert_true(once_at(s, "", "2001:db8::/64", fresh(), THROTTLE_WRONG));
    assert_true(once_at(s, "", "uid:33", fresh(), THROTTLE_WRONG));
}

static void
a_known_credential_passes_the_cap(void **state)
{
    struct stage *s = *state;
    char origin[32];
    unsigned i;

    s->rules.per_minute = 3;
    assert_true(good(s, "app password"));
    for (i = 0; i < 10; i++) {
        snprintf(origin, sizeof(origin), "198.51.100.%u", i);
        once_at(s, "alice", origin, fresh(), THROTTLE_WRONG);
    }
    assert_false(good(s, "another"));
    assert_true(good(s, "app password"));
    assert_true(once_at(s, "alice", AWAY, "app password", THROTTLE_GOOD));
    /* Once it is wrong it is known no longer. */
    assert_true(wrong(s, "app password"));
    assert_false(wrong(s, "app password"));
}

static void
a_known_credential_is_one_of_that_user(void **state)
{
    struct stage *s = *state;
    char origin[32];
    unsigned i;

    s->rules.per_minute = 3;
    assert_true(good(s, "shared"));
    for (i = 0; i < 10; i++) {
        snprintf(origin, sizeof(origin), "198.51.100.%u", i);
        once_at(s, "bob", origin, fresh(), THROTTLE_WRONG);
    }
    assert_false(once_at(s, "bob", HOME, "shared", THROTTLE_WRONG));
}

static void
a_known_credential_does_not_pass_a_pause(void **state)
{
    struct stage *s = *state;

    assert_true(good(s, "app password"));
    fails(s, 5);
    assert_false(good(s, "app password"));
}

static void
what_the_cap_refuses_leaves_nothing_behind(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket;

    s->rules.per_minute = 1;
    assert_true(wrong(s, fresh()));
    assert_int_equal(status(s, "pairs"), 1);
    memset(&ticket, 0xff, sizeof(ticket));
    assert_false(begin_at(s, "alice", AWAY, fresh(), true, &ticket));
    assert_false(ticket.held);
    assert_int_equal(status(s, "pairs"), 1);
}

/* --- exempt networks --- */

static void
exempt_networks_are_never_throttled(void **state)
{
    struct stage *s = *state;
    char *networks[] = {(char *)"192.0.2.0/24", (char *)"2001:db8:1::/48",
                        (char *)"2001:db8:2::/65"};
    const struct list exempt = {networks, 3};
    unsigned i;

    s->rules.exempt = &exempt;
    s->rules.per_minute = 1;
    for (i = 0; i < 50; i++) {
        assert_true(wrong(s, fresh()));
        assert_true(
            once_at(s, "alice", "2001:db8:1:2::/64", fresh(), THROTTLE_WRONG));
    }
    assert_int_equal(status(s, "pairs"), 0);
    assert_int_equal(status(s, "users"), 0);
    /* Half a /64 does not vouch for it; a uid is no address. */
    assert_true(once_at(s, "a", "2001:db8:2::/64", fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, "a", "2001:db8:2::/64", fresh(), THROTTLE_WRONG));
    assert_true(once_at(s, "b", "uid:1000", fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, "b", "uid:1000", fresh(), THROTTLE_WRONG));
    assert_true(once_at(s, "c", AWAY, fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, "c", AWAY, fresh(), THROTTLE_WRONG));
}

/* --- bounds --- */

/* One failure each from one address after the other in `format`, until the
 * tickets say that places are shared. */
static unsigned
fill(struct stage *s, const char *format)
{
    struct throttle_ticket ticket;
    char origin[THROTTLE_ORIGIN_MAX];
    unsigned i;

    for (i = 0; i < 4 * THROTTLE_PAIRS; i++) {
        snprintf(origin, sizeof(origin), format, i);
        assert_true(begin_at(s, "alice", origin, fresh(), false, &ticket));
        if (ticket.shared)
            break;
        end(s, &ticket, THROTTLE_WRONG);
    }
    end(s, &ticket, THROTTLE_NEITHER);
    return i;
}

static void
the_table_holds_what_it_says(void **state)
{
    struct stage *s = *state;
    unsigned filled = fill(s, "2001:db8:1:%x::/64");

    assert_true(filled > THROTTLE_PAIRS * 2 / 3);
    assert_true(filled <= THROTTLE_PAIRS);
    assert_int_equal(status(s, "pairs"), filled);
}

/* Until there is no room anywhere for a new pair. */
static void
fill_wholly(struct stage *s)
{
    struct throttle_ticket ticket;
    char origin[THROTTLE_ORIGIN_MAX];
    unsigned i;

    for (i = 0; i < 0x10000; i++) {
        if (i % 1024 == 0 && status(s, "pairs") == THROTTLE_PAIRS)
            break;
        snprintf(origin, sizeof(origin), "2001:db8:1:%x::/64", i);
        if (begin_at(s, "alice", origin, fresh(), false, &ticket))
            end(s, &ticket, THROTTLE_WRONG);
    }
    assert_int_equal(status(s, "pairs"), THROTTLE_PAIRS);
}

static void
who_fills_the_table_touches_nobody_else(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket;
    char origin[THROTTLE_ORIGIN_MAX];
    unsigned i, passed = 0;

    fails(s, 3);
    fill_wholly(s);
    assert_int_equal(status(s, "pairs"), THROTTLE_PAIRS);
    /* He himself is left with one bucket for his /48. */
    for (i = 0; i < 100; i++) {
        snprintf(origin, sizeof(origin), "2001:db8:1:f%03x::/64", i);
        passed += once_at(s, "carol", origin, fresh(), THROTTLE_WRONG);
    }
    assert_int_equal(passed, 0);
    /* A pair that was there goes on where it was ... */
    assert_int_equal(pause_of(s), 0);
    fails(s, 2);
    assert_int_equal(pause_of(s), SECOND);
    /* ... and one that is new has its tries, with its neighbours. */
    for (i = 0; i < 5; i++)
        assert_true(once_at(s, "bob", AWAY, fresh(), THROTTLE_WRONG));
    assert_false(begin_at(s, "bob", AWAY, fresh(), true, &ticket));
    assert_false(begin_at(s, "carol", "203.0.113.10", "x", true, &ticket));
    assert_true(begin_at(s, "carol", "203.0.114.9", "x", true, &ticket));
    assert_true(ticket.shared);
    end(s, &ticket, THROTTLE_GOOD);
}

static void
a_success_does_not_forgive_where_several_share(void **state)
{
    struct stage *s = *state;
    unsigned i;

    fill_wholly(s);
    for (i = 0; i < 4; i++) {
        assert_true(once_at(s, "bob", AWAY, fresh(), THROTTLE_WRONG));
        assert_true(once_at(s, "mallory", AWAY, "right", THROTTLE_GOOD));
    }
    assert_true(once_at(s, "bob", AWAY, fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, "bob", AWAY, fresh(), THROTTLE_WRONG));
    assert_false(once_at(s, "mallory", AWAY, "right", THROTTLE_GOOD));
}

static void
one_password_for_many_users_counts_for_each_there_too(void **state)
{
    struct stage *s = *state;
    char user[16];
    unsigned i, passed = 0;

    fill_wholly(s);
    for (i = 0; i < 10; i++) {
        snprintf(user, sizeof(user), "user%u", i);
        passed += once_at(s, user, AWAY, "summer", THROTTLE_WRONG);
    }
    assert_int_equal(passed, 5);
}

static void
a_flood_of_networks_ends_in_pauses_and_not_in_freedom(void **state)
{
    struct stage *s = *state;
    char origin[THROTTLE_ORIGIN_MAX];
    unsigned i, passed = 0;

    fill_wholly(s);
    s->rules.tries = 1;
    for (i = 0; i < 20000; i++) {
        snprintf(origin, sizeof(origin), "2001:%x::/64", 0xdb9 + i);
        passed += once_at(s, "bob", origin, fresh(), THROTTLE_WRONG);
    }
    assert_true(passed <= THROTTLE_SHARED);
    assert_int_equal(status(s, "shared"), THROTTLE_SHARED);
    assert_int_equal(status(s, "pairs"), THROTTLE_PAIRS);
    /* Silence gives it all back. */
    s->now += HOUR + MINUTE;
    assert_int_equal(status(s, "shared"), 0);
    assert_int_equal(status(s, "pairs"), 0);
    fails(s, 1);
    assert_int_equal(status(s, "pairs"), 1);
}

static void
what_is_under_way_keeps_its_place_for_ever(void **state)
{
    struct stage *s = *state;
    struct throttle_ticket ticket, more;

    s->rules.tries = 1;
    assert_true(begin(s, "slow", &ticket));
    s->now += 24 * HOUR;
    fill_wholly(s);
    assert_false(begin(s, fresh(), &more));
    end(s, &ticket, THROTTLE_WRONG);
    assert_int_equal(pause_of(s), SECOND);
}

static void
many_users_do_not_lift_the_cap(void **state)
{
    struct stage *s = *state;
    char user[32];
    unsigned i, passed = 0;

    s->rules.per_minute = 1;
    for (i = 0; i < 4 * THROTTLE_USERS; i++) {
        snprintf(user, sizeof(user), "user%u", i);
        passed += once_at(s, user, HOME, fresh(), THROTTLE_NEITHER);
    }
    assert_true(passed <= THROTTLE_USERS);
    assert_int_equal(status(s, "users"), THROTTLE_USERS);
    /* Full accounts give way. */
    s->now += MINUTE;
    assert_true(once_at(s, "new", HOME, fresh(), THROTTLE_NEITHER));
    assert_false(once_at(s, "new", HOME, fresh(), THROTTLE_NEITHER));
}

/* Names by the thousand, from one place, push out nobody who has something to
 * lose. */
static void
who_has_good_credentials_is_kept(void **state)
{
    struct stage *s = *state;
    char user[16];

    s->rules.per_minute = 2;
    assert_true(good(s, "right"));
    s->now += 2 * MINUTE;
    for (unsigned i = 0; i < 2 * THROTTLE_USERS; i++) {
        snprintf(user, sizeof(user), "user%u", i);
        (void)once_at(s, user, HOME, fresh(), THROTTLE_NEITHER);
        s->now += SECOND;
    }
    (void)once_at(s, "alice", AWAY, fresh(), THROTTLE_NEITHER);
    (void)once_at(s, "alice", AWAY, fresh(), THROTTLE_NEITHER);
    assert_false(once_at(s, "alice", AWAY, fresh(), THROTTLE_NEITHER));
    assert_true(good(s, "right"));
}

static void
nothing_is_kept_of_who_never_failed(void **state)
{
    struct stage *s = *state;

    assert_true(good(s, "right"));
    assert_true(once_at(s, "bob", AWAY, "right", THROTTLE_NEITHER));
    assert_int_equal(status(s, "pairs"), 0);
    fails(s, 5);
    assert_int_equal(status(s, "pairs"), 1);
    assert_int_equal(status(s, "pausing"), 1);
    s->now += SECOND;
    assert_int_equal(status(s, "pausing"), 0);
    assert_true(good(s, "right"));
    assert_int_equal(status(s, "pairs"), 0);
}

static void
odd_rules_are_the_strictest(void **state)
{
    struct stage *s = *state;

    s->rules = (struct throttle_rules){
        .tries = 0, .max_s = INT64_MAX / 2000, .per_minute = -1};
    assert_true(wrong(s, fresh()));
    assert_false(wrong(s, fresh()));
    assert_false(once_at(s, "alice", AWAY, fresh(), THROTTLE_WRONG));
    s->rules.per_minute = s->rules.per_address = INT64_MAX;
    s->now += MINUTE;
    s->rules.tries = INT64_MAX;
    fails(s, 1000);
}

static void
a_reload_with_fewer_tries_holds_at_once(void **state)
{
    struct stage *s = *state;

    fails(s, 4);
    s->rules.tries = 2;
    fails(s, 1); /* the fifth, of two: three doublings */
    assert_int_equal(pause_of(s), 8 * SECOND);
}

/* --- origins --- */

static void
assert_origin(const char *rhost, const char *wanted)
{
    char out[THROTTLE_ORIGIN_MAX];

    memset(out, 'x', sizeof(out));
    throttle_origin(span_of(rhost), 1000, out);
    assert_string_equal(out, wanted);
}

static void
an_origin_is_an_address_a_prefix_or_a_uid(void **state)
{
    char out[THROTTLE_ORIGIN_MAX];

    (void)state;
    assert_origin("192.0.2.7", "192.0.2.7");
    assert_origin("::ffff:192.0.2.7", "192.0.2.7");
    assert_origin("::FFFF:c000:207", "192.0.2.7");
    assert_origin("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
    assert_origin("2001:DB8:1:2::", "2001:db8:1:2::/64");
    assert_origin("2001:0db8:0001:0002:ffff:ffff:ffff:ffff",
                  "2001:db8:1:2::/64");
    assert_origin("::1", "::/64");
    assert_origin("fe80::1%eth0", "fe80::/64");
    assert_origin("ffff:ffff:ffff:ffff:1::", "ffff:ffff:ffff:ffff::/64");
    assert_origin("", "uid:1000");
    assert_origin(NULL, "uid:1000");
    assert_origin("client.example", "uid:1000");
    assert_origin("192.0.2.07", "uid:1000");
    assert_origin("192.0.2.0/24", "uid:1000");
    assert_origin(" 192.0.2.7", "uid:1000");
    assert_origin("uid:0", "uid:1000");
    throttle_origin((struct span){"192.0.2.7\0x", 11}, 0, out);
    assert_string_equal(out, "uid:0");
    throttle_origin(span_of("x"), (uid_t)-2, out);
    assert_string_equal(out, "uid:4294967294");
}

static void
networks_hold_addresses_and_nothing_else(void **state)
{
    char *items[] = {(char *)"192.0.2.0/24", (char *)"2001:db8::/32"};
    const struct list networks = {items, 2}, none = {NULL, 0};

    (void)state;
    assert_true(throttle_in_networks(span_of("192.0.2.255"), &networks));
    assert_true(throttle_in_networks(span_of("::ffff:192.0.2.1"), &networks));
    assert_true(throttle_in_networks(span_of("2001:db8::1"), &networks));
    assert_false(throttle_in_networks(span_of("192.0.3.0"), &networks));
    assert_false(throttle_in_networks(span_of("2001:db9::1"), &networks));
    assert_false(throttle_in_networks(span_of(""), &networks));
    assert_false(throttle_in_networks(span_of("client.example"), &networks));
    assert_false(throttle_in_networks(span_of("192.0.2.7"), &none));
    assert_false(throttle_in_networks(span_of("192.0.2.7"), NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_provider_is_asked_so_often_a_minute),
        TEST(a_success_gives_its_try_back),
        TEST(without_a_user_the_cap_is_of_a_network),
        TEST(a_known_credential_passes_the_cap),
        TEST(a_known_credential_is_one_of_that_user),
        TEST(a_known_credential_does_not_pass_a_pause),
        TEST(what_the_cap_refuses_leaves_nothing_behind),
        TEST(exempt_networks_are_never_throttled),
        TEST(the_table_holds_what_it_says),
        TEST(who_fills_the_table_touches_nobody_else),
        TEST(a_success_does_not_forgive_where_several_share),
        TEST(one_password_for_many_users_counts_for_each_there_too),
        TEST(a_flood_of_networks_ends_in_pauses_and_not_in_freedom),
        TEST(what_is_under_way_keeps_its_place_for_ever),
        TEST(many_users_do_not_lift_the_cap),
        TEST(who_has_good_credentials_is_kept),
        TEST(nothing_is_kept_of_who_never_failed),
        TEST(odd_rules_are_the_strictest),
        TEST(a_reload_with_fewer_tries_holds_at_once),
        TEST(an_origin_is_an_address_a_prefix_or_a_uid),
        TEST(networks_hold_addresses_and_nothing_else),
    };

    return cmocka_run_group_tests_name("session_throttle_bounds", tests, NULL,
                                       NULL);
}
