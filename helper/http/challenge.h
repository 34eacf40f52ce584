/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The challenges of an answer (WWW-Authenticate, RFC 9110 section 11.6.1) and
 * the parameters of Authentication-Info (RFC 7615), read from header lines of
 * a stranger.  Pure functions.
 *
 * A challenge that says one of the parameters below twice, or too much in
 * one, does not count.  Where the grammar breaks (a quote without end, a value
 * without a comma behind it), neither that challenge nor the rest of its line
 * counts.
 */
#ifndef HELPER_HTTP_CHALLENGE_H
#define HELPER_HTTP_CHALLENGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/conf/config.h"

#define CHALLENGES_MAX 16
#define CHALLENGE_VALUE_MAX 1024 /* bytes of one value, quotes taken off */

enum challenge_value {
    CHALLENGE_REALM,
    CHALLENGE_NONCE,
    CHALLENGE_OPAQUE,
    CHALLENGE_ALGORITHM,
    CHALLENGE_QOP,
    CHALLENGE_STALE,
    CHALLENGE_CHARSET,
    CHALLENGE_USERHASH,
    CHALLENGE_ERROR, /* RFC 6750 section 3 */
    CHALLENGE_ERROR_DESCRIPTION,
    CHALLENGE_SCOPE,
    CHALLENGE_NEXTNONCE, /* Authentication-Info */
    CHALLENGE_RSPAUTH,
    CHALLENGE_CNONCE,
    CHALLENGE_NC,
    CHALLENGE_VALUES
};

struct challenge {
    int64_t scheme;   /* Basic, Digest, Bearer of enum http_scheme; 0: other */
    struct span name; /* of the scheme, as it was written */
    struct span value[CHALLENGE_VALUES]; /* data NULL: not said */
};

struct challenges {
    struct challenge one[CHALLENGES_MAX]; /* further ones are dropped */
    size_t count;
    char *text; /* what the spans point into */
};

/* All of an answer's head.  False without memory.  challenges_clear() on any
 * result. */
bool challenges_read(struct challenges *, struct span head);
void challenges_clear(struct challenges *);

/* One value of Authentication-Info, parameters without a scheme, as the only
 * challenge; false also when it is malformed. */
bool challenges_read_info(struct challenges *, struct span value);

/*
 * The strongest of `schemes` (a set of enum http_scheme): Digest by
 * SHA-512-256, SHA-256, MD5, then Bearer, then Basic.  With `realm` only
 * challenges of exactly that realm count.  Digest that digest.h cannot compute
 * does not count.  NULL: there is none.
 */
const struct challenge *challenges_choose(const struct challenges *,
                                          int64_t schemes, const char *realm);

/* The names of the schemes that were offered, escaped, for a log line; "none"
 * without any. */
void challenges_names(const struct challenges *, struct buffer *out);

/* Letter case does not matter in names of schemes, parameters, algorithms. */
bool challenge_is(struct span, const char *name);

#endif
