/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The throttle guards what can be guessed or costs the provider: credentials
 * not seen before that need a remote check or a password compare.  Per (user,
 * origin); an origin is a /32 or /64 of a numeric address, else the real uid
 * of the caller.  JWTs against local keys, cache hits and exempt networks
 * never come here, so nobody locks another out by failing in his name.
 *
 * `tries` wrong ones are free, then a pause of 1 s, doubled with each further
 * one up to `max`; all is forgiven by a success of that pair, and forgotten
 * when nothing came for an hour (or longer than the pause).  Parallel
 * attempts cannot outrun it: what is under way counts as if it had failed.
 * The same wrong credential again counts once.  A cap on tries per user
 * towards the provider, over all origins, protects the provider; it delays
 * only credentials never seen before.
 *
 * Bounded: THROTTLE_PAIRS; when full, new pairs share a bucket with others of
 * their origin, never evicting one that holds failures.  Pure: time is an
 * argument, boot time in ms.  Nothing of a credential is kept but a keyed
 * hash of 64 bits.
 */
#ifndef HELPER_SESSION_THROTTLE_H
#define HELPER_SESSION_THROTTLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/list.h"
#include "helper/base/span.h"

#define THROTTLE_PAIRS 16384
#define THROTTLE_ORIGIN_MAX 64

struct throttle;

struct throttle_rules {
    int64_t tries;
    int64_t max_s;
    int64_t per_minute; /* per user, towards the provider */
    const struct list *exempt;
};

struct throttle *throttle_new(void); /* fresh random key; NULL: no memory */
void throttle_free(struct throttle *);

/* The origin of an attempt as text: "192.0.2.7", "2001:db8:1:2::/64", or
 * "uid:1000" where `rhost` is no numeric address.  An IPv4-mapped IPv6
 * address is its IPv4 address. */
void throttle_origin(struct span rhost, uid_t uid,
                     char out[THROTTLE_ORIGIN_MAX]);
/* Is that numeric address in one of the networks (CIDR)?  Also used by rules;
 * false for whatever is no address. */
bool throttle_in_networks(struct span rhost, const struct list *networks);

struct throttle_ticket { /* zeroed: none; plain data */
    uint64_t pair, credential;
    uint32_t slot;
    bool held;
};

/*
 * May this one be tried?  True: it is under way and must end in
 * throttle_end().  `remote`: it also counts towards the provider.
 */
bool throttle_begin(struct throttle *, const struct throttle_rules *,
                    struct span user, const char *origin,
                    struct span credential, bool remote, int64_t now_ms,
                    struct throttle_ticket *);

enum throttle_result {
    THROTTLE_GOOD,   /* forgives this pair */
    THROTTLE_WRONG,  /* counts */
    THROTTLE_NEITHER /* outage, our own client secret, cancelled */
};
void throttle_end(struct throttle *, const struct throttle_rules *,
                  struct throttle_ticket *, enum throttle_result,
                  int64_t now_ms);

/* For status: pairs in use, pairs that pause now. */
json_t *throttle_status(const struct throttle *, int64_t now_ms);

#endif
