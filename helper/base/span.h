/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run of bytes that somebody else owns.  It may hold NUL bytes and is not
 * terminated: credentials, claims and wire fields travel as spans so that
 * lengths are compared and never guessed (JWT-claims with an embedded NUL
 * must not match their prefix).
 */
#ifndef HELPER_BASE_SPAN_H
#define HELPER_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *data; /* may be NULL when len is 0 */
    size_t len;
};

static inline struct span
span_of(const char *text)
{
    return (struct span){text, text == NULL ? 0 : strlen(text)};
}

static inline bool
span_equal(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    return a.len == 0 || (a.data != NULL && b.data != NULL &&
                          memcmp(a.data, b.data, a.len) == 0);
}

static inline bool
span_is(struct span a, const char *text)
{
    return span_equal(a, span_of(text));
}

/* Copies it to where `*to` points, which moves behind it; returns the copy. */
static inline struct span
span_copy(struct span from, char **to)
{
    struct span copy = {*to, from.len};

    if (from.len > 0)
        memcpy(*to, from.data, from.len);
    *to += from.len;
    return copy;
}

#endif
