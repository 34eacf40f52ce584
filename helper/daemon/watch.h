/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many descriptors behind one handle of the loop, for callers, who come, ask
 * once and go: libuv needs six system calls for each of them, this needs two.
 */
#ifndef HELPER_DAEMON_WATCH_H
#define HELPER_DAEMON_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct watch;

/* Something happened at the descriptor of `what`; `events` as epoll_ctl(2)
 * has them. */
typedef void watch_event(void *what, uint32_t events);
/* All that was found in one go has been told: until then whatever is told of
 * must stay in memory, though its descriptor be closed. */
typedef void watch_pause(void *context);

struct watch *watch_new(uv_loop_t *, watch_event *, watch_pause *,
                        void *context); /* NULL: no memory, no descriptor */
/* The memory goes when the loop has let go of it. */
void watch_free(struct watch *);

/* False: not watched. */
bool watch_add(struct watch *, int fd, uint32_t events, void *what);
bool watch_change(struct watch *, int fd, uint32_t events, void *what);
/* Before the descriptor is closed, which alone does not end it while another
 * process has it, too. */
void watch_remove(struct watch *, int fd);

#endif
