/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens that have logged in where a service says `replay = refuse`: each
 * (issuer, jti) once on this host (RFC 7519 section 4.1.7), until it ends.
 * Kept in STATE_DIR/used, so that a restart forgets none.
 */
#ifndef HELPER_SESSION_REPLAY_H
#define HELPER_SESSION_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

#define REPLAY_MAX 100000

struct replay;

enum replay_result {
    REPLAY_FIRST, /* now recorded */
    REPLAY_AGAIN,
    REPLAY_FULL,  /* of others that have not ended: refuse */
    REPLAY_FAILED /* could not be recorded: refuse */
};

/* NULL without memory: a folder that cannot be used is logged. */
struct replay *replay_open(const char *state_dir, int64_t now);
void replay_free(struct replay *);

/* `ends`: exp of the token; it counts with the leeway, as the token does. */
enum replay_result replay_use(struct replay *, struct span iss, struct span jti,
                              int64_t ends, int64_t now);
/* The same, recording nothing: has it been used? */
bool replay_seen(const struct replay *, struct span iss, struct span jti);

#endif
