/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps one kind of line from flooding the log: FLOOD_MOST of them in
 * FLOOD_WINDOW_MS are written, the rest are counted, and the count is told
 * when the window has passed.  A kind is the address of its format string, so
 * received bytes cannot make new ones.  Pure: time is an argument.
 */
#ifndef HELPER_BASE_FLOOD_H
#define HELPER_BASE_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOOD_MOST 20
#define FLOOD_WINDOW_MS 10000
#define FLOOD_KINDS 64 /* watched at once; the oldest makes room */

struct flood_kind {
    const char *format; /* NULL: a free row */
    int level;          /* what its lines are logged at */
    int64_t since_ms;   /* when its window began */
    unsigned seen;      /* lines in this window */
};

struct flood {
    struct flood_kind kind[FLOOD_KINDS];
};

/* May this line be written?  Counts it in any case. */
bool flood_admits(struct flood *, const char *format, int level,
                  int64_t now_ms);

/*
 * Takes out one kind whose window has passed and of which lines were
 * suppressed; the number of those, or 0 when there is none (any more).
 */
unsigned flood_ended(struct flood *, int64_t now_ms, const char **format,
                     int *level);

#endif
