/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last refusals, each with every check that it went through: what
 * `httpauthctl why` shows.  Bounded, in memory only, and gone with the helper.
 * No credential is in it; values of compared claims are, as in `verify`.
 */
#ifndef HELPER_DAEMON_REFUSALS_H
#define HELPER_DAEMON_REFUSALS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/span.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/decision.h"

#define REFUSALS_MAX 100
/* To look again costs a signature: of a flood only so many are explained. */
#define REFUSALS_EXPLAINED_A_SECOND 20

struct refusals;

struct refusals *refusals_new(void); /* NULL without memory */
void refusals_free(struct refusals *);

/* May one more be explained just now?  Counts it. */
bool refusals_may_explain(struct refusals *, int64_t now_ms);

/* `checks`, an array of report_checks() or NULL, is taken.  The oldest goes;
 * without memory nothing is kept. */
void refusals_add(struct refusals *, const struct decision_note *,
                  const struct attempt_result *, int64_t wall, json_t *checks);

/* Those of a user and of an id, either of which may be empty for all: a list,
 * the newest first, of at most `bytes` of JSON.  NULL without memory. */
json_t *refusals_find(const struct refusals *, struct span user, struct span id,
                      size_t bytes);

#endif
