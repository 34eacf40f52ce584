/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/watch.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_A_TURN 64

struct watch {
    int fd;
    uv_poll_t poll;
    watch_event *on_event;
    watch_pause *on_pause;
    void *context;
};

static void
on_ready(uv_poll_t *poll, int status, int ready)
{
    struct watch *w = poll->data;
    struct epoll_event event[EVENTS_A_TURN];
    int count = epoll_wait(w->fd, event, EVENTS_A_TURN, 0);

    (void)status;
    (void)ready;
    for (int i = 0; i < count; i++)
        w->on_event(event[i].data.ptr, event[i].events);
    w->on_pause(w->context);
}

static void
on_closed(uv_handle_t *poll)
{
    struct watch *w = poll->data;

    close(w->fd);
    free(w);
}

struct watch *
watch_new(uv_loop_t *loop, watch_event *on_event, watch_pause *on_pause,
          void *context)
{
    struct watch *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return NULL;
    *w = (struct watch){.fd = epoll_create1(EPOLL_CLOEXEC),
                        .on_event = on_event,
                        .on_pause = on_pause,
                        .context = context};
    if (w->fd < 0 || uv_poll_init(loop, &w->poll, w->fd) != 0) {
        if (w->fd >= 0)
            close(w->fd);
        free(w);
        return NULL;
    }
    w->poll.data = w;
    if (uv_poll_start(&w->poll, UV_READABLE, on_ready) != 0) {
        watch_free(w);
        return NULL;
    }
    return w;
}

void
watch_free(struct watch *w)
{
    if (w != NULL)
        uv_close((uv_handle_t *)&w->poll, on_closed);
}

static bool
control(const struct watch *w, int how, int fd, uint32_t events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};

    return w != NULL && epoll_ctl(w->fd, how, fd, &event) == 0;
}

bool
watch_add(struct watch *w, int fd, uint32_t events, void *what)
{
    return control(w, EPOLL_CTL_ADD, fd, events, what);
}

bool
watch_change(struct watch *w, int fd, uint32_t events, void *what)
{
    return control(w, EPOLL_CTL_MOD, fd, events, what);
}

void
watch_remove(struct watch *w, int fd)
{
    (void)control(w, EPOLL_CTL_DEL, fd, 0, NULL);
}
