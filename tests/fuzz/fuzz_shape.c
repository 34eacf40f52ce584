/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patterns of credentials: the first two lines are patterns, the rest is a
 * credential.  What matches two good patterns makes them overlap, overlap is
 * symmetric, and what belongs to this host or is a JWT matches none.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/conf/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span
cut_line(struct span *rest)
{
    const char *end =
        rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    struct span line = *rest;

    if (end == NULL) {
        *rest = (struct span){NULL, 0};
        return line;
    }
    line.len = (size_t)(end - rest->data);
    *rest = (struct span){end + 1, rest->len - line.len - 1};
    return line;
}

static void
check_never(struct span credential)
{
    if (credential.len == 0 || text_has_control(credential) ||
        (credential.len >= 4 && memcmp(credential.data, "hap_", 4) == 0) ||
        (credential.len >= 3 && memcmp(credential.data, "eyJ", 3) == 0))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer why = BUFFER_INIT(512);
    /* A copy of the exact size, so that reading past its end is seen. */
    char *copy = malloc(size == 0 ? 1 : size);
    struct span rest = {copy, size}, a, b;
    bool good, one, two;

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    a = cut_line(&rest);
    b = cut_line(&rest);
    good = shape_is_good(a, &why);
    if (good != (why.len == 0))
        abort();
    good = good && shape_is_good(b, NULL);
    one = shape_matches(a, rest);
    two = shape_matches(b, rest);
    if (one || two)
        check_never(rest);
    if (good && one && two && !shape_overlaps(a, b))
        abort();
    if (shape_overlaps(a, b) != shape_overlaps(b, a))
        abort();
    free(copy);
    buffer_free(&why);
    return 0;
}
