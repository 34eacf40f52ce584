/* SPDX-License-Identifier: BSD-2-Clause */
/* A command that prints a token: no shell, a time limit, a cap on what it
 * prints. */
#ifndef HELPER_CLIENT_COMMAND_H
#define HELPER_CLIENT_COMMAND_H

#include <stdint.h>

#include "helper/base/buffer.h"

#define COMMAND_ABSENT 127 /* it could not be begun, which has been told */

/*
 * Runs it with nothing on its standard input, appends what it prints to `out`
 * and returns its exit status; -1 when there is none, told why.  It and what it
 * has started is killed when `ms` are over, or when `out` is full.
 */
int command_run(char *const argv[], int64_t ms, struct buffer *out);

#endif
