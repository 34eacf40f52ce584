/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper says about itself, for people, at 80 columns. */
#ifndef HELPER_CTL_STATUS_H
#define HELPER_CTL_STATUS_H

#include <jansson.h>

/* A report of report_status(), to stdout. */
void status_print(const json_t *report);

/* The answer to WIRE_OP_USER_LIST, to stdout. */
void user_print(const json_t *answer);

#endif
