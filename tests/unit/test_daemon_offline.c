/* SPDX-License-Identifier: BSD-2-Clause */
/* A provider that cannot be asked, and more questions than may wait. */
#include "tests/unit/inquiry_house.h"

#include <time.h>

#include "helper/daemon/metrics.h"
#include "helper/issuer/keys.h"

#define GRACE OPAQUE "offline_grace = 1h\n"
#define ASK_ALWAYS "answer_ttl = 0s\n"

/* The clocks of this house: those of the machine, set forward.  They take the
 * place of helper/base/clock.c. */
static int64_t ahead_s, ahead_ms;

static int64_t
read_clock(clockid_t which, int64_t per_second)
{
    struct timespec now;

    assert_int_equal(clock_gettime(which, &now), 0);
    return (int64_t)now.tv_sec * per_second +
           now.tv_nsec / (1000000000 / per_second);
}

int64_t
clock_boot_ms(void)
{
    return read_clock(CLOCK_BOOTTIME, 1000) + ahead_ms;
}

int64_t
clock_wall(void)
{
    return read_clock(CLOCK_REALTIME, 1);
}

static int64_t
wall_ahead(void)
{
    return clock_wall() + ahead_s;
}

static void
begin(struct many *many, const char *issuer, const char *lines)
{
    memset(many, 0, sizeof(*many));
    asks = cancels = 0;
    ahead_s = ahead_ms = 0;
    house_open(&many->house);
    many->house.lines = lines;
    house_configure(&many->house, issuer, SSHD);
    house_start(&many->house, HELPER_KEEPS_STATE);
    if (many->house.helper.config == NULL)
        fail_msg("%s", many->house.helper.complaints.data);
    many->house.helper.wall = wall_ahead;
}

static void
let_in(struct many *many, const char *user, const char *credential,
       const char *json)
{
    many->answers = 0;
    assert_non_null(start(many, user, credential));
    answer_claims(asks - 1, json);
    turn(many);
    assert_int_equal(many->last.reason, REASON_ACCEPTED);
    assert_false(many->last.offline);
}

/* What becomes of it when the question about it ends so. */
static enum reason
ends(struct many *many, const char *user, const char *credential,
     enum reason reason)
{
    size_t before = asks;

    many->answers = 0;
    assert_non_null(start(many, user, credential));
    assert_int_equal(asks, before + 1);
    answer_reason(asks - 1, reason);
    turn(many);
    return many->last.reason;
}

static void
what_was_good_is_accepted_in_an_outage(void **state)
{
    static const enum reason outages[] = {REASON_PROVIDER, REASON_BREAKER};
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    for (size_t i = 0; i < sizeof(outages) / sizeof(outages[0]); i++) {
        assert_int_equal(ends(&many, "alice", "opq_abc", outages[i]),
                         REASON_ACCEPTED);
        assert_true(many.last.offline);
        assert_true(many.last.cached);
        assert_string_equal(many.last.issuer, "work");
    }
    assert_int_equal(many.house.helper.issuer[0].offline, 2);
    assert_true(many.house.helper.issuer[0].offline_since_ms > 0);
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_int_equal(many.house.helper.issuer[0].offline_since_ms, 0);
    house_close(&many.house);
}

static void
what_is_no_outage_is_none(void **state)
{
    static const enum reason others[] = {
        REASON_PROVIDER_ANSWER, REASON_CLIENT_REFUSED, REASON_SECRET,
        REASON_ENDPOINT,        REASON_INTERNAL,       REASON_AUDIENCE,
        REASON_EXPIRED};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct many many;

        begin(&many, GRACE, ASK_ALWAYS);
        let_in(&many, "alice", "opq_abc", ALICE);
        assert_int_equal(ends(&many, "alice", "opq_abc", others[i]), others[i]);
        house_close(&many.house);
    }
}

/* Also one that is not remembered itself. */
static void
any_no_ends_it(void **state)
{
    static const enum reason all[] = {
        REASON_INACTIVE,  REASON_PASSWORD,           REASON_REFUSED,
        REASON_CLIENT_ID, REASON_INSUFFICIENT_SCOPE, REASON_NOT_YET};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct many many;

        begin(&many, GRACE, ASK_ALWAYS);
        let_in(&many, "alice", "opq_abc", ALICE);
        assert_int_equal(ends(&many, "alice", "opq_abc", all[i]), all[i]);
        ahead_ms += NEGATIVE_TTL_S * 1000; /* the refusal is forgotten */
        assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                         REASON_PROVIDER);
        house_close(&many.house);
    }
}

/* Of the provider or of our own, which say nothing of the credential. */
static void
trouble_does_not_end_it(void **state)
{
    static const enum reason all[] = {
        REASON_PROVIDER_ANSWER, REASON_CLIENT_REFUSED, REASON_SELF_TEST,
        REASON_SECRET,          REASON_ENDPOINT,       REASON_INTERNAL,
        REASON_THROTTLED,       REASON_OVERLOAD,       REASON_KEYS_UNAVAILABLE};
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        assert_int_equal(ends(&many, "alice", "opq_abc", all[i]), all[i]);
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_ACCEPTED);
    house_close(&many.house);
}

static void
others_get_nothing_of_it(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_int_equal(ends(&many, "bob", "opq_abc", REASON_PROVIDER),
                     REASON_PROVIDER);
    assert_int_equal(ends(&many, "alice", "opq_abd", REASON_PROVIDER),
                     REASON_PROVIDER);
    house_close(&many.house);
}

static void
without_the_option_an_outage_is_one(void **state)
{
    struct many many;

    (void)state;
    begin(&many, OPAQUE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_PROVIDER);
    house_close(&many.house);
}

/* The claims of answer_claims() end in ten minutes. */
static void
it_never_outlives_the_token(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    ahead_s = 590;
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_ACCEPTED);
    ahead_s = 661;
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_PROVIDER);
    house_close(&many.house);
}

/* Some providers name no end: then the grace is what there is, and the login
 * that it opens lasts a minute like one that was asked about. */
static void
without_an_end_the_grace_counts(void **state)
{
    struct ask_answer answer = {.reason = REASON_ACCEPTED};
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    assert_non_null(start(&many, "alice", "opq_abc"));
    assert_int_equal(claims_parse(span_of(ALICE), &answer.claims),
                     REASON_ACCEPTED);
    answer.claims.issued = clock_wall();
    answer.claims.expires = clock_wall() + ANSWER_LIFE_S;
    answer.claims.endless = answer.claims.undated = true;
    answer.claims.sub = json_text(answer.claims.root, "sub");
    asked[0].done(asked[0].context, &answer);
    claims_clear(&answer.claims);
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    ahead_s = 1800;
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_ACCEPTED);
    assert_in_range(many.last.ends, wall_ahead() + ANSWER_LIFE_S - 5,
                    wall_ahead() + ANSWER_LIFE_S);
    house_close(&many.house);
}

/* What becomes of it when nobody answers before the caller's time is over, and
 * the question has been out for `out_ms` by then. */
static enum reason
hangs(struct many *many, const char *credential, int64_t out_ms)
{
    struct attempt_request request = house_request("alice", credential);

    request.ms_left = 60;
    many->answers = 0;
    assert_non_null(attempt_start(&many->house.helper, &request, on_one, many));
    ahead_ms += out_ms;
    turn(many);
    return many->last.reason;
}

/* Nobody can open the grace by leaving early: neither a stack with little
 * patience nor a caller who may say anything of himself. */
static void
impatience_is_no_outage(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_int_equal(hangs(&many, "opq_abc", 7000), REASON_TIMEOUT);
    assert_string_equal(many.last.issuer, "work");
    assert_string_equal(many.last.method, "introspection");
    assert_int_equal(many.house.helper.issuer[0].offline_since_ms, 0);
    house_close(&many.house);
}

static void
what_hung_is_known_to_fail_though_all_have_left(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_int_equal(hangs(&many, "opq_abc", 0), REASON_TIMEOUT);
    answer_reason(asks - 1, REASON_PROVIDER); /* after its eight seconds */
    assert_true(many.house.helper.issuer[0].offline_since_ms > 0);
    assert_int_equal(hangs(&many, "opq_abc", 1000), REASON_ACCEPTED);
    assert_true(many.last.offline);
    assert_int_equal(hangs(&many, "opq_other", 1000), REASON_TIMEOUT);
    house_close(&many.house);
}

/* Strangers' credentials, or issuers without grace, tell nothing. */
static void
nothing_is_known_by_what_nobody_remembers(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_int_equal(ends(&many, "alice", "opq_other", REASON_PROVIDER),
                     REASON_PROVIDER);
    assert_int_equal(many.house.helper.issuer[0].offline_since_ms, 0);
    house_close(&many.house);
}

static void
fail_by(struct many *many)
{
    let_in(many, "alice", "opq_abc", ALICE);
    assert_int_equal(ends(many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_ACCEPTED);
}

static void
rest_introspection(struct issuer *issuer)
{
    struct breaker *b = &issuer->breaker[ISSUER_INTROSPECTION];

    for (char who = 'a'; who < 'a' + BREAKER_ASKERS; who++)
        breaker_ended(b, BREAKER_FAILED, (struct span){&who, 1},
                      (struct span){&who, 1}, issuer->clock());
    assert_int_not_equal(breaker_state(b, issuer->clock()), BREAKER_CLOSED);
}

/* The first of two requests was answered. */
static void
answer_half(size_t which, enum reason reason)
{
    struct ask_answer answer = {.reason = reason, .heard = ASK_HEARD_ANSWER};

    asked[which].done(asked[which].context, &answer);
}

/* What we refuse by ourselves, or are refused by a breaker, is nobody's
 * answer. */
static void
only_an_answer_ends_the_outage(void **state)
{
    static const enum reason unasked[] = {
        REASON_FORM,   REASON_PASSWORD, REASON_INTERNAL,
        REASON_SECRET, REASON_BREAKER,  REASON_PROVIDER_ANSWER};
    struct many many;
    const struct helper_issuer *issuer;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    issuer = &many.house.helper.issuer[0];
    fail_by(&many);
    for (size_t i = 0; i < sizeof(unasked) / sizeof(unasked[0]); i++) {
        many.answers = 0;
        assert_non_null(start(&many, "alice", "opq_other"));
        answer_unasked(asks - 1, unasked[i]);
        turn(&many);
        assert_true(issuer->offline_since_ms > 0);
        ahead_ms += NEGATIVE_TTL_S * 1000;
    }
    many.answers = 0;
    assert_non_null(start(&many, "alice", "opq_other"));
    answer_half(asks - 1, REASON_BREAKER);
    turn(&many);
    assert_true(issuer->offline_since_ms > 0);
    assert_int_equal(ends(&many, "alice", "opq_other", REASON_PROVIDER_ANSWER),
                     REASON_PROVIDER_ANSWER);
    assert_int_equal(issuer->offline_since_ms, 0);
    house_close(&many.house);
}

static bool
metric_is(const struct many *many, const char *line)
{
    struct buffer out = BUFFER_INIT(METRICS_BYTES_MAX);
    bool is;

    assert_true(metrics_print(&many->house.helper, 0, &out));
    assert_true(buffer_add(&out, "", 1));
    is = strstr(out.data, line) != NULL;
    buffer_free(&out);
    return is;
}

/* However often it was looked for. */
static void
a_login_is_one_miss_or_one_hit(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, "");
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_true(metric_is(&many, "\nhttpauth_verdict_misses_total 1\n"));
    assert_true(metric_is(&many, "\nhttpauth_verdict_hits_total 0\n"));
    assert_null(start(&many, "alice", "opq_abc"));
    assert_true(metric_is(&many, "\nhttpauth_verdict_misses_total 1\n"));
    assert_true(metric_is(&many, "\nhttpauth_verdict_hits_total 1\n"));
    assert_int_equal(hangs(&many, "opq_other", 0), REASON_TIMEOUT);
    assert_true(metric_is(&many, "\nhttpauth_verdict_misses_total 2\n"));
    /* What is nobody's is looked for nowhere. */
    assert_null(start(&many, "alice", "nothing of ours"));
    assert_true(metric_is(&many, "\nhttpauth_verdict_misses_total 2\n"));
    house_close(&many.house);
}

/* Long before the caller's time is over, and not before the provider had a
 * moment to answer. */
static void
who_is_known_to_fail_is_waited_for_a_second(void **state)
{
    struct attempt_request request = house_request("alice", "opq_abc");
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    fail_by(&many);
    assert_int_equal(hangs(&many, "opq_abc", 900), REASON_TIMEOUT);
    answer_reason(asks - 1, REASON_PROVIDER);
    request.ms_left = 3600 * 1000;
    many.answers = 0;
    assert_non_null(attempt_start(&many.house.helper, &request, on_one, &many));
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_true(many.last.offline);
    house_close(&many.house);
}

static void
a_breaker_that_rests_is_known_to_fail(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    rest_introspection(many.house.helper.issuer[0].issuer);
    assert_int_equal(hangs(&many, "opq_abc", 1000), REASON_ACCEPTED);
    house_close(&many.house);
}

/* As when five hundred come in the hang of one. */
static void
without_room_for_a_question_memory_answers_in_an_outage(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS "max_waiting = 1\n");
    let_in(&many, "alice", "opq_abc", ALICE);
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_OVERLOAD),
                     REASON_OVERLOAD);
    fail_by(&many);
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_OVERLOAD),
                     REASON_ACCEPTED);
    assert_non_null(start(&many, "bob", "opq_other"));
    many.answers = 0;
    (void)start(&many, "alice", "opq_abc");
    turn(&many);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    assert_true(many.last.offline);
    house_close(&many.house);
}

/* The throttle lets one question of a user and an address out at a time. */
static void
what_waits_for_us_is_no_outage(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS "throttle_tries = 1\n");
    fail_by(&many);
    many.answers = 0;
    assert_non_null(start(&many, "alice", "opq_other"));
    assert_int_equal(asks, 3);
    assert_int_equal(hangs(&many, "opq_abc", 9000), REASON_TIMEOUT);
    assert_int_equal(asks, 3);
    house_close(&many.house);
}

/* Who asked has left by then; it counts for whoever comes next. */
static void
a_no_that_comes_late_ends_it_too(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    fail_by(&many);
    assert_int_equal(hangs(&many, "opq_abc", 1000), REASON_ACCEPTED);
    answer_reason(asks - 1, REASON_INACTIVE);
    assert_null(start(&many, "alice", "opq_abc"));
    assert_int_equal(many.last.reason, REASON_INACTIVE);
    house_close(&many.house);
    begin(&many, GRACE, ASK_ALWAYS);
    fail_by(&many);
    assert_int_equal(hangs(&many, "opq_abc", 1000), REASON_ACCEPTED);
    answer_reason(asks - 1, REASON_INSUFFICIENT_SCOPE);
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_PROVIDER);
    house_close(&many.house);
}

static void
a_shorter_answer_ttl_reaches_what_is_remembered(void **state)
{
    struct many many;

    (void)state;
    begin(&many, OPAQUE, "answer_ttl = 10m\n");
    let_in(&many, "alice", "opq_abc", ALICE);
    ahead_ms += 120000;
    assert_null(start(&many, "alice", "opq_abc"));
    assert_true(many.last.cached);
    many.house.lines = "answer_ttl = 1m\n";
    house_configure(&many.house, OPAQUE, SSHD);
    assert_true(
        helper_reload(&many.house.helper, many.house.conf, CONFIG_FILE_ONLY));
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_PROVIDER);
    house_close(&many.house);
}

static void
the_rules_are_applied_all_the_same(void **state)
{
    struct many many;

    (void)state;
    begin(&many, GRACE, ASK_ALWAYS);
    let_in(&many, "alice", "opq_abc", ALICE);
    house_configure(&many.house, GRACE, SSHD "deny_user = alice\n");
    assert_true(
        helper_reload(&many.house.helper, many.house.conf, CONFIG_FILE_ONLY));
    assert_int_equal(ends(&many, "alice", "opq_abc", REASON_PROVIDER),
                     REASON_USER_RULE);
    house_close(&many.house);
}

static void
one_more_than_may_wait_is_told_at_once(void **state)
{
    struct many many;

    (void)state;
    begin(&many, OPAQUE, "max_waiting = 2\n");
    assert_non_null(start(&many, "alice", "opq_a"));
    assert_non_null(start(&many, "bob", "opq_b"));
    assert_int_equal(many.answers, 0);
    (void)start(&many, "carol", "opq_c");
    turn(&many);
    assert_int_equal(many.last.reason, REASON_OVERLOAD);
    assert_int_equal(asks, 2);
    /* Whoever asks the same joins. */
    many.answers = 0;
    assert_non_null(start(&many, "alice", "opq_a"));
    assert_int_equal(asks, 2);
    answer_claims(0, ALICE);
    while (many.answers < 2)
        (void)uv_run(&many.house.loop, UV_RUN_ONCE);
    assert_int_equal(many.last.reason, REASON_ACCEPTED);
    house_close(&many.house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_good_is_accepted_in_an_outage),
        cmocka_unit_test(what_is_no_outage_is_none),
        cmocka_unit_test(any_no_ends_it),
        cmocka_unit_test(trouble_does_not_end_it),
        cmocka_unit_test(others_get_nothing_of_it),
        cmocka_unit_test(without_the_option_an_outage_is_one),
        cmocka_unit_test(it_never_outlives_the_token),
        cmocka_unit_test(without_an_end_the_grace_counts),
        cmocka_unit_test(impatience_is_no_outage),
        cmocka_unit_test(what_hung_is_known_to_fail_though_all_have_left),
        cmocka_unit_test(nothing_is_known_by_what_nobody_remembers),
        cmocka_unit_test(who_is_known_to_fail_is_waited_for_a_second),
        cmocka_unit_test(only_an_answer_ends_the_outage),
        cmocka_unit_test(a_login_is_one_miss_or_one_hit),
        cmocka_unit_test(a_breaker_that_rests_is_known_to_fail),
        cmocka_unit_test(
            without_room_for_a_question_memory_answers_in_an_outage),
        cmocka_unit_test(what_waits_for_us_is_no_outage),
        cmocka_unit_test(a_no_that_comes_late_ends_it_too),
        cmocka_unit_test(a_shorter_answer_ttl_reaches_what_is_remembered),
        cmocka_unit_test(the_rules_are_applied_all_the_same),
        cmocka_unit_test(one_more_than_may_wait_is_told_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
