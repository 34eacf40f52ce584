/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One attempt from request to verdict: who asks, what shape, what is
 * remembered, verify, map, rules.  The same path serves a login and
 * `httpauthctl verify`.
 */
#ifndef HELPER_DAEMON_ATTEMPT_H
#define HELPER_DAEMON_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/limits.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/daemon/helper.h"

struct attempt;

struct attempt_request {
    /* user empty: whom the token names (map_user). */
    struct span user, service, rhost, credential; /* copied if it must wait,
                                                     and erased */
    uint32_t ms_left;
    struct trace *trace; /* not NULL: explain; nothing is stored or cached */
    uid_t caller;        /* who asks; not root: a guest, see helper.h */
    uid_t ruid;          /* real uid of the calling process, for the throttle */
    bool believed;       /* root, or one of trusted_callers: its rhost counts */
    bool may_be_cut;     /* see wire.h */
    struct span device;  /* not empty: the credential is the code of a device
                            login at that issuer (name of its section) */
};

struct attempt_result {
    enum reason reason;
    char text[LIMIT_USER_TEXT + 1]; /* for the user; "" for nothing */
    unsigned char login[LOGIN_ID_LEN];
    int64_t ends;
    uint64_t incident;
    bool cached;
    bool looked;        /* for it, into memory */
    bool offline;       /* ... past its end, in an outage */
    char issuer[65];    /* section name, or "" */
    const char *method; /* "jwt" or ""; static */
    /* A session that opens: lines for its environment; points into the table
     * of sessions. */
    const struct facts *exports;
    bool files;                /* ... and it has something to collect */
    char user[LIMIT_USER + 1]; /* accepted, and none had been named: his name */
};

typedef void attempt_done(void *context, const struct attempt_result *);

/* `done` is called exactly once, perhaps before this returns (then NULL is
 * returned), unless the attempt is cancelled. */
struct attempt *attempt_start(struct helper *, const struct attempt_request *,
                              attempt_done *, void *context);
void attempt_cancel(struct attempt *);

/* How long something may take for a caller who has `ms_left`, so that the
 * answer still arrives; at least 1. */
uint64_t attempt_patience_ms(uint32_t ms_left);

/* Account phase: a look at the login table and the rules, no waiting. */
struct account_request {
    struct span user, service, rhost;
    const unsigned char *login; /* LOGIN_ID_LEN bytes */
    uid_t caller;
};
void attempt_account(struct helper *, const struct account_request *,
                     struct attempt_result *);

/*
 * A question that ended before it became an attempt (a caller who may not
 * ask, no memory ...): counted and logged like one.
 */
void attempt_refused(struct helper *, uid_t caller, enum reason,
                     struct attempt_result *);

/*
 * For helper.c.  A reload first takes all waiting attempts off the issuers
 * that are about to go, then starts them again; a stop ends them.
 */
struct attempt *attempts_pause(struct helper *);
void attempts_resume(struct helper *, struct attempt *paused);
void attempts_stop(struct helper *);

#endif
