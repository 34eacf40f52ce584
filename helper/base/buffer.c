/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"

#define BUFFER_FIRST 256 /* bytes of the first allocation */

/* The next allocation that holds `wanted` bytes: doubled, so that many small
 * additions stay cheap, but never more than cap and its NUL need. */
static size_t
grown_size(const struct buffer *b, size_t wanted)
{
    size_t size = b->size == 0 ? BUFFER_FIRST : b->size;

    while (size < wanted && size <= SIZE_MAX / 2)
        size *= 2;
    if (b->cap < SIZE_MAX && size > b->cap + 1)
        size = b->cap + 1;
    return size < wanted ? wanted : size;
}

/* Makes room for `more` bytes and the NUL.  Not realloc(): it may leave the
 * old block behind with everything in it. */
static bool
reserve(struct buffer *b, size_t more)
{
    size_t size;
    char *data;

    if (b->failed || b->len > b->cap || more > b->cap - b->len ||
        more >= SIZE_MAX - b->len)
        goto fail;
    if (b->data != NULL && b->len + more + 1 <= b->size)
        return true;
    size = grown_size(b, b->len + more + 1);
    data = malloc(size);
    if (data == NULL)
        goto fail;
    if (b->data != NULL)
        memcpy(data, b->data, b->len);
    data[b->len] = '\0';
    erase_free(b->data, b->size);
    b->data = data;
    b->size = size;
    return true;

fail:
    b->failed = true;
    return false;
}

bool
buffer_add(struct buffer *b, const void *data, size_t len)
{
    if (!reserve(b, len))
        return false;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return true;
}

bool
buffer_text(struct buffer *b, const char *text)
{
    return buffer_add(b, text, strlen(text));
}

bool
buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list args, again;
    int len;
    bool ok = false;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len < 0) {
        b->failed = true;
        goto done;
    }
    if (!reserve(b, (size_t)len))
        goto done;
    (void)vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
    b->len += (size_t)len;
    ok = true;

done:
    va_end(again);
    va_end(args);
    return ok;
}

void
buffer_clear(struct buffer *b)
{
    erase(b->data, b->size);
    b->len = 0;
    b->failed = false;
}

void
buffer_free(struct buffer *b)
{
    erase_free(b->data, b->size);
    b->data = NULL;
    b->len = 0;
    b->size = 0;
    b->failed = false;
}
