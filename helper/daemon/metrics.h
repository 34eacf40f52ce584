/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened, as numbers for a monitoring system (OpenMetrics 1.0):
 * decisions by phase, service, issuer, method and reason, how long they took,
 * and what the helper holds just now.  Bounded whatever strangers do: no label
 * is a text of theirs, and what comes behind SERIES_MAX combinations is counted
 * as one.
 */
#ifndef HELPER_DAEMON_METRICS_H
#define HELPER_DAEMON_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/reason.h"

#define METRICS_SERIES_MAX 200
/* A reply with it must fit a packet. */
#define METRICS_BYTES_MAX (56 * 1024)

struct helper;
struct metrics;

struct metrics *metrics_new(void); /* NULL without memory */
void metrics_free(struct metrics *);

struct metrics_decision {
    const char *phase, *method; /* static */
    const char *service;        /* of a section, else "other" */
    const char *issuer;         /* of a section, or "" */
    enum reason reason;
    bool cached, looked; /* from memory; or at least looked for there */
    int64_t ms;
};
void metrics_count(struct metrics *, const struct metrics_decision *);

/* The whole text, to "# EOF"; false when there is no room. */
bool metrics_print(const struct helper *, size_t callers, struct buffer *);

#endif
