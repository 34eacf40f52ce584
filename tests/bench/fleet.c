/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fleet HOSTS SERIES: what HOSTS hosts that are switched on at midnight ask of
 * one provider within a day, by the helper's own rules (helper/issuer/schedule,
 * kids, helper/http/breaker) on a virtual clock.  At 10:00 the provider signs
 * with a new key from one second to the next, from 14:00 to 15:00 it refuses
 * every connection.
 *
 * People log in by office hours, in bursts as a playbook makes them: BURSTS a
 * day on each host, LOGINS in a burst, 15 s apart on average, all with one
 * token.  One half has JWTs, the other opaque tokens that have to be asked
 * about.  How long that is remembered, and how long keys are fresh, is varied.
 *
 * Prints a table, and writes for the default settings, minute by minute, to
 * the file SERIES: HOUR KEYS TOKENS in requests per second.  The same numbers
 * every time.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include "helper/http/breaker.h"
#include "helper/issuer/kids.h"
#include "helper/issuer/schedule.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY_S 86400
#define ROTATION (10 * HOUR)
#define OUTAGE (14 * HOUR)
#define OUTAGE_END (15 * HOUR)
#define BURSTS 8
#define LOGINS 10
#define APART_MS (15.0 * SECOND)

enum what { KEYS, BURST, LOGIN };

struct host {
    struct key_schedule keys;
    struct kids kids;
    struct breaker tokens;
    bool has_new_key;
    int64_t remembered_until; /* the verdict about the token of the burst */
    int left;                 /* logins of the burst */
    bool opaque;
};

struct event {
    int64_t at;
    uint32_t host;
    enum what what;
};

struct counts {
    uint32_t second[DAY_S];
};

static struct host *hosts;
static uint32_t host_count;
static struct event *heap;
static size_t heap_len, heap_room;
static struct counts keys, tokens;
static int64_t life_s, answer_s;

/* --- chance, the same every time --- */

static uint64_t seed;

static uint32_t
random32(void)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(seed >> 32);
}

static double
share(void)
{
    return ((double)random32() + 1) / 4294967297.0;
}

/* --- what comes next --- */

static void
put(int64_t at, uint32_t host, enum what what)
{
    size_t i = heap_len++;

    if (heap_len > heap_room) {
        heap_room = 2 * heap_room + 1024;
        heap = realloc(heap, heap_room * sizeof(*heap));
        if (heap == NULL)
            abort();
    }
    for (; i > 0 && heap[(i - 1) / 2].at > at; i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = (struct event){at, host, what};
}

static struct event
take(void)
{
    struct event first = heap[0], last = heap[--heap_len];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < heap_len) {
        if (child + 1 < heap_len && heap[child + 1].at < heap[child].at)
            child++;
        if (heap[child].at >= last.at)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

/* --- the provider --- */

static bool
answers(struct counts *to, int64_t now)
{
    if (now / SECOND < DAY_S)
        to->second[now / SECOND]++;
    return now < OUTAGE || now >= OUTAGE_END;
}

/* --- a host --- */

static void
fetch_keys(uint32_t number, int64_t now)
{
    struct host *h = &hosts[number];
    bool good = answers(&keys, now);

    if (good) {
        h->has_new_key = now >= ROTATION;
        key_schedule_renewed(&h->keys, now, life_s, random32());
    } else {
        key_schedule_failed(&h->keys, now, random32());
    }
    kids_answer(&h->kids, good, now);
    put(h->keys.next_try, number, KEYS);
}

/* A JWT of a key that may not be known: one refresh, as keys_wanted() has it.
 */
static void
verify(uint32_t number, int64_t now)
{
    static const char kid[] = "new";
    struct span span = {kid, sizeof(kid) - 1};
    struct host *h = &hosts[number];

    if (now < ROTATION || h->has_new_key || kids_has(&h->kids, span, now) ||
        key_schedule_backs_off(&h->keys, now) ||
        !key_schedule_ask(&h->keys, now))
        return;
    kids_ask(&h->kids, span, now);
    fetch_keys(number, now);
}

static void
introspect(uint32_t number, int64_t now)
{
    struct host *h = &hosts[number];
    char name[16];
    bool good;

    if (now < h->remembered_until || !breaker_admits(&h->tokens, now))
        return;
    good = answers(&tokens, now);
    /* Each burst is another user's. */
    (void)snprintf(name, sizeof(name), "%x", random32());
    breaker_ended(&h->tokens, good ? BREAKER_GOOD : BREAKER_FAILED,
                  (struct span){name, strlen(name)},
                  (struct span){name, strlen(name)}, now);
    if (good)
        h->remembered_until = now + answer_s * SECOND;
}

static void
login(uint32_t number, int64_t now)
{
    struct host *h = &hosts[number];

    if (h->opaque)
        introspect(number, now);
    else
        verify(number, now);
    if (--h->left > 0)
        put(now + (int64_t)(-log(share()) * APART_MS), number, LOGIN);
}

/* --- a day --- */

/* Of a hundred bursts, those that begin in each hour. */
static const unsigned office[24] = {1, 1, 1, 1, 1, 1, 2, 4, 9, 11, 10, 9,
                                    6, 8, 9, 8, 7, 4, 2, 1, 1, 1,  1,  1};

static int64_t
office_time(void)
{
    unsigned roll = random32() % 100, hour = 0;

    while (roll >= office[hour])
        roll -= office[hour++];
    return hour * HOUR + (int64_t)(share() * (double)HOUR);
}

static void
run(int64_t life, int64_t answer)
{
    seed = 1;
    heap_len = 0;
    life_s = life;
    answer_s = answer;
    memset(hosts, 0, host_count * sizeof(*hosts));
    memset(&keys, 0, sizeof(keys));
    memset(&tokens, 0, sizeof(tokens));
    for (uint32_t i = 0; i < host_count; i++) {
        /* All of them within ten seconds: the power is back. */
        int64_t start = (int64_t)(share() * 10 * (double)SECOND);

        key_schedule_init(&hosts[i].keys, start);
        put(start, i, KEYS);
        for (int burst = 0; burst < BURSTS; burst++)
            put(start + office_time(), i, BURST);
    }
    while (heap_len > 0) {
        struct event e = take();
        struct host *h = &hosts[e.host];

        if (e.at >= DAY_S * SECOND)
            continue;
        if (e.what == KEYS && key_schedule_due(&h->keys, e.at)) {
            fetch_keys(e.host, e.at);
        } else if (e.what == BURST) {
            if (h->left <= 0)
                put(e.at, e.host, LOGIN);
            h->left = LOGINS;
            h->opaque = random32() % 2 == 0;
            h->remembered_until = 0; /* another token */
        } else if (e.what == LOGIN) {
            login(e.host, e.at);
        }
    }
}

/* --- telling --- */

static double
mean(const struct counts *c, int from_s, int to_s)
{
    double sum = 0;

    for (int s = from_s; s < to_s; s++)
        sum += c->second[s];
    return sum / (to_s - from_s);
}

static double
peak(const struct counts *c, int from_s, int to_s, int window_s)
{
    double most = 0;

    for (int s = from_s; s + window_s <= to_s; s += window_s) {
        double found = mean(c, s, s + window_s);

        most = found > most ? found : most;
    }
    return most;
}

/* The day; a second and a minute at their worst; those of the start, of the
 * rotation and of the outage with an hour behind it; and how far the worst
 * minute of the evening is above its mean. */
static void
tell(const char *what, const char *setting, const struct counts *c)
{
    const int hour = 3600;

    printf("%-7s %-5s %9.0f %6.1f %7.0f %7.1f %8.1f %8.1f %8.1f %6.2f\n", what,
           setting, mean(c, 0, DAY_S) * DAY_S, mean(c, 0, DAY_S),
           peak(c, 60, DAY_S, 1), peak(c, 0, hour, 60),
           peak(c, 10 * hour, 11 * hour, 60), peak(c, 14 * hour, 15 * hour, 60),
           peak(c, 15 * hour, 16 * hour, 60),
           peak(c, 18 * hour, DAY_S, 60) / mean(c, 18 * hour, DAY_S));
}

static void
write_series(const char *path)
{
    FILE *out = fopen(path, "w");

    if (out == NULL) {
        perror(path);
        exit(1);
    }
    for (int minute = 0; minute < DAY_S / 60; minute++)
        fprintf(out, "%.4f %.3f %.3f\n", minute / 60.0,
                mean(&keys, minute * 60, minute * 60 + 60),
                mean(&tokens, minute * 60, minute * 60 + 60));
    (void)fclose(out);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int64_t s;
    } lives[] = {{"5m", 300}, {"1h", 3600}, {"24h", 86400}},
      answers_kept[] = {{"0s", 0}, {"60s", 60}, {"5m", 300}};

    if (argc != 3 || strtoul(argv[1], NULL, 10) == 0)
        return 2;
    host_count = (uint32_t)strtoul(argv[1], NULL, 10);
    hosts = calloc(host_count, sizeof(*hosts));
    if (hosts == NULL)
        return 1;
    printf("%u hosts, requests per second at the provider\n\n", host_count);
    printf(
        "asked   kept            mean    worst    worst minute of            "
        "    peak:\n"
        "about   for     a day   /day   second   start rotation   outage"
        "    after   mean\n");
    for (int i = 0; i < 3; i++) {
        run(key_life_s(lives[i].s, false), 60);
        tell("keys", lives[i].name, &keys);
        if (i == 1)
            write_series(argv[2]);
    }
    for (int i = 0; i < 3; i++) {
        run(3600, answers_kept[i].s);
        tell("tokens", answers_kept[i].name, &tokens);
    }
    free(hosts);
    free(heap);
    return 0;
}
