/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/fleet_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/http/breaker.h"
#include "helper/issuer/kids.h"
#include "helper/issuer/schedule.h"
#include "helper/session/verdict.h"

#define MS INT64_C(1000)
#define VISITS 20 /* per host and day */
#define USERS 8   /* of one host, each with an address of his own */
#define LOGINS_MAX 7
#define GAP_MIN_S 10 /* between two logins of a visit */
#define GAP_MAX_S 170
#define TRIES_MAX 5
#define TOKEN_AGE_MAX_S 300
#define TOKEN_LIFE_S 3600
#define STALE_KEYS_S 86400 /* the option's default */
#define MIDDLE 0x7fff0000u /* a random number that spreads by nothing */

/* What share of the visits begins in each hour, from 06:00 on. */
static const uint32_t office[24] = {2, 6, 10, 10, 10, 10, 7, 9, 10, 10, 10, 8,
                                    4, 3, 2,  2,  2,  1,  1, 1, 1,  1,  1,  1};

struct host {
    struct key_schedule schedule;
    struct kids kids;
    struct breaker breaker;
    int64_t address_at; /* when the metadata named the keys' address */
    bool address;
    bool started;
    bool new_key;   /* among those that were fetched */
    uint32_t drawn; /* random numbers */
    uint32_t armed; /* the only timer that counts */
};

struct visit {
    uint32_t host, user;
    int64_t issued; /* the token; ms */
    uint8_t logins; /* still to come */
    uint8_t tries;
    bool opaque;
    uint32_t drawn;
};

struct event {
    int64_t at; /* ms */
    uint64_t number;
    uint32_t of; /* a visit, or a host */
    uint32_t armed;
    bool login;
};

struct fleet {
    const struct fleet_setting *setting;
    struct fleet_day *day;
    struct host *host;
    struct visit *visit;
    uint32_t hosts, visits;
    struct verdicts *verdicts; /* of all hosts: they have different names */
    struct event *queue;       /* a heap */
    size_t queued, queue_room;
    uint64_t events;
    bool failed; /* no memory */
};

/* --- chance --- */

enum stream { STREAM_START, STREAM_JITTER, STREAM_BEGIN, STREAM_VISIT };

/* SplitMix64 of what is asked for, so that one answer does not depend on how
 * many others were asked before. */
static uint64_t
mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t
draw(enum stream stream, uint32_t of, uint32_t number)
{
    return mix(mix(mix((uint64_t)stream + 1) ^ of) ^ number);
}

static int64_t
between(uint64_t random, int64_t least, int64_t most)
{
    return least + (int64_t)(random % (uint64_t)(most - least + 1));
}

/* --- the queue --- */

static bool
before(const struct event *a, const struct event *b)
{
    return a->at != b->at ? a->at < b->at : a->number < b->number;
}

static void
push(struct fleet *f, int64_t at, bool login, uint32_t of, uint32_t armed)
{
    struct event event = {at, f->events++, of, armed, login};
    size_t i = f->queued;

    if (at >= FLEET_DAY_S * MS)
        return;
    if (f->queued == f->queue_room) {
        size_t room = f->queue_room * 2 + 64;
        struct event *larger = realloc(f->queue, room * sizeof(*larger));

        if (larger == NULL) {
            f->failed = true;
            return;
        }
        f->queue = larger;
        f->queue_room = room;
    }
    f->queued++;
    for (; i > 0 && before(&event, &f->queue[(i - 1) / 2]); i = (i - 1) / 2)
        f->queue[i] = f->queue[(i - 1) / 2];
    f->queue[i] = event;
}

static struct event
pop(struct fleet *f)
{
    struct event first = f->queue[0], last = f->queue[--f->queued];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < f->queued) {
        if (child + 1 < f->queued &&
            before(&f->queue[child + 1], &f->queue[child]))
            child++;
        if (!before(&f->queue[child], &last))
            break;
        f->queue[i] = f->queue[child];
        i = child;
    }
    f->queue[i] = last;
    return first;
}

/* --- the provider --- */

/* It sees a request; does it answer? */
static bool
provider_answers(uint32_t *counts, int64_t now)
{
    counts[now / MS]++;
    return now < FLEET_OUTAGE_S * MS || now >= FLEET_OUTAGE_END_S * MS;
}

static bool
is_rotated(int64_t now)
{
    return now >= FLEET_ROTATION_S * MS;
}

/* --- a host's keys, as helper/issuer/keys.c has them fetched --- */

static uint32_t
jitter(const struct fleet *f, struct host *h)
{
    uint64_t random = draw(STREAM_JITTER, (uint32_t)(h - f->host), h->drawn++);

    return f->setting->no_jitter ? MIDDLE : (uint32_t)(random >> 32);
}

static bool
load(struct fleet *f, struct host *h, int64_t now)
{
    if (!h->address || !key_address_holds(h->address_at, now)) {
        if (!provider_answers(f->day->keys, now))
            return false;
        h->address = true;
        h->address_at = now;
    }
    return provider_answers(f->day->keys, now);
}

static void
fetch(struct fleet *f, struct host *h, int64_t now)
{
    bool good = load(f, h, now);

    if (good) {
        key_schedule_renewed(&h->schedule, now,
                             key_life_s(f->setting->max_age_s, false),
                             jitter(f, h));
        if (is_rotated(now) && !h->new_key) {
            h->new_key = true;
            f->day->renewed_s = now / MS - FLEET_ROTATION_S;
        }
    } else {
        h->address = false;
        key_schedule_failed(&h->schedule, now, jitter(f, h));
    }
    kids_answer(&h->kids, good, now);
    push(f, h->schedule.next_try, false, (uint32_t)(h - f->host), ++h->armed);
}

static bool
has_keys(const struct host *h, int64_t now)
{
    enum key_state state = key_schedule_state(&h->schedule, now, STALE_KEYS_S);

    return state == KEYS_FRESH || state == KEYS_STALE;
}

static void
on_timer(struct fleet *f, const struct event *event)
{
    struct host *h = &f->host[event->of];

    if (event->armed != h->armed)
        return;
    if (!h->started)
        key_schedule_init(&h->schedule, event->at);
    h->started = true;
    if (key_schedule_due(&h->schedule, event->at))
        fetch(f, h, event->at);
}

/* --- logins --- */

/* That verdicts of JWTs are remembered changes nothing: none asks anybody. */
static bool
log_in_jwt(struct fleet *f, const struct visit *v, int64_t now)
{
    struct host *h = &f->host[v->host];
    const struct span kid = span_of("new");

    if (!has_keys(h, now) && !key_schedule_backs_off(&h->schedule, now))
        fetch(f, h, now);
    if (!has_keys(h, now))
        return false;
    if (!is_rotated(v->issued) || h->new_key)
        return true;
    if (kids_may_ask(&h->kids, &h->schedule, kid, now)) {
        kids_ask(&h->kids, kid, now);
        fetch(f, h, now);
    }
    return h->new_key;
}

static struct verdict_key
key_of(struct fleet *f, const struct visit *v)
{
    static const unsigned char section[32];
    uint32_t number = (uint32_t)(v - f->visit);
    const struct verdict_name name = {
        .kind = "introspection",
        .issuer = span_of("work"),
        .section = section,
        .user = {(const char *)&v->user, sizeof(v->user)},
        .credential = {(const char *)&number, sizeof(number)}};
    struct verdict_key key;

    if (!verdict_key(f->verdicts, &name, &key))
        f->failed = true;
    return key;
}

static bool
log_in_opaque(struct fleet *f, const struct visit *v, int64_t now)
{
    struct host *h = &f->host[v->host];
    struct verdict_key key = key_of(f, v);
    struct span user = {(const char *)&v->user, sizeof(v->user)};
    int64_t left_s = v->issued / MS + TOKEN_LIFE_S - now / MS;
    int64_t life_ms = verdict_life_s(left_s, f->setting->answer_ttl_s) * MS;
    bool good;

    if (verdict_find(f->verdicts, &key, now, f->setting->answer_ttl_s * MS)
            .data != NULL)
        return true;
    if (!breaker_admits(&h->breaker, now))
        return false;
    good = provider_answers(f->day->asks, now);
    breaker_ended(&h->breaker, good ? BREAKER_GOOD : BREAKER_FAILED, user, user,
                  now);
    if (good &&
        !verdict_add(f->verdicts, &key, span_of("facts"), now, now + life_ms))
        f->failed = true;
    return good;
}

static void
on_login(struct fleet *f, const struct event *event)
{
    struct visit *v = &f->visit[event->of];
    uint64_t random = draw(STREAM_VISIT, event->of, ++v->drawn);
    int64_t now = event->at;

    if (!f->host[v->host].started)
        return;
    f->day->logins++;
    f->day->opaque += v->opaque;
    if (v->opaque ? log_in_opaque(f, v, now) : log_in_jwt(f, v, now)) {
        v->tries = 0;
        if (--v->logins > 0)
            push(f, now + between(random, GAP_MIN_S * MS, GAP_MAX_S * MS), true,
                 event->of, 0);
    } else {
        f->day->refused[now / MS]++;
        if (++v->tries < TRIES_MAX)
            push(f, now + between(random, 20 * MS, 40 * MS), true, event->of,
                 0);
    }
}

/* --- the day --- */

/* The moment at which a visit begins. */
static int64_t
beginning(uint64_t random)
{
    uint32_t sum = 0, at, hour = 0;

    for (uint32_t i = 0; i < 24; i++)
        sum += office[i];
    at = (uint32_t)(random >> 32) % sum;
    while (at >= office[hour])
        at -= office[hour++];
    return (hour * 3600 + between(random & UINT32_MAX, 0, 3599)) * MS;
}

static void
plan(struct fleet *f)
{
    for (uint32_t i = 0; i < f->hosts; i++)
        push(f, between(draw(STREAM_START, i, 0), 0, f->setting->starts_s * MS),
             false, i, 0);
    for (uint32_t i = 0; i < f->visits; i++) {
        struct visit *v = &f->visit[i];
        int64_t at = beginning(draw(STREAM_BEGIN, i, 0)) +
                     between(draw(STREAM_BEGIN, i, 1), 0, MS - 1);

        v->host = i / VISITS;
        v->user = (uint32_t)(draw(STREAM_BEGIN, i, 2) % USERS);
        v->issued =
            at - between(draw(STREAM_BEGIN, i, 3), 0, TOKEN_AGE_MAX_S * MS);
        v->logins = (uint8_t)between(draw(STREAM_BEGIN, i, 4), 1, LOGINS_MAX);
        v->opaque = i % 2 == 0;
        push(f, at, true, i, 0);
    }
}

bool
fleet_day_run(const struct fleet_setting *setting, uint32_t hosts,
              struct fleet_day *day)
{
    struct fleet f = {.setting = setting,
                      .day = day,
                      .hosts = hosts,
                      .visits = hosts * VISITS};

    memset(day, 0, sizeof(*day));
    f.host = calloc(f.hosts, sizeof(*f.host));
    f.visit = calloc(f.visits, sizeof(*f.visit));
    f.verdicts = verdicts_new(f.visits);
    f.failed = f.host == NULL || f.visit == NULL || f.verdicts == NULL;
    if (!f.failed)
        plan(&f);
    while (!f.failed && f.queued > 0) {
        struct event event = pop(&f);

        if (event.login)
            on_login(&f, &event);
        else
            on_timer(&f, &event);
    }
    verdicts_free(f.verdicts);
    free(f.queue);
    free(f.visit);
    free(f.host);
    return !f.failed;
}
