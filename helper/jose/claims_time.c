/* SPDX-License-Identifier: BSD-2-Clause */
/* exp, nbf and iat: RFC 7519 section 4.1.4 to 4.1.6, checklist 35, 36, 56. */
#include <inttypes.h>
#include <stdio.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/jose/claims_rule.h"

/* 2020-01-01: a clock before it was never set (no RTC at boot).  What it says
 * about tokens would only mislead. */
#define CLOCK_EARLIEST 1577836800

/* Beyond the year 10000 nothing is a time of ours; and sums stay far from the
 * end of int64_t. */
#define CLOCK_LATEST 253402300800

static bool
clock_is_wrong(int64_t now)
{
    return now < CLOCK_EARLIEST || now > CLOCK_LATEST;
}

/* "1700000000 (3 minutes ago)" */
static void
note_time(struct trace *trace, const char *name, bool held,
          const char *expected, int64_t time, int64_t now)
{
    char age[64], found[128];

    if (trace == NULL)
        return;
    if (time < 0 || time > CLOCK_LATEST || clock_is_wrong(now))
        snprintf(found, sizeof(found), "%" PRId64, time);
    else if (time > now)
        snprintf(found, sizeof(found), "%" PRId64 " (in %s)", time,
                 text_age(time - now, age, sizeof(age)));
    else
        snprintf(found, sizeof(found), "%" PRId64 " (%s ago)", time,
                 text_age(now - time, age, sizeof(age)));
    trace_note(trace, name, held, expected, found);
}

static enum reason
clock_refusal(struct trace *trace)
{
    trace_note(trace, "clock", false, "a clock that was set since 2020",
               "this host's clock cannot be right");
    return REASON_CLOCK;
}

/* "On or after" exp the token is over; the leeway moves that point. */
enum reason
claims_check_expiry(struct claims *claims, const struct claims_rules *rules,
                    int64_t now, struct trace *trace)
{
    bool held;

    if (rules->source == CLAIMS_OF_ANSWER &&
        json_object_get(claims->root, "exp") == NULL) {
        if (clock_is_wrong(now))
            return clock_refusal(trace);
        claims->expires = now + ANSWER_LIFE_S;
        claims->endless = true;
        return REASON_ACCEPTED;
    }
    if (!json_time(json_object_get(claims->root, "exp"), &claims->expires)) {
        trace_note(trace, "expiry", false, "a time", "missing or no time");
        return REASON_EXPIRY;
    }
    if (clock_is_wrong(now))
        return clock_refusal(trace);
    held = claims->expires > now - LEEWAY_S;
    note_time(trace, "expiry", held, "in the future", claims->expires, now);
    return held ? REASON_ACCEPTED : REASON_EXPIRED;
}

/*
 * A time at which something began.  0 is the epoch, which some providers
 * write for "always"; below it nothing began.  `*up` is rounded up, since a
 * fraction of a second in the future is in the future.
 */
static bool
start_time(const json_t *value, int64_t *down, int64_t *up)
{
    if (!json_time(value, down) || *down < 0)
        return false;
    *up = *down;
    if (json_is_real(value) && json_real_value(value) > (double)*down)
        ++*up;
    return true;
}

static enum reason
check_one_start(const json_t *value, const char *name, int64_t expires,
                int64_t now, int64_t *down, struct trace *trace)
{
    enum reason reason = REASON_ACCEPTED;
    int64_t up;

    if (!start_time(value, down, &up)) {
        trace_note(trace, name, false, "a time", "no time");
        return REASON_TIMES;
    }
    if (up > now + LEEWAY_S)
        reason = REASON_NOT_YET;
    else if (expires > 0 && up > expires)
        reason = REASON_TIMES;
    note_time(trace, name, reason == REASON_ACCEPTED,
              "not in the future, not after exp", *down, now);
    return reason;
}

enum reason
claims_check_start(struct claims *claims, const struct claims_rules *rules,
                   int64_t now, struct trace *trace)
{
    const json_t *nbf = json_object_get(claims->root, "nbf");
    const json_t *iat = json_object_get(claims->root, "iat");
    enum reason first = REASON_ACCEPTED, second = REASON_ACCEPTED;
    int64_t begins;

    if (clock_is_wrong(now))
        return clock_refusal(NULL);
    if (iat == NULL && rules->source == CLAIMS_OF_ANSWER) {
        claims->issued = now;
        claims->undated = true;
    }
    if (nbf != NULL)
        first = check_one_start(nbf, "not before", claims->expires, now,
                                &begins, trace);
    if (iat != NULL && (first == REASON_ACCEPTED || trace != NULL))
        second = check_one_start(iat, "issued", claims->expires, now,
                                 &claims->issued, trace);
    return first != REASON_ACCEPTED ? first : second;
}

/* Whatever the configuration says, a token of the local issuer lives an hour
 * and says since when. */
enum reason
claims_check_lifetime(struct claims *claims, const struct claims_rules *rules,
                      int64_t now, struct trace *trace)
{
    bool held = claims->issued > 0 && claims->expires >= claims->issued &&
                claims->expires - claims->issued <= LOCAL_LIFETIME_MAX_S;

    (void)now;
    if (!rules->local)
        return REASON_ACCEPTED;
    trace_note(trace, "local lifetime", held, "at most one hour",
               held ? "within it" : "longer, or no iat");
    return held ? REASON_ACCEPTED : REASON_LOCAL_LIFETIME;
}
