/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One issuer on a loop with a clock of the test's own, key sets to publish,
 * and waiters.  For the tests of helper/issuer.
 */
#ifndef TESTS_UNIT_ISSUER_HOUSE_H
#define TESTS_UNIT_ISSUER_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/issuer/keys.h"
#include "tests/lib/forge.h"
#include "tests/lib/http_server.h"

/* Of its keys on the disk. */
#define HOUSE_NAME                                                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A turn of the loop may block until the next tick. */
#define TICK_MS 5
#define PATIENCE_TICKS 800

struct house {
    uv_loop_t loop;
    uv_timer_t tick;
    unsigned ticks;
    struct fetcher *fetcher;
    struct http_server *server;
    struct issuer_conf conf;
    struct issuer *issuer;
    struct keycache *cache; /* NULL: none */
};

struct caller {
    struct issuer_waiter waiter;
    unsigned calls;
    struct issuer *free_it;       /* from within ready() */
    struct issuer_waiter *unwait; /* likewise */
};

static int64_t house_now = 1000000;

static inline int64_t
house_clock(void)
{
    return house_now;
}

static inline void
house_tick(uv_timer_t *timer)
{
    struct house *h = timer->data;

    h->ticks++;
}

static inline void
house_open(struct house *h)
{
    memset(h, 0, sizeof(*h));
    assert_int_equal(uv_loop_init(&h->loop), 0);
    uv_timer_init(&h->loop, &h->tick);
    h->tick.data = h;
    uv_timer_start(&h->tick, house_tick, TICK_MS, TICK_MS);
    h->fetcher = fetcher_new(&h->loop);
    assert_non_null(h->fetcher);
    h->conf.name = (char *)"work";
    h->conf.issuer = (char *)"https://idp.example";
    h->conf.accept = METHOD_JWT;
    h->conf.stale_keys = 24 * 3600;
}

static inline void
house_serve(struct house *h)
{
    h->server = http_server_new(HTTP_CERTIFICATE_GOOD);
    h->conf.ca_file = (char *)http_server_ca(h->server);
}

static inline struct issuer *
house_issuer_new(struct house *h)
{
    struct issuer *issuer = issuer_new(&h->conf, &h->loop, h->fetcher);

    assert_non_null(issuer);
    issuer->clock = house_clock;
    if (h->cache != NULL)
        issuer_keep(issuer, h->cache, HOUSE_NAME);
    key_schedule_init(&issuer->schedule, house_now);
    return issuer;
}

/* Nothing may be left on the loop. */
static inline void
house_close(struct house *h)
{
    issuer_free(h->issuer);
    fetcher_free(h->fetcher);
    uv_close((uv_handle_t *)&h->tick, NULL);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&h->loop), 0);
    http_server_free(h->server);
}

/* Until nothing is under way. */
static inline void
house_settle(struct house *h, struct issuer *issuer)
{
    h->ticks = 0;
    while (issuer->flight != FLIGHT_NONE && h->ticks < PATIENCE_TICKS)
        uv_run(&h->loop, UV_RUN_ONCE);
    assert_int_equal(issuer->flight, FLIGHT_NONE);
}

static inline bool
house_began(const struct issuer *issuer)
{
    return issuer->flight != FLIGHT_NONE || issuer->schedule.loaded ||
           issuer->schedule.failures > 0;
}

/* The first load, which issuer_new() has only arranged. */
static inline void
house_start(struct house *h)
{
    h->issuer = house_issuer_new(h);
    h->ticks = 0;
    while (!house_began(h->issuer) && h->ticks < PATIENCE_TICKS)
        uv_run(&h->loop, UV_RUN_ONCE);
    assert_true(house_began(h->issuer));
    house_settle(h, h->issuer);
}

/* Time passes, and somebody looks. */
static inline void
house_later(struct house *h, int64_t seconds)
{
    house_now += seconds * 1000;
    issuer_keys(h->issuer);
    house_settle(h, h->issuer);
}

/* A key set with these kids, separated by blanks; free() it. */
static inline char *
house_keys(const char *kids)
{
    char *copy = strdup(kids), *rest = copy, *kid;
    char *set = strdup("{\"keys\":[");

    while ((kid = strsep(&rest, " ")) != NULL) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        char *extra = forge_text("\"kid\":\"%s\"", kid);
        char *jwk = forge_jwk(key, false, extra);
        char *longer =
            forge_text("%s%s%s", set, strchr(set, '}') ? "," : "", jwk);

        free(set);
        free(extra);
        free(jwk);
        EVP_PKEY_free(key);
        set = longer;
    }
    free(copy);
    copy = forge_text("%s]}", set);
    free(set);
    return copy;
}

static inline bool
house_has(struct house *h, const char *kid)
{
    const struct jwks *keys = issuer_keys(h->issuer);

    for (size_t i = 0; keys != NULL && i < keys->count; i++) {
        if (strcmp(keys->key[i]->kid, kid) == 0)
            return true;
    }
    return false;
}

static inline void
house_script(struct house *h, const char *path, int status, const char *headers,
             const char *body)
{
    struct http_script script = {
        .status = status, .headers = headers, .body = body};

    http_server_script(h->server, path, &script);
}

static inline void
house_publish(struct house *h, const char *kids, const char *headers)
{
    char *set = house_keys(kids);

    house_script(h, "/keys", 200, headers, set);
    free(set);
}

static inline void
caller_ready(struct issuer_waiter *waiter)
{
    struct caller *caller = (struct caller *)waiter;

    caller->calls++;
    assert_null(waiter->link);
    if (caller->unwait != NULL)
        issuer_unwait(caller->unwait);
    issuer_free(caller->free_it);
}

#define CALLER                                                                 \
    {                                                                          \
        .waiter = {.ready = caller_ready }                                     \
    }

static inline void
house_expect(struct house *h, const char *member, const char *wanted)
{
    json_t *status = issuer_status(h->issuer);
    char *found;

    assert_non_null(status);
    found = json_dumps(json_object_get(status, member), JSON_ENCODE_ANY);
    assert_non_null(found);
    if (strstr(found, wanted) == NULL)
        fail_msg("%s: \"%s\" is not in %s", member, wanted, found);
    free(found);
    json_decref(status);
}

#endif
