/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two protocols by which systemd and a service talk, without its
 * library: sd_notify(3) and sd_listen_fds(3).  Other supervisors speak them
 * too; without any, nothing happens.
 */
#ifndef HELPER_DAEMON_NOTIFY_H
#define HELPER_DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NOTIFY_NAME_MAX 64

/* One datagram of VARIABLE=VALUE lines to $NOTIFY_SOCKET; true when there is
 * nobody to tell.  An error is no reason to stop. */
bool notify_send(const char *lines);
/* STATUS= with everything that is not one line of text removed. */
bool notify_status(const char *text);

/* The watchdog's interval of $WATCHDOG_USEC and $WATCHDOG_PID in ms, to be
 * kept alive twice in it; 0: nobody watches. */
uint64_t notify_watchdog_ms(const char *usec, const char *pid, pid_t self);

/* A descriptor that was passed to us. */
struct notify_socket {
    int fd;
    char name[NOTIFY_NAME_MAX]; /* FileDescriptorName= */
};

/*
 * Reads $LISTEN_PID, $LISTEN_FDS and $LISTEN_FDNAMES (each may be NULL) into
 * at most `most` entries.  Returns their number, 0 when they are not for us,
 * -1 when they make no sense.  Touches no descriptor.
 */
int notify_sockets(const char *pid, const char *fds, const char *names,
                   pid_t self, struct notify_socket *out, size_t most);

#endif
