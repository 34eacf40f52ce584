/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QR code on a terminal of 80x24, light text on dark: two rows of modules to
 * a line of half blocks (UTF-8), with a light margin of two modules.  The code
 * comes as a map, row by row, '1' for dark and '0' for light.
 */
#ifndef HELPER_BASE_BLOCKS_H
#define HELPER_BASE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

/* ISO/IEC 18004: the versions 1 to 3, which leave room for seven lines of text;
 * the last holds 53 bytes. */
#define BLOCKS_SIDE_MAX 29
#define BLOCKS_MAP_MAX (BLOCKS_SIDE_MAX * BLOCKS_SIDE_MAX)
/* Bytes of the text: 17 lines of 33 half blocks. */
#define BLOCKS_TEXT_MAX (17 * (33 * 3 + 1))

/* Its side in modules; 0 when it is no map of these versions. */
size_t blocks_side(struct span map);

/* False when it is none, or there is no room. */
bool blocks_put(struct buffer *, struct span map);

#endif
