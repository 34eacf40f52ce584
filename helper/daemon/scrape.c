/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/scrape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/daemon/metrics.h"

#define BACKLOG 16

struct guest {
    struct scrape *scrape;
    struct guest *next; /* the younger one */
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    struct buffer head, answer;
    bool answered, leaving;
    int handles; /* that libuv still holds */
};

struct scrape {
    struct daemon *daemon;
    uv_pipe_t listener;
    struct guest *oldest;
    size_t guests;
};

/* --- coming and going --- */

static void
on_closed(uv_handle_t *handle)
{
    struct guest *g = handle->data;

    if (--g->handles > 0)
        return;
    buffer_free(&g->head);
    buffer_free(&g->answer);
    free(g);
}

static void
dismiss(struct guest *g)
{
    struct guest **link = &g->scrape->oldest;

    if (g->leaving)
        return;
    g->leaving = true;
    while (*link != g)
        link = &(*link)->next;
    *link = g->next;
    g->scrape->guests--;
    uv_close((uv_handle_t *)&g->pipe, on_closed);
    uv_close((uv_handle_t *)&g->timer, on_closed);
}

static void
on_too_late(uv_timer_t *timer)
{
    dismiss(timer->data);
}

/* --- answering --- */

static void
on_written(uv_write_t *write, int status)
{
    (void)status;
    dismiss(write->data);
}

static bool
begins_with(const struct buffer *text, const char *word)
{
    size_t len = strlen(word);

    return text->len >= len && memcmp(text->data, word, len) == 0;
}

static void
put_reply(struct buffer *out, const char *status, const char *type,
          const struct buffer *body)
{
    buffer_printf(out,
                  "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                  "Connection: close\r\n\r\n",
                  status, type, body->len);
    if (body->len > 0)
        buffer_add(out, body->data, body->len);
}

static void
answer(struct guest *g)
{
    struct daemon *d = g->scrape->daemon;
    struct buffer body = BUFFER_INIT(METRICS_HTTP_BYTES_MAX);
    uv_buf_t bytes;

    if (!begins_with(&g->head, "GET /metrics "))
        put_reply(&g->answer,
                  begins_with(&g->head, "GET ") ? "404 Not Found"
                                                : "405 Method Not Allowed",
                  "text/plain", &body);
    else if (metrics_print(&d->helper, d->callers, &body))
        put_reply(&g->answer, "200 OK",
                  "application/openmetrics-text; version=1.0.0; charset=utf-8",
                  &body);
    else
        g->answer.failed = true;
    buffer_free(&body);
    g->answered = true;
    g->write.data = g;
    bytes = uv_buf_init(g->answer.data, (unsigned)g->answer.len);
    if (g->answer.failed || uv_write(&g->write, (uv_stream_t *)&g->pipe, &bytes,
                                     1, on_written) != 0)
        dismiss(g);
}

/* --- listening --- */

static bool
is_whole(const struct buffer *head)
{
    return memmem(head->data, head->len, "\r\n\r\n", 4) != NULL;
}

static void
on_room_wanted(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    static char some[SCRAPE_HEAD_MAX];

    (void)handle;
    (void)wanted;
    *out = uv_buf_init(some, sizeof(some));
}

static void
on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *bytes)
{
    struct guest *g = stream->data;

    if (got < 0 || (got > 0 && !g->answered &&
                    !buffer_add(&g->head, bytes->base, (size_t)got)))
        dismiss(g);
    else if (got > 0 && !g->answered && is_whole(&g->head))
        answer(g);
}

static struct guest *
guest_new(struct scrape *s)
{
    struct guest *g = calloc(1, sizeof(*g));

    if (g == NULL)
        return NULL;
    *g = (struct guest){
        .scrape = s,
        .handles = 2,
        .head = BUFFER_INIT(SCRAPE_HEAD_MAX),
        .answer = BUFFER_INIT(METRICS_HTTP_BYTES_MAX + 512),
    };
    uv_pipe_init(&s->daemon->loop, &g->pipe, 0);
    uv_timer_init(&s->daemon->loop, &g->timer);
    g->pipe.data = g->timer.data = g;
    return g;
}

static void
on_connection(uv_stream_t *listener, int status)
{
    struct scrape *s = listener->data;
    struct guest *g, **link = &s->oldest;

    if (status != 0)
        return;
    if (s->guests == SCRAPE_GUESTS_MAX)
        dismiss(s->oldest);
    g = guest_new(s);
    if (g == NULL)
        return; /* he waits: libuv asks again for none that is not taken */
    while (*link != NULL)
        link = &(*link)->next;
    *link = g;
    s->guests++;
    if (uv_accept(listener, (uv_stream_t *)&g->pipe) != 0 ||
        uv_timer_start(&g->timer, on_too_late, SCRAPE_MS, 0) != 0 ||
        uv_read_start((uv_stream_t *)&g->pipe, on_room_wanted, on_read) != 0)
        dismiss(g);
}

static void
on_listener_closed(uv_handle_t *listener)
{
    free(listener->data);
}

bool
scrape_start(struct daemon *d, int fd)
{
    struct scrape *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        close(fd);
        return false;
    }
    s->daemon = d;
    uv_pipe_init(&d->loop, &s->listener, 0);
    s->listener.data = s;
    d->scrape = s;
    if (uv_pipe_open(&s->listener, fd) != 0) {
        close(fd);
        return false;
    }
    return uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection) == 0;
}

void
scrape_stop(struct daemon *d)
{
    struct scrape *s = d->scrape;

    if (s == NULL)
        return;
    d->scrape = NULL;
    while (s->oldest != NULL)
        dismiss(s->oldest);
    uv_close((uv_handle_t *)&s->listener, on_listener_closed);
}
