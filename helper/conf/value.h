/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One value between its written form and the field of a struct of config.h
 * that the option table names.
 */
#ifndef HELPER_CONF_VALUE_H
#define HELPER_CONF_VALUE_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/conf/option.h"

/* What a value may depend on. */
struct surroundings {
    const char *dir;  /* absolute: where relative file names begin */
    const char *host; /* for %H; NULL when this host has no usable name */
};

/*
 * Puts one written value into its field of `base`, a list's words behind
 * those that are there.  False with a sentence in `why` when it does not fit
 * (a list may then have taken some of them).
 */
bool value_take(const struct option *, struct span text, void *base,
                const struct surroundings *, struct buffer *why);

/* Lists and strings: is anything there?  Others always are; a set of
 * keywords is when it is not empty. */
bool value_is_there(const struct option *, const void *base);

/* "name = value\n", as often as it takes; nothing when there is none. */
bool value_print(const struct option *, const void *base, struct buffer *out);

void value_clear(const struct option *, void *base);

#endif
