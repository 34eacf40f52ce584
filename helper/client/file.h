/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_CLIENT_FILE_H
#define HELPER_CLIENT_FILE_H

#include <stdbool.h>

#include "helper/base/buffer.h"

/* Appends all there is to read, which may be a secret; false with an error, or
 * when `out` is full. */
bool file_read_all(int fd, struct buffer *out);

/* Why a file that holds a secret cannot be used: it must be ours, and only ours
 * to read.  NULL: it can. */
const char *file_fault(int fd);

#endif
