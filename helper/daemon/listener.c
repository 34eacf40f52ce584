/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/base/log.h"
#include "helper/daemon/notify.h"
#include "helper/daemon/peer.h"
#include "helper/daemon/scrape.h"

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */
#define PASSED_MAX 8
#define ACCEPTS_A_TURN 32
/* While there is no configuration; as the default of callers_max. */
#define CALLERS_DEFAULT 1024

/* --- sockets that a supervisor passed --- */

static bool
is_of_type(int fd, int wanted)
{
    int domain = 0, type = 0, listening = 0;
    socklen_t len = sizeof(int);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 &&
           domain == AF_UNIX && type == wanted && listening != 0;
}

static bool
adopt(struct daemon *d, const struct notify_socket *passed)
{
    struct listener *l = NULL;

    if (strcmp(passed->name, "pam") == 0)
        l = &d->pam;
    else if (strcmp(passed->name, "control") == 0)
        l = &d->control;
    else if (strcmp(passed->name, "metrics") == 0)
        l = &d->metrics;
    if (l == NULL || l->fd >= 0 || !is_of_type(passed->fd, l->type) ||
        fcntl(passed->fd, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(passed->fd, F_SETFL, O_NONBLOCK) != 0) {
        log_error("descriptor %d was passed to us, but is not one listening "
                  "SOCK_SEQPACKET socket named \"pam\" or \"control\", nor one "
                  "of SOCK_STREAM named \"metrics\"",
                  passed->fd);
        return false;
    }
    l->fd = passed->fd;
    return true;
}

/* 1: taken, 0: there are none, -1: they are not what we need. */
static int
adopt_all(struct daemon *d)
{
    struct notify_socket passed[PASSED_MAX];
    int count =
        notify_sockets(getenv("LISTEN_PID"), getenv("LISTEN_FDS"),
                       getenv("LISTEN_FDNAMES"), getpid(), passed, PASSED_MAX);

    if (count == 0)
        return 0;
    for (int i = 0; i < count; i++) {
        if (!adopt(d, &passed[i]))
            return -1;
    }
    if (count > 0 && d->pam.fd >= 0)
        return 1;
    log_error("sockets were passed to us, but none that is named \"pam\" "
              "(FileDescriptorName=)");
    return -1;
}

/* --- sockets of our own --- */

/* A socket file that nobody answers is left over from a crash; a live one
 * belongs to another helper and stays. */
static bool
make_way(const struct sockaddr_un *address, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct stat info;
    bool free_now = false;

    if (fd < 0)
        return false;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
        errno == EAGAIN)
        errno = EADDRINUSE;
    else if (errno == ENOENT)
        free_now = true;
    else if (errno == ECONNREFUSED && lstat(address->sun_path, &info) == 0) {
        errno = EEXIST;
        free_now = S_ISSOCK(info.st_mode) && unlink(address->sun_path) == 0;
    }
    close(fd);
    return free_now;
}

/* Anybody may connect to packets: who may ask what is decided by peer
 * credentials.  Metrics are for our own user and root. */
static int
make_socket(const struct sockaddr_un *address, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(type == SOCK_SEQPACKET ? 0111 : 0177);

    if (fd >= 0 &&
        (bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
         listen(fd, BACKLOG) != 0)) {
        close(fd);
        fd = -1;
    }
    umask(mask);
    return fd;
}

static bool
listener_make(struct listener *l, const char *dir, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", dir,
                       name);

    if (len < 0 || (size_t)len >= sizeof(address.sun_path)) {
        log_error("%s/%s: longer than the name of a socket may be", dir, name);
        return false;
    }
    if (make_way(&address, l->type))
        l->fd = make_socket(&address, l->type);
    if (l->fd < 0) {
        log_error("cannot listen at %s: %s%s", address.sun_path,
                  strerror(errno),
                  errno == EADDRINUSE
                      ? ": another httpauthd answers there (stop it, or give "
                        "--socket-dir)"
                      : "");
        return false;
    }
    l->path = strdup(address.sun_path);
    if (l->path == NULL)
        unlink(address.sun_path);
    return l->path != NULL;
}

bool
listeners_open(struct daemon *d, const char *dir, bool with_metrics)
{
    int adopted;

    d->pam = (struct listener){
        .daemon = d, .fd = -1, .type = SOCK_SEQPACKET, .begins = WIRE_PAM_IDLE};
    d->control = (struct listener){.daemon = d,
                                   .fd = -1,
                                   .type = SOCK_SEQPACKET,
                                   .begins = WIRE_CONTROL_IDLE};
    d->metrics = (struct listener){.daemon = d, .fd = -1, .type = SOCK_STREAM};
    adopted = adopt_all(d);
    if (adopted != 0)
        return adopted > 0;
    return listener_make(&d->pam, dir, "pam.sock") &&
           listener_make(&d->control, dir, "control.sock") &&
           (!with_metrics || listener_make(&d->metrics, dir, "metrics.sock"));
}

/* --- accepting --- */

bool
listener_admits(size_t callers, size_t most, uid_t uid, size_t mine)
{
    if (uid == 0)
        return callers < most + CALLERS_RESERVED;
    return callers < most && mine < CALLERS_PER_UID;
}

static size_t
callers_most(const struct daemon *d)
{
    const struct config *config = d->helper.config;

    return config != NULL ? (size_t)config->daemon.callers_max
                          : CALLERS_DEFAULT;
}

static void
pause_listener(struct listener *l)
{
    uv_poll_stop(&l->poll);
    l->paused = true;
    daemon_watch(l->daemon);
}

/* Who is it?  Of the time of connect(), which is what we want to know. */
static bool
peer_uid(int fd, uid_t *uid)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
        len != sizeof(peer))
        return false;
    *uid = peer.uid;
    return true;
}

static void
admit(struct listener *l, int fd)
{
    struct daemon *d = l->daemon;
    uid_t uid = (uid_t)-1;

    if (!peer_uid(fd, &uid)) {
        close(fd);
        return;
    }
    if (!listener_admits(d->callers, callers_most(d), uid,
                         uid == 0 ? 0 : peers_of(d, uid))) {
        log_warning("too many connections (%zu): one of uid %lu is closed",
                    d->callers, (unsigned long)uid);
        close(fd);
        return;
    }
    peer_new(d, fd, uid, l->begins);
}

/* False: enough for this turn. */
static bool
accept_one(struct listener *l)
{
    struct daemon *d = l->daemon;
    int fd;

    /* Not even root's places are left: the others wait in the backlog, inside
     * their own deadline, until one is. */
    if (d->callers >= callers_most(d) + CALLERS_RESERVED) {
        pause_listener(l);
        return false;
    }
    fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        admit(l, fd);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR &&
               errno != ECONNABORTED) {
        log_error("cannot accept a connection: %s", strerror(errno));
        pause_listener(l);
    }
    return fd >= 0;
}

/* Some in a turn of the loop: those who are in get theirs, and those who
 * wait behind a flood in the backlog are soon at its end. */
static void
on_connections(uv_poll_t *poll, int status, int events)
{
    struct listener *l = poll->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN && accept_one(l); i++)
        ;
    peers_settle(l->daemon);
}

static bool
listener_start(struct listener *l)
{
    if (l->fd < 0)
        return true;
    if (uv_poll_init(&l->daemon->loop, &l->poll, l->fd) != 0)
        return false;
    l->poll.data = l;
    l->polling = true;
    return uv_poll_start(&l->poll, UV_READABLE, on_connections) == 0;
}

bool
listeners_start(struct daemon *d)
{
    int metrics = d->metrics.fd;

    d->metrics.fd = -1;
    return peers_start(d) && listener_start(&d->pam) &&
           listener_start(&d->control) &&
           (metrics < 0 || scrape_start(d, metrics));
}

static void
listener_resume(struct listener *l)
{
    if (!l->polling || !l->paused || l->daemon->stopping)
        return;
    l->paused = false;
    uv_poll_start(&l->poll, UV_READABLE, on_connections);
}

void
listeners_resume(struct daemon *d)
{
    listener_resume(&d->pam);
    listener_resume(&d->control);
}

static void
listener_close(struct listener *l)
{
    if (l->polling)
        uv_close((uv_handle_t *)&l->poll, NULL);
    l->polling = false;
    if (l->path != NULL)
        unlink(l->path);
    free(l->path);
    l->path = NULL;
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

void
listeners_close(struct daemon *d)
{
    listener_close(&d->pam);
    listener_close(&d->control);
    scrape_stop(d);
    listener_close(&d->metrics);
}
