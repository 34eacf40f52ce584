/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FNV-1a with 64 bits: for tables and comparisons where nobody gains by two
 * names with one hash, which are easy to find.
 */
#ifndef HELPER_BASE_HASH_H
#define HELPER_BASE_HASH_H

#include <stdint.h>

#include "helper/base/span.h"

#define HASH_FIRST UINT64_C(14695981039346656037)

/* Goes on from `hash`, that of what stands before. */
static inline uint64_t
hash_span(uint64_t hash, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(1099511628211);
    return hash;
}

#endif
