/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The throttle guards what can be guessed or costs the provider: credentials
 * not seen before that need a remote check or a password compare.  Per (user,
 * origin); an origin is a /32 or /64 of a numeric address, else the real uid
 * of the caller.  JWTs against local keys and cache hits never come here, so
 * nobody locks another out by failing in his name.
 *
 * `tries` wrong ones are free.  The last of them begins a pause of 1 s, each
 * further one a pause twice as long, up to `max`.  In a pause nothing is
 * tried; after it one at a time.  Parallel attempts cannot outrun this: what
 * is under way counts as if it had failed.  A success forgives its pair and
 * no other; without one all is forgotten an hour after the last attempt or
 * pause.
 *
 * The same wrong credential again (one of the last THROTTLE_REPEATS) waits
 * like any other, but neither counts nor begins a pause: a job with an old
 * password does not dig deeper, and nothing is learned by it.
 *
 * Towards the provider there is a cap per user, over all origins, as a bucket
 * of `per_minute` that refills within a minute; a success gives back what it
 * took.  It delays only credentials that were not good before: those are
 * let through (the last THROTTLE_GOODS of a user), or anybody could keep him
 * out by trying in his name.  Where nobody is asked for (map_user), each /24
 * or /48 has a bucket of its own instead.
 * A second cap, of `per_address`, is per numeric origin over all users: who
 * makes up a token and a user name each time is stopped by it.
 *
 * Exempt networks are never throttled, by neither rule.
 *
 * What it cannot do: who shares the origin and the user name shares the pause
 * (people behind one address; sshd without numeric addresses, which is uid 0),
 * and a user whom somebody tries from many origins waits with a credential
 * that is new here.
 *
 * Bounded: THROTTLE_PAIRS pairs.  When there is no room, a new pair shares a
 * bucket with all others of its /24 or /48 (THROTTLE_SHARED of these), where
 * a success forgives nothing; no bucket that holds failures or an attempt
 * gives way.  So whoever owns a /48 cannot make room for himself by filling
 * the table, nor touch the pairs of others.  Pure: time is an argument, boot
 * time in ms.  Nothing of a credential is kept but a keyed hash of 64 bits.
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
#define THROTTLE_SHARED 2048 /* buckets for when those are in use */
#define THROTTLE_USERS                                                         \
    4096 /* watched for their tries at the provider; as                        \
            many addresses */
#define THROTTLE_REPEATS 8
#define THROTTLE_GOODS 4
#define THROTTLE_ORIGIN_MAX 64

struct throttle;

struct throttle_rules {
    int64_t tries; /* below 1 is 1 */
    int64_t max_s;
    int64_t per_minute;  /* per user, towards the provider; below 1 is 1 */
    int64_t per_address; /* the same per numeric origin */
    const struct list *exempt; /* networks; may be NULL */
};

struct throttle *throttle_new(void); /* fresh random key; NULL: no memory */
void throttle_free(struct throttle *);

/* The origin of an attempt as text: "192.0.2.7", "2001:db8:1:2::/64", or
 * "uid:1000" where `rhost` is no numeric address.  An IPv4-mapped IPv6
 * address is its IPv4 address; a zone (%eth0) is left out.  Give an empty
 * `rhost` for a caller whose word on it is no fact. */
void throttle_origin(struct span rhost, uid_t uid,
                     char out[THROTTLE_ORIGIN_MAX]);
/* Is that numeric address in one of the networks (CIDR)?  Also used by rules;
 * false for whatever is no address. */
bool throttle_in_networks(struct span rhost, const struct list *networks);

/* What was taken of one cap. */
struct throttle_share {
    uint64_t key; /* whose; 0: nobody's */
    bool counted; /* it took one of the tries at the provider */
};

struct throttle_ticket { /* zeroed: none; plain data */
    uint64_t pair, credential;
    struct throttle_share user, address;
    uint32_t slot;
    /* Not admitted, but only for those under way: they may all be good.  Ask
     * again when one of them has ended. */
    bool busy;
    bool held;
    bool shared; /* `slot` is one that several pairs share */
    bool remote;
};

/*
 * May this one be tried?  True: it is under way and must end in
 * throttle_end(), which an exempt one may.  `remote`: it also counts towards
 * the provider.  An origin of IPv6 is a /64, so that only networks of /64 and
 * wider exempt it.
 */
bool throttle_begin(struct throttle *, const struct throttle_rules *,
                    struct span user, const char *origin,
                    struct span credential, bool remote, int64_t now_ms,
                    struct throttle_ticket *);

enum throttle_result {
    THROTTLE_GOOD,   /* forgives this pair */
    THROTTLE_WRONG,  /* counts */
    THROTTLE_NEITHER /* outage, our own client secret, cancelled: only when
                        nothing that is kept tells what it was */
};
void throttle_end(struct throttle *, const struct throttle_rules *,
                  struct throttle_ticket *, enum throttle_result,
                  int64_t now_ms);

/* For status: {"pairs": in use, "pausing": of these, now, "shared": buckets
 * of the second kind in use, "users" and "addresses": watched}.  NULL without
 * memory. */
json_t *throttle_status(const struct throttle *, int64_t now_ms);

#endif
