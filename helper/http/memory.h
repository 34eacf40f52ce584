/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcurl copies what it is given (header lines, passwords, the request as it
 * is sent) and frees those copies as they are.  With an allocator that erases
 * they do not stay in freed memory.
 */
#ifndef HELPER_HTTP_MEMORY_H
#define HELPER_HTTP_MEMORY_H

#include <stdbool.h>

/* curl_global_init(); the allocator takes effect if it is the first one in
 * the program.  Each needs a curl_global_cleanup(). */
bool memory_init(void);

#endif
