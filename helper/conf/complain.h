/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of the configuration, one line "FILE:LINE: text" each.  All of them
 * are collected, so that an administrator repairs a file in one go; the
 * buffer's cap bounds them, and a last line says that there were more.
 */
#ifndef HELPER_CONF_COMPLAIN_H
#define HELPER_CONF_COMPLAIN_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

/* Where something was written; line 0: the file as a whole. */
struct place {
    const char *file; /* owned by the struct settings it came from */
    unsigned line;
};

/* Adds one line.  Always false, so that a check may return it.  Text from a
 * file goes through shown() first. */
bool complain(struct buffer *complaints, struct place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text from a file, escaped and cut for a complaint: valid as long as the
 * struct, which the caller declares. */
struct shown {
    char text[128];
};
const char *shown(struct span, struct shown *);

/* Words that can be told apart by few typing errors: the number of letters
 * to insert, drop or change, or SUGGEST_FAR. */
#define SUGGEST_NEAR 2
#define SUGGEST_FAR (SUGGEST_NEAR + 1)
unsigned suggest_distance(struct span written, const char *word);

#endif
