/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/devices.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"

struct devices {
    struct device device[DEVICES_MAX];
    size_t count;
};

struct devices *
devices_new(void)
{
    return calloc(1, sizeof(struct devices));
}

static void
remove_at(struct devices *d, size_t at)
{
    erase_free_text(d->device[at].code);
    d->count--;
    d->device[at] = d->device[d->count];
    memset(&d->device[d->count], 0, sizeof(d->device[0]));
}

void
devices_free(struct devices *d)
{
    if (d == NULL)
        return;
    while (d->count > 0)
        remove_at(d, d->count - 1);
    free(d);
}

size_t
devices_sweep(struct devices *d, int64_t now_ms)
{
    size_t i = d->count;

    while (i-- > 0)
        if (now_ms >= d->device[i].ends_ms)
            remove_at(d, i);
    return d->count;
}

enum reason
devices_room(struct devices *d, const char *origin, int64_t now_ms)
{
    size_t i, his = 0;

    (void)devices_sweep(d, now_ms);
    for (i = 0; i < d->count; i++)
        his += strcmp(d->device[i].origin, origin) == 0;
    if (his >= DEVICES_PER_ORIGIN)
        return REASON_THROTTLED;
    return d->count < DEVICES_MAX ? REASON_ACCEPTED : REASON_OVERLOAD;
}

struct device *
devices_add(struct devices *d, const struct device *given, int64_t expires_s,
            int64_t now_ms)
{
    struct device *new;
    char *code;

    if (devices_room(d, given->origin, now_ms) != REASON_ACCEPTED)
        return NULL;
    code = strdup(given->code);
    if (code == NULL)
        return NULL;
    new = &d->device[d->count];
    *new = *given;
    new->code = code;
    if (RAND_bytes(new->id, LOGIN_ID_LEN) != 1) {
        erase_free_text(code);
        memset(new, 0, sizeof(*new));
        return NULL;
    }
    if (expires_s > DEVICE_LIFE_S)
        expires_s = DEVICE_LIFE_S;
    new->ends_ms = now_ms + expires_s * 1000;
    new->next_ms = now_ms + new->interval_ms;
    d->count++;
    return new;
}

struct device *
devices_find(struct devices *d, const unsigned char id[LOGIN_ID_LEN],
             int64_t now_ms)
{
    size_t i;

    (void)devices_sweep(d, now_ms);
    for (i = 0; i < d->count; i++)
        if (memcmp(d->device[i].id, id, LOGIN_ID_LEN) == 0)
            return &d->device[i];
    return NULL;
}

void
devices_answered(struct devices *d, const unsigned char id[LOGIN_ID_LEN],
                 enum reason reason, int64_t now_ms)
{
    struct device *device = devices_find(d, id, now_ms);

    if (device == NULL)
        return;
    device->asking = false;
    if (reason == REASON_SLOW_DOWN)
        device->interval_ms += DEVICE_SLOWER_S * 1000;
    if (reason == REASON_SLOW_DOWN || reason == REASON_PENDING)
        device->next_ms = now_ms + device->interval_ms;
    else
        remove_at(d, (size_t)(device - d->device));
}
