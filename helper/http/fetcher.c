/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcurl's multi handle on the libuv loop: curl says which sockets and
 * which time-out it waits for, the loop tells it when they are there.
 */
#include "helper/http/fetcher.h"

#include <stdlib.h>

#include "helper/http/memory.h"

/* Of any fetcher of this process; only the loop asks and sets it. */
static bool left_thread;

#define HOST_CONNECTIONS 32

struct watch { /* one socket of curl's */
    uv_poll_t poll;
    struct fetcher *fetcher;
    curl_socket_t socket;
};

static void
free_handle(uv_handle_t *handle)
{
    free(handle->data);
}

void
fetcher_hold(struct fetcher *f)
{
    f->holds++;
}

/* The last one out comes after the last easy handle is gone. */
void
fetcher_release(struct fetcher *f)
{
    if (--f->holds > 0 || !f->freed)
        return;
    if (!f->abandoned)
        curl_global_cleanup();
    free(f);
}

/*
 * Tells the owners of finished requests.  Not called from within curl, so
 * that `done` may start, cancel and even free.
 */
static void
report(struct fetcher *f)
{
    CURLMsg *message;
    int left;

    if (f->reporting)
        return;
    f->reporting = true;
    fetcher_hold(f);
    while (!f->freed &&
           (message = curl_multi_info_read(f->multi, &left)) != NULL) {
        struct fetch *fetch = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                          (char **)&fetch);
        fetch_ended(fetch, message->data.result);
    }
    f->reporting = false;
    fetcher_release(f);
}

static void
socket_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct fetcher *f = watch->fetcher;
    int flags = 0, running;

    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if ((events & UV_READABLE) != 0)
        flags |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0)
        flags |= CURL_CSELECT_OUT;
    /* May close this very watch. */
    curl_multi_socket_action(f->multi, watch->socket, flags, &running);
    report(f);
}

static void
timer_ended(uv_timer_t *timer)
{
    struct fetcher *f = timer->data;
    int running;

    curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    report(f);
}

static void
soon_ended(uv_timer_t *timer)
{
    report(timer->data);
}

/*
 * Curl would begin in the next turn of the loop.  Begun at once, the request
 * is under way while the caller still does his books.  What ended in there,
 * this one or another, is told in the next turn.
 */
bool
fetcher_add(struct fetcher *f, CURL *easy)
{
    int running = 0;

    if (curl_multi_add_handle(f->multi, easy) != CURLM_OK)
        return false;
    f->in_multi++;
    curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    if (running < f->in_multi)
        uv_timer_start(f->soon, soon_ended, 0, 0);
    return true;
}

void
fetcher_remove(struct fetcher *f, CURL *easy)
{
    curl_multi_remove_handle(f->multi, easy);
    f->in_multi--;
}

static struct watch *
watch_new(struct fetcher *f, curl_socket_t socket)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL)
        return NULL;
    if (uv_poll_init_socket(f->loop, &watch->poll, socket) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->fetcher = f;
    watch->socket = socket;
    return watch;
}

static int
on_socket(CURL *easy, curl_socket_t socket, int what, void *context,
          void *known)
{
    struct fetcher *f = context;
    struct watch *watch = known;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            curl_multi_assign(f->multi, socket, NULL);
            uv_poll_stop(&watch->poll);
            uv_close((uv_handle_t *)&watch->poll, free_handle);
        }
        return 0;
    }
    if (watch == NULL) {
        watch = watch_new(f, socket);
        if (watch == NULL)
            return -1; /* curl then ends the transfer */
        curl_multi_assign(f->multi, socket, watch);
    }
    if (what != CURL_POLL_OUT)
        events |= UV_READABLE;
    if (what != CURL_POLL_IN)
        events |= UV_WRITABLE;
    return uv_poll_start(&watch->poll, events, socket_ready) == 0 ? 0 : -1;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct fetcher *f = context;

    (void)multi;
    if (f->timer == NULL)
        return 0;
    if (timeout_ms < 0)
        return uv_timer_stop(f->timer);
    /* 0 fires in the next turn of the loop: never from within a start. */
    return uv_timer_start(f->timer, timer_ended, (uint64_t)timeout_ms, 0);
}

/*
 * Logins come in bursts: what goes beyond waits inside curl for the next free
 * connection, and fewer kept than that would be closed and made anew all the
 * time.  An issuer may have a few servers.  Curl shares a connection only
 * between requests of the same TLS settings, client certificate and proxy.
 */
bool
fetcher_limit(struct fetcher *f, unsigned each)
{
    long most = (long)each;

    f->each = (int)each;
    return curl_multi_setopt(f->multi, CURLMOPT_MAX_HOST_CONNECTIONS, most) ==
               CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                             4 * most) == CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, 2 * most) ==
               CURLM_OK;
}

static bool
set_up(struct fetcher *f)
{
    return curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket) ==
               CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) == CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer) ==
               CURLM_OK &&
           curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f) == CURLM_OK &&
           fetcher_limit(f, HOST_CONNECTIONS);
}

static void
timer_closed(uv_handle_t *timer)
{
    free(timer);
}

static uv_timer_t *
timer_new(struct fetcher *f)
{
    uv_timer_t *timer = calloc(1, sizeof(*timer));

    if (timer != NULL && uv_timer_init(f->loop, timer) != 0) {
        free(timer);
        timer = NULL;
    }
    if (timer != NULL)
        timer->data = f;
    return timer;
}

static void
timer_close(uv_timer_t *timer)
{
    if (timer != NULL)
        uv_close((uv_handle_t *)timer, timer_closed);
}

struct fetcher *
fetcher_new(uv_loop_t *loop)
{
    struct fetcher *f = calloc(1, sizeof(*f));

    if (f == NULL || !memory_init()) {
        free(f);
        return NULL;
    }
    f->loop = loop;
    f->timer = timer_new(f);
    f->soon = timer_new(f);
    f->multi = curl_multi_init();
    if (f->timer == NULL || f->soon == NULL || f->multi == NULL || !set_up(f)) {
        fetcher_free(f);
        return NULL;
    }
    return f;
}

bool
fetcher_left_thread(void)
{
    return left_thread;
}

void
fetcher_free(struct fetcher *f)
{
    uv_timer_t *timer;

    if (f == NULL)
        return;
    fetcher_hold(f);
    while (f->first != NULL)
        fetch_cancel(f->first);
    f->abandoned = !offloop_free(f->offloop);
    if (f->abandoned)
        left_thread = true;
    f->offloop = NULL;
    timer = f->timer;
    f->timer = NULL; /* curl may still speak of it while it cleans up */
    curl_multi_cleanup(f->multi);
    f->multi = NULL;
    timer_close(timer);
    timer_close(f->soon);
    f->freed = true;
    fetcher_release(f); /* whoever is calling `done` still holds it */
}
