/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A day of many hosts that use one provider, on a virtual clock.  When keys
 * are fetched, what a failure does, which unknown kid may ask, how long an
 * answer is remembered and when an endpoint is left alone is decided by the
 * helper's own functions (helper/issuer/schedule.h, helper/issuer/kids.h,
 * helper/session/verdict.h, helper/http/breaker.h); here is only who logs in
 * when, and what the provider does:
 *
 *   06:00  the day begins: all hosts start, at once or one after the other
 *   11:00  it signs with a new key, of which nobody was told before
 *   14:00  every request fails at once, for an hour
 *
 * A visit is one user at one host with one token: 1 to 7 logins, 90 s apart on
 * average; 20 visits to each host, most of them in office hours, every other
 * one with an opaque token.  Whoever is refused because of the provider comes
 * again half a minute later, five times at most.  Nothing is left to chance:
 * the same setting gives the same day on every machine.
 *
 * Answers take no time, so two logins never wait for one request.
 */
#ifndef TESTS_BENCH_FLEET_DAY_H
#define TESTS_BENCH_FLEET_DAY_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since the start of the day. */
#define FLEET_DAY_S 86400
#define FLEET_ROTATION_S (5 * 3600)
#define FLEET_OUTAGE_S (8 * 3600)
#define FLEET_OUTAGE_END_S (9 * 3600)

struct fleet_setting {
    const char *name;
    int64_t max_age_s;    /* the provider's Cache-Control of its keys */
    int64_t answer_ttl_s; /* the hosts' answer_ttl */
    int64_t starts_s;     /* within which all hosts start; 0: in one moment */
    bool no_jitter;       /* as if the helper spread nothing */
};

struct fleet_day {
    /* Requests in each second: for keys and metadata, and introspection. */
    uint32_t keys[FLEET_DAY_S], asks[FLEET_DAY_S];
    uint32_t refused[FLEET_DAY_S]; /* logins, because of the provider */
    uint32_t logins, opaque;       /* opaque: those of them with such a token */
    int64_t renewed_s; /* since the rotation, until the last host has the key */
};

/* False without memory. */
bool fleet_day_run(const struct fleet_setting *, uint32_t hosts,
                   struct fleet_day *);

#endif
