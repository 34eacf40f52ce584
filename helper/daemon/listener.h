/* SPDX-License-Identifier: BSD-2-Clause */
/* The doors: where they come from, and who is let in when it is full. */
#ifndef HELPER_DAEMON_LISTENER_H
#define HELPER_DAEMON_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "helper/daemon/daemon.h"

/* Connections kept for root when callers_max is reached. */
#define CALLERS_RESERVED 8
/* Connections of one uid that is not root. */
#define CALLERS_PER_UID 32

/* Takes the sockets that a supervisor passed, or makes pam.sock, control.sock
 * and perhaps metrics.sock in `dir`; before the sandbox closes.  False with a
 * logged reason. */
bool listeners_open(struct daemon *, const char *dir, bool with_metrics);

/* Begins to accept; false without memory. */
bool listeners_start(struct daemon *);

/* A place has become free, or time has passed. */
void listeners_resume(struct daemon *);

/* Closes them and unlinks what we made. */
void listeners_close(struct daemon *);

/* Is there room for one more connection of `uid`?  `mine` of the `callers`
 * are his. */
bool listener_admits(size_t callers, size_t most, uid_t uid, size_t mine);

#endif
