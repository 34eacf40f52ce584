/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection: one request at a time, answered in order.  Whatever the
 * protocol does not permit ends the connection and nothing else.
 */
#ifndef HELPER_DAEMON_PEER_H
#define HELPER_DAEMON_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/daemon/daemon.h"

/* A connection that asks nothing, or does not take its answer, is closed
 * after this. */
#define PEER_IDLE_MS 10000

/* Before the first of them; false without memory or descriptors. */
bool peers_start(struct daemon *);

/* Takes the descriptor, also when it fails (no memory: closed). */
void peer_new(struct daemon *, int fd, uid_t, enum wire_state begins);

/* Behind the last of some new ones: those that stay are watched from now on. */
void peers_settle(struct daemon *);

/* How many connections this uid has. */
size_t peers_of(const struct daemon *, uid_t);

/* What it does: closes those that have been idle at `now` (uv_now()). */
void peers_sweep(struct daemon *, uint64_t now);

/* Closes all; answers that cannot be sent at once are lost. */
void peers_close(struct daemon *);

/* Frees what is closed; at the end, behind the last turn of the loop. */
void peers_bury(struct daemon *);

#endif
