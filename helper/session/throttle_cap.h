/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The throttle's second rule: how often one user's credentials are taken to
 * the provider, over all origins (throttle.h).  For throttle.c only.
 */
#ifndef HELPER_SESSION_THROTTLE_CAP_H
#define HELPER_SESSION_THROTTLE_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/session/throttle.h"

struct throttle_cap;

struct throttle_cap *throttle_cap_new(void); /* NULL: no memory */
void throttle_cap_free(struct throttle_cap *);

/* Both look at `user` and `credential` of the ticket; the first says in
 * `counted` whether a try was taken.  `now_ms` never goes back. */
bool throttle_cap_begin(struct throttle_cap *, int64_t per_minute,
                        struct throttle_ticket *, int64_t now_ms);
void throttle_cap_end(struct throttle_cap *, int64_t per_minute,
                      const struct throttle_ticket *, enum throttle_result,
                      int64_t now_ms);

/* Users that are watched. */
size_t throttle_cap_users(const struct throttle_cap *);

/* Puts `value` at the front of a list of hashes; was it there? */
bool throttle_cap_note(uint64_t *list, size_t count, uint64_t value);

#endif
