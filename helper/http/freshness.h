/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long an answer may be kept: Cache-Control, Age, Expires and ETag of
 * RFC 9111, read from header lines of a stranger.  Pure functions, no
 * allocation; what is malformed counts as not said, or as the shorter life.
 */
#ifndef HELPER_HTTP_FRESHNESS_H
#define HELPER_HTTP_FRESHNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

/* A validator as long as fetch_answer.etag holds, the NUL included. */
#define FRESHNESS_ETAG_MAX 128

struct freshness {
    int64_t max_age; /* seconds; -1: not said */
    int64_t age;     /* seconds; 0 when not said */
    int64_t expires; /* wall clock; meaningful with has_expires */
    bool has_expires;
    bool no_store; /* no-cache is remembered as max_age = 0 */
    char etag[FRESHNESS_ETAG_MAX];
};

/* Before the first line, and at each new status line. */
void freshness_clear(struct freshness *);

/* One header line, with or without its CRLF; others are ignored. */
void freshness_line(struct freshness *, struct span line);

/* Seconds from `wall_now` that the answer is fresh: max-age minus Age, else
 * Expires; 0 when it is stale already; -1 when nothing was said. */
int64_t freshness_left(const struct freshness *, int64_t wall_now);

#endif
