/* SPDX-License-Identifier: BSD-2-Clause */
/* The self-test, without which the method `http` believes nothing. */
#include "tests/unit/probe_house.h"

#include <unistd.h>

#define EVIL_PAGE 200

static void
it_asks_bare_and_with_a_random_credential(void **state)
{
    (void)state;
    house_new_site();
    house_expect_state("untested");
    house_run();
    expect_seen("-B");
    house_expect_state("passed");
}

static void
both_kinds_are_tested(void **state)
{
    (void)state;
    house_add(&house.conf.token_pattern, "any");
    gateway.bearer = true;
    house_of_digest();
    house_new_site();
    house_run();
    expect_seen("-TD");
    house_expect_state("passed");
}

static void
each_test_has_another_credential(void **state)
{
    char first[sizeof(gateway.last)];

    (void)state;
    house_new_site();
    house_run();
    memcpy(first, gateway.last, sizeof(first));
    house_later(PROBE_TEST_S);
    expect_seen("-B-B");
    assert_string_not_equal(first, gateway.last);
}

static void
a_login_page_for_everybody_never_passes(void **state)
{
    (void)state;
    gateway.open_status = EVIL_PAGE;
    house_new_site();
    house_run();
    expect_seen("-");
    house_expect_state("failed");
    for (int i = 0; i < 20; i++)
        house_later(PROBE_TEST_S);
    house_expect_state("failed");
    expect_password("right", REASON_SELF_TEST,
                    "without a credential it answers 200");
}

static void
a_login_page_for_wrong_passwords_never_passes(void **state)
{
    (void)state;
    gateway.wrong_status = EVIL_PAGE;
    house_new_site();
    house_run();
    expect_seen("-B");
    house_expect_state("failed");
    expect_password("right", REASON_SELF_TEST,
                    "a random password got status 200");
    expect_seen("");
}

static void
a_status_that_is_in_no_list_does_not_pass(void **state)
{
    (void)state;
    gateway.wrong_status = 403;
    house_start();
    expect_password("right", REASON_SELF_TEST, "403");
}

static void
a_test_without_a_scheme_does_not_pass(void **state)
{
    (void)state;
    house.conf.http_schemes = SCHEME_DIGEST;
    house_start();
    expect_password("right", REASON_SELF_TEST, "offered: Basic");
    expect_seen("");
}

static void
one_kind_without_a_scheme_fails_both(void **state)
{
    (void)state;
    house_add(&house.conf.token_pattern, "any");
    house_start();
    expect_password("right", REASON_SELF_TEST, "http_schemes");
}

static void
endless_stale_nonces_do_not_pass(void **state)
{
    (void)state;
    house_of_digest();
    gateway.stale_always = true;
    house_new_site();
    house_run();
    expect_seen("-DD");
    house_expect_state("failed");
}

static void
silence_is_no_pass(void **state)
{
    (void)state;
    gateway.error = "no route";
    house_start();
    house_expect_state("failed");
    expect_password("right", REASON_SELF_TEST, "no answer: no route");
}

/* It asks before any login does. */
static void
the_test_shows_the_proxy_its_password(void **state)
{
    char file[] = "/tmp/test_probe.XXXXXX";
    int fd = mkstemp(file); /* 0600 */

    (void)state;
    assert_int_equal(write(fd, "word\n", 5), 5);
    close(fd);
    house.conf.proxy_password_file = file;
    house_start();
    assert_string_equal(gateway.last_proxy_password, "word");
    house_expect_state("passed");
    unlink(file);
}

static void
without_the_password_for_its_proxy_it_does_not_pass(void **state)
{
    (void)state;
    house.conf.proxy_password_file = (char *)"/nonexistent/password";
    house_start();
    expect_seen("");
    house_expect_state("failed");
    expect_password("right", REASON_SELF_TEST, "proxy_password_file");
}

static void
a_later_failure_switches_off_and_forgets_the_cookies(void **state)
{
    (void)state;
    gateway.extra = "Set-Cookie: sid=s1\r\n";
    gateway.cookie = "sid=s1";
    house_start();
    expect_password("right", REASON_ACCEPTED, NULL);
    assert_int_equal(lru_count(house.site->jars), 1);
    gateway.wrong_status = EVIL_PAGE;
    house_later(PROBE_TEST_S);
    house_expect_state("failed");
    assert_int_equal(lru_count(house.site->jars), 0);
    expect_password("right", REASON_SELF_TEST, "200");
    gateway.wrong_status = 0;
    house_later(PROBE_RETRY_S);
    house_expect_state("passed");
    gateway.seen[0] = '\0';
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
}

static void
three_silent_tests_keep_what_was_known(void **state)
{
    (void)state;
    house_start();
    gateway.error = "no route";
    for (int i = 0; i < PROBE_SILENT_MOST; i++) {
        house_later(PROBE_TEST_S);
        house_expect_state("passed");
    }
    house_later(PROBE_TEST_S);
    house_expect_state("failed");
}

static void
an_answer_between_them_counts_anew(void **state)
{
    (void)state;
    house_start();
    for (int i = 0; i < 10; i++) {
        gateway.error = i % 4 == 3 ? NULL : "no route";
        house_later(PROBE_TEST_S);
        house_expect_state("passed");
    }
}

static void
the_pause_after_failures_grows_to_its_bound(void **state)
{
    static const int64_t pauses[] = {10, 20, 40, 80, 160, 320, 600, 600};

    (void)state;
    gateway.wrong_status = EVIL_PAGE;
    house_start();
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        int64_t pause = house.site->next_test - house_now;

        assert_true(pause <= pauses[i] * 1000);
        assert_true(pause >= pauses[i] * 900);
        house_now += pause - 1;
        probe_site_look(house.site);
        assert_null(gateway.pending);
        house_now += 1;
        probe_site_look(house.site);
        assert_non_null(gateway.pending);
        house_run();
    }
}

static void
the_next_test_comes_by_itself(void **state)
{
    (void)state;
    house_start();
    assert_true(uv_is_active((uv_handle_t *)&house.site->timer));
    assert_true(house.site->next_test > house_now);
    assert_true(house.site->next_test <= house_now + PROBE_TEST_S * 1000);
}

static void
who_comes_during_the_first_test_waits_for_it(void **state)
{
    struct asker one = {.calls = 0}, two = {.calls = 0};

    (void)state;
    house_new_site();
    asker_start(&one, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    asker_start(&two, ASK_HTTP_PASSWORD, "jdoe", span_of("wrong"));
    assert_null(gateway.pending);
    house_run();
    assert_int_equal(one.reason, REASON_ACCEPTED);
    assert_int_equal(two.reason, REASON_REFUSED);
    assert_int_equal(strlen(gateway.seen), 4);
    asker_clear(&one);
}

static void
who_waited_for_a_test_that_failed_is_told_so(void **state)
{
    struct asker a = {.calls = 0};

    (void)state;
    gateway.wrong_status = EVIL_PAGE;
    house_new_site();
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_run();
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.reason, REASON_SELF_TEST);
    assert_non_null(strstr(a.problem, "200"));
    expect_seen("-B");
}

static void
nobody_waits_longer_than_his_time(void **state)
{
    struct asker a = {.timeout_ms = 3000};

    (void)state;
    gateway.hangs = true;
    house_new_site();
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_run();
    house_later(2);
    assert_int_equal(a.calls, 0);
    house_later(1);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.reason, REASON_SELF_TEST);
    gateway.hangs = false;
    house_run();
    house_expect_state("passed");
    expect_password("right", REASON_ACCEPTED, NULL);
}

static void
who_waits_may_leave_or_end_everything(void **state)
{
    struct asker one = {.calls = 0}, two = {.calls = 0}, three = {.calls = 0};

    (void)state;
    gateway.wrong_status = EVIL_PAGE;
    house_new_site();
    asker_start(&one, ASK_HTTP_PASSWORD, "jdoe", span_of("a"));
    asker_start(&two, ASK_HTTP_PASSWORD, "jdoe", span_of("b"));
    asker_start(&three, ASK_HTTP_PASSWORD, "jdoe", span_of("c"));
    /* The last comes first. */
    three.cancel = &two.probe;
    three.free_it = &house.site;
    house_run();
    assert_int_equal(three.calls, 1);
    assert_int_equal(two.calls, 0);
    assert_int_equal(one.calls, 0);
    probe_cancel(one.probe);
}

static void
the_site_may_go_in_the_middle_of_a_test(void **state)
{
    (void)state;
    gateway.hangs = true;
    house_new_site();
    house_run();
    assert_non_null(gateway.pending);
    /* house_close() does it. */
}

static void
a_realm_that_changes_later_is_found_out(void **state)
{
    (void)state;
    house.conf.http_realm = (char *)"ours";
    house_start();
    gateway.realm = "theirs";
    house_later(PROBE_TEST_S);
    house_expect_state("failed");
    expect_password("right", REASON_SELF_TEST, "in http_realm");
}

/* The limit that the header tells: between two tests nobody looks. */
static void
a_gateway_that_lets_all_in_after_the_test_is_believed(void **state)
{
    (void)state;
    house_start();
    gateway.wrong_status = EVIL_PAGE;
    expect_password("wrong", REASON_ACCEPTED, NULL);
    house_later(PROBE_TEST_S);
    expect_password("wrong", REASON_SELF_TEST, NULL);
}

static void
the_status_tells_what_was_seen(void **state)
{
    json_t *status;

    (void)state;
    gateway.wrong_status = EVIL_PAGE;
    house_start();
    house_now += 3000;
    status = probe_site_status(house.site);
    assert_int_equal(json_integer_value(json_object_get(status, "tested_s")),
                     3);
    assert_non_null(
        strstr(json_string_value(json_object_get(status, "problem")), "200"));
    json_decref(status);
    gateway.wrong_status = 0;
    house_later(PROBE_TEST_S);
    status = probe_site_status(house.site);
    assert_true(json_is_null(json_object_get(status, "problem")));
    json_decref(status);
}

#define T(NAME) cmocka_unit_test_setup_teardown(NAME, house_open, house_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_asks_bare_and_with_a_random_credential),
        T(both_kinds_are_tested),
        T(each_test_has_another_credential),
        T(a_login_page_for_everybody_never_passes),
        T(a_login_page_for_wrong_passwords_never_passes),
        T(a_status_that_is_in_no_list_does_not_pass),
        T(a_test_without_a_scheme_does_not_pass),
        T(one_kind_without_a_scheme_fails_both),
        T(endless_stale_nonces_do_not_pass),
        T(silence_is_no_pass),
        T(the_test_shows_the_proxy_its_password),
        T(without_the_password_for_its_proxy_it_does_not_pass),
        T(a_later_failure_switches_off_and_forgets_the_cookies),
        T(three_silent_tests_keep_what_was_known),
        T(an_answer_between_them_counts_anew),
        T(the_pause_after_failures_grows_to_its_bound),
        T(the_next_test_comes_by_itself),
        T(who_comes_during_the_first_test_waits_for_it),
        T(who_waited_for_a_test_that_failed_is_told_so),
        T(nobody_waits_longer_than_his_time),
        T(who_waits_may_leave_or_end_everything),
        T(the_site_may_go_in_the_middle_of_a_test),
        T(a_realm_that_changes_later_is_found_out),
        T(a_gateway_that_lets_all_in_after_the_test_is_believed),
        T(the_status_tells_what_was_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
