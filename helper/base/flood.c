/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/flood.h"

#include <limits.h>

static bool
is_over(const struct flood_kind *kind, int64_t now_ms)
{
    return now_ms - kind->since_ms >= FLOOD_WINDOW_MS;
}

/* The row of `format`, or else one that can be given away: a free one, or
 * the one whose window began first. */
static struct flood_kind *
find_row(struct flood *flood, const char *format)
{
    struct flood_kind *spare = &flood->kind[0];
    size_t i;

    for (i = 0; i < FLOOD_KINDS; i++) {
        struct flood_kind *kind = &flood->kind[i];

        if (kind->format == format)
            return kind;
        if (spare->format == NULL)
            continue;
        if (kind->format == NULL || kind->since_ms < spare->since_ms)
            spare = kind;
    }
    return spare;
}

bool
flood_admits(struct flood *flood, const char *format, int level, int64_t now_ms)
{
    struct flood_kind *kind = find_row(flood, format);

    if (kind->format != format || is_over(kind, now_ms)) {
        kind->format = format;
        kind->level = level;
        kind->since_ms = now_ms;
        kind->seen = 0;
    }
    if (kind->seen < UINT_MAX)
        kind->seen++;
    return kind->seen <= FLOOD_MOST;
}

unsigned
flood_ended(struct flood *flood, int64_t now_ms, const char **format,
            int *level)
{
    size_t i;

    for (i = 0; i < FLOOD_KINDS; i++) {
        struct flood_kind *kind = &flood->kind[i];

        if (kind->format == NULL || kind->seen <= FLOOD_MOST ||
            !is_over(kind, now_ms))
            continue;
        *format = kind->format;
        *level = kind->level;
        kind->format = NULL;
        return kind->seen - FLOOD_MOST;
    }
    return 0;
}
