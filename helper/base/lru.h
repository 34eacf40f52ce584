/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded table of byte strings that forgets the least recently used.
 *
 * Keys have one length per table and must be random to whoever can choose
 * entries (a MAC under a secret key, a random id): their first eight bytes
 * are the hash, so a chosen key could fill one bucket.  An entry is one
 * allocation that holds key and value and is erased when it goes.
 */
#ifndef HELPER_BASE_LRU_H
#define HELPER_BASE_LRU_H

#include <stddef.h>

#include "helper/base/span.h"

#define LRU_KEY_MIN 8 /* bytes; what is hashed */

struct lru;

/* Room for `most` entries and `most_bytes` bytes of them, their headers
 * included; 0 of either means that nothing is kept.  NULL without memory. */
struct lru *lru_new(size_t key_len, size_t most, size_t most_bytes);
/* NULL is allowed. */
void lru_free(struct lru *);

/*
 * Makes an entry, in place of an older one of that key, and pushes out the
 * oldest until it fits.  Returns its `len` bytes for the caller to fill,
 * aligned to 8 bytes and zeroed; NULL without memory or when it is larger
 * than the whole table (the older one is gone then, too).
 */
void *lru_add(struct lru *, const void *key, size_t len);

/* The value, {NULL, 0} when there is none; lru_find() makes it the youngest.
 * Valid until the entry is replaced, removed or pushed out. */
struct span lru_find(struct lru *, const void *key);
struct span lru_peek(const struct lru *, const void *key);

void lru_remove(struct lru *, const void *key);
void lru_clear(struct lru *);
/* New bounds: the oldest go until they hold. */
void lru_limit(struct lru *, size_t most, size_t most_bytes);

/* All values, the youngest first; the table must not change meanwhile. */
void lru_each(const struct lru *, void (*one)(void *context, struct span),
              void *context);

/* All of them with their keys, the oldest first; likewise. */
void lru_each_key(const struct lru *,
                  void (*one)(void *context, const void *key, struct span),
                  void *context);

size_t lru_count(const struct lru *);
/* Bytes asked from the allocator, the table of buckets included. */
size_t lru_bytes(const struct lru *);

#endif
