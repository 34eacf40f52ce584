/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to the helper, within one deadline. */
#ifndef PAM_HTTPAUTH_HELPER_H
#define PAM_HTTPAUTH_HELPER_H

#include <security/pam_modules.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/reason.h"
#include "helper/base/blocks.h"
#include "helper/wire/wire.h"
#include "pam_httpauth/args.h"

#define RESULT_REASON_MAX 48 /* bytes of a reason's name, the end included */

/* What came of it, whether the helper said so or we found out. */
struct result {
    enum outcome outcome;
    const char *cause; /* static: what we found; NULL: the helper decided */
    int error;         /* errno that belongs to `cause`, or 0 */
    uint64_t incident; /* the helper's: finds its line in its log */
    uint8_t login[WIRE_LOGIN_LEN]; /* of an accepted login, else zero */
    int64_t ends; /* of an accepted login: wall clock; else 0 */
    char
        user[LIMIT_USER + 1]; /* the token's; "" unless that was the question */
    char reason[RESULT_REASON_MAX];
    char text[LIMIT_USER_TEXT + 1]; /* for the user, printable; or "" */
    char environment[WIRE_ENVIRONMENT_MAX + 1]; /* of WIRE_OPEN: lines */
    bool files;      /* of WIRE_OPEN: pha_helper_collect() has something */
    int64_t left_ms; /* of the time that the question had */
};

/*
 * Fills in what is left of `request` (service, rhost, the caller's real uid,
 * the time left), asks, and waits for the verdict, at most args->timeout
 * seconds.  If the connection ends before one came, the helper is being
 * restarted: the question is asked once more.  It leaves no descriptor behind.
 *
 * Without a verdict: UNAVAILABLE when nobody answers, when the socket is not
 * the helper's, or in vain; BROKEN when the question cannot be put or the
 * answer is none.
 */
void pha_helper_ask(pam_handle_t *, const struct args *,
                    struct wire_request *request, struct result *result);

/* The same for what a user does not wait for: two seconds at most, so that a
 * helper that hangs does not hold him up for nothing. */
void pha_helper_ask_briefly(pam_handle_t *, const struct args *,
                            struct wire_request *request, struct result *);

/*
 * The same for WIRE_COLLECT, within `ms`.  When the result is accepted `files`
 * points into `packet`, an empty buffer that holds secrets then and is the
 * caller's to buffer_free().
 */
void pha_helper_collect(pam_handle_t *, const struct args *, int64_t ms,
                        struct wire_request *request, struct result *,
                        struct wire_files *files, struct buffer *packet);

/* How a device login is confirmed. */
struct challenge {
    uint8_t id[WIRE_LOGIN_LEN];
    uint32_t seconds;
    char text[WIRE_CHALLENGE_MAX + 1]; /* lines, each ended */
    char code[BLOCKS_MAP_MAX + 1];     /* a QR code for blocks_put(), or "" */
};

/*
 * WIRE_DEVICE (accepted: `challenge` is filled) and WIRE_POLL (then it is
 * NULL), each within five seconds.
 */
void pha_helper_ask_device(pam_handle_t *, const struct args *,
                           struct wire_request *request, struct result *,
                           struct challenge *challenge);

#endif
