/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running program: one loop, one house, two sockets, and who is
 * connected to them.
 */
#ifndef HELPER_DAEMON_DAEMON_H
#define HELPER_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

#include "helper/base/buffer.h"
#include "helper/conf/config.h"
#include "helper/daemon/helper.h"
#include "helper/wire/wire.h"

struct daemon;
struct peer;
struct scrape;
struct watch;

/* One listening socket; see listener.h. */
struct listener {
    struct daemon *daemon;
    int fd;                 /* -1: not open */
    int type;               /* SOCK_SEQPACKET; SOCK_STREAM: read by HTTP */
    enum wire_state begins; /* WIRE_PAM_IDLE or WIRE_CONTROL_IDLE */
    char *path;             /* owned; NULL: the supervisor's, not ours */
    uv_poll_t poll;
    bool polling; /* `poll` was initialised */
    bool paused;
};

struct daemon {
    uv_loop_t loop;
    struct helper helper;
    const char *file; /* the configuration */
    enum config_scope scope;
    struct listener pam, control;
    struct listener metrics; /* its `fd` is scrape's once that has begun */
    struct scrape *scrape;   /* NULL: nobody reads metrics by HTTP */
    struct peer *peers;
    struct peer *gone;   /* closed ones, until nobody can speak of them */
    struct watch *watch; /* of their descriptors */
    bool roomy;          /* a socket has room for a reply by itself */
    size_t callers;      /* how many peers */
    char *packet;        /* WIRE_PACKET_MAX bytes, where packets arrive */
    struct buffer reply; /* where answers are put together */
    uv_timer_t sweep;    /* runs while there are callers or a pause */
    uv_timer_t watchdog;
    uv_signal_t hangup, terminate, interrupt;
    bool looping;       /* `loop` was initialised */
    const char *memory; /* where it is kept across a restart; or NULL */
    bool housed;        /* `helper` was */
    bool stopping;
};

/* Loop, configuration, signals.  False with a logged reason. */
bool daemon_init(struct daemon *, const char *file, enum config_scope);

/* Tells the supervisor that we are ready and runs until a stop. */
void daemon_run(struct daemon *);

/* Starts the sweep, if it does not run: it closes idle connections and wakes a
 * listener that was paused, and ends when there is nothing to look after. */
void daemon_watch(struct daemon *);

/* SIGHUP and `httpauthctl reload`; false: the running one stays. */
bool daemon_reload(struct daemon *);

/* Begins the end: waiting attempts are answered, then all is closed. */
void daemon_stop(struct daemon *);

/* Gives back everything, also after a failed daemon_init(). */
void daemon_free(struct daemon *);

#endif
