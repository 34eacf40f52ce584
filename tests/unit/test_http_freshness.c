/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/freshness.h"

#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static struct freshness
read_lines(const char *const lines[])
{
    struct freshness f;

    freshness_clear(&f);
    for (size_t i = 0; lines[i] != NULL; i++)
        freshness_line(&f, span_of(lines[i]));
    return f;
}

#define LINES(...) read_lines((const char *const[]){__VA_ARGS__, NULL})

static int64_t
left_of(struct freshness f)
{
    return freshness_left(&f, NOW);
}

static void
nothing_said_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(left_of(LINES("Content-Type: text/html\r\n")), -1);
    assert_int_equal(left_of(LINES("Cache-Control: public\r\n")), -1);
    assert_int_equal(left_of(LINES("no colon at all")), -1);
    assert_int_equal(left_of(LINES("")), -1);
}

static void
max_age_minus_age_is_left(void **state)
{
    (void)state;
    assert_int_equal(left_of(LINES("Cache-Control: max-age=600\r\n")), 600);
    assert_int_equal(
        left_of(LINES("cache-control: public, MAX-AGE=600", "Age: 100")), 500);
    assert_int_equal(left_of(LINES("Cache-Control: max-age=\"60\"")), 60);
    assert_int_equal(left_of(LINES("Cache-Control: max-age=60", "Age: 61")), 0);
    assert_int_equal(left_of(LINES("Cache-Control:max-age=60", "Age: x")), 60);
}

static void
the_shorter_of_two_max_ages_holds(void **state)
{
    (void)state;
    assert_int_equal(left_of(LINES("Cache-Control: max-age=600, max-age=60")),
                     60);
    assert_int_equal(left_of(LINES("Cache-Control: max-age=60",
                                   "Cache-Control: max-age=600")),
                     60);
}

static void
a_malformed_max_age_is_stale(void **state)
{
    (void)state;
    assert_int_equal(left_of(LINES("Cache-Control: max-age=-1")), 0);
    assert_int_equal(left_of(LINES("Cache-Control: max-age=1e9")), 0);
    assert_int_equal(left_of(LINES("Cache-Control: max-age")), 0);
    assert_int_equal(left_of(LINES("Cache-Control: max-age=")), 0);
}

static void
a_huge_max_age_does_not_overflow(void **state)
{
    (void)state;
    assert_int_equal(
        left_of(LINES("Cache-Control: max-age=99999999999999999999999999")),
        INT32_MAX);
    assert_int_equal(left_of(LINES("Cache-Control: max-age=1",
                                   "Age: 99999999999999999999999999")),
                     0);
}

static void
no_store_and_no_cache_are_seen(void **state)
{
    (void)state;
    assert_true(LINES("Cache-Control: private, no-store").no_store);
    assert_false(LINES("Cache-Control: no-storex").no_store);
    assert_int_equal(left_of(LINES("Cache-Control: no-cache, max-age=90")), 0);
}

static void
expires_counts_without_max_age(void **state)
{
    (void)state;
    assert_int_equal(left_of(LINES("Expires: Sun, 06 Nov 1994 09:49:37 GMT")),
                     3600);
    assert_int_equal(left_of(LINES("Expires: Sun, 06 Nov 1994 07:49:37 GMT")),
                     0);
    assert_int_equal(left_of(LINES("Expires: 0")), 0);
    assert_int_equal(left_of(LINES("Expires: soon")), 0);
    assert_int_equal(left_of(LINES("Expires: Sun, 06 Nov 1994 09:49:37 GMT",
                                   "Cache-Control: max-age=5")),
                     5);
}

static void
an_etag_is_kept_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(LINES("ETag: \"abc\"\r\n").etag, "\"abc\"");
    assert_string_equal(LINES("etag: W/\"abc\"").etag, "W/\"abc\"");
    assert_string_equal(LINES("ETag: \"\"").etag, "\"\"");
}

static void
an_etag_that_cannot_be_sent_back_is_dropped(void **state)
{
    char line[200];

    (void)state;
    assert_string_equal(LINES("ETag: abc").etag, "");
    assert_string_equal(LINES("ETag: \"a b\"").etag, "");
    assert_string_equal(LINES("ETag: \"a\rb\"").etag, "");
    assert_string_equal(LINES("ETag: \"a\x80\"").etag, "");
    assert_string_equal(LINES("ETag: \"").etag, "");
    assert_string_equal(LINES("ETag: W/\"").etag, "");
    assert_string_equal(LINES("ETag: \"abc\"", "ETag: x").etag, "");
    memset(line, 'a', sizeof(line));
    memcpy(line, "ETag: \"", 7);
    line[6 + 127] = '"'; /* 128 bytes: one too many */
    line[6 + 128] = '\0';
    assert_string_equal(LINES(line).etag, "");
    line[6 + 126] = '"';
    line[6 + 127] = '\0';
    assert_int_equal(strlen(LINES(line).etag), 127);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_is_unknown),
        cmocka_unit_test(max_age_minus_age_is_left),
        cmocka_unit_test(the_shorter_of_two_max_ages_holds),
        cmocka_unit_test(a_malformed_max_age_is_stale),
        cmocka_unit_test(a_huge_max_age_does_not_overflow),
        cmocka_unit_test(no_store_and_no_cache_are_seen),
        cmocka_unit_test(expires_counts_without_max_age),
        cmocka_unit_test(an_etag_is_kept_as_it_is),
        cmocka_unit_test(an_etag_that_cannot_be_sent_back_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
