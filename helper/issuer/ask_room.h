/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of ask*.c, introspect.c, exchange.c and userinfo.c: one question
 * under way.  The engine (ask.c) knows about deadlines, waiting, breakers and
 * ends; the other files what is sent and what an answer means.  Whatever is
 * said to end the question has called `done`: return at once.
 */
#ifndef HELPER_ISSUER_ASK_ROOM_H
#define HELPER_ISSUER_ASK_ROOM_H

#include "helper/base/buffer.h"
#include "helper/issuer/ask.h"
#include "helper/issuer/keys.h"

#define ASK_BODY_MAX (64 * 1024)
#define USERINFO_BODY_MAX (256 * 1024)
#define ASK_HOST_MAX 256
#define ASK_WHY_MAX ROUTE_WHY_MAX
#define ASK_JSON "application/json"

struct ask {
    struct issuer *issuer; /* held */
    enum ask_kind kind;
    struct buffer user, origin, credential;
    int64_t wall;
    struct trace *trace;
    ask_done *done;
    void *context;
    bool ended;
    uv_timer_t timer; /* the deadline; its close frees the struct */
    uint32_t timeout_ms;

    /* What it waits for: one of these. */
    struct issuer_waiter issuer_waiter;
    struct client_waiter client_waiter;
    struct fetch *fetch;
    struct probe *probe;
    /* ... and what comes then. */
    void (*resume)(struct ask *);
    void (*answered)(struct ask *, const struct fetch_answer *);

    enum issuer_breaker breaker;
    bool admitted; /* by it, which has not been told the end */
    bool asks;     /* has been admitted at all: `breaker` is of what */
    char host[ASK_HOST_MAX];

    struct ask_answer answer;
    struct buffer body;  /* introspect.c: a JWT that waits for a key */
    struct buffer token; /* what answer.token points to */
    json_t *tokeninfo;   /* userinfo.c: the first of two answers */
    json_t *device;      /* devicegrant.c: what answer.device points into */
    bool renounced;      /* introspect.c: asked again with another token */
    bool waited_for_key; /* likewise; once is enough */
};

/* --- ask.c --- */

void ask_end(struct ask *, enum reason);
/* The same with a problem for the log, escaped as a whole. */
void ask_fail(struct ask *, enum reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Where? REASON_ACCEPTED; REASON_NONE: discovery is under way, `resume` will
 * be called; REASON_PROVIDER, REASON_PROVIDER_ANSWER: that failed;
 * REASON_ENDPOINT: there is none. */
enum reason ask_find(struct ask *, enum issuer_endpoint, const char **url);
/* The same; ends the question where that fails.  False: return. */
bool ask_endpoint(struct ask *, enum issuer_endpoint, const char **url);

/* Does the breaker let a request through?  Otherwise it ends the question. */
bool ask_admitted(struct ask *, enum issuer_breaker);

/* `resume` comes when this host has a token of its own, or has none. */
void ask_wait_for_client(struct ask *, const char *token_endpoint);

/* For which server a token is to be (RFC 8707 section 2), if that is said. */
void ask_put_resource(const struct ask *, struct buffer *form);

/* Sends with the deadline that is left; what goes wrong on the way, and every
 * 5xx, ends the question, all else comes to `answered`. */
void ask_send(struct ask *, struct fetch_request *,
              void (*answered)(struct ask *, const struct fetch_answer *));

/* The same for a form and how this host says who it is: the request has where
 * it goes and what is wanted back, the draft all else. */
void ask_send_draft(struct ask *, struct fetch_request *,
                    const struct client_draft *,
                    void (*answered)(struct ask *,
                                     const struct fetch_answer *));

/* --- ask_answer.c --- */

/* The object in an answer of 200 and that type; else the question has ended
 * as by ask_unusable().  json_decref() it. */
json_t *ask_object(struct ask *, const struct fetch_answer *);

/* `error` of an error answer (RFC 6749 section 5.2) is that code. */
bool ask_error_is(const struct fetch_answer *, const char *code);

/* Ends with the access token of a token endpoint's answer (RFC 6749 section
 * 5.1), or with what it says instead; the errors that mean something to the
 * caller have been looked at. */
void ask_take_token(struct ask *, const struct fetch_answer *);

/* Ends with REASON_PROVIDER_ANSWER, or for 5xx with REASON_PROVIDER, and what
 * was answered instead. */
void ask_unusable(struct ask *, const struct fetch_answer *);
/* The same with REASON_CLIENT_REFUSED. */
void ask_client_refused(struct ask *, const struct fetch_answer *);

/* `heard` and `rest_ms` are what this says; an error means no answer. */
void ask_hear(struct ask_answer *, const struct fetch_answer *);

/* Judges what was answered about the credential and ends the question.  Takes
 * over `root`. */
void ask_judge(struct ask *, json_t *root, const struct claims_rules *);

/* --- one each --- */

void introspect_begin(struct ask *);
void exchange_begin(struct ask *);
void userinfo_begin(struct ask *);
void devicegrant_begin(struct ask *);
void devicegrant_token(struct ask *);

#endif
