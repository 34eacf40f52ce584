/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

#define COMPLAINT_MAX 600 /* bytes of one line; longer ones are cut */
#define WORD_MAX 48       /* bytes of a word that suggestions are made for */

static const char more_follow[] = "... and more faults\n";

static bool
says_that_more_follow(const struct buffer *complaints)
{
    size_t len = sizeof(more_follow) - 1;

    return complaints->len >= len &&
           memcmp(complaints->data + complaints->len - len, more_follow, len) ==
               0;
}

bool
complain(struct buffer *complaints, struct place place, const char *format, ...)
{
    char line[COMPLAINT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (says_that_more_follow(complaints))
        return false;
    /* Room is kept for the last line: a buffer that has failed would not say
     * that there is more. */
    if (complaints->len + strlen(place.file) + strlen(line) + 16 +
            sizeof(more_follow) >
        complaints->cap)
        (void)buffer_text(complaints, more_follow);
    else if (place.line == 0)
        (void)buffer_printf(complaints, "%s: %s\n", place.file, line);
    else
        (void)buffer_printf(complaints, "%s:%u: %s\n", place.file, place.line,
                            line);
    return false;
}

const char *
shown(struct span text, struct shown *out)
{
    return text_escape(text, out->text, sizeof(out->text));
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of his matrix at a time. */
unsigned
suggest_distance(struct span written, const char *word)
{
    unsigned row[WORD_MAX + 1];
    size_t len = strlen(word), i, j;

    if (written.len > WORD_MAX || len > WORD_MAX)
        return SUGGEST_FAR;
    for (j = 0; j <= len; j++)
        row[j] = (unsigned)j;
    for (i = 1; i <= written.len; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (j = 1; j <= len; j++) {
            unsigned other = written.data[i - 1] != word[j - 1];
            unsigned above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1, diagonal + other);
            diagonal = above;
        }
    }
    return row[len] > SUGGEST_NEAR ? SUGGEST_FAR : row[len];
}
