/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/breaker.h"

#include <limits.h>
#include <string.h>

#include "helper/base/hash.h"

#define PAUSE_FIRST_MS 5000
#define PAUSE_MAX_MS 60000
/* A probe that nobody ended is given up: the endpoint must not stay shut. */
#define PROBE_MAX_MS 120000

/* Who finds two names of one hash has found a way to count less. */
static void
see(struct breaker_seen *seen, struct span who)
{
    uint64_t h = hash_span(HASH_FIRST, who);

    for (unsigned i = 0; i < seen->count; i++) {
        if (seen->one[i] == h)
            return;
    }
    if (seen->count < BREAKER_ASKERS)
        seen->one[seen->count++] = h;
}

static void
open_for_a_while(struct breaker *b, int64_t now_ms)
{
    int64_t pause = PAUSE_FIRST_MS;

    for (unsigned i = 0; i < b->opened && pause < PAUSE_MAX_MS; i++)
        pause *= 2;
    if (pause < b->rest_ms)
        pause = b->rest_ms;
    if (pause > PAUSE_MAX_MS)
        pause = PAUSE_MAX_MS;
    if (b->opened < UINT_MAX)
        b->opened++;
    b->open_until = now_ms + pause;
    b->probing = false;
}

bool
breaker_admits(struct breaker *b, int64_t now_ms)
{
    if (b->open_until == 0)
        return true;
    if (now_ms < b->open_until)
        return false;
    b->probing = true;
    b->open_until = now_ms + PROBE_MAX_MS;
    return true;
}

/*
 * Which request ends is not asked: while a probe is under way, the end of one
 * that began before the breaker opened is as good a sign as the probe's own.
 */
void
breaker_ended(struct breaker *b, enum breaker_end end, struct span user,
              struct span address, int64_t now_ms)
{
    switch (end) {
    case BREAKER_GOOD:
        memset(b, 0, sizeof(*b));
        break;
    case BREAKER_BUSY:
    case BREAKER_FAILED:
        if (b->failures < UINT_MAX)
            b->failures++;
        if (b->users.count == 0 || now_ms - b->first_ms > BREAKER_WINDOW_MS) {
            memset(&b->users, 0, sizeof(b->users));
            memset(&b->addresses, 0, sizeof(b->addresses));
            b->first_ms = now_ms;
        }
        see(&b->users, user);
        see(&b->addresses, address);
        if (b->probing ||
            (b->open_until == 0 && b->users.count == BREAKER_ASKERS &&
             b->addresses.count == BREAKER_ASKERS)) {
            open_for_a_while(b, now_ms);
            b->busy = end == BREAKER_BUSY;
        }
        break;
    case BREAKER_UNKNOWN:
        if (b->probing) { /* the next one that asks is the probe */
            b->probing = false;
            b->open_until = now_ms;
        }
        break;
    }
}

enum breaker_state
breaker_state(const struct breaker *b, int64_t now_ms)
{
    if (b->open_until == 0)
        return BREAKER_CLOSED;
    return b->probing || now_ms >= b->open_until ? BREAKER_HALF_OPEN
                                                 : BREAKER_OPEN;
}

const char *
breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {"closed", "open", "half-open"};

    return names[state];
}
