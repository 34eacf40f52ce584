/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/kids.h"

#include <openssl/evp.h>

static bool
digest_of(struct span kid, unsigned char out[32])
{
    return EVP_Digest(kid.data, kid.len, out, NULL, EVP_sha256(), NULL) == 1;
}

static const struct kid_entry *
find(const struct kids *kids, const unsigned char digest[32])
{
    for (size_t i = 0; i < KIDS_MAX; i++) {
        const struct kid_entry *entry = &kids->entry[i];

        if (entry->used && memcmp(entry->digest, digest, 32) == 0)
            return entry;
    }
    return NULL;
}

bool
kids_has(const struct kids *kids, struct span kid, int64_t now_ms)
{
    unsigned char digest[32];
    const struct kid_entry *entry;

    if (!digest_of(kid, digest))
        return true; /* no digest, no fetch */
    entry = find(kids, digest);
    return entry != NULL && !entry->pending &&
           now_ms < entry->since_ms + KIDS_KNOWN_S * INT64_C(1000);
}

bool
kids_may_ask(const struct kids *kids, struct key_schedule *schedule,
             struct span kid, int64_t now_ms)
{
    return !kids_has(kids, kid, now_ms) && key_schedule_ask(schedule, now_ms);
}

/* A free place, else the oldest. */
static struct kid_entry *
place(struct kids *kids)
{
    struct kid_entry *oldest = &kids->entry[0];

    for (size_t i = 0; i < KIDS_MAX; i++) {
        struct kid_entry *entry = &kids->entry[i];

        if (!entry->used)
            return entry;
        if (entry->since_ms < oldest->since_ms)
            oldest = entry;
    }
    return oldest;
}

void
kids_ask(struct kids *kids, struct span kid, int64_t now_ms)
{
    unsigned char digest[32];
    struct kid_entry *entry;

    if (!digest_of(kid, digest))
        return;
    entry = (struct kid_entry *)find(kids, digest);
    if (entry == NULL)
        entry = place(kids);
    memcpy(entry->digest, digest, sizeof(entry->digest));
    entry->since_ms = now_ms;
    entry->used = true;
    entry->pending = true;
}

void
kids_answer(struct kids *kids, bool good, int64_t now_ms)
{
    for (size_t i = 0; i < KIDS_MAX; i++) {
        struct kid_entry *entry = &kids->entry[i];

        if (!entry->used || !entry->pending)
            continue;
        entry->pending = false;
        entry->used = good;
        entry->since_ms = now_ms;
    }
}
