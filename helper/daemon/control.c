/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/control.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/daemon/app_password.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/metrics.h"
#include "helper/daemon/refusals.h"
#include "helper/daemon/report.h"
#include "helper/daemon/revoke.h"

struct control {
    control_done *done;
    void *context;
    struct trace *trace;
    struct attempt *attempt;
    struct app_password *app_password;
    char user[LIMIT_USER + 1], service[LIMIT_SERVICE + 1];
};

/* A short operation, answered at once; takes the daemon, the caller and the
 * message, and gives the status and a body. */
struct answer {
    enum wire_status status;
    json_t *body;
};
typedef struct answer control_short(struct daemon *, uid_t,
                                    const struct wire_control *);

static struct answer
done_with(json_t *body)
{
    return (struct answer){body != NULL ? WIRE_DONE : WIRE_FAILED, body};
}

static struct answer
do_status(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    (void)uid;
    (void)c;
    return done_with(report_status(&d->helper, d->callers));
}

static struct answer
do_reload(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    json_t *complaints;

    (void)uid;
    (void)c;
    if (daemon_reload(d))
        return done_with(json_pack("{s:b}", "reloaded", 1));
    complaints = report_complaints(&d->helper.complaints);
    return (struct answer){
        WIRE_FAILED,
        json_pack("{s:s, s:o}", "error",
                  d->helper.config != NULL
                      ? "the new configuration has faults; the running one "
                        "stays"
                      : "the configuration has faults",
                  "complaints", complaints)};
}

static struct answer
do_flush(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    (void)c;
    helper_flush(&d->helper);
    log_notice("verdicts flushed, keys asked for anew (uid %lu)",
               (unsigned long)uid);
    return done_with(json_pack("{s:b}", "flushed", 1));
}

/* The list is cut until it fits a packet: an administrator with that many
 * pins reads STATE_DIR/pins. */
static struct answer
do_user_list(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    json_t *users = d->helper.pins != NULL ? pins_list(d->helper.pins) : NULL;
    size_t all = json_array_size(users), shown = all;

    (void)uid;
    (void)c;
    if (users == NULL)
        users = json_array();
    while (shown > 0 &&
           json_dumpb(users, NULL, 0, JSON_COMPACT) > WIRE_PACKET_MAX - 1024) {
        shown /= 2;
        while (json_array_size(users) > shown)
            json_array_remove(users, json_array_size(users) - 1);
    }
    return done_with(json_pack("{s:o, s:I}", "users", users, "not_shown",
                               (json_int_t)(all - shown)));
}

/* The argument is an issuer's section name or its identifier, which is what
 * a pin of an issuer that is configured no more is known by. */
static struct span
issuer_identifier(const struct helper *h, struct span argument)
{
    const struct issuer_conf *conf = h->config != NULL && argument.len > 0
                                         ? config_issuer(h->config, argument)
                                         : NULL;

    return conf != NULL ? span_of(conf->issuer) : argument;
}

static struct answer
do_user_forget(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    struct helper *h = &d->helper;
    char user[LIMIT_USER + 1];
    int forgotten = -1;

    if (h->pins != NULL)
        forgotten =
            pins_forget(h->pins, c->user, issuer_identifier(h, c->argument));
    if (forgotten < 0)
        return (struct answer){
            WIRE_FAILED, json_pack("{s:s}", "error",
                                   "the pins cannot be written; see the log")};
    log_notice("pins of user %s forgotten: %d (uid %lu)",
               text_escape(c->user, user, sizeof(user)), forgotten,
               (unsigned long)uid);
    return done_with(json_pack("{s:i}", "forgotten", forgotten));
}

/* The key is root's and so is the tool that signs with it: what arrives here
 * is root's own word, kept where the decisions are. */
static struct answer
do_minted(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    char text[600];

    (void)d;
    log_decision("token minted uid=%lu %s", (unsigned long)uid,
                 text_escape(c->argument, text, sizeof(text)));
    return done_with(json_pack("{s:b}", "logged", 1));
}

static struct answer
do_revoke(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    json_t *body = NULL;
    bool done = revoke_order(&d->helper, uid, c->argument, &body);

    return (struct answer){done ? WIRE_DONE : WIRE_FAILED, body};
}

static struct answer
do_metrics(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    struct buffer text = BUFFER_INIT(METRICS_BYTES_MAX);
    struct answer answer = {
        WIRE_FAILED,
        json_pack("{s:s}", "error", "there are too many to be told at once")};

    (void)uid;
    (void)c;
    if (metrics_print(&d->helper, d->callers, &text)) {
        json_decref(answer.body);
        answer = done_with(json_pack("{s:s%}", "metrics", text.data, text.len));
    }
    buffer_free(&text);
    return answer;
}

static struct answer
do_why(struct daemon *d, uid_t uid, const struct wire_control *c)
{
    json_t *found = refusals_find(d->helper.refusals, c->user, c->argument,
                                  WIRE_PACKET_MAX - 1024);

    (void)uid;
    return done_with(json_pack("{s:o}", "refusals", found));
}

static const struct operation {
    enum wire_operation operation;
    enum control_right others; /* root may everything */
    control_short *run;        /* NULL: one that may wait */
} operations[] = {
    {WIRE_OP_VERIFY, CONTROL_IF_SAME_USER, NULL},
    {WIRE_OP_STATUS, CONTROL_NO, do_status},
    {WIRE_OP_RELOAD, CONTROL_NO, do_reload},
    {WIRE_OP_FLUSH, CONTROL_NO, do_flush},
    {WIRE_OP_USER_LIST, CONTROL_NO, do_user_list},
    {WIRE_OP_USER_FORGET, CONTROL_NO, do_user_forget},
    {WIRE_OP_MINTED, CONTROL_NO, do_minted},
    {WIRE_OP_APP_PASSWORD_CREATE, CONTROL_IF_SAME_USER, NULL},
    {WIRE_OP_APP_PASSWORD_LIST, CONTROL_IF_SAME_USER, NULL},
    {WIRE_OP_APP_PASSWORD_SHOW, CONTROL_IF_SAME_USER, NULL},
    {WIRE_OP_APP_PASSWORD_REVOKE, CONTROL_IF_SAME_USER, NULL},
    {WIRE_OP_APP_PASSWORD_ROTATE, CONTROL_IF_SAME_USER, NULL},
    {WIRE_OP_REVOKE, CONTROL_NO, do_revoke},
    {WIRE_OP_METRICS, CONTROL_NO, do_metrics},
    {WIRE_OP_WHY, CONTROL_NO, do_why},
};

static const struct operation *
find_operation(enum wire_operation operation)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].operation == operation)
            return &operations[i];
    }
    return NULL;
}

enum control_right
control_right(enum wire_operation operation, uid_t uid)
{
    const struct operation *found = find_operation(operation);

    if (found == NULL)
        return CONTROL_NO;
    return uid == 0 ? CONTROL_YES : found->others;
}

bool
control_error(struct buffer *out, const char *text)
{
    json_t *body = json_pack("{s:s}", "error", text);
    char *dump = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    bool done = dump != NULL && buffer_text(out, dump);

    free(dump);
    json_decref(body);
    return done;
}

static void
answer_with(control_done *done, void *context, struct answer answer)
{
    static const char no_memory[] = "{\"error\":\"out of memory\"}";
    char *dump =
        answer.body != NULL ? json_dumps(answer.body, JSON_COMPACT) : NULL;

    json_decref(answer.body);
    if (dump != NULL)
        done(context, answer.status, span_of(dump));
    else
        done(context, WIRE_FAILED, span_of(no_memory));
    free(dump);
}

static void
control_free(struct control *control)
{
    if (control == NULL)
        return;
    trace_free(control->trace);
    free(control);
}

static void
on_verified(void *context, const struct attempt_result *result)
{
    struct control *control = context;

    control->attempt = NULL;
    answer_with(
        control->done, control->context,
        done_with(report_verify(control->trace, result, span_of(control->user),
                                span_of(control->service))));
    control_free(control);
}

static void
keep(struct span from, char *to, size_t size)
{
    size_t len = from.len < size ? from.len : size - 1;

    if (len > 0)
        memcpy(to, from.data, len);
    to[len] = '\0';
}

static struct control *
start_verify(struct daemon *d, uid_t uid, const struct wire_control *c,
             control_done *done, void *context)
{
    struct control *control = calloc(1, sizeof(*control));
    struct attempt_request request = {
        .user = c->user,
        .service = c->service,
        .rhost = c->rhost,
        .credential = c->credential,
        .ms_left = c->ms_left,
        .caller = uid,
        .ruid = uid,
        .believed = uid == 0,
    };
    struct attempt *attempt;

    if (control != NULL)
        control->trace = trace_new();
    if (control == NULL || control->trace == NULL) {
        control_free(control);
        answer_with(done, context, (struct answer){WIRE_FAILED, NULL});
        return NULL;
    }
    control->done = done;
    control->context = context;
    keep(c->user, control->user, sizeof(control->user));
    keep(c->service, control->service, sizeof(control->service));
    request.trace = control->trace;
    /* Once it has answered, `control` is gone. */
    attempt = attempt_start(&d->helper, &request, on_verified, control);
    if (attempt == NULL)
        return NULL;
    control->attempt = attempt;
    return control;
}

static void
on_app_password(void *context, enum wire_status status, struct span body)
{
    struct control *control = context;

    control->done(control->context, status, body);
    control_free(control);
}

static struct control *
start_app_password(struct daemon *d, uid_t uid, const struct wire_control *c,
                   control_done *done, void *context)
{
    struct control *control = calloc(1, sizeof(*control));
    struct app_password *waiting;

    if (control == NULL) {
        answer_with(done, context, (struct answer){WIRE_FAILED, NULL});
        return NULL;
    }
    control->done = done;
    control->context = context;
    /* As above. */
    waiting = app_password_start(&d->helper, uid, c, on_app_password, control);
    if (waiting == NULL)
        return NULL;
    control->app_password = waiting;
    return control;
}

struct control *
control_start(struct daemon *d, uid_t uid, const struct wire_control *c,
              control_done *done, void *context)
{
    const struct operation *operation = find_operation(c->operation);

    if (operation == NULL) {
        answer_with(done, context, (struct answer){WIRE_FAILED, NULL});
        return NULL;
    }
    if (app_password_is(c->operation))
        return start_app_password(d, uid, c, done, context);
    if (operation->run == NULL)
        return start_verify(d, uid, c, done, context);
    answer_with(done, context, operation->run(d, uid, c));
    return NULL;
}

void
control_cancel(struct control *control)
{
    if (control == NULL)
        return;
    attempt_cancel(control->attempt);
    app_password_cancel(control->app_password);
    control_free(control);
}
