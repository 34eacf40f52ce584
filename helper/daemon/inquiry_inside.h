/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of inquiry.c and inquiry_token.c: one question under way. */
#ifndef HELPER_DAEMON_INQUIRY_INSIDE_H
#define HELPER_DAEMON_INQUIRY_INSIDE_H

#include "helper/daemon/inquiry.h"
#include "helper/session/throttle.h"

/* Shorter than the module's usual patience: a provider that hangs is to be
 * seen as one that failed, and not as callers who left. */
#define ASK_TIMEOUT_MS 8000

struct inquiry {
    struct helper *helper;
    struct helper_issuer *issuer;
    char *copy; /* user, credential, origin; erased */
    size_t copy_len;
    struct span user, credential, origin;
    int64_t wall;
    struct trace *trace;
    struct verdict_key key; /* if `shared` */
    struct throttle_ticket ticket;

    struct ask *ask;
    int64_t asked_ms;    /* boot clock, when that went out; 0: not yet */
    struct buffer token; /* what it was exchanged for */
    struct issuer_waiter keys;

    uv_timer_t timer; /* tells the result */
    struct facts *facts;
    struct buffer secrets;

    struct inquiry_waiter *waiting;
    struct inquiry *next, **link; /* among helper->inquiries */

    struct way way;
    enum reason reason;
    bool shared;
    bool begins; /* its first waiter is still in inquiry_join() */
    bool waits;  /* for another of its pair to end */
    bool ends;   /* with the last who waits: its issuer goes, or the helper */
    bool exchanged; /* `token` is there */
    bool answered;  /* what was asked last, by the provider */
    bool no_keys_more, no_kid_more;
    char problem[ASK_PROBLEM_MAX];
};

/* inquiry.c: of the struct nothing is left to use when these return. */
void inquiry_conclude(struct inquiry *, enum reason);
/* What was verified becomes facts. */
void inquiry_believe(struct inquiry *, struct claims *);
void inquiry_ask(struct inquiry *, enum ask_kind, struct span credential);

/* inquiry_token.c: verifies the token that it was exchanged for, or asks about
 * it; likewise. */
void inquiry_take_token(struct inquiry *, struct span token);
void inquiry_on_keys(struct issuer_waiter *); /* of `keys` */

#endif
