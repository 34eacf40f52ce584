/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The third door, which is closed unless somebody opens it: a stream socket
 * where a monitoring system reads the metrics by HTTP, `GET /metrics` and
 * nothing else.  Who may connect is the mode of the socket's file.
 */
#ifndef HELPER_DAEMON_SCRAPE_H
#define HELPER_DAEMON_SCRAPE_H

#include <stdbool.h>

#include "helper/daemon/daemon.h"

/* At a time; one more, and the oldest has to go. */
#define SCRAPE_GUESTS_MAX 8
#define SCRAPE_HEAD_MAX 4096
/* From hello to goodbye. */
#define SCRAPE_MS 5000

/* Begins to answer at `fd`, a listening stream socket of the file system; it
 * is taken, also on failure.  False without memory. */
bool scrape_start(struct daemon *, int fd);

/* Sends everybody away; the memory goes when the loop has let go of it. */
void scrape_stop(struct daemon *);

#endif
