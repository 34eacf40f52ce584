/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key ids that a refresh did not bring: for KIDS_KNOWN_S they cause no other
 * one.  Digests are kept, so that an entry has one size and no two kids are
 * taken for each other.  Full: the oldest goes.
 */
#ifndef HELPER_ISSUER_KIDS_H
#define HELPER_ISSUER_KIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/span.h"
#include "helper/issuer/schedule.h"

#define KIDS_MAX 64
#define KIDS_KNOWN_S 60

struct kid_entry {
    unsigned char digest[32];
    int64_t since_ms;
    bool used, pending; /* pending: the refresh is still under way */
};

struct kids {
    struct kid_entry entry[KIDS_MAX];
};

/* Remembered, and not because of a refresh that is still under way. */
bool kids_has(const struct kids *, struct span kid, int64_t now_ms);
/* May it cause a refresh?  Spends the schedule's (key_schedule_ask()), but not
 * on one that was denied just now. */
bool kids_may_ask(const struct kids *, struct key_schedule *, struct span kid,
                  int64_t now_ms);
/* A refresh is under way for this kid. */
void kids_ask(struct kids *, struct span kid, int64_t now_ms);
/* It ended: with a document the kids count from now, else they are
 * forgotten, since nobody denied them. */
void kids_answer(struct kids *, bool good, int64_t now_ms);

#endif
