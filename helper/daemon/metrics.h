/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened, as numbers for a monitoring system (OpenMetrics 1.0):
 * decisions by phase, service, issuer, method and reason, how long they took,
 * and what the helper holds just now.  Bounded whatever strangers do: no label
 * is a text of theirs, and of what comes behind METRICS_SERIES_MAX
 * combinations, or finds no room, phase and outcome are told alone
 * (reason="other").
 */
#ifndef HELPER_DAEMON_METRICS_H
#define HELPER_DAEMON_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/reason.h"

#define METRICS_SERIES_MAX 200
/* A reply with it must fit a packet; by HTTP there is more room. */
#define METRICS_BYTES_MAX (56 * 1024)
#define METRICS_HTTP_BYTES_MAX (512 * 1024)

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

/* The whole text, to "# EOF", in the room that there is, which must be that of
 * a packet at least: issuers that find none are left out.  False without
 * memory. */
bool metrics_print(const struct helper *, size_t callers, struct buffer *);

#endif
