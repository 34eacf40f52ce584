/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This host as a client, with a clock of the test's own, secrets in a folder
 * that goes with it, and a fetch_start() that keeps what was asked until the
 * test answers.  For the tests of helper/issuer/client*.c.
 */
#ifndef TESTS_UNIT_CLIENT_HOUSE_H
#define TESTS_UNIT_CLIENT_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/issuer/client_state.h"
#include "tests/lib/forge.h"

#define WALL INT64_C(1700000000)
#define ENDPOINT "https://idp.example/token"
#define HOUSE_FILES 4

/* --- the clock, in place of the house's --- */

static int64_t house_now = 1000000;

int64_t
clock_boot_ms(void)
{
    return house_now;
}

int64_t
clock_wall(void)
{
    return WALL;
}

/* --- one request at a time, in place of libcurl --- */

struct fetch {
    fetch_done *done;
    void *context;
};

static struct {
    struct fetch *pending;
    unsigned count, cancelled;
    struct buffer body, authorization, proxy_password;
    char url[256], cert[128], key[128];
    size_t body_max;
    bool idempotent;
} asked = {.body = BUFFER_INIT(1 << 20),
           .authorization = BUFFER_INIT(1 << 20),
           .proxy_password = BUFFER_INIT(1 << 10)};

struct fetch *
fetch_start(struct fetcher *fetcher, const struct fetch_request *request)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));

    assert_null(fetcher);
    assert_null(asked.pending);
    assert_non_null(request->route);
    assert_true(request->post);
    assert_string_equal(request->content_type,
                        "application/x-www-form-urlencoded");
    assert_true(request->timeout_ms > 0);
    fetch->done = request->done;
    fetch->context = request->context;
    asked.pending = fetch;
    asked.count++;
    asked.body_max = request->body_max;
    asked.idempotent = request->idempotent;
    buffer_clear(&asked.body);
    buffer_add(&asked.body, request->body.data, request->body.len);
    buffer_clear(&asked.authorization);
    buffer_add(&asked.authorization, request->authorization.data,
               request->authorization.len);
    buffer_clear(&asked.proxy_password);
    buffer_add(&asked.proxy_password, request->route->proxy_password.data,
               request->route->proxy_password.len);
    snprintf(asked.url, sizeof(asked.url), "%s", request->url);
    snprintf(asked.cert, sizeof(asked.cert), "%s",
             request->cert_file != NULL ? request->cert_file : "");
    snprintf(asked.key, sizeof(asked.key), "%s",
             request->key_file != NULL ? request->key_file : "");
    return fetch;
}

void
fetch_cancel(struct fetch *fetch)
{
    if (fetch == NULL)
        return;
    assert_ptr_equal(fetch, asked.pending);
    asked.pending = NULL;
    asked.cancelled++;
    free(fetch);
}

static inline void
answer(const struct fetch_answer *with)
{
    struct fetch *fetch = asked.pending;

    assert_non_null(fetch);
    asked.pending = NULL;
    fetch->done(fetch->context, with);
    free(fetch);
}

static inline void
answer_with(long status, const char *body)
{
    struct fetch_answer with = {.status = status, .body = span_of(body)};

    answer(&with);
}

static inline void
answer_error(const char *error)
{
    struct fetch_answer with = {.error = error};

    answer(&with);
}

/* --- the client --- */

struct house {
    uv_loop_t loop;
    struct issuer_conf conf;
    struct route route;
    struct client *client;
    struct client_draft draft;
    struct buffer why;
    char folder[64];
    char file[HOUSE_FILES][96];
    unsigned files;
};

static inline void
house_open(struct house *h)
{
    memset(h, 0, sizeof(*h));
    h->draft = (struct client_draft)CLIENT_DRAFT_INIT;
    h->why = (struct buffer)BUFFER_INIT(4096);
    assert_int_equal(uv_loop_init(&h->loop), 0);
    h->conf.name = (char *)"work";
    h->conf.issuer = (char *)"https://idp.example";
    h->conf.client_id = (char *)"my client";
    snprintf(h->folder, sizeof(h->folder), "/tmp/test_client.XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    asked.count = 0;
    asked.cancelled = 0;
}

/* After the configuration is complete. */
static inline void
house_start(struct house *h)
{
    route_init(&h->route, &h->conf);
    h->client = client_new(&h->conf, &h->loop, NULL, &h->route);
    assert_non_null(h->client);
}

static inline void
house_turn(struct house *h)
{
    uv_run(&h->loop, UV_RUN_NOWAIT);
}

static inline void
house_close(struct house *h)
{
    client_free(h->client);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&h->loop), 0);
    assert_null(asked.pending);
    client_draft_clear(&h->draft);
    buffer_free(&h->why);
    buffer_free(&asked.body);
    buffer_free(&asked.authorization);
    buffer_free(&asked.proxy_password);
    route_free(&h->route);
    for (unsigned i = 0; i < h->files; i++)
        unlink(h->file[i]);
    rmdir(h->folder);
}

/* Writes a file of the folder, a new one in the old one's place; its path. */
static inline char *
house_put(struct house *h, const char *name, const char *text, mode_t mode)
{
    char path[96], spare[96];
    unsigned i = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", h->folder, name);
    snprintf(spare, sizeof(spare), "%s/%s.new", h->folder, name);
    file = fopen(spare, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(spare, mode), 0);
    assert_int_equal(rename(spare, path), 0);
    while (i < h->files && strcmp(h->file[i], path) != 0)
        i++;
    if (i == h->files) {
        assert_true(h->files < HOUSE_FILES);
        snprintf(h->file[h->files++], sizeof(h->file[0]), "%s", path);
    }
    return h->file[i];
}

/* Time passes. */
static inline void
house_later(int64_t ms)
{
    house_now += ms;
}

static inline enum reason
house_sign(struct house *h)
{
    client_draft_clear(&h->draft);
    buffer_clear(&h->why);
    return client_sign(h->client, WALL, &h->draft, &h->why);
}

static inline enum reason
house_introspect(struct house *h)
{
    client_draft_clear(&h->draft);
    buffer_clear(&h->why);
    return client_sign_introspection(h->client, WALL, ENDPOINT, &h->draft,
                                     &h->why);
}

static inline void
is(const struct buffer *found, const char *wanted)
{
    const char *text = found->data != NULL ? found->data : "";

    assert_string_equal(text, wanted);
}

static inline void
has(const struct buffer *found, const char *wanted)
{
    const char *text = found->data != NULL ? found->data : "";

    if (strstr(text, wanted) == NULL)
        fail_msg("\"%s\" is not in: %s", wanted, text);
}

static inline void
has_not(const struct buffer *found, const char *unwanted)
{
    if (found->data != NULL && strstr(found->data, unwanted) != NULL)
        fail_msg("\"%s\" is in: %s", unwanted, found->data);
}

#endif
