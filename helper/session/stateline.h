/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of a line of state, one blank between them.  Texts are
 * percent-encoded: '%' and whatever is not visible ASCII is written %HH, so
 * that a field has no blank and a line has no control character.
 */
#ifndef HELPER_SESSION_STATELINE_H
#define HELPER_SESSION_STATELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

/* Cuts the next field off `*rest`, at one blank, or at its end if it must be
 * the last, and decodes it in place.  False for an empty field, and for what
 * stateline_put() does not write. */
bool stateline_text(char **rest, size_t *len, bool last, struct span *out);

/* The same for a time, a decimal number of seconds that is never the last. */
bool stateline_time(char **rest, size_t *len, int64_t *out);

/* Appends a blank and the text. */
bool stateline_put(struct span text, struct buffer *out);

#endif
