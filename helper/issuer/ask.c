/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/ask.h"

#include <stdio.h>
#include <stdlib.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/http/form.h"
#include "helper/issuer/ask_room.h"

/* Over every name that anything of ours calls a user or an origin. */
#define NAME_MAX_BYTES 1024

/* --- the end --- */

static void
freed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Nothing is under way any more. */
static void
stop(struct ask *ask)
{
    issuer_unwait(&ask->issuer_waiter);
    client_unwait(&ask->client_waiter);
    fetch_cancel(ask->fetch);
    ask->fetch = NULL;
    if (ask->probe != NULL)
        probe_cancel(ask->probe);
    ask->probe = NULL;
}

static void
tell_breaker(struct ask *ask, enum breaker_end end)
{
    if (!ask->admitted)
        return;
    ask->admitted = false;
    breaker_ended(&ask->issuer->breaker[ask->breaker], end,
                  buffer_span(&ask->user), buffer_span(&ask->origin),
                  ask->issuer->clock());
}

static void
let_go(struct ask *ask)
{
    claims_clear(&ask->answer.claims);
    buffer_free(&ask->user);
    buffer_free(&ask->origin);
    buffer_free(&ask->credential);
    buffer_free(&ask->body);
    buffer_free(&ask->token);
    json_decref(ask->tokeninfo);
    json_decref(ask->device);
    ask->tokeninfo = ask->device = NULL;
    issuer_release(ask->issuer);
    uv_timer_stop(&ask->timer);
    uv_close((uv_handle_t *)&ask->timer, freed);
}

/* What the administrator reads in status until the endpoint answers again. */
static void
keep_trouble(const struct ask *ask, enum reason reason)
{
    enum outcome outcome = reason_outcome(reason);

    if (!ask->asks || reason == REASON_BREAKER || reason == REASON_SELF_TEST)
        return;
    if (outcome != OUTCOME_UNAVAILABLE && outcome != OUTCOME_BROKEN)
        ask->issuer->trouble[ask->breaker][0] = '\0';
    else if (ask->answer.problem[0] != '\0')
        snprintf(ask->issuer->trouble[ask->breaker], ISSUER_ERROR_MAX, "%s",
                 ask->answer.problem);
}

void
ask_end(struct ask *ask, enum reason reason)
{
    if (ask->ended)
        return;
    ask->ended = true;
    stop(ask);
    tell_breaker(ask, BREAKER_UNKNOWN);
    ask->answer.reason = reason;
    keep_trouble(ask, reason);
    if (reason != REASON_ACCEPTED)
        claims_clear(&ask->answer.claims);
    ask->done(ask->context, &ask->answer);
    let_go(ask);
}

void
ask_fail(struct ask *ask, enum reason reason, const char *format, ...)
{
    char text[2 * ASK_PROBLEM_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    text_escape(span_of(text), ask->answer.problem,
                sizeof(ask->answer.problem));
    if (!ask->ended)
        trace_note(ask->trace, "provider", false, "a usable answer", text);
    ask_end(ask, reason);
}

void
ask_cancel(struct ask *ask)
{
    if (ask == NULL || ask->ended)
        return;
    ask->ended = true;
    stop(ask);
    tell_breaker(ask, BREAKER_UNKNOWN);
    let_go(ask);
}

static const char *
endpoint_name(const struct ask *ask)
{
    static const char *const names[ISSUER_BREAKERS] = {
        "introspection endpoint",
        "token endpoint",
        "tokeninfo endpoint",
        "userinfo endpoint",
        "http_url",
        "device authorization endpoint"};

    return names[ask->breaker];
}

/* A load of our own, of which the provider knows nothing. */
static void
fail_behind_others(struct ask *ask)
{
    ask_fail(ask, REASON_OVERLOAD,
             "within %u ms its turn for the %s did not come, or too late "
             "(max_transfers)",
             (unsigned)ask->timeout_ms, endpoint_name(ask));
}

static void
on_deadline(uv_timer_t *timer)
{
    struct ask *ask = timer->data;
    bool sent = ask->fetch != NULL || ask->probe != NULL;

    if (ask->fetch != NULL && fetch_was_queued(ask->fetch)) {
        fail_behind_others(ask);
    } else if (sent) {
        tell_breaker(ask, BREAKER_FAILED);
        ask_fail(ask, REASON_PROVIDER, "no answer within %u ms from the %s",
                 (unsigned)ask->timeout_ms, endpoint_name(ask));
    } else {
        ask_fail(ask, REASON_PROVIDER,
                 "within %u ms there were no %s of the issuer to ask with",
                 (unsigned)ask->timeout_ms,
                 ask->asks ? "keys, or no token of this host," : "metadata");
    }
}

/* --- waiting --- */

static void
on_issuer(struct issuer_waiter *waiter)
{
    struct ask *ask =
        (struct ask *)((char *)waiter - offsetof(struct ask, issuer_waiter));

    ask->resume(ask);
}

static void
on_client(struct client_waiter *waiter)
{
    struct ask *ask =
        (struct ask *)((char *)waiter - offsetof(struct ask, client_waiter));

    ask->resume(ask);
}

void
ask_wait_for_client(struct ask *ask, const char *token_endpoint)
{
    client_wait(ask->issuer->client, ask->wall, token_endpoint,
                &ask->client_waiter);
}

enum reason
ask_find(struct ask *ask, enum issuer_endpoint which, const char **url)
{
    struct issuer *issuer = ask->issuer;

    *url = issuer_endpoint(issuer, which);
    if (*url != NULL)
        return REASON_ACCEPTED;
    if (issuer->source != SOURCE_DISCOVERY || issuer->discovered)
        return REASON_ENDPOINT;
    if (issuer_wait_for_keys(issuer, &ask->issuer_waiter))
        return REASON_NONE;
    return issuer->answered ? REASON_PROVIDER_ANSWER : REASON_PROVIDER;
}

bool
ask_endpoint(struct ask *ask, enum issuer_endpoint which, const char **url)
{
    static const char *const names[ENDPOINT_COUNT] = {
        "introspection_endpoint", "token_endpoint", "userinfo_endpoint",
        "device_authorization_endpoint"};
    enum reason reason = ask_find(ask, which, url);

    if (reason == REASON_ENDPOINT)
        ask_fail(ask, reason,
                 "no %s is configured, and the provider's metadata name none "
                 "on a host to trust (endpoint_hosts)",
                 names[which]);
    else if (reason != REASON_ACCEPTED && reason != REASON_NONE)
        ask_fail(ask, reason, "the %s is not known: %s", names[which],
                 ask->issuer->error[0] != '\0' ? ask->issuer->error
                                               : "discovery failed");
    return reason == REASON_ACCEPTED;
}

bool
ask_admitted(struct ask *ask, enum issuer_breaker which)
{
    if (ask->admitted && ask->breaker == which)
        return true; /* it waited since, for a token of our own */
    if (!breaker_admits(&ask->issuer->breaker[which], ask->issuer->clock())) {
        if (ask->issuer->breaker[which].busy)
            ask_fail(ask, REASON_PROVIDER_ANSWER,
                     "it was asked too often (HTTP 429) and rests");
        else
            ask_fail(ask, REASON_BREAKER, "it failed lately and rests");
        return false;
    }
    ask->breaker = which;
    ask->admitted = ask->asks = true;
    return true;
}

/* --- sending --- */

/* What is left of the deadline; at least 1, since 0 may mean for ever. */
static uint32_t
time_left(const struct ask *ask)
{
    uint64_t left;

    uv_update_time(ask->issuer->loop);
    left = uv_timer_get_due_in(&ask->timer);
    return left > 0 ? (uint32_t)left : 1;
}

/* What came instead of an answer is noted by ask_fail(). */
static void
note_answer(struct ask *ask, const struct fetch_answer *answer)
{
    char found[ASK_HOST_MAX + TRACE_TEXT_MAX];

    if (ask->trace == NULL || answer->error != NULL)
        return;
    snprintf(found, sizeof(found), "%s: HTTP %ld", ask->host, answer->status);
    trace_span(ask->trace, "provider", answer->status == 200,
               "an answer of HTTP 200", span_of(found));
}

/* Also the breaker hears what came of a request. */
static void
tell_heard(struct ask *ask)
{
    static const enum breaker_end ends[] = {
        [ASK_HEARD_NOTHING] = BREAKER_UNKNOWN,
        [ASK_HEARD_ANSWER] = BREAKER_GOOD,
        [ASK_HEARD_BUSY] = BREAKER_BUSY,
        [ASK_HEARD_FAILURE] = BREAKER_FAILED,
    };

    if (ask->answer.heard == ASK_HEARD_BUSY ||
        ask->answer.heard == ASK_HEARD_FAILURE)
        ask->issuer->breaker[ask->breaker].rest_ms = ask->answer.rest_ms;
    tell_breaker(ask, ends[ask->answer.heard]);
}

static void
on_answer(void *context, const struct fetch_answer *answer)
{
    struct ask *ask = context;

    ask->fetch = NULL;
    /* curl keeps the deadline, too, and may be the first to see it. */
    if (answer->late_behind_others) {
        fail_behind_others(ask);
        return;
    }
    note_answer(ask, answer);
    ask_hear(&ask->answer, answer);
    tell_heard(ask);
    if (answer->error != NULL)
        ask_fail(ask, REASON_PROVIDER, "%s: %s", ask->host, answer->error);
    else if (ask->answer.heard == ASK_HEARD_FAILURE)
        ask_unusable(ask, answer);
    else
        ask->answered(ask, answer);
}

void
ask_put_resource(const struct ask *ask, struct buffer *form)
{
    if (ask->issuer->conf->token_resource != NULL)
        form_add(form, "resource", span_of(ask->issuer->conf->token_resource));
}

void
ask_send(struct ask *ask, struct fetch_request *request,
         void (*answered)(struct ask *, const struct fetch_answer *))
{
    struct buffer why = BUFFER_INIT(ASK_WHY_MAX);

    text_escape(fetch_url_host(span_of(request->url)), ask->host,
                sizeof(ask->host));
    request->route = route_now(&ask->issuer->route, &why);
    request->timeout_ms = time_left(ask);
    request->done = on_answer;
    request->context = ask;
    ask->answered = answered;
    if (request->route == NULL)
        ask_fail(ask, REASON_SECRET, "%s",
                 why.len > 0 ? why.data : "proxy_password_file");
    else
        ask->fetch = fetch_start(ask->issuer->fetcher, request);
    if (request->route != NULL && ask->fetch == NULL)
        ask_fail(ask, REASON_INTERNAL, "no request could be made");
    buffer_free(&why);
}

void
ask_send_draft(struct ask *ask, struct fetch_request *request,
               const struct client_draft *draft,
               void (*answered)(struct ask *, const struct fetch_answer *))
{
    request->post = true;
    request->body = buffer_span(&draft->form);
    request->content_type = FORM_TYPE;
    request->authorization = buffer_span(&draft->authorization);
    request->cert_file = draft->cert_file;
    request->key_file = draft->key_file;
    request->body_max = ASK_BODY_MAX;
    if (draft->form.failed || draft->authorization.failed)
        ask_fail(ask, REASON_INTERNAL, "the request is too large");
    else
        ask_send(ask, request, answered);
}

/* --- http: probe.c does the talking --- */

static void
on_probe(void *context, struct ask_answer *answer)
{
    struct ask *ask = context;

    ask->probe = NULL;
    ask->answer = *answer;
    answer->claims.root = NULL;
    if (ask->answer.heard != ASK_HEARD_NOTHING)
        tell_heard(ask);
    ask_end(ask, ask->answer.reason);
}

static void
http_begin(struct ask *ask)
{
    struct ask_request request = {
        .kind = ask->kind,
        .user = buffer_span(&ask->user),
        .origin = buffer_span(&ask->origin),
        .credential = buffer_span(&ask->credential),
        .wall = ask->wall,
        .trace = ask->trace,
    };
    struct buffer why = BUFFER_INIT(ASK_WHY_MAX);
    struct probe *probe;

    if (!ask_admitted(ask, ISSUER_HTTP))
        return;
    if (route_now(&ask->issuer->route, &why) == NULL) {
        ask_fail(ask, REASON_SECRET, "%s",
                 why.len > 0 ? why.data : "proxy_password_file");
    } else {
        request.timeout_ms = time_left(ask);
        /* Perhaps it has ended before this returns. */
        probe = probe_start(ask->issuer->site, &request, on_probe, ask);
        ask->probe = ask->ended ? NULL : probe;
    }
    buffer_free(&why);
}

/* --- the beginning --- */

static void (*const begin_of[])(struct ask *) = {
    [ASK_INTROSPECTION] = introspect_begin, [ASK_EXCHANGE] = exchange_begin,
    [ASK_USERINFO] = userinfo_begin,        [ASK_HTTP_TOKEN] = http_begin,
    [ASK_HTTP_PASSWORD] = http_begin,       [ASK_DEVICE] = devicegrant_begin,
    [ASK_DEVICE_TOKEN] = devicegrant_token,
};

/* Is that a way to ask this issuer at all?  And may it be asked about this:
 * control characters have no place in a header or in a credential. */
static enum reason
admissible(const struct ask *ask)
{
    struct span credential = buffer_span(&ask->credential);
    bool password = ask->kind == ASK_EXCHANGE || ask->kind == ASK_HTTP_PASSWORD;

    if (ask->user.failed || ask->origin.failed || ask->credential.failed)
        return REASON_INTERNAL;
    if (password && (ask->user.len == 0 || credential.len == 0))
        return REASON_PASSWORD;
    if (ask->kind == ASK_DEVICE)
        return ask->issuer->client != NULL ? REASON_ACCEPTED : REASON_INTERNAL;
    if (password ? text_has_control(credential)
                 : credential.len == 0 || !text_is_visible(credential))
        return REASON_FORM;
    if (((ask->kind == ASK_INTROSPECTION || ask->kind == ASK_DEVICE_TOKEN) &&
         ask->issuer->client == NULL) ||
        ((ask->kind == ASK_HTTP_TOKEN || ask->kind == ASK_HTTP_PASSWORD) &&
         ask->issuer->site == NULL))
        return REASON_INTERNAL;
    return REASON_ACCEPTED;
}

static struct ask *
ask_new(struct issuer *issuer, const struct ask_request *request)
{
    struct ask *ask = calloc(1, sizeof(*ask));

    if (ask == NULL || uv_timer_init(issuer->loop, &ask->timer) != 0) {
        free(ask);
        return NULL;
    }
    ask->timer.data = ask;
    ask->issuer = issuer;
    issuer_hold(issuer);
    ask->kind = request->kind;
    ask->user = (struct buffer)BUFFER_INIT(NAME_MAX_BYTES);
    ask->origin = (struct buffer)BUFFER_INIT(NAME_MAX_BYTES);
    ask->credential = (struct buffer)BUFFER_INIT(LIMIT_CREDENTIAL);
    ask->body = (struct buffer)BUFFER_INIT(ASK_BODY_MAX);
    ask->token = (struct buffer)BUFFER_INIT(LIMIT_CREDENTIAL);
    buffer_add(&ask->user, request->user.data, request->user.len);
    buffer_add(&ask->origin, request->origin.data, request->origin.len);
    buffer_add(&ask->credential, request->credential.data,
               request->credential.len);
    ask->wall = request->wall;
    ask->trace = request->trace;
    ask->timeout_ms = request->timeout_ms;
    ask->issuer_waiter.ready = on_issuer;
    ask->client_waiter.ready = on_client;
    return ask;
}

struct ask *
ask_start(struct issuer *issuer, const struct ask_request *request,
          ask_done *done, void *context)
{
    struct ask *ask = ask_new(issuer, request);
    struct ask_answer none = {.reason = REASON_INTERNAL};
    enum reason reason;

    if (ask == NULL) {
        done(context, &none);
        return NULL;
    }
    ask->done = done;
    ask->context = context;
    uv_update_time(issuer->loop);
    uv_timer_start(&ask->timer, on_deadline, ask->timeout_ms, 0);
    reason = admissible(ask);
    if (reason != REASON_ACCEPTED) {
        ask_end(ask, reason);
        return NULL;
    }
    ask->resume = begin_of[ask->kind];
    ask->resume(ask);
    /* The struct itself is freed in a later turn of the loop. */
    return ask->ended ? NULL : ask;
}
