/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/head.h"

/* All values of X, each in brackets. */
static void
finds(struct span head, const char *expected)
{
    struct span value;
    char all[512] = "";
    size_t len = 0;

    while (head_next(&head, "X", &value))
        len += (size_t)snprintf(all + len, sizeof(all) - len, "[%.*s]",
                                (int)value.len, value.data);
    assert_string_equal(all, expected);
}

static void
values_come_in_order_without_blanks(void **state)
{
    (void)state;
    finds(span_of("HTTP/1.1 200 OK\r\nX: a\r\nY: b\r\nx:  c \t\r\nX:\r\n\r\n"),
          "[a][c][]");
    finds(span_of("X: a b, c=\"d\"\nX:e"), "[a b, c=\"d\"][e]");
    finds(span_of("X: \xc3\xa4\tb\r\n"), "[\xc3\xa4\tb]");
}

static void
names_are_compared_whole(void **state)
{
    (void)state;
    finds(span_of("XX: a\r\n X: b\r\nX : c\r\n: d\r\nX\r\n"), "");
    finds(span_of("HTTP/1.1 200 X: a\r\n"), "");
    finds(span_of(""), "");
    finds((struct span){NULL, 0}, "");
}

static void
folded_fields_are_skipped_whole(void **state)
{
    (void)state;
    finds(span_of("X: a\r\n b\r\nX: c\r\n"), "[c]");
    finds(span_of("Y: a\r\n X: b\r\n\tX: c\r\nX: d\r\n"), "[d]");
    finds(span_of("X: a\r\n \r\nX: b\r\n"), "[b]");
}

static void
lines_with_control_characters_are_skipped(void **state)
{
    (void)state;
    finds((struct span){"X: a\0b\r\nX: c\r\n", 15}, "[c]");
    finds((struct span){"X\0: a\r\nX: c\r\n", 14}, "[c]");
    finds(span_of("X: a\rX: b\r\nX: c\x1b[0m\r\nX: \x7f\r\nX: d\r\n"), "[d]");
}

static void
only_is_one(void **state)
{
    struct span value;

    (void)state;
    assert_true(head_only(span_of("Y: a\r\nX: b\r\n"), "x", &value));
    assert_true(span_is(value, "b"));
    assert_false(head_only(span_of("Y: a\r\n"), "x", &value));
    assert_false(head_only(span_of("X: a\r\nx: a\r\n"), "x", &value));
}

/* Whatever the bytes are, it ends and stays within them. */
static void
any_bytes_are_read_to_their_end(void **state)
{
    static const char some[] = "X: \r\n\t\0a\x80";
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)(round % 23);
        char *exact = malloc(len == 0 ? 1 : len);
        struct span rest = {exact, len}, value;

        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245u + 12345u;
            exact[i] = some[(seed >> 16) % (sizeof(some) - 1)];
        }
        while (head_next(&rest, "X", &value)) {
            assert_true(value.data >= exact);
            assert_true(value.data + value.len <= exact + len);
        }
        assert_int_equal(rest.len, 0);
        free(exact);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_in_order_without_blanks),
        cmocka_unit_test(names_are_compared_whole),
        cmocka_unit_test(folded_fields_are_skipped_whole),
        cmocka_unit_test(lines_with_control_characters_are_skipped),
        cmocka_unit_test(only_is_one),
        cmocka_unit_test(any_bytes_are_read_to_their_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
