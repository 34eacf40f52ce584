/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The INI dialect of httpauthd.conf: `[section]` or `[section name]`,
 * `key = value`, whole-line comments with # or ;, no continuation, lines up
 * to LIMIT_CONF_LINE bytes.  NUL bytes, unterminated sections, keys before
 * the first section and lines that are none of these are faults.  Values are
 * cut of blanks at both ends and otherwise taken as they are ('#', ';' and
 * quotes mean nothing inside a value).
 *
 * A reader of our own because the usual one has no line numbers, cuts values
 * silently and changes meaning with its build switches.
 */
#ifndef HELPER_CONF_INI_H
#define HELPER_CONF_INI_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

struct ini_item {
    struct span section; /* "issuer" */
    struct span name;    /* "work", or empty */
    struct span key;     /* empty: the section header itself */
    struct span value;
    unsigned line;
};

/* Called for every header and every key in order; returns false to count one
 * fault (it has written its own complaint). */
typedef bool ini_each(void *context, const struct ini_item *);

/* Reads all of `text`, past faults too; true when there was none. */
bool ini_read(struct span text, const char *file, ini_each *, void *context,
              struct buffer *complaints);

#endif
