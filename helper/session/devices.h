/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device logins that wait to be confirmed (RFC 8628): whose, by which code,
 * and when the provider may be asked about it again.  Few, short-lived, and
 * never more than some for one address.
 */
#ifndef HELPER_SESSION_DEVICES_H
#define HELPER_SESSION_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/limits.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/session/login.h"
#include "helper/session/throttle.h"

#define DEVICES_MAX 64
#define DEVICES_PER_ORIGIN 4
#define DEVICE_LIFE_S 120 /* whatever the provider grants */
#define DEVICE_SLOWER_S 5 /* slow_down, section 3.5 */

struct devices;

struct device {
    unsigned char id[LOGIN_ID_LEN];
    uid_t caller;
    char user[LIMIT_USER + 1]; /* "" : whom the token names */
    char service[LIMIT_SERVICE + 1];
    char origin[THROTTLE_ORIGIN_MAX];
    char issuer[65];                       /* name of its section */
    char *code;                            /* owned, a secret */
    int64_t ends_ms, next_ms, interval_ms; /* boot clock */
    bool asking;                           /* the provider, just now */
};

struct devices *devices_new(void);
void devices_free(struct devices *);

/* REASON_ACCEPTED: there is room for another one of that origin;
 * REASON_THROTTLED: he has enough; REASON_OVERLOAD. */
enum reason devices_room(struct devices *, const char *origin, int64_t now_ms);

/* Takes a copy of all but the id, which it makes, and puts `next_ms` and
 * `ends_ms` so far from now.  NULL without memory, random bytes or room. */
struct device *devices_add(struct devices *, const struct device *,
                           int64_t expires_s, int64_t now_ms);

/* NULL when there is none, or its time is over. */
struct device *devices_find(struct devices *,
                            const unsigned char id[LOGIN_ID_LEN],
                            int64_t now_ms);

/* The provider has answered: REASON_PENDING and REASON_SLOW_DOWN say when to
 * ask again, anything else ends it. */
void devices_answered(struct devices *, const unsigned char id[LOGIN_ID_LEN],
                      enum reason, int64_t now_ms);

/* Those whose time is over go, and their codes; how many are left. */
size_t devices_sweep(struct devices *, int64_t now_ms);

#endif
