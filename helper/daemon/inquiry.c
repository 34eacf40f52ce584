/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   throttle -> ask -> answer -----------------> tell
 *     \-> held, until another of that pair has ended
 *            \-> a token (app password, device): verify -> tell
 *                    keys or a newer key wanted: wait, verify again
 *                    opaque: ask by introspection -> answer -> tell
 *
 * Its timer fires in the next turn of the loop, so that waiters are never told
 * from within inquiry_join(); attempts keep the deadline.
 */
#include "helper/daemon/inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/daemon/decision.h"
#include "helper/daemon/inquiry_inside.h"
#include "helper/daemon/recall.h"
#include "helper/policy/policy.h"
#include "helper/policy/secrets.h"

/* --- life --- */

static void
link_in(struct inquiry *q)
{
    struct helper *h = q->helper;

    if (h->inquiries == NULL)
        h->inquiries_end = &h->inquiries;
    q->link = h->inquiries_end;
    *q->link = q;
    h->inquiries_end = &q->next;
    h->inquiries_count++;
}

/* Nobody finds it any more. */
static void
link_out(struct inquiry *q)
{
    if (q->link == NULL)
        return;
    *q->link = q->next;
    if (q->next != NULL)
        q->next->link = q->link;
    else
        q->helper->inquiries_end = q->link;
    q->next = NULL;
    q->link = NULL;
    q->helper->inquiries_count--;
}

static void
release(uv_handle_t *timer)
{
    struct inquiry *q = timer->data;

    free(q);
}

/* Was it good for the user who was named?  The judge has seen to that where
 * the token itself says whose it is. */
static bool
is_his(const struct inquiry *q)
{
    const struct policy_request who = {.user = q->user};

    return q->user.len == 0 || q->way.method == METHOD_JWT ||
           policy_map(q->helper->config, q->facts, &who, NULL) ==
               REASON_ACCEPTED;
}

/*
 * Only what was asked counts: an outage, our own client secret, or a token
 * from the provider's own hand that does not suit us is nobody's guess.  A
 * good token of somebody else is a wrong one, or whoever has one could have
 * his guesses at another's credential forgiven.
 */
static enum throttle_result
counts_as(const struct inquiry *q)
{
    if (q->reason == REASON_ACCEPTED && is_his(q))
        return THROTTLE_GOOD;
    /* What the provider vouched for, and does not suit us, was no guess. */
    if (q->exchanged || (q->reason != REASON_ACCEPTED &&
                         (reason_outcome(q->reason) != OUTCOME_WRONG ||
                          reason_vouched(q->reason))))
        return THROTTLE_NEITHER;
    return THROTTLE_WRONG;
}

static void begin(struct inquiry *);

/* Room for those that waited for this one: the oldest first. */
static void
begin_held(struct helper *h)
{
    struct inquiry *q = h->inquiries, *next;

    for (; q != NULL; q = next) {
        next = q->next;
        if (q->waits)
            begin(q);
    }
}

static void
give_back(struct inquiry *q)
{
    struct throttle_rules rules;

    if (!q->ticket.held)
        return;
    rules = helper_throttle_rules(q->helper);
    throttle_end(q->helper->throttle, &rules, &q->ticket, counts_as(q),
                 clock_boot_ms());
    begin_held(q->helper);
}

static void
discard(struct inquiry *q)
{
    link_out(q);
    ask_cancel(q->ask);
    q->ask = NULL;
    issuer_unwait(&q->keys);
    give_back(q);
    erase_free(q->copy, q->copy_len);
    buffer_free(&q->token);
    trace_free(q->trace);
    buffer_free(&q->secrets);
    free(q->facts);
    uv_close((uv_handle_t *)&q->timer, release);
}

/* --- the end --- */

static void
tell(struct inquiry *q)
{
    const struct inquiry_result result = {q->reason, q->facts,
                                          buffer_span(&q->secrets), q->trace};
    struct inquiry_waiter *waiter;

    /* Who asks the same from now on asks anew, or finds it in the cache. */
    link_out(q);
    give_back(q);
    decision_problem(issuer_conf(q->issuer->issuer)->name, q->reason,
                     q->problem);
    recall_answered(q->helper, q->issuer, q->shared ? &q->key : NULL, q->reason,
                    q->answered);
    while ((waiter = q->waiting) != NULL) {
        q->waiting = waiter->next;
        if (q->waiting != NULL)
            q->waiting->link = &q->waiting;
        waiter->inquiry = NULL;
        waiter->link = NULL;
        waiter->next = NULL;
        waiter->ready(waiter, &result);
    }
    discard(q);
}

static void
on_tell(uv_timer_t *timer)
{
    tell(timer->data);
}

void
inquiry_conclude(struct inquiry *q, enum reason reason)
{
    q->reason = reason;
    if (q->begins)
        uv_timer_start(&q->timer, on_tell, 0, 0);
    else
        tell(q);
}

void
inquiry_believe(struct inquiry *q, struct claims *claims)
{
    const struct issuer_conf *conf = issuer_conf(q->issuer->issuer);

    /* That an app password gives a client's token is the provider's way; its
     * user is compared like any other's. */
    if (q->way.kind == ASK_EXCHANGE)
        claims->is_client = false;
    /* A password, and what it was exchanged for just now, are as new as the
     * answer: whoever may use it was vouched for at this moment. */
    if (q->exchanged || q->way.kind == ASK_HTTP_PASSWORD)
        claims->undated = false;
    q->facts =
        facts_from_claims(claims, q->way.method, q->helper->config, conf);
    inquiry_conclude(q,
                     q->facts != NULL && secrets_find(claims, conf, &q->secrets)
                         ? REASON_ACCEPTED
                         : REASON_INTERNAL);
}

/* --- asking --- */

static void
on_answer(void *context, struct ask_answer *answer)
{
    struct inquiry *q = context;

    q->ask = NULL;
    q->answered =
        answer->heard == ASK_HEARD_ANSWER || answer->heard == ASK_HEARD_BUSY;
    memcpy(q->problem, answer->problem, sizeof(q->problem));
    if (answer->reason != REASON_ACCEPTED)
        inquiry_conclude(q, answer->reason);
    else if (answer->token.len > 0)
        inquiry_take_token(q, answer->token);
    else
        inquiry_believe(q, &answer->claims);
}

void
inquiry_ask(struct inquiry *q, enum ask_kind kind, struct span credential)
{
    const struct ask_request request = {
        .kind = kind,
        .user = q->user,
        .origin = q->origin,
        .credential = credential,
        .timeout_ms = ASK_TIMEOUT_MS,
        .wall = q->wall,
        .trace = q->trace,
    };
    struct ask *started;

    q->asked_ms = clock_boot_ms();
    /* One that has been answered already may have led to another. */
    started = ask_start(q->issuer->issuer, &request, on_answer, q);
    if (started != NULL)
        q->ask = started;
}

static struct inquiry *
inquiry_new(struct helper *h, const struct inquiry_request *request)
{
    struct inquiry *q = calloc(1, sizeof(*q));
    struct span origin = span_of(request->origin);
    char *to;

    if (q == NULL)
        return NULL;
    q->copy_len = request->user.len + request->credential.len + origin.len + 3;
    q->copy = calloc(1, q->copy_len);
    if (request->traced)
        q->trace = trace_new();
    if (q->copy == NULL || (request->traced && q->trace == NULL)) {
        free(q->copy);
        trace_free(q->trace);
        free(q);
        return NULL;
    }
    to = q->copy;
    /* Each with a NUL behind it. */
    q->user = span_copy(request->user, &to);
    to++;
    q->credential = span_copy(request->credential, &to);
    to++;
    q->origin = span_copy(origin, &to);
    q->helper = h;
    q->issuer = request->issuer;
    q->way = request->way;
    q->wall = request->wall;
    q->token = (struct buffer)BUFFER_INIT(LIMIT_CREDENTIAL);
    q->secrets = (struct buffer)BUFFER_INIT(SECRETS_BYTES_MAX);
    q->keys.ready = inquiry_on_keys;
    if (request->key != NULL) {
        q->shared = true;
        q->key = *request->key;
    }
    uv_timer_init(h->loop, &q->timer);
    q->timer.data = q;
    return q;
}

/* The same question: one that is under way, whoever began it; one that the
 * throttle holds back or refused only from where it came. */
static struct inquiry *
find(const struct helper *h, const struct inquiry_request *request)
{
    const struct verdict_key *key = request->key;
    struct inquiry *q = key != NULL ? h->inquiries : NULL, *found = NULL;

    for (; q != NULL; q = q->next) {
        if (!q->shared || memcmp(&q->key, key, sizeof(*key)) != 0)
            continue;
        if (!q->waits && q->reason != REASON_THROTTLED)
            return q;
        if (span_is(q->origin, request->origin))
            found = q;
    }
    return found;
}

static void
begin(struct inquiry *q)
{
    struct throttle_rules rules = helper_throttle_rules(q->helper);

    q->waits = false;
    q->begins = true;
    /* A code of the provider's own is no guess, and is asked about often. */
    if (q->way.kind == ASK_DEVICE_TOKEN ||
        throttle_begin(q->helper->throttle, &rules, q->user, q->origin.data,
                       q->credential, true, clock_boot_ms(), &q->ticket))
        inquiry_ask(q, q->way.kind, q->credential);
    else if (q->ticket.busy)
        q->waits = true;
    else
        inquiry_conclude(q, REASON_THROTTLED);
    q->begins = false;
}

bool
inquiry_join(struct helper *h, const struct inquiry_request *request,
             struct inquiry_waiter *waiter)
{
    struct inquiry *q = find(h, request);
    bool full;

    if (q == NULL) {
        q = inquiry_new(h, request);
        if (q == NULL)
            return false;
        full = h->inquiries_count >= (size_t)h->config->daemon.max_waiting;
        link_in(q);
        q->begins = true;
        if (full)
            inquiry_conclude(q, REASON_OVERLOAD);
        else
            begin(q);
        q->begins = false;
    }
    waiter->inquiry = q;
    waiter->link = &q->waiting;
    waiter->next = q->waiting;
    if (waiter->next != NULL)
        waiter->next->link = &waiter->next;
    q->waiting = waiter;
    return true;
}

void
inquiry_leave(struct inquiry_waiter *waiter)
{
    struct inquiry *q = waiter->inquiry;

    if (q == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    waiter->inquiry = NULL;
    waiter->link = NULL;
    waiter->next = NULL;
    /* One that is being told ends by itself.  So does one whose credential has
     * gone out: or whoever leaves at once could guess without ever being
     * counted, and a provider that hangs would not be seen to. */
    if (q->waiting == NULL && q->link != NULL && (q->ask == NULL || q->ends))
        discard(q);
}

int64_t
inquiry_out_ms(const struct inquiry_waiter *waiter, int64_t now_ms)
{
    const struct inquiry *q = waiter->inquiry;

    return q == NULL || q->asked_ms == 0 ? 0 : now_ms - q->asked_ms;
}

void
inquiries_hold(struct helper *h)
{
    struct inquiry *q, *next;

    for (q = h->inquiries; q != NULL; q = q->next) {
        q->waits = false;
        q->ends = true;
    }
    for (q = h->inquiries; q != NULL; q = next) {
        next = q->next;
        if (q->waiting == NULL)
            discard(q);
    }
}

size_t
inquiries_count(const struct helper *h)
{
    return h->inquiries_count;
}
