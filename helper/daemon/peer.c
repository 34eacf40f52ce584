/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/peer.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/base/log.h"
#include "helper/daemon/caller.h"
#include "helper/daemon/control.h"
#include "helper/daemon/listener.h"
#include "helper/daemon/question.h"
#include "helper/daemon/watch.h"

/* Room for a whole packet and the kernel's bookkeeping. */
#define REPLY_ROOM (2 * WIRE_PACKET_MAX)

struct peer {
    struct daemon *daemon;
    int fd; /* -1: closed */
    uid_t uid;
    enum wire_state state;
    uint32_t events;          /* that are watched for; 0: none */
    uint64_t idle_since;      /* uv_now() */
    struct question question; /* what he asks: at most one of these two */
    struct control *control;
    struct buffer held;   /* the packet, while its caller is looked up */
    struct buffer unsent; /* an answer that did not go out at once */
    struct caller_lookup lookup;
    bool looking; /* the thread pool has `lookup` */
    struct peer *next, **link;
};

/* --- life --- */

static void
peer_free(struct peer *p)
{
    buffer_free(&p->held);
    buffer_free(&p->unsent);
    free(p);
}

/* Out of the house; the memory goes in peers_bury(). */
static void
uncount(struct peer *p)
{
    struct daemon *d = p->daemon;

    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    d->callers--;
    p->next = d->gone;
    d->gone = p;
    listeners_resume(d);
}

/* Who left while he is looked up still counts, or asking and leaving would fill
 * the pool's queue past every limit. */
static void
peer_close(struct peer *p)
{
    if (p->fd < 0)
        return;
    question_cancel(&p->question);
    control_cancel(p->control);
    p->control = NULL;
    if (p->events != 0)
        watch_remove(p->daemon->watch, p->fd);
    close(p->fd);
    p->fd = -1;
    if (p->looking)
        buffer_clear(&p->held);
    else
        uncount(p);
}

static bool
is_busy(const struct peer *p)
{
    return p->state == WIRE_PAM_BUSY || p->state == WIRE_CONTROL_BUSY;
}

/* --- answering --- */

static void
watch_for(struct peer *p, uint32_t events)
{
    struct watch *w = p->daemon->watch;
    bool done;

    if (p->fd < 0 || p->events == events)
        return;
    done = p->events == 0 ? watch_add(w, p->fd, events, p)
                          : watch_change(w, p->fd, events, p);
    p->events = events;
    if (!done)
        peer_close(p);
}

/* 1: gone out, 0: it must wait, -1: he is gone. */
static int
push(struct peer *p, const struct buffer *packet)
{
    ssize_t sent;

    do
        sent = send(p->fd, packet->data, packet->len, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return 1;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
}

/* Sends what stands in the daemon's reply buffer. */
static void
answer(struct peer *p, enum wire_type type)
{
    struct buffer *reply = &p->daemon->reply;
    int result = push(p, reply);

    p->state = wire_next(p->state, type);
    p->idle_since = uv_now(&p->daemon->loop);
    if (result == 0) {
        buffer_add(&p->unsent, reply->data, reply->len);
        if (!p->unsent.failed)
            watch_for(p, EPOLLIN | EPOLLOUT);
    }
    /* It may hold a new app password, or a token. */
    buffer_clear(reply);
    if (result < 0 || p->unsent.failed || p->state == WIRE_STATE_COUNT)
        peer_close(p);
}

static void
on_question(struct question *question, enum wire_type type)
{
    struct peer *p =
        (struct peer *)((char *)question - offsetof(struct peer, question));

    if (type != 0)
        answer(p, type);
    else
        peer_close(p);
}

static void
send_reply(struct peer *p, enum wire_status status, struct span body)
{
    struct wire_reply reply = {status, body};

    buffer_clear(&p->daemon->reply);
    if (wire_put_reply(&p->daemon->reply, &reply))
        answer(p, WIRE_REPLY);
    else
        peer_close(p);
}

static void
send_error(struct peer *p, enum wire_status status, const char *text)
{
    struct buffer body = BUFFER_INIT(1024);

    if (control_error(&body, text))
        send_reply(p, status, buffer_span(&body));
    else
        peer_close(p);
    buffer_free(&body);
}

/* --- doing what was asked --- */

static void
on_control(void *context, enum wire_status status, struct span body)
{
    struct peer *p = context;

    p->control = NULL;
    send_reply(p, status, body);
}

static void
run_control(struct peer *p, const struct wire_control *c)
{
    struct control *new = control_start(p->daemon, p->uid, c, on_control, p);

    if (new != NULL)
        p->control = new;
}

/* --- may he ask that? --- */

static void
on_looked_up(struct caller_lookup *lookup)
{
    struct peer *p =
        (struct peer *)((char *)lookup - offsetof(struct peer, lookup));
    struct wire_request request;
    struct wire_control control;

    p->looking = false;
    if (p->fd < 0) { /* he did not wait */
        uncount(p);
        return;
    }
    if (wire_get_request(buffer_span(&p->held), &request)) {
        if (lookup->same)
            question_ask(&p->question, &request, false);
        else
            question_refuse(&p->question, REASON_CALLER);
    } else if (wire_get_control(buffer_span(&p->held), &control)) {
        if (lookup->same)
            run_control(p, &control);
        else
            send_error(p, WIRE_REFUSED, "only root may ask about others");
    } else {
        peer_close(p);
    }
    buffer_clear(&p->held);
}

/* The packet is kept, for the buffer it is in belongs to all. */
static bool
look_up(struct peer *p, struct span packet, struct span user)
{
    if (!buffer_add(&p->held, packet.data, packet.len))
        return false;
    p->looking =
        caller_lookup(&p->daemon->loop, &p->lookup, p->uid, user, on_looked_up);
    return p->looking;
}

static void
take_request(struct peer *p, struct span packet, const struct wire_request *r)
{
    const struct config *config = p->daemon->helper.config;

    if (caller_is_trusted(config, p->uid, r->service))
        question_ask(&p->question, r, true);
    else if (r->user.len == 0) /* about himself, and not whom a token names */
        question_refuse(&p->question, REASON_CALLER);
    else if (!look_up(p, packet, r->user))
        question_refuse(&p->question, REASON_INTERNAL);
}

static void
take_control(struct peer *p, struct span packet, const struct wire_control *c)
{
    switch (control_right(c->operation, p->uid)) {
    case CONTROL_YES:
        run_control(p, c);
        break;
    case CONTROL_IF_SAME_USER:
        if (c->user.len == 0) /* anybody's */
            send_error(p, WIRE_REFUSED, "only root may ask about others");
        else if (!look_up(p, packet, c->user))
            send_error(p, WIRE_FAILED, "out of memory");
        break;
    default:
        send_error(p, WIRE_REFUSED, "only root may ask that");
    }
}

static void
take_packet(struct peer *p, struct span packet)
{
    enum wire_type type = wire_type_of(packet);
    enum wire_state next = wire_next(p->state, type);
    struct wire_request request;
    struct wire_control control;

    /* Also a second request before the first was answered. */
    if (next == WIRE_STATE_COUNT || p->unsent.len > 0) {
        log_info("uid %lu broke the protocol", (unsigned long)p->uid);
        peer_close(p);
        return;
    }
    p->state = next;
    if (type == WIRE_CONTROL && wire_get_control(packet, &control)) {
        take_control(p, packet, &control);
    } else if (type != WIRE_CONTROL && wire_get_request(packet, &request)) {
        take_request(p, packet, &request);
    } else {
        log_info("uid %lu sent a packet that is none", (unsigned long)p->uid);
        peer_close(p);
    }
}

/* --- events --- */

static void
read_packet(struct peer *p)
{
    struct daemon *d = p->daemon;
    struct iovec room = {d->packet, WIRE_PACKET_MAX};
    /* No room for control messages: descriptors that somebody passes are
     * closed by the kernel. */
    struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1};
    ssize_t len = recvmsg(p->fd, &message, MSG_CMSG_CLOEXEC);

    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (len <= 0 || (message.msg_flags & MSG_TRUNC) != 0)
        peer_close(p);
    else
        take_packet(p, (struct span){d->packet, (size_t)len});
    if (len > 0)
        erase(d->packet, (size_t)len);
}

static void
send_rest(struct peer *p)
{
    int result = push(p, &p->unsent);

    if (result < 0) {
        peer_close(p);
    } else if (result > 0) {
        buffer_clear(&p->unsent);
        p->idle_since = uv_now(&p->daemon->loop);
        watch_for(p, EPOLLIN);
    }
}

/* Whoever hung up is found out by reading. */
static void
on_event(void *what, uint32_t events)
{
    struct peer *p = what;

    if ((events & EPOLLOUT) != 0 && p->fd >= 0 && p->unsent.len > 0)
        send_rest(p);
    if ((events & ~(uint32_t)EPOLLOUT) != 0 && p->fd >= 0)
        read_packet(p);
}

void
peers_bury(struct daemon *d)
{
    struct peer *p;

    while ((p = d->gone) != NULL) {
        d->gone = p->next;
        peer_free(p);
    }
}

static void
on_pause(void *context)
{
    peers_bury(context);
}

/* What a socket has room for without being asked. */
static int
usual_room(void)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), room = 0;
    socklen_t len = sizeof(room);

    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &len) != 0)
        room = 0;
    if (fd >= 0)
        close(fd);
    return room;
}

bool
peers_start(struct daemon *d)
{
    d->roomy = usual_room() >= REPLY_ROOM;
    d->watch = watch_new(&d->loop, on_event, on_pause, d);
    return d->watch != NULL;
}

void
peer_new(struct daemon *d, int fd, uid_t uid, enum wire_state begins)
{
    struct peer *p = calloc(1, sizeof(*p));
    int room = REPLY_ROOM;

    if (p == NULL || (!d->roomy && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room,
                                              sizeof(room)) != 0)) {
        log_error("a connection cannot be taken: out of memory");
        close(fd);
        free(p);
        return;
    }
    p->daemon = d;
    p->uid = uid;
    p->question = (struct question){.helper = &d->helper,
                                    .reply = &d->reply,
                                    .caller = uid,
                                    .answered = on_question};
    p->state = begins;
    p->fd = fd;
    p->held = (struct buffer)BUFFER_INIT(WIRE_PACKET_MAX);
    p->unsent = (struct buffer)BUFFER_INIT(WIRE_PACKET_MAX);
    p->idle_since = uv_now(&d->loop);
    p->next = d->peers;
    if (p->next != NULL)
        p->next->link = &p->next;
    p->link = &d->peers;
    d->peers = p;
    d->callers++;
    daemon_watch(d);
    /* Who connects has something to ask, and most have asked by now: that
     * saves root a turn of the loop.  The others wait for it, so that a flood
     * of theirs meets its limit before it costs more than accept(). */
    if (uid == 0)
        read_packet(p);
}

/* Whoever has his answer hangs up, and most have done so by now: nobody has to
 * watch for that.  What one of them asks may end what others wait for, and with
 * it their connections. */
void
peers_settle(struct daemon *d)
{
    struct peer *p, **link = &d->peers;

    while ((p = *link) != NULL && p->events == 0) {
        if (p->uid == 0 && !is_busy(p))
            read_packet(p);
        watch_for(p, EPOLLIN);
        if (*link == p)
            link = &p->next;
    }
    peers_bury(d);
}

/* --- all of them --- */

size_t
peers_of(const struct daemon *d, uid_t uid)
{
    size_t count = 0;

    for (const struct peer *p = d->peers; p != NULL; p = p->next)
        count += p->uid == uid;
    return count;
}

void
peers_sweep(struct daemon *d, uint64_t now)
{
    struct peer *next;

    for (struct peer *p = d->peers; p != NULL; p = next) {
        next = p->next;
        if (!is_busy(p) && now >= p->idle_since + PEER_IDLE_MS)
            peer_close(p);
    }
    peers_bury(d);
}

void
peers_close(struct daemon *d)
{
    struct peer *next;

    for (struct peer *p = d->peers; p != NULL; p = next) {
        next = p->next;
        peer_close(p);
    }
    watch_free(d->watch);
    d->watch = NULL;
}
