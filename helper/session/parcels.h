/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits to be collected by the session that a login is about to open:
 * packets that hold the token itself and other secrets.  Each is given out
 * once, lives a minute at most, and is erased; the oldest goes when there is
 * no room.
 */
#ifndef HELPER_SESSION_PARCELS_H
#define HELPER_SESSION_PARCELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/session/login.h"

#define PARCELS_MAX 256
/* Whoever sweeps every second has none left after a minute. */
#define PARCEL_LIFE_MS 59000

struct parcels;

struct parcels *parcels_new(void);
void parcels_free(struct parcels *);

/* Copies.  False without memory. */
bool parcels_put(struct parcels *, const unsigned char id[LOGIN_ID_LEN],
                 struct span packet, int64_t now_ms);
bool parcels_has(const struct parcels *, const unsigned char id[LOGIN_ID_LEN],
                 int64_t now_ms);
/* Appends it to `out` and forgets it; false when there is none, or `out` has
 * no room. */
bool parcels_take(struct parcels *, const unsigned char id[LOGIN_ID_LEN],
                  int64_t now_ms, struct buffer *out);
void parcels_drop(struct parcels *, const unsigned char id[LOGIN_ID_LEN]);
/* Those whose time is over go; how many are left. */
size_t parcels_sweep(struct parcels *, int64_t now_ms);

#endif
