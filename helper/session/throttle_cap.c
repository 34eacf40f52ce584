/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/throttle_cap.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define PER_MINUTE_MAX 1000000 /* far from where the arithmetic ends */
#define PROBES 64              /* slots behind a hash in which its key may be */

struct account {
    uint64_t user; /* 0: free */
    int64_t level; /* tries that are left, in units of 1 / MINUTE_MS */
    int64_t at_ms; /* when that was so */
    uint64_t good[THROTTLE_GOODS];
};

struct throttle_cap {
    struct account account[THROTTLE_USERS];
};

struct throttle_cap *
throttle_cap_new(void)
{
    return calloc(1, sizeof(struct throttle_cap));
}

void
throttle_cap_free(struct throttle_cap *c)
{
    free(c);
}

bool
throttle_cap_note(uint64_t *list, size_t count, uint64_t value)
{
    size_t i = 0;
    bool found;

    while (i < count && list[i] != value)
        i++;
    found = i < count;
    if (!found)
        i = count - 1;
    memmove(list + 1, list, i * sizeof(*list));
    list[0] = value;
    return found;
}

static uint64_t *
find_good(struct account *a, uint64_t credential)
{
    for (size_t i = 0; i < THROTTLE_GOODS; i++)
        if (a->good[i] == credential)
            return &a->good[i];
    return NULL;
}

static int64_t
full_level(int64_t per_minute)
{
    if (per_minute < 1)
        per_minute = 1;
    if (per_minute > PER_MINUTE_MAX)
        per_minute = PER_MINUTE_MAX;
    return per_minute * MINUTE_MS;
}

/* Who remembers good credentials goes after those who do not: they are what
 * lets their user in, whatever is tried in his name. */
static bool
is_worth_keeping(const struct account *a)
{
    for (size_t i = 0; i < THROTTLE_GOODS; i++)
        if (a->good[i] != 0)
            return true;
    return false;
}

/* The slot of this user, or one for him: one that is free, else of those that
 * are full again the oldest that has nothing to keep, else the oldest.  Where
 * there is none, users share. */
static struct account *
find(struct throttle_cap *c, uint64_t user, int64_t now)
{
    const uint32_t mask = THROTTLE_USERS - 1;
    struct account *best = &c->account[(uint32_t)user & mask], *a;
    int64_t oldest = now - MINUTE_MS;
    bool keeps = true;

    for (uint32_t i = 0; i < PROBES; i++) {
        a = &c->account[((uint32_t)user + i) & mask];
        if (a->user == user)
            return a;
        if (a->user != 0 &&
            (a->at_ms > now - MINUTE_MS || (is_worth_keeping(a) && !keeps) ||
             (is_worth_keeping(a) == keeps && a->at_ms > oldest)))
            continue;
        best = a;
        oldest = a->user != 0 ? a->at_ms : INT64_MIN;
        keeps = a->user != 0 && is_worth_keeping(a);
    }
    return best;
}

/* A user's account, refilled up to now. */
static struct account *
account_of(struct throttle_cap *c, uint64_t user, int64_t full, int64_t now)
{
    struct account *a = find(c, user, now);
    int64_t idle = now - a->at_ms;

    if (a->user == 0 || (a->user != user && idle >= MINUTE_MS)) {
        *a = (struct account){.user = user, .level = full, .at_ms = now};
        return a;
    }
    a->level += (idle < MINUTE_MS ? idle : MINUTE_MS) * (full / MINUTE_MS);
    if (a->level > full)
        a->level = full;
    a->at_ms = now;
    return a;
}

bool
throttle_cap_admits(struct throttle_cap *c, int64_t per_minute,
                    const struct throttle_share *share, uint64_t credential,
                    int64_t now_ms)
{
    struct account *a =
        account_of(c, share->key, full_level(per_minute), now_ms);

    return a->level >= MINUTE_MS || find_good(a, credential) != NULL;
}

void
throttle_cap_begin(struct throttle_cap *c, int64_t per_minute,
                   struct throttle_share *share, uint64_t credential,
                   int64_t now_ms)
{
    struct account *a =
        account_of(c, share->key, full_level(per_minute), now_ms);

    if (find_good(a, credential) != NULL)
        return;
    a->level -= MINUTE_MS;
    share->counted = true;
}

void
throttle_cap_end(struct throttle_cap *c, int64_t per_minute,
                 const struct throttle_share *share, uint64_t credential,
                 enum throttle_result result, int64_t now_ms)
{
    struct account *a =
        account_of(c, share->key, full_level(per_minute), now_ms);
    uint64_t *good;

    if (result == THROTTLE_GOOD) {
        (void)throttle_cap_note(a->good, THROTTLE_GOODS, credential);
        if (share->counted)
            a->level += MINUTE_MS; /* cut when it is next looked at */
    } else if (result == THROTTLE_WRONG) {
        good = find_good(a, credential);
        if (good != NULL)
            *good = 0;
    }
}

size_t
throttle_cap_users(const struct throttle_cap *c)
{
    size_t users = 0;

    for (size_t i = 0; i < THROTTLE_USERS; i++)
        users += c->account[i].user != 0;
    return users;
}
