/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header lines of an answer (RFC 9112 section 5), as fetch_answer.head
 * holds them: status line first, each line with its CRLF.  Pure functions
 * over a stranger's bytes.
 */
#ifndef HELPER_HTTP_HEAD_H
#define HELPER_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

/*
 * The next field of that name (letter case does not matter), its value without
 * blanks around it; begin with `*rest` = the whole head.  A line that is
 * folded (obsolete, RFC 9112 section 5.2) or holds control characters other
 * than tab is skipped as if it were not there.
 */
bool head_next(struct span *rest, const char *name, struct span *value);

/* The one field of that name; false when there is none or more than one. */
bool head_only(struct span head, const char *name, struct span *value);

/* The date that a field's value is (RFC 9110 section 5.6.7), in seconds since
 * 1970; -1: it is none, or one before that. */
int64_t head_date(struct span value);

/* The media type without parameters (RFC 9110 section 8.3.1); empty when there
 * is none, or more than one. */
struct span head_type(struct span head);
bool head_is_type(struct span head, const char *type);

#endif
