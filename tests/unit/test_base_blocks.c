/* SPDX-License-Identifier: BSD-2-Clause */
/* QR codes as half blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/blocks.h"

#define FULL "\xe2\x96\x88"
#define UPPER "\xe2\x96\x80"
#define LOWER "\xe2\x96\x84"

static void
only_squares_of_the_three_sizes_are_maps(void **state)
{
    static char map[34 * 34];

    (void)state;
    memset(map, '0', sizeof(map));
    for (size_t side = 0; side < 34; side++)
        assert_int_equal(blocks_side((struct span){map, side * side}),
                         side == 21 || side == 25 || side == 29 ? side : 0);
    assert_int_equal(blocks_side((struct span){map, 442}), 0);
    map[0] = '\n';
    assert_int_equal(blocks_side((struct span){map, 441}), 0);
}

/* The line of that number, from 0. */
static struct span
line_of(const char *text, size_t number)
{
    struct span line;

    while (number-- > 0)
        text = strchr(text, '\n') + 1;
    line = (struct span){text, strcspn(text, "\n")};
    return line;
}

static void
dark_is_left_out_within_a_light_margin(void **state)
{
    static char map[21 * 21];
    struct buffer out = BUFFER_INIT(BLOCKS_TEXT_MAX);
    const char *end;
    size_t lines = 0;

    (void)state;
    memset(map, '0', sizeof(map));
    map[0] = '1';               /* upper half of the second line */
    map[21 + 1] = '1';          /* lower half */
    map[2] = map[21 + 2] = '1'; /* both */
    assert_true(blocks_put(&out, (struct span){map, sizeof(map)}));
    for (end = out.data; *end != '\0'; end++)
        lines += *end == '\n';
    assert_int_equal(lines, 13); /* 25 rows */
    assert_int_equal(line_of(out.data, 0).len, 25 * 3);
    assert_memory_equal(line_of(out.data, 0).data, FULL FULL FULL, 9);
    assert_memory_equal(line_of(out.data, 1).data,
                        FULL FULL LOWER UPPER " " FULL, 16);
    /* Below the last row it is light, too. */
    assert_memory_equal(line_of(out.data, 12).data, FULL FULL FULL, 9);
    buffer_free(&out);
}

static void
the_largest_fits_80x24_with_seven_lines(void **state)
{
    static char map[BLOCKS_MAP_MAX];
    struct buffer out = BUFFER_INIT(BLOCKS_TEXT_MAX);

    (void)state;
    memset(map, '0', sizeof(map));
    assert_true(blocks_put(&out, (struct span){map, sizeof(map)}));
    assert_int_equal(out.len, BLOCKS_TEXT_MAX);
    assert_int_equal(BLOCKS_TEXT_MAX, (24 - 7) * (33 * 3 + 1));
    assert_false(blocks_put(&out, (struct span){map, sizeof(map)}));
    buffer_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_squares_of_the_three_sizes_are_maps),
        cmocka_unit_test(dark_is_left_out_within_a_light_margin),
        cmocka_unit_test(the_largest_fits_80x24_with_seven_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
