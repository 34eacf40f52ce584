/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing byte buffer with a cap fixed at birth.  What it held is erased
 * when it grows, is cleared or is freed, so that it may hold secrets.  After
 * the first failure (cap reached, no memory) it stays failed: callers append
 * freely and ask once at the end.
 */
#ifndef HELPER_BASE_BUFFER_H
#define HELPER_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "helper/base/span.h"

struct buffer {
    char *data; /* owned; NUL-terminated behind len once anything was added */
    size_t len;
    size_t size; /* allocated */
    size_t cap;  /* len never exceeds it */
    bool failed;
};

#define BUFFER_INIT(limit)                                                     \
    {                                                                          \
        NULL, 0, 0, (limit), false                                             \
    }

/* Each returns false once the buffer has failed. */
bool buffer_add(struct buffer *, const void *data, size_t len);
bool buffer_text(struct buffer *, const char *text);
bool buffer_printf(struct buffer *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Erases the content, forgets a failure, keeps the allocation. */
void buffer_clear(struct buffer *);
/* Erases and frees; the buffer can be used again. */
void buffer_free(struct buffer *);

static inline struct span
buffer_span(const struct buffer *b)
{
    return (struct span){b->data, b->len};
}

#endif
