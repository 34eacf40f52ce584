/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `httpauthctl verify`: the helper's own path with a list of its checks, in
 * the running helper or, with --config, in this process.
 */
#include <errno.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "helper/base/text.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/credential.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/explain.h"
#include "helper/ctl/out.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/report.h"

struct verify {
    const char *user, *service, *rhost, *config, *socket;
    bool json;
    struct buffer credential;
};

static int
show(const struct verify *v, const json_t *report)
{
    if (report == NULL) {
        out_error("out of memory");
        return CTL_UNJUDGED;
    }
    if (v->json)
        out_json(report);
    else
        explain_print(report);
    return explain_status(report);
}

/* Ended by the gate that the module has too: nobody is asked. */
static int
show_gated(const struct verify *v, enum reason reason,
           const struct trace *trace)
{
    const struct attempt_result result = {.reason = reason, .method = ""};
    char user[4 * LIMIT_USER], service[4 * LIMIT_SERVICE];
    json_t *report = report_verify(
        trace, &result, span_of(out_safe(span_of(v->user), user, sizeof(user))),
        span_of(out_safe(span_of(v->service), service, sizeof(service))));
    int status = show(v, report);

    json_decref(report);
    return status;
}

/* --- with --config: a helper in this process --- */

struct run {
    const struct verify *verify;
    const struct trace *trace;
    bool ended;
    int status;
};

static void
on_verdict(void *context, const struct attempt_result *result)
{
    struct run *run = context;
    const struct verify *v = run->verify;
    json_t *report = report_verify(run->trace, result, span_of(v->user),
                                   span_of(v->service));

    run->ended = true;
    run->status = show(v, report);
    json_decref(report);
}

static void
run_attempt(struct helper *helper, struct run *run, struct trace *trace)
{
    const struct verify *v = run->verify;
    const struct attempt_request request = {
        .user = span_of(v->user),
        .service = span_of(v->service),
        .rhost = span_of(v->rhost),
        .credential = buffer_span(&v->credential),
        .ms_left = ASK_TIMEOUT_MS,
        .trace = trace,
    };

    attempt_start(helper, &request, on_verdict, run);
    while (!run->ended && uv_run(helper->loop, UV_RUN_ONCE) != 0)
        continue;
}

static int
judge_here(const struct verify *v, enum reason gate, struct trace *trace)
{
    struct run run = {v, trace, false, CTL_UNJUDGED};
    struct helper helper;
    uv_loop_t loop;

    /* A provider that hangs up must not end the tool. */
    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&loop) != 0) {
        out_error("cannot make an event loop");
        return CTL_UNJUDGED;
    }
    if (!helper_init(&helper, &loop, v->config, CONFIG_FILE_ONLY,
                     HELPER_STORES_NOTHING)) {
        out_error("out of memory");
    } else if (helper.config == NULL) {
        out_lines(buffer_span(&helper.complaints));
        out_error("%s: not a configuration that can be used", v->config);
        helper_close(&helper);
    } else {
        if (gate != REASON_ACCEPTED)
            run.status = show_gated(v, gate, trace);
        else
            run_attempt(&helper, &run, trace);
        helper_close(&helper);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return run.status;
}

/* --- without: the running helper --- */

static int
judge_there(const struct verify *v)
{
    struct ask a = {
        .socket = v->socket,
        .question = {.operation = WIRE_OP_VERIFY,
                     .ms_left = ASK_TIMEOUT_MS,
                     .user = span_of(v->user),
                     .service = span_of(v->service),
                     .rhost = span_of(v->rhost),
                     .credential = buffer_span(&v->credential)},
    };
    enum ask_result result = ask(&a);
    int status = CTL_UNJUDGED;

    if (result == ASK_DONE)
        status = show(v, a.answer);
    else
        (void)ask_explain(&a, result);
    ask_clear(&a);
    return status;
}

static int
judge(const struct verify *v)
{
    struct trace *trace = trace_new();
    enum reason gate;
    int status = CTL_UNJUDGED;

    if (trace == NULL) {
        out_error("out of memory");
        return CTL_UNJUDGED;
    }
    gate = credential_gate(buffer_span(&v->credential), span_of(v->user),
                           span_of(v->service), trace);
    if (v->config != NULL)
        status = judge_here(v, gate, trace);
    else if (gate != REASON_ACCEPTED)
        status = show_gated(v, gate, trace);
    else
        status = judge_there(v);
    trace_free(trace);
    return status;
}

static bool
is_usable(const struct verify *v)
{
    if (v->user == NULL || v->user[0] == '\0')
        out_usage("say whose login it would be: --user USER");
    else if (v->service == NULL || v->service[0] == '\0')
        out_usage("say which service asks: --service SERVICE");
    else if (v->config != NULL && v->socket != NULL)
        out_usage("--config and --socket exclude each other");
    else if (strlen(v->rhost) > LIMIT_RHOST ||
             text_has_control(span_of(v->rhost)))
        out_usage("--rhost is no host");
    else
        return true;
    return false;
}

int
ctl_verify(int argc, char **argv)
{
    struct verify v = {.credential = CREDENTIAL_BUFFER};
    const struct arg args[] = {
        {.name = "user", .text = &v.user},
        {.name = "service", .text = &v.service},
        {.name = "rhost", .text = &v.rhost},
        {.name = "config", .text = &v.config},
        {.name = "socket", .text = &v.socket},
        {.name = "json", .flag = &v.json},
        {.name = NULL},
    };
    int status = CTL_UNJUDGED;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (v.rhost == NULL)
        v.rhost = "";
    if (!is_usable(&v))
        return CTL_USAGE;
    if (credential_read(STDIN_FILENO, &v.credential))
        status = judge(&v);
    else
        out_error("cannot read the credential from standard input: %s",
                  strerror(errno));
    buffer_free(&v.credential);
    return status;
}
