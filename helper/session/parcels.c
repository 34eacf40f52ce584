/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/parcels.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/log.h"

struct parcel {
    unsigned char id[LOGIN_ID_LEN];
    int64_t ends_ms;
    char *packet;
    size_t len;
};

struct parcels {
    struct parcel parcel[PARCELS_MAX]; /* the oldest first */
    size_t count;
};

struct parcels *
parcels_new(void)
{
    return calloc(1, sizeof(struct parcels));
}

static void
remove_at(struct parcels *p, size_t at)
{
    erase_free(p->parcel[at].packet, p->parcel[at].len);
    p->count--;
    memmove(p->parcel + at, p->parcel + at + 1,
            (p->count - at) * sizeof(p->parcel[0]));
}

/* A session without its files is to be explained. */
static void
give_up_oldest(struct parcels *p)
{
    log_notice("session_files: what was kept for a login was not collected "
               "within a minute, or there were too many");
    remove_at(p, 0);
}

void
parcels_free(struct parcels *p)
{
    if (p == NULL)
        return;
    while (p->count > 0)
        remove_at(p, p->count - 1);
    free(p);
}

/* Where it is, or `count`. */
static size_t
find(const struct parcels *p, const unsigned char id[LOGIN_ID_LEN])
{
    size_t i = 0;

    while (i < p->count && memcmp(p->parcel[i].id, id, LOGIN_ID_LEN) != 0)
        i++;
    return i;
}

bool
parcels_put(struct parcels *p, const unsigned char id[LOGIN_ID_LEN],
            struct span packet, int64_t now_ms)
{
    struct parcel *new;
    char *copy = malloc(packet.len + 1);

    if (copy == NULL)
        return false;
    parcels_drop(p, id);
    if (p->count == PARCELS_MAX)
        give_up_oldest(p);
    if (packet.len > 0)
        memcpy(copy, packet.data, packet.len);
    new = &p->parcel[p->count++];
    *new = (struct parcel){
        .ends_ms = now_ms + PARCEL_LIFE_MS, .packet = copy, .len = packet.len};
    memcpy(new->id, id, LOGIN_ID_LEN);
    return true;
}

bool
parcels_has(const struct parcels *p, const unsigned char id[LOGIN_ID_LEN],
            int64_t now_ms)
{
    size_t at = find(p, id);

    return at < p->count && now_ms < p->parcel[at].ends_ms;
}

bool
parcels_take(struct parcels *p, const unsigned char id[LOGIN_ID_LEN],
             int64_t now_ms, struct buffer *out)
{
    size_t at = find(p, id);
    bool done;

    if (!parcels_has(p, id, now_ms))
        return false;
    done = buffer_add(out, p->parcel[at].packet, p->parcel[at].len);
    remove_at(p, at);
    return done;
}

void
parcels_drop(struct parcels *p, const unsigned char id[LOGIN_ID_LEN])
{
    size_t at = find(p, id);

    if (at < p->count)
        remove_at(p, at);
}

size_t
parcels_sweep(struct parcels *p, int64_t now_ms)
{
    while (p->count > 0 && now_ms >= p->parcel[0].ends_ms)
        give_up_oldest(p);
    return p->count;
}
