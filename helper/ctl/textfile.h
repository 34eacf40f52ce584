/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration files of other programs, to look at: links are followed (whole
 * stacks of PAM are links on some systems), devices are not read. */
#ifndef HELPER_CTL_TEXTFILE_H
#define HELPER_CTL_TEXTFILE_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define TEXTFILE_MAX ((size_t)1024 * 1024)

/* Appends the file, of which at most the cap of `out` is read, from the end if
 * `tail`.  False with errno: EFBIG when it is larger and not to be cut, EINVAL
 * when it is no plain file. */
bool textfile_read(const char *path, bool tail, struct buffer *out);

/* The next line without its end; false behind the last one. */
bool textfile_line(struct span *rest, struct span *line);

/* Cuts the first word off, divided by blanks; false when there is none. */
bool textfile_word(struct span *rest, struct span *word);

#endif
