/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question to one identity provider about one credential: which endpoint,
 * what goes there, what the answer means.  The credential is sent to nobody
 * else and is in no URL.  What comes back is claims, to be treated as those
 * of a token whose signature verified, or a reason.
 *
 *   ask.c         the engine; ask_answer.c: what answers have in common
 *   introspect.c  RFC 7662, RFC 9701
 *   exchange.c    app passwords: the token endpoint, client_credentials
 *   userinfo.c    tokeninfo and userinfo
 *   devicegrant.c device login: both of its endpoints, RFC 8628
 *   probe.c       `http`: a protected URL, as a browser would
 */
#ifndef HELPER_ISSUER_ASK_H
#define HELPER_ISSUER_ASK_H

#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/issuer/grant.h"
#include "helper/issuer/issuer.h"
#include "helper/jose/claims.h"

enum ask_kind {
    ASK_INTROSPECTION,
    ASK_EXCHANGE,      /* user and app password for a token */
    ASK_USERINFO,      /* tokeninfo and/or userinfo, as configured */
    ASK_HTTP_TOKEN,    /* a bearer token at http_url */
    ASK_HTTP_PASSWORD, /* user and password at http_url */
    ASK_DEVICE,        /* no credential: begins a device login */
    ASK_DEVICE_TOKEN   /* its device code for a token */
};

#define ASK_PROBLEM_MAX 240

/* What came of the last request. */
enum ask_heard {
    ASK_HEARD_NOTHING, /* nothing was asked, or it was given up */
    ASK_HEARD_ANSWER,  /* below 500 */
    ASK_HEARD_BUSY,    /* 429 (RFC 6585 section 4): an answer as well */
    ASK_HEARD_FAILURE  /* no answer, or a 5xx */
};

struct ask_request {
    enum ask_kind kind;
    struct span user;       /* local name; empty for tokens is allowed */
    struct span origin;     /* who asks from where, for the breaker */
    struct span credential; /* copied, and erased */
    uint32_t timeout_ms;    /* of everything together */
    int64_t wall;           /* wall clock at the start */
    struct trace *trace;    /* or NULL; outlives the question */
};

struct ask_answer {
    enum reason reason;
    /*
     * REASON_ACCEPTED: the claims (all other kinds), with `expires`
     * and `issued` set even where the answer had none.  `done` may take them
     * out by copying the struct and setting root to NULL.
     */
    struct claims claims;
    /* ASK_EXCHANGE, ASK_DEVICE_TOKEN: the access token, to be verified like
     * any other. */
    struct span token;
    struct grant_device device; /* ASK_DEVICE; gone with the answer */
    /* What went wrong, for the log; escaped; "" when there is nothing to add.
     */
    char problem[ASK_PROBLEM_MAX];
    enum ask_heard heard;
    /* For how long a server that is busy or fails wants to be left alone
     * (Retry-After, RFC 9110 section 10.2.3); 0: it does not say. */
    int64_t rest_ms;
};

typedef void ask_done(void *context, struct ask_answer *);

struct ask;

/* An issuer is freed only after its asks have ended or were cancelled.
 * `done` is called exactly once, perhaps before this returns (then NULL is
 * returned), unless it is cancelled. */
struct ask *ask_start(struct issuer *, const struct ask_request *, ask_done *,
                      void *context);
void ask_cancel(struct ask *);

/* What would be asked failed lately and rests, or one question finds out
 * whether it still fails.  (endpoint.c) */
bool ask_would_rest(const struct issuer *, enum ask_kind);

#endif
