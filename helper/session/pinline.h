/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line of STATE_DIR/pins, without its newline:
 *
 *     + SINCE USER ISS SUB    that subject holds the name since then
 *     - USER ISS              nobody does any more
 *
 * SINCE is wall-clock seconds; the fields are those of stateline.h.
 */
#ifndef HELPER_SESSION_PINLINE_H
#define HELPER_SESSION_PINLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/span.h"

/* Bytes of a line: any byte of a field may take three; the rest is for the
 * sign, the time and the blanks. */
#define PINLINE_MAX (3 * (LIMIT_USER + LIMIT_CONF_LINE + LIMIT_CLAIM) + 64)

struct pinline {
    bool forgets; /* '-': since and sub are empty */
    int64_t since;
    struct span user, iss, sub;
};

/* Decodes the fields in place, into `line` itself, which `out` then points
 * into.  False for anything that pinline_print() does not write; then `line`
 * is spoilt. */
bool pinline_parse(char *line, size_t len, struct pinline *out);

/* Appends the line and its newline. */
bool pinline_print(const struct pinline *, struct buffer *out);

/* May the fields stand in a line?  A user's name; an issuer, and unless it
 * forgets a subject, of UTF-8 without control characters, within bounds. */
bool pinline_fits(const struct pinline *);

#endif
