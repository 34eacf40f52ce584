/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/fetch.h"

#include <stdlib.h>

#include "helper/base/clock.h"
#include "helper/http/fetcher.h"

/* curl keeps the deadline too and can say what took so long; ours is for what
 * it does not count: waiting for a connection, and being blocked. */
#define GRACE_MS 20

static uint64_t
now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static void
timer_closed(uv_handle_t *timer)
{
    free(timer);
}

/* Off every list: nothing more happens to it by itself. */
static void
detach(struct fetch *fetch)
{
    if (fetch->link != NULL) {
        *fetch->link = fetch->next;
        if (fetch->next != NULL)
            fetch->next->link = fetch->link;
        fetch->link = NULL;
    }
    if (fetch->timer != NULL) {
        uv_close((uv_handle_t *)fetch->timer, timer_closed);
        fetch->timer = NULL;
    }
    if (fetch->on_loop)
        fetcher_remove(fetch->fetcher, fetch->transfer->easy);
    fetch->on_loop = false;
    if (fetch->job != NULL) {
        offloop_drop(fetch->fetcher->offloop, fetch->job);
        fetch->fetcher->in_threads--;
        fetch->job = NULL;
        fetch->transfer = NULL; /* went with it */
    }
}

static void
fetch_free(struct fetch *fetch)
{
    detach(fetch);
    transfer_free(fetch->transfer);
    free(fetch);
}

static void
tell(struct fetch *fetch, const struct fetch_answer *answer)
{
    struct fetcher *fetcher = fetch->fetcher;

    fetcher_hold(fetcher);
    fetch->done(fetch->context, answer);
    fetch_free(fetch);
    fetcher_release(fetcher);
}

static void
finish(struct fetch *fetch, CURLcode code)
{
    struct fetch_answer answer = {.max_age = -1};
    struct transfer *t;

    answer.late_behind_others =
        fetch->queued && code == CURLE_OPERATION_TIMEDOUT;

    /* First: `done` may cancel or free everything else. */
    detach(fetch);
    t = fetch->transfer;
    if (t == NULL) {
        answer.error = curl_easy_strerror(code);
        tell(fetch, &answer);
        return;
    }
    answer.error = transfer_error(t, code);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.body = buffer_span(&t->body);
    answer.head = buffer_span(&t->head);
    answer.max_age = freshness_left(&t->freshness, clock_wall());
    _Static_assert(sizeof(answer.etag) == FRESHNESS_ETAG_MAX, "one length");
    answer.no_store = t->freshness.no_store;
    memcpy(answer.etag, t->freshness.etag, sizeof(answer.etag));
    answer.certificate_ends = transfer_certificate_ends(t);
    tell(fetch, &answer);
}

/* Also the end of what could not begin. */
static void
on_deadline(uv_timer_t *timer)
{
    finish(timer->data, CURLE_OPERATION_TIMEDOUT);
}

static void
off_loop_done(void *context, CURLcode code)
{
    struct fetch *fetch = context;

    fetch->job = NULL;
    fetch->fetcher->in_threads--;
    fetch_ended(fetch, code);
}

static bool
begin_off_loop(struct fetch *fetch)
{
    struct fetcher *f = fetch->fetcher;

    if (f->offloop == NULL)
        f->offloop = offloop_new(f->loop);
    if (f->offloop != NULL)
        fetch->job =
            offloop_add(f->offloop, fetch->transfer, off_loop_done, fetch);
    if (fetch->job != NULL && f->in_threads++ >= OFFLOOP_THREADS)
        fetch->queued = true;
    return fetch->job != NULL;
}

static bool
begin(struct fetch *fetch)
{
    if (fetch->transfer->may_block)
        return begin_off_loop(fetch);
    if (fetch->fetcher->in_multi >= fetch->fetcher->each)
        fetch->queued = true;
    fetch->on_loop = fetcher_add(fetch->fetcher, fetch->transfer->easy);
    return fetch->on_loop;
}

static bool
set_deadline(struct fetch *fetch, uint32_t timeout_ms)
{
    uv_timer_t *timer = calloc(1, sizeof(*timer));

    if (timer == NULL || uv_timer_init(fetch->fetcher->loop, timer) != 0) {
        free(timer);
        return false;
    }
    timer->data = fetch;
    fetch->timer = timer;
    fetch->deadline_ms = now_ms() + timeout_ms;
    /* The loop's idea of now may be as old as its last turn. */
    uv_update_time(fetch->fetcher->loop);
    return uv_timer_start(timer, on_deadline,
                          (uint64_t)timeout_ms +
                              (fetch->transfer->may_block ? 0 : GRACE_MS),
                          0) == 0;
}

struct fetch *
fetch_start(struct fetcher *fetcher, const struct fetch_request *request)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));
    bool refused;

    if (fetch == NULL)
        return NULL;
    fetch->fetcher = fetcher;
    fetch->done = request->done;
    fetch->context = request->context;
    fetch->transfer = transfer_new(request);
    if (fetch->transfer == NULL || !set_deadline(fetch, request->timeout_ms) ||
        curl_easy_setopt(fetch->transfer->easy, CURLOPT_PRIVATE, fetch) !=
            CURLE_OK)
        goto fail;
    /* Once it began, the transfer may be a thread's. */
    refused = fetch->transfer->limit != NULL;
    if (!refused && !begin(fetch)) {
        if (!fetch->transfer->may_block)
            goto fail;
        fetch->transfer->limit = "too many requests wait for the proxy";
        refused = true;
    }
    if (refused)
        uv_timer_start(fetch->timer, on_deadline, 0, 0);
    fetch->link = &fetcher->first;
    fetch->next = fetcher->first;
    if (fetch->next != NULL)
        fetch->next->link = &fetch->next;
    fetcher->first = fetch;
    return fetch;

fail:
    fetch_free(fetch);
    return NULL;
}

bool
fetch_was_queued(const struct fetch *fetch)
{
    return fetch->queued;
}

void
fetch_cancel(struct fetch *fetch)
{
    if (fetch != NULL)
        fetch_free(fetch);
}

/* The second attempt, in what is left of the time. */
static bool
repeat(struct fetch *fetch, CURLcode code)
{
    uint64_t now = now_ms();

    if (!transfer_may_repeat(fetch->transfer, code) ||
        now >= fetch->deadline_ms)
        return false;
    if (fetch->on_loop)
        fetcher_remove(fetch->fetcher, fetch->transfer->easy);
    fetch->on_loop = false;
    return transfer_rewind(fetch->transfer,
                           (uint32_t)(fetch->deadline_ms - now)) &&
           begin(fetch);
}

void
fetch_ended(struct fetch *fetch, CURLcode code)
{
    if (!repeat(fetch, code))
        finish(fetch, code);
}
