/* SPDX-License-Identifier: BSD-2-Clause */
/* One credential at a protected URL: what goes there and what comes of it. */
#include "tests/unit/probe_house.h"

static void
a_right_password_is_accepted_in_one_request(void **state)
{
    (void)state;
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
}

static void
a_wrong_password_is_refused(void **state)
{
    (void)state;
    house_start();
    expect_password("wrong", REASON_REFUSED, NULL);
    expect_seen("B");
    expect_password("right", REASON_ACCEPTED, NULL);
}

static void
the_claims_name_who_was_tried(void **state)
{
    struct asker a = {.calls = 0};

    (void)state;
    house_start();
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_run();
    assert_string_equal(a.claims,
                        "{\"exp\":1700000060,\"iat\":1700000000,"
                        "\"iss\":\"https://idp.example\","
                        "\"preferred_username\":\"jdoe\",\"sub\":\"jdoe\"}");
    asker_clear(&a);
    house.conf.username_claim = (char *)"/a/b";
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_run();
    assert_string_equal(a.claims,
                        "{\"exp\":1700000060,\"iat\":1700000000,"
                        "\"iss\":\"https://idp.example\",\"sub\":\"jdoe\"}");
    asker_clear(&a);
    /* It does not override what the claims are about. */
    house.conf.username_claim = (char *)"iss";
    expect_password("right", REASON_ACCEPTED, NULL);
}

static void
the_strongest_scheme_is_used(void **state)
{
    (void)state;
    house_of_digest();
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("D");
    assert_non_null(strstr(gateway.last, "algorithm=SHA-256"));
    assert_non_null(strstr(gateway.last, "uri=\"/check?a=b\""));
    assert_null(strstr(gateway.last, "right"));
}

static void
http_schemes_bounds_what_is_used(void **state)
{
    (void)state;
    house_of_digest();
    house.conf.http_schemes = SCHEME_BASIC;
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
}

static void
md5_works_where_nothing_better_is_offered(void **state)
{
    (void)state;
    house_of_digest();
    gateway.algorithm = "MD5";
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_password("wrong", REASON_REFUSED, NULL);
    expect_seen("DD");
}

static void
a_nonce_is_used_again_with_a_rising_count(void **state)
{
    (void)state;
    house_of_digest();
    house_start(); /* counted 1 */
    expect_password("right", REASON_ACCEPTED, NULL);
    assert_non_null(strstr(gateway.last, "nc=00000002"));
    expect_password("wrong", REASON_REFUSED, NULL);
    expect_password("right", REASON_ACCEPTED, NULL);
    assert_non_null(strstr(gateway.last, "nc=00000004"));
    expect_seen("DDD");
}

static void
a_stale_nonce_is_replaced_once(void **state)
{
    (void)state;
    house_of_digest();
    house_start();
    gateway.nonce++;
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("DD");
    assert_non_null(strstr(gateway.last, "nc=00000001"));
    gateway.nonce++;
    expect_password("wrong", REASON_REFUSED, NULL);
    expect_seen("DD");
}

static void
a_server_that_calls_all_nonces_stale_is_no_verdict(void **state)
{
    (void)state;
    house_of_digest();
    house_start();
    gateway.stale_always = true;
    expect_password("right", REASON_PROVIDER_ANSWER, "stale");
    expect_seen("DD");
    gateway.stale_always = false;
    gateway.offer = "WWW-Authenticate: Digest realm=\"ours\", nonce=\"n0\","
                    " qop=\"auth\", algorithm=SHA-256, stale=true\r\n";
    gateway.nonce = 77;
    expect_password("right", REASON_PROVIDER_ANSWER, "stale");
    expect_seen("DD");
}

static void
a_stale_answer_changes_neither_realm_nor_algorithm(void **state)
{
    (void)state;
    house_of_digest();
    gateway.basic = false;
    house_start();
    gateway.nonce++;
    gateway.offer = "WWW-Authenticate: Digest realm=\"theirs\", nonce=\"x\","
                    " qop=\"auth\", algorithm=SHA-256, stale=true\r\n";
    expect_password("right", REASON_PROVIDER_ANSWER, "stale");
    expect_seen("D");
    gateway.offer = NULL;
    gateway.nonce++;
    house.site->known[1].scheme = 0;
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("-D");
    gateway.nonce++;
    gateway.offer = "WWW-Authenticate: Digest realm=\"ours\", nonce=\"x\","
                    " qop=\"auth\", algorithm=MD5, stale=true\r\n";
    expect_password("right", REASON_PROVIDER_ANSWER, "stale");
    expect_seen("D");
}

static void
the_servers_proof_must_be_right(void **state)
{
    (void)state;
    house_of_digest();
    gateway.proves = true;
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.rspauth =
        "0000000000000000000000000000000000000000000000000000000000000000";
    expect_password("right", REASON_PROVIDER_ANSWER, "does not prove");
    gateway.rspauth = "";
    expect_password("right", REASON_PROVIDER_ANSWER, "does not prove");
}

static void
nextnonce_is_the_next_nonce(void **state)
{
    (void)state;
    house_of_digest();
    gateway.extra = "Authentication-Info: nextnonce=\"n5\"\r\n";
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.nonce = 5;
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("DD");
    assert_non_null(strstr(gateway.last, "nonce=\"n5\""));
    assert_non_null(strstr(gateway.last, "nc=00000001"));
}

static void
a_pinned_realm_is_the_only_one(void **state)
{
    (void)state;
    house.conf.http_realm = (char *)"ours";
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    house.site->known[1].scheme = 0;
    gateway.realm = "theirs";
    expect_password("right", REASON_PROVIDER_ANSWER, "in http_realm");
    expect_seen("B-");
}

static void
without_a_challenge_nothing_is_sent(void **state)
{
    (void)state;
    house_start();
    house.site->known[1].scheme = 0;
    gateway.offer = "WWW-Authenticate: Negotiate\r\n"
                    "WWW-Authenticate: NTLM\r\n";
    expect_password("right", REASON_PROVIDER_ANSWER, "Negotiate, NTLM");
    expect_seen("-");
    gateway.offer = "";
    expect_password("right", REASON_PROVIDER_ANSWER, "offered: none");
    expect_seen("-");
}

static void
hostile_heads_are_no_challenge(void **state)
{
    char *big = malloc(70000);

    (void)state;
    house_start();
    memset(big, 'x', 69999);
    big[69999] = '\0';
    memcpy(big, "WWW-Authenticate: Basic realm=\"", 31);
    house.site->known[1].scheme = 0;
    gateway.offer = big;
    expect_password("right", REASON_PROVIDER_ANSWER, "http_schemes");
    gateway.offer = "WWW-Authenticate: Basic\r\n realm=\"fold\"\r\n";
    expect_password("right", REASON_PROVIDER_ANSWER, "http_schemes");
    gateway.offer = "WWW-Authenticate: \x01"
                    "Basic realm=\"x\"\r\n";
    expect_password("right", REASON_PROVIDER_ANSWER, "http_schemes");
    expect_seen("---");
    free(big);
}

static void
other_statuses_are_no_verdict(void **state)
{
    static const int statuses[] = {302, 403, 500, 503, 418, 0x7fffffff};

    (void)state;
    house_start();
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        gateway.wrong_status = statuses[i];
        expect_password("wrong",
                        statuses[i] < 500 ? REASON_PROVIDER_ANSWER
                                          : REASON_PROVIDER,
                        "neither accepted nor");
    }
    gateway.good_status = 206;
    expect_password("right", REASON_PROVIDER_ANSWER, "206");
    gateway.good_status = 204;
    expect_password("right", REASON_ACCEPTED, NULL);
}

static void
a_configured_status_is_a_refusal(void **state)
{
    (void)state;
    house_add(&house.conf.refused, "302");
    house_start();
    gateway.wrong_status = 302;
    expect_password("wrong", REASON_REFUSED, NULL);
}

static void
no_answer_is_no_verdict(void **state)
{
    (void)state;
    house_start();
    gateway.error = "TLS \x1b broke";
    expect_password("right", REASON_PROVIDER, "no answer: TLS \\x1b broke");
    house_expect_state("passed");
}

static void
a_url_that_is_open_switches_the_method_off(void **state)
{
    (void)state;
    house_start();
    house.site->known[1].scheme = 0;
    gateway.open_status = 200;
    expect_password("right", REASON_PROVIDER_ANSWER, "without a credential");
    expect_password("right", REASON_SELF_TEST, "without a credential");
    expect_seen("-");
    house_expect_state("failed");
}

/* --- what may not leave the host --- */

static void
odd_names_and_passwords_stay_here(void **state)
{
    struct asker a = {.calls = 0};

    (void)state;
    house_start();
    expect_answer(ASK_HTTP_PASSWORD, "", "right", REASON_FORM, NULL);
    expect_answer(ASK_HTTP_PASSWORD, "jdoe", "", REASON_FORM, NULL);
    expect_answer(ASK_HTTP_PASSWORD, "jd:oe", "right", REASON_FORM, NULL);
    expect_answer(ASK_HTTP_PASSWORD, "j\nd", "right", REASON_FORM, NULL);
    expect_answer(ASK_HTTP_PASSWORD, "j\xc3\xa4", "right", REASON_FORM, NULL);
    expect_answer(ASK_HTTP_PASSWORD, "jdoe", "a\r\nb", REASON_FORM, NULL);
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", (struct span){"a\0b", 3});
    assert_int_equal(a.reason, REASON_FORM);
    house.conf.bearer_username = (char *)"jdoe";
    expect_answer(ASK_HTTP_PASSWORD, "jdoe", "right", REASON_FORM, NULL);
    house.conf.bearer_username = NULL;
    expect_answer(ASK_INTROSPECTION, "jdoe", "x", REASON_INTERNAL, NULL);
    expect_seen("");
}

static void
odd_tokens_stay_here(void **state)
{
    (void)state;
    house_of_tokens();
    house_start();
    expect_token("", REASON_FORM, NULL);
    expect_token("a b", REASON_FORM, NULL);
    expect_token("a\r\nX: y", REASON_FORM, NULL);
    expect_token("t\xc3\xa4", REASON_FORM, NULL);
    expect_seen("");
}

static void
a_kind_that_was_not_tested_stays_here(void **state)
{
    (void)state;
    house.conf.user_from = (char *)"header:X-User";
    house_start();
    expect_token("good-token", REASON_SELF_TEST, NULL);
    expect_seen("");
}

/* --- tokens --- */

static void
a_token_goes_as_bearer_and_a_header_names_the_user(void **state)
{
    (void)state;
    house_of_tokens();
    house_start();
    expect_token("good-token", REASON_ACCEPTED, NULL);
    expect_seen("T");
    assert_string_equal(gateway.last, "Bearer good-token");
    expect_token("bad-token", REASON_REFUSED, NULL);
}

static void
the_user_asked_for_does_not_name_a_token(void **state)
{
    struct asker a = {.calls = 0};

    (void)state;
    house_of_tokens();
    house_start();
    asker_start(&a, ASK_HTTP_TOKEN, "root", span_of("good-token"));
    house_run();
    assert_string_equal(a.user, "jdoe");
    asker_clear(&a);
}

static void
a_token_can_go_in_basics_clothes(void **state)
{
    (void)state;
    house_of_tokens();
    gateway.basic = true;
    gateway.user = "idp.example/token";
    house.conf.bearer_username = (char *)"idp.example/token";
    house_start();
    expect_token("good-token", REASON_ACCEPTED, NULL);
    expect_seen("B");
    expect_token("bad-token", REASON_REFUSED, NULL);
}

static void
a_token_never_goes_as_basic_without_that(void **state)
{
    (void)state;
    house_of_tokens();
    house_start();
    house.site->known[0].scheme = 0;
    gateway.bearer = false;
    gateway.basic = true;
    expect_token("good-token", REASON_PROVIDER_ANSWER, "offered: Basic");
    expect_seen("-");
}

static void
without_user_from_a_token_is_refused_unsent(void **state)
{
    (void)state;
    house_of_tokens();
    house.conf.user_from = NULL;
    house_start();
    expect_token("good-token", REASON_CLAIM_MISSING, "must name the user");
    expect_seen("");
}

static void
a_header_must_name_exactly_one_user(void **state)
{
    static const char *const lines[] = {"X-Other: jdoe\r\n",
                                        "X-User:\r\n",
                                        "X-User: jdoe\r\nX-User: root\r\n",
                                        "X-User: j\x01"
                                        "doe\r\n",
                                        "X-User: j\xff\r\n",
                                        NULL};
    char longer[400];

    (void)state;
    house_of_tokens();
    house_start();
    for (size_t i = 0; lines[i] != NULL; i++) {
        gateway.extra = lines[i];
        expect_token("good-token", REASON_CLAIM_MISSING, "user_from");
    }
    snprintf(longer, sizeof(longer), "X-User: %0257d\r\n", 0);
    gateway.extra = longer;
    expect_token("good-token", REASON_CLAIM_MISSING, "user_from");
}

static void
json_can_name_the_user(void **state)
{
    static const char *const bodies[] = {"",
                                         "[]",
                                         "{\"a\":{\"n\":1}}",
                                         "{\"a\":{\"n\":\"\"}}",
                                         "{\"a\":{\"n\":\"j\\u0001\"}}",
                                         "{\"a\":{\"n\":\"x\"}} x",
                                         "{\"a\":{\"n\":\"x\",\"n\":\"y\"}}",
                                         "{\"n\":\"x\"}",
                                         NULL};

    (void)state;
    house_of_tokens();
    house.conf.user_from = (char *)"json:/a/n";
    house_start();
    gateway.body = "{\"a\":{\"n\":\"jdoe\"}}";
    expect_token("good-token", REASON_ACCEPTED, NULL);
    for (size_t i = 0; bodies[i] != NULL; i++) {
        gateway.body = bodies[i];
        expect_token("good-token", REASON_CLAIM_MISSING, "user_from");
    }
}

static void
bearer_may_say_that_the_scope_is_too_small(void **state)
{
    (void)state;
    house_of_tokens();
    house_start();
    gateway.wrong_status = 403;
    gateway.wrong_extra = "WWW-Authenticate: Bearer error=insufficient_scope,"
                          " error_description=\"need \x80 more\","
                          " scope=\"login ssh\"\r\n";
    expect_token("bad", REASON_INSUFFICIENT_SCOPE,
                 "insufficient_scope, scope login ssh");
    gateway.wrong_extra = "WWW-Authenticate: Bearer error=insufficient_scope,"
                          " error_description=\"need more\","
                          " scope=\"login ssh\"\r\n";
    expect_token("bad", REASON_INSUFFICIENT_SCOPE,
                 "insufficient_scope: need more, scope login ssh");
    gateway.wrong_extra = "WWW-Authenticate: Bearer error=invalid_token\r\n";
    expect_token("bad", REASON_PROVIDER_ANSWER, "invalid_token");
    gateway.wrong_status = 0;
    gateway.offer = "WWW-Authenticate: Bearer error=invalid_token\r\n";
    expect_token("bad", REASON_REFUSED, "invalid_token");
}

static void
what_bearer_says_is_bounded_and_never_the_token(void **state)
{
    struct asker a = {.calls = 0};
    char line[600];

    (void)state;
    house_of_tokens();
    house_start();
    gateway.offer = "WWW-Authenticate: Bearer error=invalid_token,"
                    " error_description=\"bad-token is bad\"\r\n";
    asker_start(&a, ASK_HTTP_TOKEN, "", span_of("bad-token"));
    house_run();
    assert_string_equal(a.problem, "invalid_token");
    gateway.offer = "WWW-Authenticate: Bearer error=invalid_token,"
                    " error_description=\"ends before: bad-toke...\"\r\n";
    asker_start(&a, ASK_HTTP_TOKEN, "", span_of("bad-token"));
    house_run();
    assert_string_equal(a.problem, "invalid_token");
    snprintf(line, sizeof(line),
             "WWW-Authenticate: Bearer error=invalid_token,"
             " error_description=\"%0201d\"\r\n",
             0);
    gateway.offer = line;
    asker_start(&a, ASK_HTTP_TOKEN, "", span_of("bad-token"));
    house_run();
    assert_string_equal(a.problem, "invalid_token");
}

/* --- time, ends, traces --- */

static void
the_time_left_is_what_a_request_gets(void **state)
{
    struct asker a = {.timeout_ms = 3000};

    (void)state;
    house_start();
    house.site->known[1].scheme = 0;
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_now += 1000;
    house_run();
    assert_int_equal(gateway.last_timeout, 2000);
    assert_int_equal(a.reason, REASON_ACCEPTED);
    asker_clear(&a);
    house.site->known[1].scheme = 0;
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_now += 3000;
    house_run();
    assert_int_equal(a.reason, REASON_PROVIDER);
    expect_seen("-B-");
    asker_clear(&a);
}

static void
a_cancelled_probe_is_not_called(void **state)
{
    struct asker a = {.calls = 0};

    (void)state;
    house_start();
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    assert_non_null(gateway.pending);
    probe_cancel(a.probe);
    assert_null(gateway.pending);
    house_run();
    assert_int_equal(a.calls, 0);
}

static void
the_site_may_go_in_done_and_before_a_probe(void **state)
{
    struct asker one = {.free_it = &house.site}, two = {.calls = 0};

    (void)state;
    house_start();
    asker_start(&one, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    asker_start(&two, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_run();
    assert_int_equal(one.calls, 1);
    assert_int_equal(two.calls, 0);
    assert_null(gateway.pending);
    probe_cancel(two.probe);
    asker_clear(&one);
}

static void
the_trace_tells_the_steps_and_no_credential(void **state)
{
    struct asker a = {.trace = trace_new()};
    bool challenge = false, status = false, test = false;

    (void)state;
    house_start();
    house.site->known[1].scheme = 0;
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("Wr0ng-Password"));
    house_run();
    for (size_t i = 0; i < a.trace->count; i++) {
        const struct trace_check *check = &a.trace->check[i];

        assert_null(strstr(check->found, "Wr0ng"));
        test = test || strcmp(check->name, "self-test") == 0;
        if (strcmp(check->name, "challenge") == 0) {
            challenge = true;
            assert_string_equal(check->found, "Basic");
        }
        if (strcmp(check->name, "status") == 0) {
            status = true;
            assert_false(check->held);
            assert_string_equal(check->expected, "200 204");
            assert_string_equal(check->found, "401");
        }
    }
    assert_true(challenge && status && test);
    trace_free(a.trace);
}

#define T(NAME) cmocka_unit_test_setup_teardown(NAME, house_open, house_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_right_password_is_accepted_in_one_request),
        T(a_wrong_password_is_refused),
        T(the_claims_name_who_was_tried),
        T(the_strongest_scheme_is_used),
        T(http_schemes_bounds_what_is_used),
        T(md5_works_where_nothing_better_is_offered),
        T(a_nonce_is_used_again_with_a_rising_count),
        T(a_stale_nonce_is_replaced_once),
        T(a_server_that_calls_all_nonces_stale_is_no_verdict),
        T(a_stale_answer_changes_neither_realm_nor_algorithm),
        T(the_servers_proof_must_be_right),
        T(nextnonce_is_the_next_nonce),
        T(a_pinned_realm_is_the_only_one),
        T(without_a_challenge_nothing_is_sent),
        T(hostile_heads_are_no_challenge),
        T(other_statuses_are_no_verdict),
        T(a_configured_status_is_a_refusal),
        T(no_answer_is_no_verdict),
        T(a_url_that_is_open_switches_the_method_off),
        T(odd_names_and_passwords_stay_here),
        T(odd_tokens_stay_here),
        T(a_kind_that_was_not_tested_stays_here),
        T(a_token_goes_as_bearer_and_a_header_names_the_user),
        T(the_user_asked_for_does_not_name_a_token),
        T(a_token_can_go_in_basics_clothes),
        T(a_token_never_goes_as_basic_without_that),
        T(without_user_from_a_token_is_refused_unsent),
        T(a_header_must_name_exactly_one_user),
        T(json_can_name_the_user),
        T(bearer_may_say_that_the_scope_is_too_small),
        T(what_bearer_says_is_bounded_and_never_the_token),
        T(the_time_left_is_what_a_request_gets),
        T(a_cancelled_probe_is_not_called),
        T(the_site_may_go_in_done_and_before_a_probe),
        T(the_trace_tells_the_steps_and_no_credential),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
