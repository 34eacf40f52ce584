/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The throttle's second rule: how often one user's credentials are taken to
 * the provider, over all origins, and how often those of one address, over all
 * users (throttle.h); below, a user stands for both.  For throttle.c only.
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

/* May it be tried?  Takes nothing.  `now_ms` never goes back. */
bool throttle_cap_admits(struct throttle_cap *, int64_t per_minute,
                         const struct throttle_share *, uint64_t credential,
                         int64_t now_ms);
/* Directly behind that: takes a try, unless it was good before. */
void throttle_cap_begin(struct throttle_cap *, int64_t per_minute,
                        struct throttle_share *, uint64_t credential,
                        int64_t now_ms);
void throttle_cap_end(struct throttle_cap *, int64_t per_minute,
                      const struct throttle_share *, uint64_t credential,
                      enum throttle_result, int64_t now_ms);

/* Users that are watched. */
size_t throttle_cap_users(const struct throttle_cap *);

/* Puts `value` at the front of a list of hashes; was it there? */
bool throttle_cap_note(uint64_t *list, size_t count, uint64_t value);

#endif
