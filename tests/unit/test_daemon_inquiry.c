/* SPDX-License-Identifier: BSD-2-Clause */
/* Attempts that need a provider's word. */
#include "helper/wire/wire.h"
#include "tests/unit/inquiry_house.h"

static void
a_thousand_logins_with_one_token_are_one_question(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    load_keys(&many);
    for (int i = 0; i < 1000; i++)
        assert_non_null(start(&many, "alice", "opq_abc"));
    assert_int_equal(asks, 1);
    assert_int_equal(asked[0].kind, ASK_INTROSPECTION);
    assert_string_equal(asked[0].credential, "opq_abc");
    answer_claims(0, ALICE);
    turn(&many);
    assert_int_equal(many.answers, 1000);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_string_equal(many.last.method, "introspection");
    assert_int_equal(asks, 1);
    /* And the next one is remembered. */
    assert_null(start(&many, "alice", "opq_abc"));
    assert_true(many.last.cached);
    assert_int_equal(asks, 1);
    house_close(&many.house);
}

/* The files of the last login: "NAME=CONTENT" of the only one. */
static void
assert_file(struct many *many, const char *name, const char *content)
{
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_files files;

    assert_true(parcels_take(many->house.helper.parcels, many->last.login,
                             clock_boot_ms(), &packet));
    assert_true(wire_get_files(buffer_span(&packet), &files));
    assert_int_equal(files.count, 1);
    assert_true(span_is(files.file[0].name, name));
    assert_true(span_is(files.file[0].content, content));
    buffer_free(&packet);
}

static void
secrets_of_an_answer_are_handed_on_and_asked_for_each_time(void **state)
{
    struct many many;
    unsigned i;

    (void)state;
    begin_house(&many, OPAQUE "secrets = /ak/pw:password\n");
    house_configure(&many.house, OPAQUE "secrets = /ak/pw:password\n",
                    SSHD "session_files = secrets\n");
    assert_true(
        helper_reload(&many.house.helper, many.house.conf, CONFIG_FILE_ONLY));
    for (i = 0; i < 2; i++) {
        many.answers = 0;
        assert_non_null(start(&many, "alice", "opq_abc"));
        assert_int_equal(asks, i + 1);
        answer_claims(i, "{\"iss\":\"" HOUSE_ISSUER "\",\"sub\":\"alice\","
                         "\"ak\":{\"pw\":\"tr0ub4dor\"}}");
        turn(&many);
        assert_int_equal(many.last.reason, REASON_ACCEPTED);
        assert_file(&many, "password", "tr0ub4dor");
    }
    house_close(&many.house);
}

static void
what_may_be_cut_is_sent_to_nobody(void **state)
{
    struct many many;
    struct attempt_request request = house_request("alice", "opq_abc");

    (void)state;
    begin_house(&many, OPAQUE);
    request.may_be_cut = true;
    assert_null(attempt_start(&many.house.helper, &request, on_one, &many));
    assert_int_equal(many.last.reason, REASON_INCOMPLETE);
    assert_int_equal(asks, 0);
    /* What is known to be good needs no question. */
    assert_non_null(start(&many, "alice", "opq_abc"));
    answer_claims(0, ALICE);
    turn(&many);
    assert_null(attempt_start(&many.house.helper, &request, on_one, &many));
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_int_equal(asks, 1);
    house_close(&many.house);
}

static void
other_users_and_other_tokens_are_asked_about_apart(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    assert_non_null(start(&many, "alice", "opq_abc"));
    assert_non_null(start(&many, "bob", "opq_abc"));
    assert_non_null(start(&many, "alice", "opq_abd"));
    assert_int_equal(asks, 3);
    house_close(&many.house);
    assert_int_equal(cancels, 3);
    assert_int_equal(many.last.reason, REASON_STOPPING);
}

static void
a_token_of_another_user_is_no_entry_for_this_one(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    assert_non_null(start(&many, "bob", "opq_abc"));
    answer_claims(0, ALICE);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_USER_MISMATCH);
    house_close(&many.house);
}

static void
who_leaves_does_not_take_back_what_was_asked(void **state)
{
    struct many many;
    struct attempt *one, *two;

    (void)state;
    begin_house(&many, OPAQUE);
    one = start(&many, "alice", "opq_abc");
    two = start(&many, "alice", "opq_abc");
    attempt_cancel(one);
    attempt_cancel(two);
    assert_int_equal(cancels, 0);
    assert_int_equal(inquiries_count(&many.house.helper), 1);
    /* Who asks the same meanwhile hears the same answer. */
    assert_non_null(start(&many, "alice", "opq_abc"));
    assert_int_equal(asks, 1);
    answer_claims(0, ALICE);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_int_equal(inquiries_count(&many.house.helper), 0);
    house_close(&many.house);
    assert_int_equal(many.answers, 1);
}

static void
what_nobody_waits_for_ends_with_the_helper(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    attempt_cancel(start(&many, "alice", "opq_abc"));
    assert_int_equal(inquiries_count(&many.house.helper), 1);
    house_close(&many.house);
    assert_int_equal(cancels, 1);
    assert_int_equal(many.answers, 0);
}

static void
an_outage_is_told_and_not_remembered(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    start(&many, "alice", "opq_abc");
    answer_reason(0, REASON_PROVIDER);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_PROVIDER);
    assert_non_null(start(&many, "alice", "opq_abc"));
    assert_int_equal(asks, 2);
    house_close(&many.house);
}

static void
a_definite_no_is_remembered_for_a_while(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    load_keys(&many);
    start(&many, "alice", "opq_abc");
    answer_reason(0, REASON_INACTIVE);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_INACTIVE);
    assert_null(start(&many, "alice", "opq_abc"));
    assert_int_equal(many.last.reason, REASON_INACTIVE);
    assert_true(many.last.cached);
    assert_int_equal(asks, 1);
    house_close(&many.house);
}

static void
of_sixty_wrong_ones_at_once_five_are_asked(void **state)
{
    struct many many;
    char token[32];

    (void)state;
    begin_house(&many, OPAQUE);
    for (int i = 0; i < 60; i++) {
        (void)snprintf(token, sizeof(token), "opq_%d", i);
        assert_non_null(start(&many, "alice", token));
    }
    assert_int_equal(asks, 5);
    for (size_t i = 0; i < 5; i++)
        answer_reason(i, REASON_INACTIVE);
    while (many.answers < 60)
        (void)uv_run(&many.house.loop, UV_RUN_ONCE);
    (void)start(&many, "alice", "opq_99");
    (void)uv_run(&many.house.loop, UV_RUN_NOWAIT);
    assert_int_equal(many.last.reason, REASON_THROTTLED);
    assert_int_equal(asks, 5);
    /* Nobody else feels it. */
    assert_non_null(start(&many, "bob", "opq_99"));
    assert_int_equal(asks, 6);
    house_close(&many.house);
}

static void
outages_never_count_as_wrong_ones(void **state)
{
    struct many many;
    char token[32];

    (void)state;
    begin_house(&many, OPAQUE);
    for (size_t i = 0; i < 20; i++) {
        many.answers = 0;
        (void)snprintf(token, sizeof(token), "opq_%zu", i);
        assert_non_null(start(&many, "alice", token));
        answer_reason(asks - 1,
                      i % 2 == 0 ? REASON_PROVIDER : REASON_CLIENT_REFUSED);
        turn(&many);
        assert_int_equal(asks, i + 1);
    }
    house_close(&many.house);
}

static void
sixty_good_ones_at_once_wait_for_each_other_and_all_go_in(void **state)
{
    struct many many;
    char token[32];

    (void)state;
    begin_house(&many, OPAQUE);
    for (int i = 0; i < 60; i++) {
        (void)snprintf(token, sizeof(token), "opq_%d", i);
        assert_non_null(start(&many, "alice", token));
    }
    for (size_t i = 0; i < 60; i++) {
        assert_in_range(asks, i + 1, i + 5);
        answer_claims(i, ALICE);
        while (many.answers <= i)
            (void)uv_run(&many.house.loop, UV_RUN_ONCE);
        assert_int_equal(many.last.reason, REASON_ACCEPTED);
    }
    house_close(&many.house);
}

static void
jwts_against_local_keys_are_never_throttled(void **state)
{
    struct many many;
    char *token;

    (void)state;
    begin_house(&many, OPAQUE);
    for (int i = 0; i < 10; i++) {
        char text[32];

        (void)snprintf(text, sizeof(text), "opq_%d", i);
        (void)start(&many, "alice", text);
    }
    load_keys(&many);
    token = house_good_token(&many.house);
    many.answers = 0;
    (void)start(&many, "alice", token);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    free(token);
    house_close(&many.house);
}

static void
exchange(struct many *many, const char *token)
{
    struct ask_answer answer = {.reason = REASON_ACCEPTED,
                                .token = span_of(token)};

    assert_non_null(start(many, "alice", "pw-secret"));
    assert_int_equal(asked[asks - 1].kind, ASK_EXCHANGE);
    assert_string_equal(asked[asks - 1].user, "alice");
    asked[asks - 1].done(asked[asks - 1].context, &answer);
    turn(many);
}

static void
the_token_behind_an_app_password_is_verified_like_any_other(void **state)
{
    static const struct {
        struct token_spec spec;
        enum reason reason;
    } rows[] = {
        {{0}, REASON_ACCEPTED},
        /* The provider's own way of saying it: a client's token. */
        {{.more = ",\"gty\":\"client-credentials\""}, REASON_ACCEPTED},
        {{.sub = "bob"}, REASON_USER_MISMATCH},
        {{.aud = "ssh://elsewhere"}, REASON_AUDIENCE},
        {{.iss = "https://other.example/"}, REASON_ISSUER},
        {{.life = -600}, REASON_EXPIRED},
        {{.more = ",\"cnf\":{\"jkt\":\"x\"}"}, REASON_BOUND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct many many;
        char *token;

        begin_house(&many, PASSWORDS);
        load_keys(&many);
        token = house_token(&many.house, &rows[i].spec);
        exchange(&many, token);
        assert_int_equal(many.last.reason, rows[i].reason);
        assert_string_equal(many.last.method, "app-password");
        free(token);
        house_close(&many.house);
    }
}

static void
an_app_password_is_no_token_for_the_session(void **state)
{
    struct many many;
    char *token;

    (void)state;
    begin_house(&many, PASSWORDS);
    house_configure(&many.house, PASSWORDS, SSHD "session_files = token\n");
    assert_true(
        helper_reload(&many.house.helper, many.house.conf, CONFIG_FILE_ONLY));
    load_keys(&many);
    token = house_good_token(&many.house);
    exchange(&many, token);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_int_equal(parcels_sweep(many.house.helper.parcels, clock_boot_ms()),
                     0);
    free(token);
    house_close(&many.house);
}

static void
a_forged_token_behind_an_app_password_opens_nothing(void **state)
{
    struct many many;
    char *token;

    (void)state;
    begin_house(&many, PASSWORDS);
    load_keys(&many);
    house_new_key(&many.house);
    token = house_good_token(&many.house);
    exchange(&many, token);
    assert_int_equal(many.last.reason, REASON_SIGNATURE);
    free(token);
    house_close(&many.house);
}

static void
an_opaque_token_behind_an_app_password_is_unusable_alone(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, PASSWORDS);
    exchange(&many, "opaque-token");
    assert_int_equal(many.last.reason, REASON_PROVIDER_ANSWER);
    assert_int_equal(asks, 1);
    house_close(&many.house);
}

static void
both_means_that_either_can_refuse(void **state)
{
    struct many many;
    char *token;

    (void)state;
    begin_house(&many, OPAQUE "check = both\n");
    load_keys(&many);
    token = house_good_token(&many.house);
    (void)start(&many, "alice", token);
    assert_int_equal(asks, 1);
    answer_reason(0, REASON_INACTIVE);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_INACTIVE);
    free(token);

    /* What fails here is not tried there. */
    token = house_token(&many.house,
                        &(struct token_spec){.aud = "ssh://elsewhere"});
    (void)start(&many, "alice", token);
    assert_int_equal(many.last.reason, REASON_AUDIENCE);
    assert_int_equal(asks, 1);
    free(token);

    token = house_token(&many.house, &(struct token_spec){.life = 500});
    many.answers = 0;
    (void)start(&many, "alice", token);
    assert_int_equal(asks, 2);
    answer_claims(1, ALICE);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_string_equal(many.last.method, "jwt");
    assert_true(many.last.ends <= clock_wall() + 500);
    free(token);
    house_close(&many.house);
}

static void
introspect_asks_only_about_tokens_that_pass_the_free_checks(void **state)
{
    struct many many;
    char *token;

    (void)state;
    begin_house(&many, OPAQUE "check = introspect\n");
    token = house_token(&many.house, &(struct token_spec){.life = -600});
    (void)start(&many, "alice", token);
    assert_int_equal(many.last.reason, REASON_EXPIRED);
    assert_int_equal(asks, 0);
    free(token);
    token = house_good_token(&many.house);
    assert_non_null(start(&many, "alice", token));
    assert_int_equal(asks, 1);
    free(token);
    house_close(&many.house);
}

static void
what_fits_no_pattern_never_leaves_the_host(void **state)
{
    static const char *const texts[] = {"correct horse", "opq_",    "opq_a-b",
                                        "eyJhbGci",      "hap_abc", "a.b.c"};
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_null(start(&many, "alice", texts[i]));
    assert_int_equal(asks, 0);
    house_close(&many.house);
}

static void
a_reload_asks_again_under_the_new_configuration(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    (void)start(&many, "alice", "opq_abc");
    house_configure(&many.house, OPAQUE "username_claim = name\n", SSHD);
    assert_true(
        helper_reload(&many.house.helper, many.house.conf, CONFIG_FILE_ONLY));
    assert_int_equal(cancels, 1);
    assert_int_equal(asks, 2);
    answer_claims(1, "{\"iss\":\"" HOUSE_ISSUER
                     "\",\"sub\":\"x\",\"name\":\"alice\"}");
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    house_close(&many.house);
}

static void
without_a_user_the_token_names_him(void **state)
{
    struct many many;

    (void)state;
    begin_house(&many, OPAQUE);
    assert_non_null(start(&many, "", "opq_abc"));
    answer_claims(0, ALICE);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_string_equal(many.last.user, "alice");
    many.answers = 0;
    assert_non_null(start(&many, "", "opq_root"));
    answer_claims(1, "{\"iss\":\"" HOUSE_ISSUER "\",\"sub\":\"root\"}");
    turn(&many);
    assert_int_equal(reason_outcome(many.last.reason), OUTCOME_FORBIDDEN);
    assert_string_equal(many.last.user, "");
    house_close(&many.house);
}

static void
explaining_asks_alone_and_tells_what_was_checked(void **state)
{
    struct many many;
    struct attempt_request request;
    struct trace *trace = trace_new();
    bool told = false;

    (void)state;
    begin_house(&many, OPAQUE);
    request = house_request("alice", "opq_abc");
    (void)start(&many, "alice", "opq_abc");
    request.trace = trace;
    (void)attempt_start(&many.house.helper, &request, on_one, &many);
    assert_int_equal(asks, 2);
    answer_claims(1, ALICE);
    turn(&many);
    for (size_t i = 0; i < trace->count; i++)
        told |= strcmp(trace->check[i].name, "introspection") == 0;
    assert_true(told);
    trace_free(trace);
    house_close(&many.house);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_logins_with_one_token_are_one_question),
        cmocka_unit_test(
            secrets_of_an_answer_are_handed_on_and_asked_for_each_time),
        cmocka_unit_test(an_app_password_is_no_token_for_the_session),
        cmocka_unit_test(what_may_be_cut_is_sent_to_nobody),
        cmocka_unit_test(other_users_and_other_tokens_are_asked_about_apart),
        cmocka_unit_test(a_token_of_another_user_is_no_entry_for_this_one),
        cmocka_unit_test(who_leaves_does_not_take_back_what_was_asked),
        cmocka_unit_test(what_nobody_waits_for_ends_with_the_helper),
        cmocka_unit_test(an_outage_is_told_and_not_remembered),
        cmocka_unit_test(a_definite_no_is_remembered_for_a_while),
        cmocka_unit_test(of_sixty_wrong_ones_at_once_five_are_asked),
        cmocka_unit_test(
            sixty_good_ones_at_once_wait_for_each_other_and_all_go_in),
        cmocka_unit_test(outages_never_count_as_wrong_ones),
        cmocka_unit_test(jwts_against_local_keys_are_never_throttled),
        cmocka_unit_test(
            the_token_behind_an_app_password_is_verified_like_any_other),
        cmocka_unit_test(a_forged_token_behind_an_app_password_opens_nothing),
        cmocka_unit_test(
            an_opaque_token_behind_an_app_password_is_unusable_alone),
        cmocka_unit_test(both_means_that_either_can_refuse),
        cmocka_unit_test(
            introspect_asks_only_about_tokens_that_pass_the_free_checks),
        cmocka_unit_test(what_fits_no_pattern_never_leaves_the_host),
        cmocka_unit_test(a_reload_asks_again_under_the_new_configuration),
        cmocka_unit_test(without_a_user_the_token_names_him),
        cmocka_unit_test(explaining_asks_alone_and_tells_what_was_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
