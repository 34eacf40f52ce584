/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One credential from bytes to reason, as far as that goes without waiting.
 * When keys are wanted it says so and stops; run it again from the top when
 * they have come (by then another attempt may have verified the same token).
 */
#ifndef HELPER_DAEMON_JUDGE_H
#define HELPER_DAEMON_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/daemon/helper.h"
#include "helper/policy/facts.h"
#include "helper/policy/policy.h"

enum judge_wants {
    WANTS_NOTHING, /* `reason` is the answer */
    WANTS_KEYS,    /* issuer_wait_for_keys() */
    WANTS_KID      /* issuer_wait_for_kid() */
};

struct judge {
    /* The question. */
    struct helper *helper;
    struct policy_request who;
    struct span credential;
    struct trace *trace;
    bool no_keys_more; /* waiting for first keys is over */
    bool no_kid_more;  /* waiting for newer keys is over */

    /* The answer. */
    enum reason reason;
    enum judge_wants wants;
    struct helper_issuer *issuer; /* whose token it is; NULL: nobody's */
    struct span kid;              /* WANTS_KID; points into `token` */
    const struct facts *facts;    /* verified ones only; else NULL */
    int64_t wall;
    bool cached;
    bool known_user; /* some issuer speaks for that name */
    bool vouched;    /* the signature verified, now or when remembered */

    struct token token;
    bool parsed;         /* `token` is to be cleared */
    struct facts *owned; /* what `facts` points at, unless cached */
};

void judge_run(struct judge *);
/* Forgets the answer and erases what was decoded; the question stays. */
void judge_clear(struct judge *);

#endif
