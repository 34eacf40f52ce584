/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes to the loopback port of httpauth-token (RFC 8252, RFC 9207). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "helper/client/redirect.h"

#define ISSUER "https://idp.example/x"
#define PATH "/callback/ac20c250f4b58585"
#define ISS "&iss=https%3A%2F%2Fidp.example%2Fx"

static const struct redirect_wanted plain = {"/login/the-secret", "the-state",
                                             PATH, ISSUER, false};
static const struct redirect_wanted promised = {
    "/login/the-secret", "the-state", PATH, ISSUER, true};

static void
assert_read(const struct redirect_wanted *wanted, const char *target,
            enum redirect_kind kind, const char *text)
{
    struct buffer head = BUFFER_INIT(REDIRECT_HEAD_MAX);
    struct buffer out = BUFFER_INIT(4096);

    buffer_printf(&head, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", target);
    assert_true(redirect_is_whole(buffer_span(&head)));
    if (redirect_read(buffer_span(&head), wanted, &out) != kind)
        fail_msg("%s is of another kind", target);
    if (text != NULL)
        assert_string_equal(out.len > 0 ? out.data : "", text);
    buffer_free(&out);
    buffer_free(&head);
}

static void
a_code_with_our_state_is_taken(void **state)
{
    (void)state;
    assert_read(&plain, PATH "?code=abc&state=the-state", REDIRECT_CODE, "abc");
    assert_read(&plain, PATH "?state=the-state&code=a%2Fb%2b&x=y",
                REDIRECT_CODE, "a/b+");
    assert_read(&plain, PATH "?&&state=the-state&code=abc&", REDIRECT_CODE,
                "abc");
}

static void
what_has_not_our_state_is_strange(void **state)
{
    static const char *const targets[] = {
        PATH "?code=abc",
        PATH "?code=abc&state=",
        PATH "?code=abc&state=the-statf",
        PATH "?code=abc&state=the-state-",
        PATH "?code=abc&state=the-stat",
        PATH "?code=abc&STATE=the-state",
        PATH "?code=abc&xstate=the-state",
        PATH "?code=abc&state=the-state&state=the-state",
        PATH "?code=abc&state=the-state&state=other",
        PATH "?code=abc&state=the-state%00",
        PATH "?code=abc&state=the-state%",
        PATH "?code=abc&state=%zzthe-state",
        PATH "?error=x",
        "/callback",
        "/callback?code=abc&state=the-state",
        "/?code=abc&state=the-state",
        "http://127.0.0.1" PATH "?code=abc&state=the-state",
        PATH "?code=a b&state=the-state",
        PATH "?code=\x80&state=the-state",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_read(&plain, targets[i], REDIRECT_STRANGE, "");
}

static void
the_browser_begins_at_an_address_that_nobody_knows(void **state)
{
    static const char *const targets[] = {
        "/login/the-secre",
        "/login/the-secret/",
        "/login/the-secret?",
        "/login/the-secreT",
        "/login/",
        "/login",
        "/",
    };

    (void)state;
    assert_read(&plain, "/login/the-secret", REDIRECT_BEGIN, "");
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_read(&plain, targets[i], REDIRECT_STRANGE, "");
}

static void
only_a_whole_get_of_http_1_1_counts(void **state)
{
    static const char *const heads[] = {
        "POST " PATH "?code=abc&state=the-state HTTP/1.1\r\n\r\n",
        "GET " PATH "?code=abc&state=the-state HTTP/1.0\r\n\r\n",
        "GET " PATH "?code=abc&state=the-state\r\n\r\n",
        "get " PATH "?code=abc&state=the-state HTTP/1.1\r\n\r\n",
        " GET " PATH "?code=abc&state=the-state HTTP/1.1\r\n\r\n",
        "POST /login/the-secret HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
    };
    struct buffer out = BUFFER_INIT(4096);

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        assert_int_equal(redirect_read(span_of(heads[i]), &plain, &out),
                         REDIRECT_STRANGE);
    assert_false(redirect_is_whole(span_of("")));
    assert_false(redirect_is_whole(span_of("GET / HTTP/1.1\r\nHost: x\r\n")));
    buffer_free(&out);
}

static void
another_issuer_is_told(void **state)
{
    (void)state;
    assert_read(&promised, PATH "?code=abc&state=the-state" ISS, REDIRECT_CODE,
                "abc");
    assert_read(&plain, PATH "?code=abc&state=the-state" ISS, REDIRECT_CODE,
                "abc");
    assert_read(&promised, PATH "?code=abc&state=the-state", REDIRECT_ISSUER,
                "");
    assert_read(&plain, PATH "?code=abc&state=the-state&iss=https://other",
                REDIRECT_ISSUER, "");
    assert_read(&plain, PATH "?code=abc&state=the-state" ISS ISS,
                REDIRECT_ISSUER, "");
    assert_read(&plain, PATH "?code=abc&state=the-state" ISS "%2F",
                REDIRECT_ISSUER, "");
    /* Where no provider says who it is, the path does. */
    assert_read(&plain, "/callback/?code=abc&state=the-state", REDIRECT_ISSUER,
                "");
    assert_read(&plain, PATH "0?code=abc&state=the-state", REDIRECT_ISSUER, "");
    assert_read(&plain, "/callback/512a336b79b57eb3?code=abc&state=the-state",
                REDIRECT_ISSUER, "");
    /* Also of an error: it decides what the person is told. */
    assert_read(&promised, PATH "?error=abc&state=the-state", REDIRECT_ISSUER,
                "");
}

static void
every_issuer_has_a_path_of_its_own(void **state)
{
    char path[REDIRECT_PATH_SIZE];

    (void)state;
    assert_true(redirect_path(ISSUER, path));
    assert_string_equal(path, PATH);
    assert_true(redirect_path("https://idp.example", path));
    assert_string_equal(path, "/callback/512a336b79b57eb3");
}

static void
an_error_is_what_the_provider_says(void **state)
{
    (void)state;
    assert_read(&plain, PATH "?error=access_denied&state=the-state",
                REDIRECT_ERROR, "access_denied");
    assert_read(&plain,
                PATH "?error=x&error_description=It+is%20so&state=the-state",
                REDIRECT_ERROR, "x: It is so");
    assert_read(&plain, PATH "?error=server_error&state=the-state",
                REDIRECT_FAULT, "server_error");
    assert_read(&plain,
                PATH "?error=temporarily_unavailable&state=the-state&"
                     "error_description=x",
                REDIRECT_FAULT, "temporarily_unavailable: x");
}

static void
neither_or_both_is_an_error_too(void **state)
{
    static const char *const targets[] = {
        PATH "?state=the-state",
        PATH "?state=the-state&code=",
        PATH "?state=the-state&code=a%0ab",
        PATH "?state=the-state&code=a&code=a",
        PATH "?state=the-state&code=a&error=x&error=y",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_read(&plain, targets[i], REDIRECT_ERROR,
                    "neither one code nor one error came");
}

static void
a_code_that_is_too_long_is_an_error(void **state)
{
    char target[8192] = PATH "?state=the-state&code=";
    size_t at = strlen(target);

    (void)state;
    memset(target + at, 'x', 4096);
    assert_read(&plain, target, REDIRECT_CODE, NULL);
    target[at + 4096] = 'x';
    assert_read(&plain, target, REDIRECT_ERROR, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_with_our_state_is_taken),
        cmocka_unit_test(what_has_not_our_state_is_strange),
        cmocka_unit_test(the_browser_begins_at_an_address_that_nobody_knows),
        cmocka_unit_test(only_a_whole_get_of_http_1_1_counts),
        cmocka_unit_test(another_issuer_is_told),
        cmocka_unit_test(every_issuer_has_a_path_of_its_own),
        cmocka_unit_test(an_error_is_what_the_provider_says),
        cmocka_unit_test(neither_or_both_is_an_error_too),
        cmocka_unit_test(a_code_that_is_too_long_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
