/* SPDX-License-Identifier: BSD-2-Clause */
/* What changes in a text file, as diff -u shows it. */
#ifndef HELPER_CTL_DIFF_H
#define HELPER_CTL_DIFF_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

/*
 * Appends the unified diff of two texts to `out`, nothing when they are the
 * same: hunks alone, without the two lines that name the files.  Lines that
 * differ in too many ways to be compared one by one are all removed and all
 * added.  False without memory.
 */
bool diff_unified(struct span before, struct span after, struct buffer *out);

#endif
