/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/cookie.h"

#define NOW 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */

/* Cookies point into the heads they came from. */
#define HEADS_MAX 32
static char *heads[HEADS_MAX];
static size_t heads_count;
static struct buffer out = BUFFER_INIT(4 * 1024 * 1024);
static struct cookies jar;
static struct cookie_url url;

static void
answer(const char *const lines[])
{
    struct buffer head = BUFFER_INIT(4 * 1024 * 1024);

    buffer_text(&head, "HTTP/1.1 200 OK\r\n");
    for (size_t i = 0; lines[i] != NULL; i++)
        buffer_printf(&head, "Set-Cookie: %s\r\n", lines[i]);
    buffer_text(&head, "\r\n");
    assert_true(!head.failed && heads_count < HEADS_MAX);
    heads[heads_count++] = head.data;
    cookies_read(&jar, buffer_span(&head), &url, NOW);
}

#define ANSWER(...) answer((const char *const[]){__VA_ARGS__, NULL})

static void
expect(const char *wanted)
{
    buffer_clear(&out);
    assert_true(cookies_write(&jar, &out));
    assert_string_equal(out.data == NULL ? "" : out.data, wanted);
    memset(&jar, 0, sizeof(jar));
}

static int
open_jar(void **state)
{
    (void)state;
    memset(&jar, 0, sizeof(jar));
    url.host = span_of("app.idp.example.org");
    url.path = span_of("/auth/check");
    return 0;
}

static int
close_jar(void **state)
{
    (void)state;
    while (heads_count > 0)
        free(heads[--heads_count]);
    buffer_free(&out);
    return 0;
}

static void
pairs_become_a_header(void **state)
{
    (void)state;
    ANSWER("sid=abc; Secure; HttpOnly; SameSite=Lax", " b = \"q\" ;x", "c=");
    expect("sid=abc; b=\"q\"; c=");
    ANSWER("Other: x");
    expect("");
}

static void
the_last_of_a_name_holds(void **state)
{
    (void)state;
    ANSWER("a=1", "b=2", "a=3");
    expect("a=3; b=2");
    ANSWER("a=1", "A=2");
    expect("a=1; A=2");
}

static void
what_is_no_cookie_is_dropped(void **state)
{
    (void)state;
    ANSWER("=v", "novalue", "a b=c", "a=b c", "a=b,c", "a=\"b", "a=b\"", "a=\\",
           "a=\x80",
           "a=b\x01"
           "c",
           "\xc3\xa4=1", "a[]=1", ";", "", "good=1");
    expect("good=1");
}

static void
a_parent_domain_is_ours(void **state)
{
    (void)state;
    ANSWER("a=1; Domain=app.idp.example.org", "b=2; domain=.Example.ORG",
           "c=3; Domain=idp.example.org", "d=4; Domain=");
    expect("a=1; b=2; c=3; d=4");
}

static void
other_domains_are_not(void **state)
{
    (void)state;
    ANSWER("a=1; Domain=org", "b=2; Domain=.org", "c=3; Domain=evil.example",
           "d=4; Domain=x.app.idp.example.org", "e=5; Domain=dp.example.org",
           "f=6; Domain=example.org.", "g=7; Domain=.", "h=8; Domain=..org",
           "i=9; Domain=idp.example.org; Domain=evil.example");
    expect("");
}

static void
an_address_has_no_parents(void **state)
{
    (void)state;
    url.host = span_of("192.0.2.1");
    ANSWER("a=1; Domain=0.2.1", "b=2; Domain=192.0.2.1", "c=3");
    expect("b=2; c=3");
    url.host = span_of("2001:db8::1.2.3.4");
    ANSWER("a=1; Domain=2.3.4", "b=2");
    expect("b=2");
    url.host = span_of("localhost");
    ANSWER("a=1; Domain=localhost", "b=2; Domain=host");
    expect("a=1");
}

static void
the_path_must_cover_the_url(void **state)
{
    (void)state;
    ANSWER("a=1; Path=/", "b=2; Path=/auth", "c=3; Path=/auth/check",
           "d=4; Path=/auth/", "e=5; path=relative", "f=6; Path");
    expect("a=1; b=2; c=3; d=4; e=5; f=6");
    ANSWER("a=1; Path=/aut", "b=2; Path=/auth/check/", "c=3; Path=/other",
           "d=4; Path=/AUTH", "e=5; Path=/auth/check2");
    expect("");
}

static void
the_end_is_kept_and_a_past_one_deletes(void **state)
{
    (void)state;
    ANSWER("a=1");
    assert_int_equal(cookies_expire(&jar), COOKIE_FOREVER);
    ANSWER("b=2; Max-Age=60", "c=3; Expires=Tue, 14 Nov 2023 22:14:00 GMT");
    assert_int_equal(cookies_expire(&jar), NOW + 40);
    ANSWER("c=; Max-Age=0");
    assert_int_equal(cookies_expire(&jar), NOW + 60);
    ANSWER("b=; expires=Thu, 01-Jan-1970 00:00:00 GMT");
    expect("a=1");
    ANSWER("a=1; Max-Age=-1", "b=2; Max-Age=60; Max-Age=0",
           "c=3; Expires=Tue, 14 Nov 2023 22:13:20 GMT");
    expect("");
}

static void
max_age_wins_over_expires(void **state)
{
    (void)state;
    ANSWER("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60");
    assert_int_equal(cookies_expire(&jar), NOW + 60);
    ANSWER("a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    assert_int_equal(cookies_expire(&jar), NOW + 60);
    expect("a=1");
}

static void
malformed_ends_count_as_unsaid(void **state)
{
    (void)state;
    ANSWER("a=1; Max-Age=; Expires=tomorrow", "b=2; Max-Age=1x",
           "c=3; Max-Age=-", "d=4; Max-Age=99999999999999999999");
    assert_true(cookies_expire(&jar) > (int64_t)NOW + INT32_MAX);
    expect("a=1; b=2; c=3; d=4");
}

static void
prefixes_keep_their_promise(void **state)
{
    (void)state;
    ANSWER("__Host-a=1; Secure; Path=/", "__Secure-b=2; Secure",
           "__Secure-c=3; Secure; Domain=example.org");
    expect("__Host-a=1; __Secure-b=2; __Secure-c=3");
    ANSWER("__Host-a=1; Path=/", "__Host-b=2; Secure",
           "__Host-c=3; Secure; Path=/; Domain=app.idp.example.org",
           "__host-d=4; Secure; Path=/auth", "__Secure-e=5", "__SECURE-f=6");
    expect("");
}

static void
numbers_and_sizes_are_bounded(void **state)
{
    struct buffer line = BUFFER_INIT(65536);

    (void)state;
    buffer_text(&line, "c=1");
    for (int i = 0; i < 1000; i++)
        buffer_printf(&line, "\r\nSet-Cookie: c%d=1", i);
    ANSWER(line.data);
    assert_int_equal(jar.count, COOKIES_MAX);
    memset(&jar, 0, sizeof(jar));

    buffer_clear(&line);
    buffer_text(&line, "a=");
    while (line.len < COOKIE_BYTES_MAX)
        buffer_text(&line, "x");
    ANSWER(line.data);
    assert_int_equal(jar.count, 1);
    memset(&jar, 0, sizeof(jar));
    buffer_text(&line, "x");
    buffer_text(&line, "x");
    ANSWER(line.data);
    assert_int_equal(jar.count, 0);
    buffer_free(&line);
}

static void
a_header_that_is_too_long_is_none(void **state)
{
    static char value[3001];
    char lines[3][3100];

    (void)state;
    memset(value, 'x', 3000);
    for (int i = 0; i < 3; i++)
        snprintf(lines[i], sizeof(lines[i]), "c%d=%s", i, value);
    ANSWER(lines[0], lines[1]);
    buffer_clear(&out);
    assert_true(cookies_write(&jar, &out));
    ANSWER(lines[0], lines[1], lines[2]);
    buffer_clear(&out);
    assert_false(cookies_write(&jar, &out));
}

static void
a_header_can_be_read_back_and_renewed(void **state)
{
    (void)state;
    cookies_read_header(&jar, span_of("a=1; b=2; c=\"3\"; ; bad one=2"),
                        NOW + 5);
    ANSWER("b=new", "c=; Max-Age=0");
    assert_int_equal(cookies_expire(&jar), NOW + 5);
    expect("a=1; b=new");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pairs_become_a_header, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(the_last_of_a_name_holds, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(what_is_no_cookie_is_dropped, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(a_parent_domain_is_ours, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(other_domains_are_not, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(an_address_has_no_parents, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(the_path_must_cover_the_url, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(the_end_is_kept_and_a_past_one_deletes,
                                        open_jar, close_jar),
        cmocka_unit_test_setup_teardown(max_age_wins_over_expires, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(malformed_ends_count_as_unsaid,
                                        open_jar, close_jar),
        cmocka_unit_test_setup_teardown(prefixes_keep_their_promise, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(numbers_and_sizes_are_bounded, open_jar,
                                        close_jar),
        cmocka_unit_test_setup_teardown(a_header_that_is_too_long_is_none,
                                        open_jar, close_jar),
        cmocka_unit_test_setup_teardown(a_header_can_be_read_back_and_renewed,
                                        open_jar, close_jar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
