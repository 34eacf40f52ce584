/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question to a provider on behalf of everybody who waits for its answer
 * (single flight): a thousand logins with one token are one request.  The
 * throttle stands in front of it.  A token that an app password was exchanged
 * for is verified here like any other.
 *
 * Nothing is remembered here: the first waiter that is told puts the verdict
 * into the cache, where the others find it.
 */
#ifndef HELPER_DAEMON_INQUIRY_H
#define HELPER_DAEMON_INQUIRY_H

#include "helper/base/trace.h"
#include "helper/daemon/helper.h"
#include "helper/daemon/shape.h"
#include "helper/policy/facts.h"

struct inquiry;

struct inquiry_result {
    enum reason reason;
    const struct facts *facts; /* REASON_ACCEPTED; not the waiter's */
    struct span secrets;       /* lines, see secrets.h; likewise */
    const struct trace *trace; /* or NULL; likewise */
};

/* Embedded in the waiter's own struct; `ready` is called once, later, from
 * the loop, unless inquiry_leave() came first.  The result is gone when it
 * returns. */
struct inquiry_waiter {
    void (*ready)(struct inquiry_waiter *, const struct inquiry_result *);
    struct inquiry *inquiry; /* NULL: not waiting */
    struct inquiry_waiter *next, **link;
};

struct inquiry_request {
    struct helper_issuer *issuer;
    struct way way;
    struct span user, credential; /* copied, and erased */
    const char *origin;           /* throttle_origin() */
    /* By which equal questions find each other; NULL: asked alone. */
    const struct verdict_key *key;
    bool traced; /* the result has a trace; then `key` must be NULL */
    int64_t wall;
};

/* False only without memory. */
bool inquiry_join(struct helper *, const struct inquiry_request *,
                  struct inquiry_waiter *);
/* The last one who leaves ends it, unless the credential has gone out: then it
 * goes on until the provider has answered or its time is over, and counts. */
void inquiry_leave(struct inquiry_waiter *);

/* For how long the credential has been out, at the provider; 0: it is not yet,
 * since the throttle holds it. */
int64_t inquiry_out_ms(const struct inquiry_waiter *, int64_t now_ms);

/* Before everybody leaves: what the throttle holds back begins no more, and
 * nothing goes on without those who wait. */
void inquiries_hold(struct helper *);

/* For status. */
size_t inquiries_count(const struct helper *);

#endif
