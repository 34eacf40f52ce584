/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The circuit breaker of one endpoint: when it has failed again and again,
 * asking it only makes everybody wait.  Pure; time is an argument.
 *
 * Only transport failures, 5xx and 429 count, and it opens only when they were
 * seen for at least BREAKER_ASKERS different users from as many different
 * addresses since the last good answer, and within BREAKER_WINDOW_MS:
 * credentials crafted to provoke errors must not shut the endpoint for others.
 * Open for 5 s, doubled up to 60 s, or as long as the server asks for within
 * that; then half-open: one request goes through
 * and its end decides.
 */
#ifndef HELPER_HTTP_BREAKER_H
#define HELPER_HTTP_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

#define BREAKER_ASKERS 3

#define BREAKER_WINDOW_MS 600000

struct breaker_seen {
    uint64_t one[BREAKER_ASKERS]; /* hashes */
    unsigned count;
};

struct breaker {
    struct breaker_seen users, addresses;
    unsigned opened;    /* times in a row */
    int64_t open_until; /* boot time, ms; 0: closed; of a probe: given up */
    bool probing;       /* half-open, and the one request is under way */
    int64_t first_ms;   /* of the failures that are in `users` */
    unsigned failures;  /* since the last good answer, for status */
    int64_t rest_ms;    /* what the server wants with its next failure; or 0 */
    bool busy;          /* what opened it last was no failure, but a 429 */
};

/* May a request go out?  In the half-open state the first one that asks is
 * the probe; it must end in breaker_ended(). */
bool breaker_admits(struct breaker *, int64_t now_ms);

enum breaker_end {
    BREAKER_GOOD,   /* any other answer below 500 */
    BREAKER_FAILED, /* transport failure or 5xx */
    BREAKER_BUSY,   /* 429: it has been asked too often */
    BREAKER_UNKNOWN /* given up before there was an answer */
};
/* `address` is what the throttle calls the origin: may be empty, and all
 * empty ones are the same. */
void breaker_ended(struct breaker *, enum breaker_end, struct span user,
                   struct span address, int64_t now_ms);

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
enum breaker_state breaker_state(const struct breaker *, int64_t now_ms);
const char *breaker_state_name(enum breaker_state); /* "closed" ... */

#endif
