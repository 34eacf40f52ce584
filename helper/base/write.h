/* SPDX-License-Identifier: BSD-2-Clause */
/* All of it, or false with errno. */
#ifndef HELPER_BASE_WRITE_H
#define HELPER_BASE_WRITE_H

#include <stdbool.h>

#include "helper/base/span.h"

bool write_whole(int fd, struct span content);

#endif
