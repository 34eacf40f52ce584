/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of checks that one verification went through: what was expected,
 * what was found, whether it held.  `httpauthctl verify` prints it.  A login
 * passes NULL, and then every function here does nothing; a caller that must
 * compute an argument asks `if (trace)` first.
 *
 * The credential is never given to it; values of compared claims are.
 */
#ifndef HELPER_BASE_TRACE_H
#define HELPER_BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/span.h"

#define TRACE_CHECKS_MAX 64
#define TRACE_TEXT_MAX 160 /* bytes, the end included */

struct trace_check {
    const char *name; /* static: "signature", "audience" ... */
    bool held;
    char expected[TRACE_TEXT_MAX]; /* escaped; "" when there is nothing */
    char found[TRACE_TEXT_MAX];
};

struct trace {
    size_t count;
    struct trace_check check[TRACE_CHECKS_MAX]; /* further ones are dropped */
};

struct trace *trace_new(void); /* NULL without memory */
void trace_free(struct trace *);

/* Records one check and returns `held`, so that a caller may write
 * `if (!trace_span(...)) goto done;`.  `expected` and `found` may be NULL. */
bool trace_note(struct trace *, const char *name, bool held,
                const char *expected, const char *found);
bool trace_span(struct trace *, const char *name, bool held,
                const char *expected, struct span found);

/* Records all checks of another trace; either may be NULL. */
void trace_append(struct trace *, const struct trace *from);

#endif
