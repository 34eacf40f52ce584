/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/question.h"

#include <string.h>

#include "helper/base/clock.h"
#include "helper/daemon/report.h"
#include "helper/daemon/session.h"

/* --- answers --- */

static void
answer_verdict(struct question *q, const struct attempt_result *result)
{
    bool made;

    buffer_clear(q->reply);
    made = report_verdict(result, q->caller, q->reply);
    q->answered(q, made ? WIRE_VERDICT : 0);
}

/* False when there are none. */
static bool
answer_files(struct question *q, const uint8_t login[WIRE_LOGIN_LEN])
{
    buffer_clear(q->reply);
    if (!parcels_take(q->helper->parcels, login, clock_boot_ms(), q->reply))
        return false;
    q->answered(q, WIRE_FILES);
    return true;
}

static void
answer_reason(struct question *q, enum reason reason)
{
    struct attempt_result result = {.reason = reason, .method = ""};

    answer_verdict(q, &result);
}

void
question_refuse(struct question *q, enum reason reason)
{
    struct attempt_result result;

    attempt_refused(q->helper, q->caller, reason, &result);
    answer_verdict(q, &result);
}

/* --- asking --- */

static void
on_attempt(void *context, const struct attempt_result *result)
{
    struct question *q = context;

    q->attempt = NULL;
    if (q->polls)
        device_polled(q->helper, q->login, result->reason);
    q->polls = false;
    answer_verdict(q, result);
}

static void
attempt(struct question *q, const struct attempt_request *request)
{
    struct attempt *waiting = attempt_start(q->helper, request, on_attempt, q);

    if (waiting != NULL)
        q->attempt = waiting;
}

static void
poll(struct question *q, const struct wire_request *r,
     struct attempt_request *request)
{
    enum reason reason = device_poll(q->helper, r->login, request);

    if (reason != REASON_ACCEPTED) {
        answer_reason(q, reason);
        return;
    }
    memcpy(q->login, r->login, WIRE_LOGIN_LEN);
    q->polls = true;
    attempt(q, request);
}

static void
on_challenge(void *context, enum reason reason,
             const struct wire_challenge *challenge)
{
    struct question *q = context;
    bool made;

    q->start = NULL;
    if (reason != REASON_ACCEPTED) {
        answer_reason(q, reason);
        return;
    }
    buffer_clear(q->reply);
    made = wire_put_challenge(q->reply, challenge);
    q->answered(q, made ? WIRE_CHALLENGE : 0);
}

static void
begin_device(struct question *q, const struct attempt_request *request)
{
    struct device_start *waiting =
        device_begin(q->helper, request, on_challenge, q);

    if (waiting != NULL)
        q->start = waiting;
}

static void
ask_at_once(struct question *q, const struct wire_request *r)
{
    const struct account_request account = {r->user, r->service, r->rhost,
                                            r->login, q->caller};
    struct attempt_result result;

    if (r->type == WIRE_ACCOUNT)
        attempt_account(q->helper, &account, &result);
    else
        session_ask(q->helper, q->caller, r, &result);
    if (r->type != WIRE_COLLECT || result.reason != REASON_ACCEPTED ||
        !answer_files(q, r->login))
        answer_verdict(q, &result);
}

void
question_ask(struct question *q, const struct wire_request *r, bool believed)
{
    struct attempt_request request = {.user = r->user,
                                      .service = r->service,
                                      .rhost = r->rhost,
                                      .credential = r->credential,
                                      .ms_left = r->ms_left,
                                      .caller = q->caller,
                                      .ruid = believed ? r->uid : q->caller,
                                      .believed = believed,
                                      .may_be_cut = r->may_be_cut};

    switch (r->type) {
    case WIRE_AUTH:
        attempt(q, &request);
        break;
    case WIRE_DEVICE:
        begin_device(q, &request);
        break;
    case WIRE_POLL:
        poll(q, r, &request);
        break;
    default:
        ask_at_once(q, r);
    }
}

void
question_cancel(struct question *q)
{
    attempt_cancel(q->attempt);
    device_cancel(q->start);
    if (q->polls)
        device_polled(q->helper, q->login, REASON_PENDING);
    q->attempt = NULL;
    q->start = NULL;
    q->polls = false;
}
