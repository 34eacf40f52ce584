/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to the person at the terminal, /dev/tty, whatever the standard
 * streams are. */
#ifndef HELPER_CLIENT_TERMINAL_H
#define HELPER_CLIENT_TERMINAL_H

#include <stdbool.h>

#include "helper/base/buffer.h"

/* Shows `question`, its control characters but newlines made visible, and
 * appends the line that is typed; `echo` shows it.  False without a terminal,
 * at its end, or when interrupted. */
bool terminal_ask(const char *question, bool echo, struct buffer *line);

/* Is the answer "yes"? */
bool terminal_confirm(const char *question);

/* Is there one? */
bool terminal_is_there(void);

#endif
