/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper tells about itself as JSON, for httpauthctl. */
#ifndef HELPER_DAEMON_REPORT_H
#define HELPER_DAEMON_REPORT_H

#include <jansson.h>
#include <stddef.h>

#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/helper.h"

/*
 * One verification: {"outcome", "reason", "explanation", "text", "user",
 * "service", "issuer", "method", "checks": [{"check", "ok", "expected",
 * "found"}]}.  NULL without memory.
 */
/* An array. */
json_t *report_checks(const struct trace *);
json_t *report_verify(const struct trace *, const struct attempt_result *,
                      struct span user, struct span service);

/* A verdict packet.  Who is not root gets the outcome and his line, and no
 * reasons. */
bool report_verdict(const struct attempt_result *, uid_t caller,
                    struct buffer *out);

/* `httpauthctl status`; `callers` is how many connections are open. */
json_t *report_status(const struct helper *, size_t callers);

/* issuer_status(), with "offline_s", for how long credentials have been
 * accepted from memory (null: they are not), and "offline", how many. */
json_t *report_issuer(const struct helper_issuer *);

/* The complaints of a configuration, one string a line: an array. */
json_t *report_complaints(const struct buffer *complaints);

#endif
