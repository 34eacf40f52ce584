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

#include "helper/base/limits.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/daemon/helper.h"
#include "helper/daemon/inquiry.h"
#include "helper/policy/facts.h"
#include "helper/policy/policy.h"

enum judge_wants {
    WANTS_NOTHING, /* `reason` is the answer */
    WANTS_KEYS,    /* issuer_wait_for_keys() */
    WANTS_KID,     /* issuer_wait_for_kid() */
    WANTS_ANSWER   /* inquiry_join(), see judge_inquiry() */
};

/* The name under which a verdict is remembered; it takes a microsecond, and
 * an attempt that waits needs it again and again. */
struct judge_name {
    struct verdict_key key;
    const struct helper_issuer *issuer; /* NULL: none yet */
    enum method method;
    unsigned char section[HELPER_DIGEST_LEN];
};

struct judge {
    /* The question. */
    struct helper *helper;
    struct policy_request who; /* user empty: take it from the token */
    struct span credential;
    struct span device; /* see attempt.h */
    char origin[THROTTLE_ORIGIN_MAX];
    struct trace *trace;
    bool may_be_cut;                     /* nobody is asked, nothing waits */
    bool no_keys_more;                   /* waiting for first keys is over */
    bool no_kid_more;                    /* waiting for newer keys is over */
    const struct inquiry_result *answer; /* what was asked for; NULL: not yet */
    bool looked; /* into memory, at any time since the question was put */

    /* The answer. */
    enum reason reason;
    enum judge_wants wants;
    struct helper_issuer *issuer; /* whose token it is; NULL: nobody's */
    struct way way;               /* how it is verified */
    char mapped[LIMIT_USER + 1];  /* the user that the token gave, or "" */
    struct span kid;              /* WANTS_KID; points into `token` */
    const struct facts *facts;    /* verified ones only; else NULL */
    int64_t wall;
    bool clock_is_right;
    bool cached;
    bool offline;    /* ... past its end, in an outage (offline_grace) */
    bool known_user; /* some issuer speaks for that name */
    bool vouched;    /* the signature verified, now or when remembered */

    struct token token;
    bool parsed;         /* `token` is to be cleared */
    struct facts *owned; /* what `facts` points at, unless cached or of
                            `answer` */
    struct span secrets; /* lines, see secrets.h; of `facts`, where they are
                            wanted */
    struct buffer owned_secrets;
    bool has_key; /* WANTS_ANSWER: `named` is of this question */
    struct judge_name named;
};

void judge_run(struct judge *);
/* WANTS_ANSWER: what to ask.  Its spans and its key are the judge's. */
void judge_inquiry(const struct judge *, struct inquiry_request *out);
/* It has wanted an answer for long enough: where it is known that who was asked
 * fails, and memory has the credential (offline_grace), `reason` is what comes
 * of that.  False: it still wants. */
bool judge_give_up(struct judge *);
/* Accepted: until when. */
int64_t judge_ends(const struct judge *);
/* The user asked for, or the one that the token gave; may be empty. */
struct span judge_user(const struct judge *);
/* Forgets the answer and erases what was decoded; the question stays. */
void judge_clear(struct judge *);

#endif
