/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Most attempts end within attempt_start(), on the stack.  Only one that must
 * wait for keys gets a life of its own: a copy of the question, a place among
 * the issuer's waiters and a timer.
 */
#include "helper/daemon/attempt.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/daemon/collect.h"
#include "helper/daemon/decision.h"
#include "helper/daemon/judge.h"
#include "helper/daemon/refusals.h"
#include "helper/daemon/report.h"
#include "helper/daemon/shape.h"

/* Kept back from the caller's deadline so that the answer still arrives. */
#define MARGIN_MS 200
/* A provider that is known to fail is not waited for any longer where memory
 * will do, but it is waited for: it may have come back. */
#define OUTAGE_PATIENCE_MS 1000

struct attempt {
    struct judge judge;
    uid_t caller;
    bool interrupted; /* by a reload */
    attempt_done *done;
    void *context;
    int64_t began_ms;
    char *copy; /* of all the spans of the question */
    size_t copy_len;
    struct issuer_waiter waiter;
    struct inquiry_waiter inquiry;
    uint64_t ends;                /* the deadline, in the loop's time */
    uv_timer_t deadline;          /* ... or the next look at an outage */
    struct attempt *next, **link; /* among helper->attempts */
};

/* The judge has spoken: what is answered, and the login that it opens. */
static void
conclude(struct judge *j, uid_t caller, struct attempt_result *out)
{
    struct helper *h = j->helper;
    struct login login;

    decision_result(j, out);
    if (j->reason == REASON_ACCEPTED && j->trace == NULL) {
        login = (struct login){
            .user = judge_user(j),
            .service = j->who.service,
            .rhost = j->who.rhost,
            .ends = judge_ends(j),
            .mapping = policy_mapping(h->config, j->facts, judge_user(j)),
            .facts = {(const char *)j->facts, j->facts->size},
        };
        out->ends = login.ends;
        memcpy(out->user, j->mapped, sizeof(out->user));
        /* From memory, nobody has vouched for him just now. */
        if (j->way.method != METHOD_HOST_PASSWORD && h->seen != NULL &&
            !j->cached && !issuer_conf(j->issuer->issuer)->local)
            seen_note(h->seen, login.user, j->wall);
        if (!login_add(caller != 0 ? h->guests : h->logins, &login,
                       out->login)) {
            memset(out->login, 0, sizeof(out->login));
            out->ends = 0;
            out->user[0] = '\0';
            out->reason = REASON_INTERNAL;
        } else if (caller == 0) {
            collect_keep(j, out->login);
        }
    }
    decision_count(h, out);
}

static void
link_in(struct attempt *a)
{
    struct attempt **head = &a->judge.helper->attempts;

    a->next = *head;
    if (a->next != NULL)
        a->next->link = &a->next;
    a->link = head;
    *head = a;
}

static void
link_out(struct attempt *a)
{
    if (a->link == NULL)
        return;
    *a->link = a->next;
    if (a->next != NULL)
        a->next->link = a->link;
    a->next = NULL;
    a->link = NULL;
}

static void
unwait(struct attempt *a)
{
    issuer_unwait(&a->waiter);
    inquiry_leave(&a->inquiry);
}

static void
release(uv_handle_t *deadline)
{
    struct attempt *a = deadline->data;

    free(a);
}

/* Ends all activity and erases the credential; the rest goes when libuv has
 * let go of the timer. */
static void
discard(struct attempt *a)
{
    link_out(a);
    unwait(a);
    judge_clear(&a->judge);
    erase_free(a->copy, a->copy_len);
    a->copy = NULL;
    uv_close((uv_handle_t *)&a->deadline, release);
}

/* The question will be put again: nothing to count or to log. */
static bool
is_undecided(enum reason reason)
{
    return reason == REASON_INCOMPLETE || reason == REASON_PENDING ||
           reason == REASON_SLOW_DOWN;
}

/* What a refusal went through: it is looked at once more, with what has been
 * answered, and nobody is asked. */
static json_t *
look_again(const struct judge *j, struct trace *trace)
{
    const struct inquiry_result known = {.reason = REASON_ACCEPTED,
                                         .facts = j->facts};
    struct judge again = {
        .helper = j->helper,
        .who = j->who,
        .credential = j->credential,
        .device = j->device,
        .trace = trace,
        .answer = j->answer,
        .no_keys_more = true,
        .no_kid_more = true,
    };
    json_t *checks;

    if (again.answer == NULL && j->facts != NULL && j->way.asks)
        again.answer = &known;
    memcpy(again.origin, j->origin, sizeof(again.origin));
    judge_run(&again);
    checks = report_checks(trace);
    judge_clear(&again);
    return checks;
}

/* App passwords of this host are not looked at again, whosever they would be:
 * to compare one counts as a try, and the time of a refusal would tell who
 * exists. */
static json_t *
explain(const struct judge *j)
{
    struct helper *h = j->helper;
    struct trace *trace;
    json_t *checks;

    if (j->reason == REASON_ACCEPTED || j->trace != NULL ||
        shape_of(j->credential) == SHAPE_HOST_PASSWORD ||
        !refusals_may_explain(h->refusals, clock_boot_ms()))
        return NULL;
    trace = trace_new();
    checks = trace != NULL ? look_again(j, trace) : NULL;
    trace_free(trace);
    return checks;
}

/* The answer goes out first: nobody waits for a log.  Behind `done` the
 * question may be gone, and what the judge looked at. */
static void
tell(struct judge *j, uid_t caller, int64_t began_ms, attempt_done *done,
     void *context)
{
    struct helper *h = j->helper;
    struct attempt_result result;
    struct decision_note noted;

    if (is_undecided(j->reason)) {
        decision_result(j, &result);
        judge_clear(j);
        done(context, &result);
        return;
    }
    conclude(j, caller, &result);
    decision_note_judge(j, caller, clock_boot_ms() - began_ms, &noted);
    noted.checks = explain(j);
    judge_clear(j);
    done(context, &result);
    decision_write(h, &noted, &result);
}

static void
finish(struct attempt *a)
{
    link_out(a);
    unwait(a);
    tell(&a->judge, a->caller, a->began_ms, a->done, a->context);
    discard(a);
}

static void
finish_with(struct attempt *a, enum reason reason)
{
    struct judge *j = &a->judge;
    struct helper_issuer *issuer = j->issuer;
    struct way way = j->way;

    judge_clear(j);
    /* Whose fault is it?  The log says what it waited for. */
    j->issuer = issuer;
    j->way = way;
    j->reason = reason;
    j->known_user = true; /* it had come as far as an issuer's keys */
    finish(a);
}

static bool
join_inquiry(struct attempt *a)
{
    struct inquiry_request request;

    judge_inquiry(&a->judge, &request);
    return inquiry_join(a->judge.helper, &request, &a->inquiry);
}

/* Runs the judge until it waits (true) or has spoken (false). */
static bool
advance(struct attempt *a)
{
    struct judge *j = &a->judge;

    for (;;) {
        judge_run(j);
        if (j->wants == WANTS_NOTHING)
            break;
        if (j->wants == WANTS_KEYS) {
            if (issuer_wait_for_keys(j->issuer->issuer, &a->waiter))
                return true;
            j->no_keys_more = true;
        } else if (j->wants == WANTS_ANSWER) {
            if (join_inquiry(a))
                return true;
            j->wants = WANTS_NOTHING;
            j->reason = REASON_INTERNAL;
            break;
        } else {
            if (issuer_wait_for_kid(j->issuer->issuer, j->kid, &a->waiter))
                return true;
            j->no_kid_more = true;
        }
    }
    /* The refresh that it waited for failed; or it went with the old
     * configuration, and its budget is spent.  Nobody has said that there is
     * no such key. */
    if (j->reason == REASON_KEY_UNKNOWN &&
        (a->interrupted || issuer_failing(j->issuer->issuer)))
        j->reason = REASON_KEYS_UNAVAILABLE;
    return false;
}

static void
on_keys(struct issuer_waiter *waiter)
{
    struct attempt *a =
        (struct attempt *)((char *)waiter - offsetof(struct attempt, waiter));

    /* Keys that the provider gave just now are as new as they get; those that
     * were kept are not. */
    if (a->judge.wants == WANTS_KEYS)
        a->judge.no_keys_more = true;
    if (a->judge.wants == WANTS_KID || issuer_is_fresh(a->judge.issuer->issuer))
        a->judge.no_kid_more = true;
    if (!advance(a))
        finish(a);
}

static void
on_inquiry(struct inquiry_waiter *waiter, const struct inquiry_result *result)
{
    struct attempt *a =
        (struct attempt *)((char *)waiter - offsetof(struct attempt, inquiry));

    a->judge.answer = result;
    if (advance(a))
        a->judge.answer = NULL;
    else
        finish(a);
}

static void wait_on(struct attempt *);

static void
on_deadline(uv_timer_t *timer)
{
    struct attempt *a = timer->data;
    int64_t out_ms = inquiry_out_ms(&a->inquiry, clock_boot_ms());

    if (out_ms >= OUTAGE_PATIENCE_MS && judge_give_up(&a->judge)) {
        finish(a);
    } else if (uv_now(timer->loop) >= a->ends) {
        trace_note(a->judge.trace, "deadline", false, "an answer within it",
                   "none");
        finish_with(a, REASON_TIMEOUT);
    } else {
        wait_on(a);
    }
}

static void
wait_on(struct attempt *a)
{
    uint64_t now = uv_now(a->deadline.loop);
    uint64_t left = a->ends > now ? a->ends - now : 0;

    uv_timer_start(&a->deadline, on_deadline,
                   left < OUTAGE_PATIENCE_MS ? left : OUTAGE_PATIENCE_MS, 0);
}

/* What others say about where they come from is a claim: their failures count
 * against their own uid. */
static void
name_origin(const struct attempt_request *request,
            char origin[THROTTLE_ORIGIN_MAX])
{
    throttle_origin(request->believed ? request->rhost : span_of(""),
                    request->believed ? request->ruid : request->caller,
                    origin);
}

static struct attempt *
attempt_new(struct helper *h, const struct attempt_request *request,
            const struct judge_name *named)
{
    struct attempt *a = calloc(1, sizeof(*a));
    char *to;

    if (a == NULL)
        return NULL;
    a->copy_len = request->user.len + request->service.len +
                  request->rhost.len + request->credential.len +
                  request->device.len;
    a->copy = malloc(a->copy_len + 1);
    if (a->copy == NULL) {
        free(a);
        return NULL;
    }
    to = a->copy;
    a->judge.helper = h;
    a->judge.trace = request->trace;
    a->judge.named = *named;
    a->judge.who.user = span_copy(request->user, &to);
    a->judge.who.service = span_copy(request->service, &to);
    a->judge.who.rhost = span_copy(request->rhost, &to);
    a->judge.credential = span_copy(request->credential, &to);
    a->judge.device = span_copy(request->device, &to);
    a->caller = request->caller;
    name_origin(request, a->judge.origin);
    a->waiter.ready = on_keys;
    a->inquiry.ready = on_inquiry;
    uv_timer_init(h->loop, &a->deadline);
    a->deadline.data = a;
    return a;
}

uint64_t
attempt_patience_ms(uint32_t ms_left)
{
    return ms_left > 2 * MARGIN_MS ? ms_left - MARGIN_MS : ms_left / 2 + 1;
}

struct attempt *
attempt_start(struct helper *h, const struct attempt_request *request,
              attempt_done *done, void *context)
{
    int64_t began_ms = clock_boot_ms();
    struct attempt *a = NULL;
    struct judge j = {
        .helper = h,
        .who = {.user = request->user,
                .service = request->service,
                .rhost = request->rhost},
        .credential = request->credential,
        .trace = request->trace,
        .may_be_cut = request->may_be_cut,
        .device = request->device,
    };

    name_origin(request, j.origin);
    judge_run(&j);
    if (j.wants != WANTS_NOTHING) {
        j.reason = REASON_INTERNAL;
        a = attempt_new(h, request, &j.named);
    }
    if (a == NULL) {
        tell(&j, request->caller, began_ms, done, context);
        return NULL;
    }
    judge_clear(&j);
    a->began_ms = began_ms;
    a->done = done;
    a->context = context;
    if (!advance(a)) {
        finish(a);
        return NULL;
    }
    uv_update_time(h->loop);
    a->ends = uv_now(h->loop) + attempt_patience_ms(request->ms_left);
    wait_on(a);
    link_in(a);
    return a;
}

void
attempt_cancel(struct attempt *a)
{
    if (a != NULL)
        discard(a);
}

struct attempt *
attempts_pause(struct helper *h)
{
    struct attempt *first = h->attempts;

    inquiries_hold(h);
    for (struct attempt *a = first; a != NULL; a = a->next) {
        unwait(a);
        judge_clear(&a->judge);
        a->judge.no_keys_more = a->judge.no_kid_more = false;
        a->interrupted = true;
    }
    return first;
}

void
attempts_resume(struct helper *h, struct attempt *paused)
{
    struct attempt *next;

    /* Those that wait again keep their place in the list; the one that ends
     * may only take itself out of it. */
    (void)h;
    for (struct attempt *a = paused; a != NULL; a = next) {
        next = a->next;
        if (!advance(a))
            finish(a);
    }
}

void
attempts_stop(struct helper *h)
{
    inquiries_hold(h);
    while (h->attempts != NULL)
        finish_with(h->attempts, REASON_STOPPING);
}
