/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/blocks.h"

#define MARGIN 2

size_t
blocks_side(struct span map)
{
    size_t side = 21, i;

    while (side < BLOCKS_SIDE_MAX && side * side != map.len)
        side += 4;
    if (side * side != map.len)
        return 0;
    for (i = 0; i < map.len; i++)
        if (map.data[i] != '0' && map.data[i] != '1')
            return 0;
    return side;
}

/* The margin is light; so is what lies below the last row. */
static bool
is_dark(struct span map, size_t side, size_t row, size_t column)
{
    return row >= MARGIN && row < MARGIN + side && column >= MARGIN &&
           column < MARGIN + side &&
           map.data[(row - MARGIN) * side + column - MARGIN] == '1';
}

bool
blocks_put(struct buffer *out, struct span map)
{
    /* Light is what is drawn: full, upper, lower half, none. */
    static const char *const blocks[] = {"\xe2\x96\x88", "\xe2\x96\x80",
                                         "\xe2\x96\x84", " "};
    size_t side = blocks_side(map), row, column;

    if (side == 0)
        return false;
    for (row = 0; row < side + 2 * MARGIN; row += 2) {
        for (column = 0; column < side + 2 * MARGIN; column++)
            buffer_text(out, blocks[2 * is_dark(map, side, row, column) +
                                    is_dark(map, side, row + 1, column)]);
        buffer_text(out, "\n");
    }
    return !out->failed;
}
