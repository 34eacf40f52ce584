/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookies that a credential earned at a protected URL. */
#include "tests/unit/probe_house.h"

/* The gateway gives a session that it takes afterwards. */
static void
house_of_cookies(void)
{
    gateway.extra = "Set-Cookie: sid=s1; Secure; HttpOnly\r\n";
    gateway.cookie = "sid=s1";
    house_start();
}

static void
a_cookie_goes_instead_of_the_password(void **state)
{
    (void)state;
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("BCC");
    assert_string_equal(gateway.last, "sid=s1");
}

/* Self-service and `verify` ask about the credential itself. */
static void
a_cookie_explains_nothing(void **state)
{
    struct asker a = {.trace = trace_new()};

    (void)state;
    assert_non_null(a.trace);
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
    asker_start(&a, ASK_HTTP_PASSWORD, "jdoe", span_of("right"));
    house_run();
    assert_int_equal(a.reason, REASON_ACCEPTED);
    expect_seen("B");
    asker_clear(&a);
    trace_free(a.trace);
    assert_int_equal(lru_count(house.site->jars), 1);
    /* And what was remembered can be forgotten. */
    probe_site_forget(house.site);
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
}

static void
another_password_does_not_open_the_jar(void **state)
{
    (void)state;
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_password("wrong", REASON_REFUSED, NULL);
    expect_password("righ", REASON_REFUSED, NULL);
    expect_password("rightt", REASON_REFUSED, NULL);
    expect_seen("BBBB");
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("C");
}

static void
another_user_or_kind_does_not_open_the_jar(void **state)
{
    struct asker a = {.calls = 0};

    (void)state;
    house_add(&house.conf.token_pattern, "any");
    house.conf.user_from = (char *)"header:X-User";
    gateway.bearer = true;
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    asker_start(&a, ASK_HTTP_PASSWORD, "root", span_of("right"));
    house_run();
    assert_int_equal(a.reason, REASON_REFUSED);
    asker_start(&a, ASK_HTTP_TOKEN, "jdoe", span_of("right"));
    house_run();
    assert_int_equal(a.reason, REASON_REFUSED);
    expect_seen("BBT");
}

static void
the_jar_is_sealed(void **state)
{
    const char *secret = "very-secret-session-value";
    struct probe_try try;
    struct buffer cookie = BUFFER_INIT(COOKIE_HEADER_MAX);
    int64_t until;

    (void)state;
    house_start();
    probe_try_init(&try, house.site);
    try.password = true;
    buffer_text(&try.user, "jdoe");
    buffer_text(&try.credential, "right");
    probe_jar_keep(house.site, &try, span_of(secret), house_now + 1000);
    assert_int_equal(lru_count(house.site->jars), 1);
    assert_true(probe_jar_open(house.site, &try, &cookie, &until));
    assert_string_equal(cookie.data, secret);
    assert_int_equal(until, house_now + 1000);
    buffer_clear(&cookie);
    /* With the tables and the key of the site alone it stays shut. */
    buffer_text(&try.credential, "x");
    assert_false(probe_jar_open(house.site, &try, &cookie, &until));
    assert_int_equal(cookie.len, 0);
    buffer_free(&cookie);
    probe_try_clear(&try);
}

static void
a_refused_cookie_is_forgotten_and_the_password_asked_about(void **state)
{
    (void)state;
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.cookie = NULL;
    gateway.extra = NULL;
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("BCB");
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
}

static void
a_changed_password_is_found_out_with_the_cookie(void **state)
{
    (void)state;
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.cookie = NULL;
    gateway.password = "new";
    expect_password("right", REASON_REFUSED, NULL);
    expect_seen("BCB");
    expect_password("right", REASON_REFUSED, NULL);
    expect_seen("B");
}

static void
no_answer_to_a_cookie_is_no_verdict_and_keeps_it(void **state)
{
    (void)state;
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.error = "reset";
    expect_password("right", REASON_PROVIDER, "reset");
    gateway.error = NULL;
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("BCC");
}

static void
a_jar_lives_an_hour_however_often_it_is_used(void **state)
{
    (void)state;
    house_of_cookies();
    expect_password("right", REASON_ACCEPTED, NULL);
    for (int i = 0; i < 5; i++) {
        house_now += 700 * 1000;
        expect_password("right", REASON_ACCEPTED, NULL);
    }
    expect_seen("BCCCCC");
    house_now += 100 * 1000;
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("B");
}

static void
a_jar_lives_as_long_as_its_cookies(void **state)
{
    (void)state;
    house_of_cookies();
    gateway.extra = "Set-Cookie: sid=s1; Max-Age=60\r\n";
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.extra = NULL;
    house_now += 59 * 1000;
    expect_password("right", REASON_ACCEPTED, NULL);
    house_now += 1000;
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("BCB");
}

static void
a_cookie_that_is_renewed_takes_the_olds_place(void **state)
{
    (void)state;
    house_of_cookies();
    gateway.extra = "Set-Cookie: sid=s1\r\nSet-Cookie: b=1\r\n";
    gateway.cookie = "sid=s1; b=1";
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.extra = "Set-Cookie: sid=s2\r\n";
    expect_password("right", REASON_ACCEPTED, NULL);
    gateway.cookie = "sid=s2; b=1";
    gateway.extra = "Set-Cookie: sid=; Max-Age=0\r\nSet-Cookie: b=; "
                    "Max-Age=0\r\n";
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("BCCB");
}

static void
a_refusals_cookies_are_not_kept(void **state)
{
    (void)state;
    house_of_cookies();
    gateway.wrong_extra = "Set-Cookie: sid=s1\r\n";
    expect_password("wrong", REASON_REFUSED, NULL);
    expect_password("wrong", REASON_REFUSED, NULL);
    expect_seen("BB");
}

static void
other_hosts_cookies_are_not_kept(void **state)
{
    (void)state;
    house_of_cookies();
    gateway.extra = "Set-Cookie: sid=s1; Domain=evil.example\r\n"
                    "Set-Cookie: sid=s1; Domain=example\r\n"
                    "Set-Cookie: sid=s1; Path=/other\r\n";
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_password("right", REASON_ACCEPTED, NULL);
    expect_seen("BB");
}

static void
a_tokens_cookie_must_name_the_user_too(void **state)
{
    (void)state;
    house_of_tokens();
    house_of_cookies();
    gateway.extra = "X-User: jdoe\r\nSet-Cookie: sid=s1\r\n";
    expect_token("good-token", REASON_ACCEPTED, NULL);
    expect_token("good-token", REASON_ACCEPTED, NULL);
    expect_seen("TC");
    gateway.extra = NULL;
    expect_token("good-token", REASON_CLAIM_MISSING, NULL);
    expect_seen("CT");
}

static void
there_are_a_thousand_jars_at_most(void **state)
{
    struct probe_try try;
    char credential[16];

    (void)state;
    house_start();
    for (int i = 0; i < PROBE_JARS_MAX + 10; i++) {
        snprintf(credential, sizeof(credential), "c%d", i);
        probe_try_init(&try, house.site);
        buffer_text(&try.credential, credential);
        probe_jar_keep(house.site, &try, span_of("a=1"), house_now + 1000);
        probe_try_clear(&try);
    }
    assert_int_equal(lru_count(house.site->jars), PROBE_JARS_MAX);
}

#define T(NAME) cmocka_unit_test_setup_teardown(NAME, house_open, house_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_cookie_goes_instead_of_the_password),
        T(a_cookie_explains_nothing),
        T(another_password_does_not_open_the_jar),
        T(another_user_or_kind_does_not_open_the_jar),
        T(the_jar_is_sealed),
        T(a_refused_cookie_is_forgotten_and_the_password_asked_about),
        T(a_changed_password_is_found_out_with_the_cookie),
        T(no_answer_to_a_cookie_is_no_verdict_and_keeps_it),
        T(a_jar_lives_an_hour_however_often_it_is_used),
        T(a_jar_lives_as_long_as_its_cookies),
        T(a_cookie_that_is_renewed_takes_the_olds_place),
        T(a_refusals_cookies_are_not_kept),
        T(other_hosts_cookies_are_not_kept),
        T(a_tokens_cookie_must_name_the_user_too),
        T(there_are_a_thousand_jars_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
