/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key sets on the disk, for a helper that starts while its provider cannot be
 * reached: one file per issuer, what its address answered and how long that was
 * fresh; its time stamp says when the address last said so.  What is read is
 * checked as if it had been fetched just now.
 */
#ifndef HELPER_ISSUER_KEYCACHE_H
#define HELPER_ISSUER_KEYCACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/buffer.h"

/* Hexadecimal digits of the SHA-256 of the issuer's section: a file that
 * another configuration made is not found. */
#define KEYCACHE_NAME_LEN 64

struct keycache;

/* NULL without memory.  A folder that cannot be used is told to the log, and
 * nothing is kept then. */
struct keycache *keycache_open(const char *state_dir);
void keycache_free(struct keycache *); /* NULL is allowed */

struct keycache_entry {
    struct buffer document; /* give it a cap; buffer_free() it */
    int64_t confirmed;      /* wall clock, seconds */
    int64_t life_s;         /* that it was fresh from then on */
};

/* False when there is none; one that cannot be used is told to the log. */
bool keycache_get(const struct keycache *, const char *name,
                  struct keycache_entry *);

/* On the disk when this returns; false: not, as is told to the log, and the one
 * before is gone too, since it may hold a key that was taken back. */
bool keycache_put(struct keycache *, const char *name, struct span document,
                  int64_t life_s);
/* The address says that it still holds; false: it is not there any more. */
bool keycache_confirm(const struct keycache *, const char *name);
void keycache_remove(const struct keycache *, const char *name);

/* Removes the files of no issuer: `names` are those that stay. */
void keycache_sweep(const struct keycache *, const char *const *names,
                    size_t count);

#endif
