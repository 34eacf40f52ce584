/* SPDX-License-Identifier: BSD-2-Clause */
/* What the throttle makes of the answers that a provider gives. */
#include "tests/unit/inquiry_house.h"

#define BOB "{\"iss\":\"" HOUSE_ISSUER "\",\"sub\":\"bob\"}"
#define MALLORY "{\"iss\":\"" HOUSE_ISSUER "\",\"sub\":\"mallory\"}"

static struct attempt *
start_from(struct many *many, const char *user, const char *credential,
           const char *rhost)
{
    struct attempt_request request = house_request(user, credential);

    request.rhost = span_of(rhost);
    request.believed = true;
    return attempt_start(&many->house.helper, &request, on_one, many);
}

/* `count` new tokens of that user, each refused by the provider. */
static void
guess(struct many *many, const char *user, unsigned count)
{
    static unsigned number;
    char token[32];

    while (count-- > 0) {
        many->answers = 0;
        (void)snprintf(token, sizeof(token), "opq_guess%u", number++);
        (void)start(many, user, token);
        answer_reason(asks - 1, REASON_INACTIVE);
        turn(many);
        assert_int_equal(many->last.reason, REASON_INACTIVE);
    }
}

static void
good_token(struct many *many, const char *user, const char *token,
           const char *claims)
{
    many->answers = 0;
    assert_non_null(start(many, user, token));
    answer_claims(asks - 1, claims);
    turn(many);
}

static bool
is_throttled(struct many *many, const char *user, const char *token)
{
    many->answers = 0;
    (void)start(many, user, token);
    (void)uv_run(&many->house.loop, UV_RUN_NOWAIT);
    return many->answers == 1 && many->last.reason == REASON_THROTTLED;
}

static void
a_success_forgives_what_was_wrong_before(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    guess(&many, "alice", 4);
    good_token(&many, "alice", "opq_good", ALICE);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    guess(&many, "alice", 4);
    assert_false(is_throttled(&many, "alice", "opq_next"));
    house_close(&many.house);
}

static void
anothers_good_token_forgives_nothing(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    guess(&many, "alice", 4);
    good_token(&many, "alice", "opq_mine", MALLORY);
    assert_int_equal(many.last.reason, REASON_USER_MISMATCH);
    assert_true(is_throttled(&many, "alice", "opq_next"));
    house_close(&many.house);
}

static void
anothers_jwt_is_refused_before_the_provider_is_asked(void **state)
{
    struct many many;
    char *token;

    (void)state;
    begin_house(&many, OPAQUE "check = both\n");
    load_keys(&many);
    token = house_token(&many.house, &(struct token_spec){.sub = "mallory"});
    assert_null(start(&many, "alice", token));
    assert_int_equal(many.last.reason, REASON_USER_MISMATCH);
    assert_int_equal(asks, 0);
    /* Without a name it is his own. */
    assert_non_null(start(&many, "", token));
    assert_int_equal(asks, 1);
    free(token);
    house_close(&many.house);
}

/* The signed claims say who it is; the provider's answer need not. */
static void
a_jwt_that_both_vouch_for_forgives(void **state)
{
    struct many many;
    char *token;

    (void)state;
    begin_house(&many, OPAQUE "check = both\nusername_claim = login\n");
    load_keys(&many);
    guess(&many, "alice", 4);
    token = house_token(
        &many.house,
        &(struct token_spec){.sub = "17", .more = ",\"login\":\"alice\""});
    good_token(&many, "alice", token,
               "{\"iss\":\"" HOUSE_ISSUER "\",\"sub\":\"17\"}");
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    guess(&many, "alice", 4);
    assert_false(is_throttled(&many, "alice", "opq_next"));
    free(token);
    house_close(&many.house);
}

static void
nobody_is_kept_out_by_tries_from_elsewhere_that_name_no_user(void **state)
{
    struct many many;
    char rhost[32], token[32];

    (void)state;
    begin_house(&many, OPAQUE);
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(rhost, sizeof(rhost), "10.0.%u.1", i + 1);
        (void)snprintf(token, sizeof(token), "opq_%u", i);
        many.answers = 0;
        assert_non_null(start_from(&many, "", token, rhost));
        assert_int_equal(asks, i + 1);
        answer_reason(asks - 1, REASON_INACTIVE);
        turn(&many);
        assert_int_equal(many.last.reason, REASON_INACTIVE);
    }
    many.answers = 0;
    assert_non_null(start_from(&many, "", "opq_bob", "198.51.100.1"));
    assert_int_equal(asks, 41);
    answer_claims(asks - 1, BOB);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_string_equal(many.last.user, "bob");
    house_close(&many.house);
}

/* More than may be asked about at once. */
static void
start_twenty(struct many *many)
{
    char token[32];

    for (unsigned i = 0; i < 20; i++) {
        (void)snprintf(token, sizeof(token), "opq_%02u", i);
        assert_non_null(start(many, "alice", token));
    }
    assert_int_equal(asks, 5);
}

static void
reload(struct many *many)
{
    assert_true(
        helper_reload(&many->house.helper, many->house.conf, CONFIG_FILE_ONLY));
}

static void
those_that_wait_for_each_other_come_in_their_order(void **state)
{
    struct many many;
    char token[32];

    (void)state;
    begin_house(&many, OPAQUE);
    start_twenty(&many);
    for (size_t i = 0; i < 20; i++) {
        (void)snprintf(token, sizeof(token), "opq_%02zu", i);
        assert_string_equal(asked[i].credential, token);
        answer_claims(i, ALICE);
        while (many.answers <= i)
            (void)uv_run(&many.house.loop, UV_RUN_ONCE);
    }
    house_close(&many.house);
}

/* A reload takes all of them off and starts them anew: those that are held
 * back must not be started for a moment in between. */
static void
a_reload_does_not_use_up_the_tries_of_those_that_wait(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    start_twenty(&many);
    reload(&many);
    assert_int_equal(asks, 10);
    reload(&many);
    assert_int_equal(cancels, 10);
    assert_int_equal(asks, 15);
    house_close(&many.house);
}

static void
a_stop_asks_nothing_more(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    start_twenty(&many);
    reload(&many);
    house_close(&many.house);
    assert_int_equal(many.answers, 20);
    assert_int_equal(asks, 10);
}

/* The same credential from elsewhere shares the answer, not the pause. */
static void
who_comes_from_elsewhere_does_not_wait_for_the_pair_of_another(void **state)
{
    struct many many;
    struct attempt *here;
    char token[32];

    (void)state;
    begin_house(&many, OPAQUE);
    for (unsigned i = 0; i < 5; i++) {
        (void)snprintf(token, sizeof(token), "opq_%u", i);
        assert_non_null(start_from(&many, "alice", token, "192.0.2.66"));
    }
    /* Held back; then twice the same from there is still one. */
    assert_non_null(start_from(&many, "alice", "opq_good", "192.0.2.66"));
    here = start_from(&many, "alice", "opq_good", "192.0.2.66");
    assert_non_null(here);
    assert_int_equal(inquiries_count(&many.house.helper), 6);
    assert_int_equal(asks, 5);
    assert_non_null(start_from(&many, "alice", "opq_good", "198.51.100.1"));
    assert_int_equal(asks, 6);
    /* What is under way serves everybody. */
    assert_non_null(start_from(&many, "alice", "opq_good", "198.51.100.2"));
    assert_int_equal(asks, 6);
    answer_claims(5, ALICE);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_int_equal(many.answers, 2);
    attempt_cancel(here);
    house_close(&many.house);
}

/* Whoever hangs up before the answer has guessed all the same. */
static void
guesses_that_nobody_waits_for_count(void **state)
{
    struct many many;
    char token[32];

    (void)state;
    begin_house(&many, OPAQUE);
    for (unsigned i = 0; i < 5; i++) {
        (void)snprintf(token, sizeof(token), "opq_%u", i);
        attempt_cancel(start_from(&many, "alice", token, "192.0.2.66"));
        answer_reason(i, REASON_INACTIVE);
    }
    assert_int_equal(asks, 5);
    (void)start_from(&many, "alice", "opq_6", "192.0.2.66");
    turn(&many);
    assert_int_equal(many.last.reason, REASON_THROTTLED);
    assert_int_equal(asks, 5);
    house_close(&many.house);
}

static void
a_pause_is_told_to_nobody_from_elsewhere(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    for (unsigned i = 0; i < 5; i++) {
        char token[32];

        (void)snprintf(token, sizeof(token), "opq_%u", i);
        many.answers = 0;
        (void)start_from(&many, "alice", token, "192.0.2.66");
        answer_reason(i, REASON_INACTIVE);
        turn(&many);
    }
    assert_non_null(start_from(&many, "alice", "opq_good", "192.0.2.66"));
    assert_int_equal(asks, 5);
    assert_non_null(start_from(&many, "alice", "opq_good", "198.51.100.1"));
    assert_int_equal(asks, 6);
    house_close(&many.house);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_success_forgives_what_was_wrong_before),
        cmocka_unit_test(anothers_good_token_forgives_nothing),
        cmocka_unit_test(anothers_jwt_is_refused_before_the_provider_is_asked),
        cmocka_unit_test(a_jwt_that_both_vouch_for_forgives),
        cmocka_unit_test(
            nobody_is_kept_out_by_tries_from_elsewhere_that_name_no_user),
        cmocka_unit_test(those_that_wait_for_each_other_come_in_their_order),
        cmocka_unit_test(a_reload_does_not_use_up_the_tries_of_those_that_wait),
        cmocka_unit_test(a_stop_asks_nothing_more),
        cmocka_unit_test(
            who_comes_from_elsewhere_does_not_wait_for_the_pair_of_another),
        cmocka_unit_test(guesses_that_nobody_waits_for_count),
        cmocka_unit_test(a_pause_is_told_to_nobody_from_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
