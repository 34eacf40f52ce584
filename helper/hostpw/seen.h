/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When an identity provider last vouched for each local user, for
 * idp_seen_within: the app passwords of people who have left end by
 * themselves.  Kept in STATE_DIR/seen, written at most once an hour per
 * user, bounded (SEEN_MAX, the oldest goes: which can only refuse).
 */
#ifndef HELPER_HOSTPW_SEEN_H
#define HELPER_HOSTPW_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

#define SEEN_MAX 100000

struct seen;
struct seen *seen_open(const char *state_dir);
void seen_free(struct seen *);
void seen_note(struct seen *, struct span user, int64_t wall);
/* Wall clock, 0: never. */
int64_t seen_last(const struct seen *, struct span user);

#endif
