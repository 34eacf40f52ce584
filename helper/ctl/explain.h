/* SPDX-License-Identifier: BSD-2-Clause */
/* A report of report_verify(), for people, and the exit status it means. */
#ifndef HELPER_CTL_EXPLAIN_H
#define HELPER_CTL_EXPLAIN_H

#include <jansson.h>

/* CTL_DONE, CTL_REFUSED for the outcomes that are a definite no, or
 * CTL_UNJUDGED. */
int explain_status(const json_t *report);

/* Checks, verdict and reason, what to do next: to stdout. */
void explain_print(const json_t *report);

/* A trace escapes the quotation mark too, which disturbs no terminal: puts it
 * back, in place. */
void explain_quotes(char *text);

#endif
