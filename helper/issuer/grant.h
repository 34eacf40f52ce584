/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider answers to whoever wants a token: RFC 6749 section 5 and
 * RFC 8628 section 3.  Pure functions over the JSON of a stranger, for the
 * helper and for httpauth-token.
 */
#ifndef HELPER_ISSUER_GRANT_H
#define HELPER_ISSUER_GRANT_H

#include <jansson.h>
#include <stdint.h>

#include "helper/base/reason.h"
#include "helper/base/span.h"

#define GRANT_TYPE_DEVICE "urn:ietf:params:oauth:grant-type:device_code"

/* RFC 8628 section 3.2; the spans point into the answer. */
struct grant_device {
    struct span code;      /* a secret */
    struct span user_code; /* visible ASCII, as is: */
    struct span uri;       /* https */
    int64_t expires_s;     /* above 0 */
    int64_t interval_s;    /* 1 .. GRANT_INTERVAL_MAX_S */
};
#define GRANT_INTERVAL_S 5 /* where nothing is said */
#define GRANT_INTERVAL_MAX_S 3600

/* NULL, or the name of the member that cannot be used.  All of it is shown on
 * a terminal, or sent back: what is not what it should be is not used. */
const char *grant_take_device(const json_t *root, struct grant_device *);

/* The access token, visible ASCII of at most LIMIT_CREDENTIAL bytes, which
 * must be of type Bearer; NULL, or the name of the member. */
const char *grant_take_token(const json_t *root, struct span *token);

/* The refresh token, printable ASCII (RFC 6749 appendix A.17) of at most
 * LIMIT_CREDENTIAL bytes, empty where there is none; NULL, or the name of the
 * member. */
const char *grant_take_refresh_token(const json_t *root, struct span *token);

/* What an `error` says while a device login waits (RFC 8628 section 3.5):
 * REASON_PENDING, REASON_SLOW_DOWN, REASON_DENIED; REASON_NONE for others. */
enum reason grant_device_error(struct span error);

#endif
