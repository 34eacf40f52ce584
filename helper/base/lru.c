/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/lru.h"

#include <stdint.h>
#include <stdlib.h>

#include "helper/base/erase.h"

#define BUCKETS_FIRST 64 /* a power of two, like every size after it */

struct entry {
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* by last use */
    size_t len;                  /* of the value */
    unsigned char bytes[];       /* key, blanks up to 8, value */
};

struct lru {
    size_t key_len;
    size_t value_at; /* key_len rounded up, so that values are aligned */
    size_t most, most_bytes;
    size_t count, bytes; /* bytes of the entries alone */
    struct entry **bucket;
    size_t buckets;
    struct entry *newest, *oldest;
};

static size_t
entry_size(const struct lru *t, size_t len)
{
    return sizeof(struct entry) + t->value_at + len;
}

static struct entry **
bucket_of(const struct lru *t, const void *key)
{
    uint64_t hash;

    memcpy(&hash, key, sizeof hash);
    return &t->bucket[hash & (t->buckets - 1)];
}

static struct entry *
entry_of(const struct lru *t, const void *key)
{
    struct entry *e = *bucket_of(t, key);

    while (e != NULL && memcmp(e->bytes, key, t->key_len) != 0)
        e = e->next;
    return e;
}

static void
age_unlink(struct lru *t, struct entry *e)
{
    if (e->newer != NULL)
        e->newer->older = e->older;
    else
        t->newest = e->older;
    if (e->older != NULL)
        e->older->newer = e->newer;
    else
        t->oldest = e->newer;
    e->newer = e->older = NULL;
}

static void
age_newest(struct lru *t, struct entry *e)
{
    e->older = t->newest;
    e->newer = NULL;
    if (t->newest != NULL)
        t->newest->newer = e;
    else
        t->oldest = e;
    t->newest = e;
}

static void
drop(struct lru *t, struct entry *e)
{
    struct entry **link = bucket_of(t, e->bytes);

    while (*link != e)
        link = &(*link)->next;
    *link = e->next;
    age_unlink(t, e);
    t->count--;
    t->bytes -= entry_size(t, e->len);
    erase_free(e, entry_size(t, e->len));
}

/* Pushes the oldest out until `more` entries of `more_bytes` fit. */
static void
make_room(struct lru *t, size_t more, size_t more_bytes)
{
    while (t->oldest != NULL &&
           (t->count + more > t->most || t->bytes + more_bytes > t->most_bytes))
        drop(t, t->oldest);
}

/* One entry per bucket on average.  Without memory the chains get longer,
 * and nothing else happens. */
static void
grow(struct lru *t)
{
    struct entry **wider, **old = t->bucket;
    size_t i, before = t->buckets;

    if (t->count < before || before > SIZE_MAX / 2 / sizeof *wider)
        return;
    wider = calloc(before * 2, sizeof *wider);
    if (wider == NULL)
        return;
    t->bucket = wider;
    t->buckets = before * 2;
    for (i = 0; i < before; i++) {
        while (old[i] != NULL) {
            struct entry *e = old[i], **head = bucket_of(t, e->bytes);

            old[i] = e->next;
            e->next = *head;
            *head = e;
        }
    }
    free(old);
}

struct lru *
lru_new(size_t key_len, size_t most, size_t most_bytes)
{
    struct lru *t;

    if (key_len < LRU_KEY_MIN || key_len > SIZE_MAX / 4)
        return NULL;
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->key_len = key_len;
    t->value_at = (key_len + 7) / 8 * 8;
    t->most = most;
    t->most_bytes = most_bytes;
    t->buckets = BUCKETS_FIRST;
    t->bucket = calloc(t->buckets, sizeof *t->bucket);
    if (t->bucket == NULL) {
        free(t);
        return NULL;
    }
    return t;
}

void
lru_free(struct lru *t)
{
    if (t == NULL)
        return;
    lru_clear(t);
    free(t->bucket);
    free(t);
}

void *
lru_add(struct lru *t, const void *key, size_t len)
{
    struct entry *e, **link;

    lru_remove(t, key);
    if (len > SIZE_MAX / 4 || t->most == 0 ||
        entry_size(t, len) > t->most_bytes)
        return NULL;
    e = calloc(1, entry_size(t, len));
    if (e == NULL)
        return NULL;
    make_room(t, 1, entry_size(t, len));
    grow(t);
    e->len = len;
    memcpy(e->bytes, key, t->key_len);
    link = bucket_of(t, key);
    e->next = *link;
    *link = e;
    age_newest(t, e);
    t->count++;
    t->bytes += entry_size(t, len);
    return e->bytes + t->value_at;
}

static struct span
value_of(const struct lru *t, const struct entry *e)
{
    return (struct span){(const char *)e->bytes + t->value_at, e->len};
}

struct span
lru_find(struct lru *t, const void *key)
{
    struct entry *e = entry_of(t, key);

    if (e == NULL)
        return (struct span){NULL, 0};
    age_unlink(t, e);
    age_newest(t, e);
    return value_of(t, e);
}

struct span
lru_peek(const struct lru *t, const void *key)
{
    const struct entry *e = entry_of(t, key);

    return e == NULL ? (struct span){NULL, 0} : value_of(t, e);
}

void
lru_remove(struct lru *t, const void *key)
{
    struct entry *e = entry_of(t, key);

    if (e != NULL)
        drop(t, e);
}

void
lru_clear(struct lru *t)
{
    while (t->oldest != NULL)
        drop(t, t->oldest);
}

void
lru_limit(struct lru *t, size_t most, size_t most_bytes)
{
    t->most = most;
    t->most_bytes = most_bytes;
    make_room(t, 0, 0);
}

void
lru_each(const struct lru *t, void (*one)(void *context, struct span),
         void *context)
{
    const struct entry *e;

    for (e = t->newest; e != NULL; e = e->older)
        one(context, value_of(t, e));
}

void
lru_each_key(const struct lru *t,
             void (*one)(void *context, const void *key, struct span),
             void *context)
{
    const struct entry *e;

    for (e = t->oldest; e != NULL; e = e->newer)
        one(context, e->bytes, value_of(t, e));
}

size_t
lru_count(const struct lru *t)
{
    return t->count;
}

size_t
lru_bytes(const struct lru *t)
{
    return t->bytes + sizeof *t + t->buckets * sizeof *t->bucket;
}
