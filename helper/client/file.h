/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_CLIENT_FILE_H
#define HELPER_CLIENT_FILE_H

#include <stdbool.h>

#include "helper/base/buffer.h"

/* Appends all there is to read, which may be a secret; false with an error, or
 * when `out` is full. */
bool file_read_all(int fd, struct buffer *out);

#endif
