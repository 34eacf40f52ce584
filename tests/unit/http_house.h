/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loop, a fetcher, a scripted server and requests with what became of them.
 * For the tests of helper/http.
 */
#ifndef TESTS_UNIT_HTTP_HOUSE_H
#define TESTS_UNIT_HTTP_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/http/fetch.h"
#include "tests/lib/http_server.h"

/* A turn of the loop may block until the next tick. */
#define TICK_MS 10
#define PATIENCE_TICKS 1000

struct house {
    uv_loop_t loop;
    uv_timer_t patience;
    unsigned ticks;
    bool impatient;
    struct fetcher *fetcher;
    struct http_server *server;
    struct fetch_route route; /* trusts the server; tests add to it */
};

/* One request and what became of it. */
struct asked {
    unsigned calls;
    bool error;
    char text[256];
    long status;
    int64_t max_age, certificate_ends;
    bool no_store;
    char etag[128], body[256], head[2048];
    size_t body_len, head_len;
    struct house *house;
    struct fetch *cancel; /* from within `done` */
    bool free_fetcher;    /* likewise */
};

static inline void
on_tick(uv_timer_t *timer)
{
    struct house *h = timer->data;

    h->impatient = ++h->ticks > PATIENCE_TICKS;
}

static inline void
open_house(struct house *h, enum http_certificate kind)
{
    memset(h, 0, sizeof(*h));
    assert_int_equal(uv_loop_init(&h->loop), 0);
    uv_timer_init(&h->loop, &h->patience);
    h->patience.data = h;
    uv_timer_start(&h->patience, on_tick, TICK_MS, TICK_MS);
    h->fetcher = fetcher_new(&h->loop);
    assert_non_null(h->fetcher);
    h->server = http_server_new(kind);
    h->route.ca_file = http_server_ca(h->server);
}

/* Nothing may be left on the loop. */
static inline void
close_house(struct house *h)
{
    fetcher_free(h->fetcher);
    uv_close((uv_handle_t *)&h->patience, NULL);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&h->loop), 0);
    http_server_free(h->server);
}

static inline void
on_done(void *context, const struct fetch_answer *answer)
{
    struct asked *asked = context;

    asked->calls++;
    asked->error = answer->error != NULL;
    snprintf(asked->text, sizeof(asked->text), "%s",
             answer->error != NULL ? answer->error : "");
    asked->status = answer->status;
    asked->max_age = answer->max_age;
    asked->certificate_ends = answer->certificate_ends;
    asked->no_store = answer->no_store;
    memcpy(asked->etag, answer->etag, sizeof(asked->etag));
    asked->body_len = answer->body.len;
    if (answer->body.len < sizeof(asked->body) && answer->body.len > 0)
        memcpy(asked->body, answer->body.data, answer->body.len);
    asked->head_len = answer->head.len;
    if (answer->head.len < sizeof(asked->head) && answer->head.len > 0)
        memcpy(asked->head, answer->head.data, answer->head.len);
    fetch_cancel(asked->cancel);
    if (asked->free_fetcher) {
        fetcher_free(asked->house->fetcher);
        asked->house->fetcher = NULL;
    }
}

/* A request with what most tests want; they change it and give it to
 * begin(). */
static inline struct fetch_request
request_for(struct house *h, const char *path)
{
    return (struct fetch_request){
        .url = http_server_url(h->server, path),
        .accept = "application/json",
        .route = &h->route,
        .timeout_ms = 5000,
        .body_max = 100,
    };
}

static inline struct fetch *
begin(struct house *h, struct fetch_request request, struct asked *asked)
{
    struct fetch *fetch;

    memset(asked, 0, sizeof(*asked));
    asked->house = h;
    request.done = on_done;
    request.context = asked;
    fetch = fetch_start(h->fetcher, &request);
    assert_non_null(fetch);
    assert_int_equal(asked->calls, 0);
    return fetch;
}

static inline struct fetch *
start(struct house *h, const char *path, struct asked *asked)
{
    return begin(h, request_for(h, path), asked);
}

static inline void
wait_for(struct house *h, const struct asked *asked)
{
    while (asked->calls == 0 && !h->impatient)
        uv_run(&h->loop, UV_RUN_ONCE);
    assert_int_equal(asked->calls, 1);
}

static inline void
perform(struct house *h, struct fetch_request request, struct asked *asked)
{
    begin(h, request, asked);
    wait_for(h, asked);
}

static inline void
ask(struct house *h, const char *path, struct asked *asked)
{
    perform(h, request_for(h, path), asked);
}

static inline void
script(struct house *h, const char *path, struct http_script what)
{
    http_server_script(h->server, path, &what);
}

#endif
