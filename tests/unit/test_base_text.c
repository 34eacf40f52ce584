/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/base: the rules that text from outside must pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"

#define BYTES(literal) ((struct span){(literal), sizeof(literal) - 1})

static void
login_names_pass(void **state)
{
    static const char *const good[] = {
        "a",           "alice",
        "Alice.B-c_d", "1a",
        "a1",          "_x",
        ".hidden",     "...",
        "a@b",         "alice@example.org",
        "a-",          "a@",
        "0x0",         "1-1",
        "1.1",         "abcdefghijklmnopqrstuvwxyz12345"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!text_is_user(span_of(good[i])))
            fail_msg("refused: %s", good[i]);
}

static void
what_is_no_login_name_is_refused(void **state)
{
    static const struct span bad[] = {BYTES(""),      BYTES("-a"),
                                      BYTES("@a"),    BYTES("0"),
                                      BYTES("1000"),  BYTES("."),
                                      BYTES(".."),    BYTES("a b"),
                                      BYTES("a/b"),   BYTES("a\0b"),
                                      BYTES("a\n"),   BYTES("\0"),
                                      BYTES("a\x7f"), BYTES("j\xc3\xbcrgen"),
                                      BYTES("a:b"),   BYTES("a,b"),
                                      BYTES("a$"),    BYTES("a+b"),
                                      BYTES("a\\b"),  BYTES("a\"b"),
                                      BYTES("a[b"),   BYTES("a`b"),
                                      BYTES("a{b")};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (text_is_user(bad[i]))
            fail_msg("accepted: number %zu", i);
}

static void
a_login_name_ends_at_its_limit(void **state)
{
    char name[LIMIT_USER + 1];

    (void)state;
    memset(name, 'a', sizeof(name));
    assert_true(text_is_user((struct span){name, LIMIT_USER}));
    assert_false(text_is_user((struct span){name, LIMIT_USER + 1}));
}

static void
a_login_name_of_every_single_byte(void **state)
{
    int c;

    (void)state;
    for (c = 0; c < 256; c++) {
        char name[2] = {'a', (char)c};
        bool want = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                    c == '-' || c == '@';

        assert_int_equal(text_is_user((struct span){name, 2}), want);
        assert_int_equal(text_is_service((struct span){name, 2}),
                         want && c != '@');
    }
}

static void
service_names_have_their_bounds(void **state)
{
    char name[LIMIT_SERVICE + 1];

    (void)state;
    memset(name, 's', sizeof(name));
    assert_true(text_is_service(BYTES("sshd")));
    assert_true(text_is_service(BYTES("su-l")));
    assert_true(text_is_service(BYTES("systemd-user")));
    assert_false(text_is_service(BYTES("")));
    assert_false(text_is_service(BYTES("a/b")));
    assert_false(text_is_service(BYTES("a\0")));
    assert_false(text_is_service(BYTES("*")));
    assert_true(text_is_service((struct span){name, LIMIT_SERVICE}));
    assert_false(text_is_service((struct span){name, LIMIT_SERVICE + 1}));
}

static void
control_and_visible_bytes_are_told_apart(void **state)
{
    int c;

    (void)state;
    for (c = 0; c < 256; c++) {
        char text[3] = {'x', (char)c, 'y'};
        struct span span = {text, 3};

        assert_int_equal(text_has_control(span), c < 0x20 || c == 0x7f);
        assert_int_equal(text_is_visible(span), c >= 0x21 && c <= 0x7e);
    }
    assert_false(text_has_control((struct span){NULL, 0}));
    assert_true(text_is_visible((struct span){NULL, 0}));
}

static void
valid_utf8_passes(void **state)
{
    static const struct span good[] = {
        {NULL, 0},
        BYTES("plain"),
        BYTES("a\0b"),
        BYTES("\x7f"),
        BYTES("\xc2\x80"),
        BYTES("\xdf\xbf"),
        BYTES("\xe0\xa0\x80"),
        BYTES("\xed\x9f\xbf"),
        BYTES("\xee\x80\x80"),
        BYTES("\xef\xbf\xbf"),
        BYTES("\xf0\x90\x80\x80"),
        BYTES("\xf4\x8f\xbf\xbf"),
        BYTES("J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x94\x91")};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!text_is_utf8(good[i]))
            fail_msg("refused: number %zu", i);
}

static void
broken_utf8_is_refused(void **state)
{
    static const struct span bad[] = {
        BYTES("\x80"),
        BYTES("a\xbf"),
        BYTES("\xc0\x80"),         /* overlong NUL */
        BYTES("\xc1\xbf"),         /* overlong */
        BYTES("\xe0\x9f\xbf"),     /* overlong */
        BYTES("\xf0\x8f\xbf\xbf"), /* overlong */
        BYTES("\xed\xa0\x80"),     /* surrogate */
        BYTES("\xed\xbf\xbf"),     /* surrogate */
        BYTES("\xf4\x90\x80\x80"), /* over U+10FFFF */
        BYTES("\xf5\x80\x80\x80"),
        BYTES("\xff"),
        BYTES("\xfe"),
        BYTES("\xc2"), /* cut short */
        BYTES("\xe2\x82"),
        BYTES("\xf0\x9f\x94"),
        BYTES("\xc2y"), /* broken off */
        BYTES("\xe2\x82y"),
        BYTES("\xf0\x9f\x94y"),
        BYTES("\xe2\xc2\x80")};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (text_is_utf8(bad[i]))
            fail_msg("accepted: number %zu", i);
}

static void
a_sequence_that_continues_behind_the_span_is_refused(void **state)
{
    (void)state;
    assert_false(text_is_utf8((struct span){"\xe2\x82\xac", 2}));
    assert_false(text_is_utf8((struct span){"\xc3\xbc", 1}));
}

static void
escape_keeps_what_is_harmless(void **state)
{
    char out[64];

    (void)state;
    assert_string_equal(text_escape(span_of("a b~!"), out, sizeof(out)),
                        "a b~!");
    assert_string_equal(text_escape((struct span){NULL, 0}, out, sizeof(out)),
                        "");
}

static void
escape_writes_the_rest_as_hexadecimal(void **state)
{
    char out[64];

    (void)state;
    assert_string_equal(
        text_escape(BYTES("\"\\\n\0\x7f\xc3\xbc\x1b["), out, sizeof(out)),
        "\\x22\\x5c\\x0a\\x00\\x7f\\xc3\\xbc\\x1b[");
}

static void
escape_cuts_between_characters(void **state)
{
    char out[16];

    (void)state;
    /* exactly full */
    assert_string_equal(text_escape(span_of("abcdefg"), out, 8), "abcdefg");
    assert_string_equal(text_escape(span_of("abcdefgh"), out, 8), "abcd...");
    assert_string_equal(text_escape(span_of("abc\n"), out, 8), "abc\\x0a");
    assert_string_equal(text_escape(span_of("ab\nde"), out, 8), "ab...");
    assert_string_equal(text_escape(span_of("\n\n"), out, 8), "\\x0a...");
    assert_string_equal(text_escape(span_of("\n\n"), out, 7), "...");
}

static void
escape_stays_inside_small_buffers(void **state)
{
    char out[6];
    size_t size;

    (void)state;
    for (size = 1; size < sizeof(out); size++) {
        memset(out, '#', sizeof(out));
        assert_ptr_equal(text_escape(span_of("\n\n\n"), out, size), out);
        assert_int_equal(strlen(out), size - 1 < 3 ? size - 1 : 3);
        assert_int_equal(out[size], '#');
    }
    out[0] = '#';
    assert_ptr_equal(text_escape(span_of("x"), out, 0), out);
    assert_int_equal(out[0], '#');
}

static void
numbers_are_plain_decimals(void **state)
{
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "01",
                                      "00",
                                      "1.0",
                                      "1e",
                                      "0x1",
                                      "a",
                                      "101",
                                      "1\n",
                                      "9223372036854775808",
                                      "99999999999999999999"};
    int64_t n = -1;
    size_t i;

    (void)state;
    assert_true(text_number("0", 100, &n));
    assert_int_equal(n, 0);
    assert_true(text_number("100", 100, &n));
    assert_int_equal(n, 100);
    assert_true(text_number("9223372036854775807", INT64_MAX, &n));
    assert_true(n == INT64_MAX);
    n = 7;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (text_number(bad[i], 100, &n))
            fail_msg("accepted: %s", bad[i]);
    assert_false(text_number("9223372036854775808", INT64_MAX, &n));
    assert_false(text_number(NULL, 100, &n));
    assert_false(text_number("5", 4, &n));
    assert_false(text_number("0", -1, &n));
    assert_int_equal(n, 7);
}

static void
durations_need_a_unit(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"0s", 0},
                {"1s", 1},
                {"90s", 90},
                {"5m", 300},
                {"1h", 3600},
                {"2d", 172800},
                {"2147483647s", INT32_MAX},
                {"24855d", 24855LL * 86400}};
    static const char *const bad[] = {"",       "5",
                                      "s",      "5 m",
                                      " 5m",    "5m ",
                                      "5M",     "5min",
                                      "05m",    "-5m",
                                      "+5m",    "1.5h",
                                      "5ms",    "5w",
                                      "1h30m",  "2147483648s",
                                      "24856d", "99999999999999999999s"};
    int64_t n = -1;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!text_duration(good[i].text, &n))
            fail_msg("refused: %s", good[i].text);
        assert_int_equal(n, good[i].seconds);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (text_duration(bad[i], &n))
            fail_msg("accepted: %s", bad[i]);
    assert_false(text_duration(NULL, &n));
}

static void
durations_print_in_their_shortest_exact_form(void **state)
{
    char out[32];

    (void)state;
    assert_string_equal(text_duration_print(0, out, sizeof(out)), "0s");
    assert_string_equal(text_duration_print(59, out, sizeof(out)), "59s");
    assert_string_equal(text_duration_print(90, out, sizeof(out)), "90s");
    assert_string_equal(text_duration_print(300, out, sizeof(out)), "5m");
    assert_string_equal(text_duration_print(3600, out, sizeof(out)), "1h");
    assert_string_equal(text_duration_print(5400, out, sizeof(out)), "90m");
    assert_string_equal(text_duration_print(172800, out, sizeof(out)), "2d");
    assert_string_equal(text_duration_print(129600, out, sizeof(out)), "36h");
}

static void
printed_durations_read_back(void **state)
{
    static const int64_t all[] = {0, 1, 60, 61, 3599, 3600, 86400, INT32_MAX};
    char out[32];
    int64_t n;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_true(
            text_duration(text_duration_print(all[i], out, sizeof(out)), &n));
        assert_int_equal(n, all[i]);
    }
}

static void
ages_are_for_people(void **state)
{
    char out[40];

    (void)state;
    assert_string_equal(text_age(0, out, sizeof(out)), "0 seconds");
    assert_string_equal(text_age(-5, out, sizeof(out)), "0 seconds");
    assert_string_equal(text_age(1, out, sizeof(out)), "1 second");
    assert_string_equal(text_age(12, out, sizeof(out)), "12 seconds");
    assert_string_equal(text_age(60, out, sizeof(out)), "1 minute");
    assert_string_equal(text_age(239, out, sizeof(out)), "3 minutes");
    assert_string_equal(text_age(3600, out, sizeof(out)), "1 hour");
    assert_string_equal(text_age(86399, out, sizeof(out)), "23 hours");
    assert_string_equal(text_age(86400, out, sizeof(out)), "1 day");
    assert_string_equal(text_age(INT64_MAX, out, sizeof(out)),
                        "106751991167300 days");
}

static void
a_part_of_a_secret_is_found(void **state)
{
    struct span secret = span_of("abcdefghijkl");

    (void)state;
    assert_true(text_repeats(span_of("it was abcdefghijkl!"), secret));
    assert_true(text_repeats(span_of("ends: efghijkl"), secret));
    assert_true(text_repeats(span_of("bcdefghi..."), secret));
    assert_false(text_repeats(span_of("bcdefgh..."), secret));
    assert_false(text_repeats(span_of(""), secret));
    assert_true(text_repeats(span_of("a short one"), span_of("short")));
    assert_false(text_repeats(span_of("nothing"), span_of("")));
}

static void
words_are_cut_off_at_the_given_blanks(void **state)
{
    struct span rest = span_of(" \tone two\r  "), word;

    (void)state;
    assert_true(text_cut(&rest, " \t", &word));
    assert_true(span_is(word, "one"));
    assert_true(text_cut(&rest, " \t\r", &word));
    assert_true(span_is(word, "two"));
    assert_false(text_cut(&rest, " \t\r", &word));
    assert_int_equal(word.len, 0);
    assert_int_equal(rest.len, 0);
    rest = (struct span){"a\0b c", 5};
    assert_true(text_cut(&rest, " ", &word));
    assert_int_equal(word.len, 3);
    rest = (struct span){NULL, 0};
    assert_false(text_cut(&rest, " ", &word));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(login_names_pass),
        cmocka_unit_test(what_is_no_login_name_is_refused),
        cmocka_unit_test(a_login_name_ends_at_its_limit),
        cmocka_unit_test(a_login_name_of_every_single_byte),
        cmocka_unit_test(service_names_have_their_bounds),
        cmocka_unit_test(control_and_visible_bytes_are_told_apart),
        cmocka_unit_test(valid_utf8_passes),
        cmocka_unit_test(broken_utf8_is_refused),
        cmocka_unit_test(a_sequence_that_continues_behind_the_span_is_refused),
        cmocka_unit_test(escape_keeps_what_is_harmless),
        cmocka_unit_test(escape_writes_the_rest_as_hexadecimal),
        cmocka_unit_test(escape_cuts_between_characters),
        cmocka_unit_test(escape_stays_inside_small_buffers),
        cmocka_unit_test(numbers_are_plain_decimals),
        cmocka_unit_test(durations_need_a_unit),
        cmocka_unit_test(durations_print_in_their_shortest_exact_form),
        cmocka_unit_test(printed_durations_read_back),
        cmocka_unit_test(ages_are_for_people),
        cmocka_unit_test(a_part_of_a_secret_is_found),
        cmocka_unit_test(words_are_cut_off_at_the_given_blanks),
    };

    return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
