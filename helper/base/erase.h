/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets do not stay in freed memory (rule 2 of SECURITY.md). */
#ifndef HELPER_BASE_ERASE_H
#define HELPER_BASE_ERASE_H

#include <stddef.h>

/* Overwrites, in a way that the compiler may not drop.  NULL is allowed. */
void erase(void *data, size_t len);

/* erase() and free(); for a string, its length is taken.  NULL is allowed. */
void erase_free(void *data, size_t len);
void erase_free_text(char *text);

#endif
