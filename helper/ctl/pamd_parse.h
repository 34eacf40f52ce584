/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of pam.d(5): lines, words and controls. */
#ifndef HELPER_CTL_PAMD_PARSE_H
#define HELPER_CTL_PAMD_PARSE_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

/* The next logical line that holds something: comments are cut, a backslash at
 * its end joins the next one.  `at` counts lines, `number` is where it begins.
 * False at the end. */
bool pamd_assemble(struct span *rest, unsigned *at, struct buffer *line,
                   unsigned *number);

/* Cuts the first word; [...] with blanks is one, its brackets included. */
bool pamd_cut(struct span *rest, struct span *word);
/* Without such brackets, "\]" is "]"; free() it. */
char *pamd_unquote(struct span word);
/* With single blanks; free() it. */
char *pamd_tidy(struct span line);

/* A keyword or [value=action ...]; NULL, or what is wrong with it: then it
 * fails, whatever the module says. */
const char *pamd_control(struct span control, int *action);

#endif
