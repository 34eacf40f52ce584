/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/app_password.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/daemon/app_password_order.h"
#include "helper/daemon/attempt.h"
#include "helper/hostpw/rfc3339.h"

#define WHY_MAX 512
#define BODY_MAX 4096

struct app_password {
    struct helper *helper;
    uid_t uid;
    enum wire_operation operation;
    char user[LIMIT_USER + 1]; /* "": root did not say */
    struct app_password_order order;
    struct attempt *attempt;
    struct trace *trace;
    app_password_done *done;
    void *context;
};

static const char *const verbs[WIRE_OP_COUNT] = {
    [WIRE_OP_APP_PASSWORD_CREATE] = "create",
    [WIRE_OP_APP_PASSWORD_LIST] = "list",
    [WIRE_OP_APP_PASSWORD_SHOW] = "show",
    [WIRE_OP_APP_PASSWORD_REVOKE] = "revoke",
    [WIRE_OP_APP_PASSWORD_ROTATE] = "rotate",
};

bool
app_password_is(enum wire_operation operation)
{
    return (int)operation > 0 && (int)operation < WIRE_OP_COUNT &&
           verbs[operation] != NULL;
}

/* --- answers --- */

static void
answer_json(struct app_password *a, json_t *body)
{
    static const char no_memory[] = "{\"error\":\"out of memory\"}";
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;

    json_decref(body);
    a->done(a->context, text != NULL ? WIRE_DONE : WIRE_FAILED,
            span_of(text != NULL ? text : no_memory));
    free(text);
}

/* Always logged: somebody wanted a key to the house. */
static void
refuse(struct app_password *a, enum wire_status status, const char *why)
{
    json_t *body = json_pack("{s:s}", "error", why);
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    char user[LIMIT_USER * 4 + 1], id[64], reason[WHY_MAX];

    log_decision(
        "app password refused operation=%s user=%s id=%s uid=%lu "
        "why=\"%s\"",
        verbs[a->operation], text_escape(span_of(a->user), user, sizeof(user)),
        text_escape(a->order.id, id, sizeof(id)), (unsigned long)a->uid,
        text_escape(span_of(why), reason, sizeof(reason)));
    a->done(a->context, status,
            span_of(text != NULL ? text : "{\"error\":\"refused\"}"));
    free(text);
    json_decref(body);
}

static void
refuse_why(struct app_password *a, const struct buffer *why)
{
    refuse(a, WIRE_FAILED, why->len > 0 ? why->data : "out of memory");
}

/* --- what may be --- */

static const struct issuer_conf *
local_issuer(const struct helper *h)
{
    for (size_t i = 0; h->config != NULL && i < h->config->issuers; i++)
        if (h->config->issuer[i].local &&
            (h->config->issuer[i].accept & METHOD_HOST_PASSWORD) != 0)
            return &h->config->issuer[i];
    return NULL;
}

static int64_t
lifetime_most(const struct app_password *a, const struct issuer_conf *conf)
{
    int64_t most = conf->app_password_lifetime;

    if (a->uid != 0 && conf->app_password_self_lifetime < most)
        most = conf->app_password_self_lifetime;
    return most;
}

/* The key that the order names, if it is there and whose it must be. */
static const struct hostpw *
named(const struct app_password *a)
{
    const struct hostpw *key = hostpws_find(a->helper->hostpws, a->order.id);

    if (key == NULL || (a->user[0] == '\0' && a->uid != 0) ||
        (a->user[0] != '\0' && strcmp(key->user, a->user) != 0))
        return NULL;
    return key;
}

static const char *
self_service_limits(const struct app_password *a)
{
    const struct hostpw *key;

    if (usersmap_lists(a->helper->config->map, span_of(a->user)))
        return "users.map lists that name: only root makes app passwords for "
               "shared accounts";
    if (a->operation == WIRE_OP_APP_PASSWORD_CREATE)
        return a->order.make.scopes.count > 0
                   ? "only root makes app passwords with scopes"
                   : NULL;
    key = named(a);
    return key != NULL && !key->self_made
               ? "root made it, so only root replaces it"
               : NULL;
}

/* Asked again when the credential's verdict has come: much may have changed
 * meanwhile.  False: refused already. */
static bool
may_make(struct app_password *a, int64_t *wall)
{
    const struct issuer_conf *conf = local_issuer(a->helper);
    char most[32], why[WHY_MAX];
    const char *no = NULL;

    if (a->helper->config == NULL)
        no = "httpauthd has no usable configuration";
    else if (conf == NULL)
        no = "app passwords of this host are off; [issuer local] needs the "
             "line: accept = jwt host-password";
    else if (!helper_wall(a->helper, wall))
        no = "the clock of this host cannot be right";
    if (no != NULL) {
        refuse(a, WIRE_FAILED, no);
        return false;
    }
    if (a->uid != 0 && (no = self_service_limits(a)) != NULL) {
        refuse(a, WIRE_REFUSED, no);
        return false;
    }
    if (a->operation == WIRE_OP_APP_PASSWORD_ROTATE && named(a) == NULL) {
        refuse(a, WIRE_FAILED, "there is no such app password");
        return false;
    }
    if (a->order.make.lifetime <= lifetime_most(a, conf))
        return true;
    snprintf(why, sizeof(why), "it may live for %s at most (%s)",
             text_duration_print(lifetime_most(a, conf), most, sizeof(most)),
             a->uid == 0 ? "app_password_lifetime"
                         : "app_password_self_lifetime");
    refuse(a, WIRE_FAILED, why);
    return false;
}

/* --- doing it --- */

static bool
run(struct app_password *a, const struct issuer_conf *conf, int64_t wall,
    struct buffer *secret, char id[HOSTPW_ID_LEN + 1], struct buffer *why)
{
    struct hostpw_order *order = &a->order.make;
    int64_t most = lifetime_most(a, conf);

    if (order->lifetime == 0)
        order->lifetime =
            most < APP_PASSWORD_LIFETIME_S ? most : APP_PASSWORD_LIFETIME_S;
    order->user = span_of(a->user);
    order->self_made = a->uid != 0;
    if (a->operation == WIRE_OP_APP_PASSWORD_CREATE)
        return hostpws_create(a->helper->hostpws, order,
                              conf->app_password_environment, wall, secret, id,
                              why);
    return hostpws_rotate(
        a->helper->hostpws, a->order.id,
        a->order.overlap >= 0 ? a->order.overlap : APP_PASSWORD_OVERLAP_S,
        order->lifetime, conf->app_password_environment, wall, secret, id, why);
}

static void
make(struct app_password *a, int64_t wall)
{
    struct buffer secret = BUFFER_INIT(HOSTPW_TEXT_MAX);
    struct buffer body = BUFFER_INIT(BODY_MAX), why = BUFFER_INIT(WHY_MAX);
    char id[HOSTPW_ID_LEN + 1], ends[RFC3339_SIZE] = "", old[64] = "";
    const struct hostpw *key;

    if (!run(a, local_issuer(a->helper), wall, &secret, id, &why)) {
        refuse_why(a, &why);
        goto done;
    }
    key = hostpws_find(a->helper->hostpws, span_of(id));
    if (key != NULL)
        (void)rfc3339_print(key->expires, ends);
    if (a->order.id.len > 0)
        snprintf(old, sizeof(old), " instead_of=%.*s", (int)a->order.id.len,
                 a->order.id.data);
    log_decision("app password created id=%s user=%s uid=%lu ends=%s%s", id,
                 key != NULL ? key->user : "?", (unsigned long)a->uid, ends,
                 old);
    /* By hand: jansson would leave copies of it in freed memory. */
    buffer_printf(&body, "{\"id\":\"%s\",\"password\":\"", id);
    buffer_add(&body, secret.data, secret.len);
    buffer_printf(&body, "\",\"expires\":\"%s\"}", ends);
    a->done(a->context, WIRE_DONE, buffer_span(&body));
done:
    buffer_free(&secret);
    buffer_free(&body);
    buffer_free(&why);
}

/* Cut until it fits a packet; an administrator with that many looks into the
 * folder. */
static void
list_all(struct app_password *a)
{
    json_t *keys = hostpws_list(a->helper->hostpws, span_of(a->user));
    size_t all = json_array_size(keys), shown = all;

    while (shown > 0 &&
           json_dumpb(keys, NULL, 0, JSON_COMPACT) > WIRE_PACKET_MAX - 1024) {
        shown /= 2;
        while (json_array_size(keys) > shown)
            json_array_remove(keys, json_array_size(keys) - 1);
    }
    answer_json(a, json_pack("{s:o, s:I}", "app_passwords", keys, "not_shown",
                             (json_int_t)(all - shown)));
}

static void
show_one(struct app_password *a)
{
    const struct hostpw *key = named(a);

    if (key == NULL)
        refuse(a, WIRE_FAILED, "there is no such app password");
    else
        answer_json(a, hostpw_show(key));
}

static void
revoke_one(struct app_password *a)
{
    struct buffer why = BUFFER_INIT(WHY_MAX);
    const struct hostpw *key = named(a);
    char id[64], user[LIMIT_USER + 1];

    snprintf(user, sizeof(user), "%s", key != NULL ? key->user : "?");
    /* Root also removes what cannot be read. */
    if (key == NULL && (a->uid != 0 || a->user[0] != '\0'))
        buffer_text(&why, "there is no such app password");
    if (why.len > 0 || !hostpws_revoke(a->helper->hostpws, a->order.id, &why)) {
        refuse_why(a, &why);
    } else {
        text_escape(a->order.id, id, sizeof(id));
        log_decision("app password revoked id=%s user=%s uid=%lu", id, user,
                     (unsigned long)a->uid);
        answer_json(a, json_pack("{s:s}", "revoked", id));
    }
    buffer_free(&why);
}

/* --- self-service: who is it? --- */

static void
release(struct app_password *a)
{
    if (a == NULL)
        return;
    trace_free(a->trace);
    app_password_order_clear(&a->order);
    free(a);
}

static void
refuse_credential(struct app_password *a, enum reason reason)
{
    char why[WHY_MAX];

    snprintf(why, sizeof(why), "the credential was not accepted: %s (%s)",
             reason_text(reason), reason_name(reason));
    refuse(a, WIRE_FAILED, why);
}

static void
on_verdict(void *context, const struct attempt_result *result)
{
    struct app_password *a = context;
    struct helper *h = a->helper;
    const struct issuer_conf *by;
    int64_t wall;

    a->attempt = NULL;
    if (result->reason != REASON_ACCEPTED) {
        refuse_credential(a, result->reason);
    } else if (may_make(a, &wall)) {
        by = config_issuer(h->config, span_of(result->issuer));
        if (h->seen != NULL && by != NULL && !by->local)
            seen_note(h->seen, span_of(a->user), wall);
        make(a, wall);
    }
    release(a);
}

static bool
begins(struct span text, const char *prefix)
{
    return text.len >= strlen(prefix) &&
           memcmp(text.data, prefix, strlen(prefix)) == 0;
}

/* With a trace the credential is looked at anew and nothing is remembered:
 * a verdict from before is no proof that it is he, now. */
static struct app_password *
verify(struct app_password *a, const struct wire_control *c)
{
    struct attempt_request request = {
        .user = span_of(a->user),
        .service = span_of(APP_PASSWORD_SERVICE),
        .credential = c->credential,
        .ms_left = c->ms_left,
        .caller = a->uid,
        .ruid = a->uid,
    };
    struct attempt *attempt;

    if (c->credential.len == 0) {
        refuse(a, WIRE_REFUSED, "show a credential of yours");
    } else if (begins(c->credential, "hap_")) {
        refuse(a, WIRE_REFUSED,
               "an app password of this host makes no others; show a "
               "token or a password of your provider");
    } else {
        a->trace = request.trace = trace_new();
        if (a->trace == NULL) {
            refuse(a, WIRE_FAILED, "out of memory");
        } else {
            /* Once it has answered, `a` is gone. */
            attempt = attempt_start(a->helper, &request, on_verdict, a);
            if (attempt != NULL)
                a->attempt = attempt;
            return attempt != NULL ? a : NULL;
        }
    }
    release(a);
    return NULL;
}

static struct app_password *
begin(struct app_password *a, const struct wire_control *c)
{
    int64_t wall;

    switch (a->operation) {
    case WIRE_OP_APP_PASSWORD_LIST:
        list_all(a);
        break;
    case WIRE_OP_APP_PASSWORD_SHOW:
        show_one(a);
        break;
    case WIRE_OP_APP_PASSWORD_REVOKE:
        revoke_one(a);
        break;
    default:
        if (!may_make(a, &wall))
            break;
        if (a->uid != 0)
            return verify(a, c);
        make(a, wall);
    }
    release(a);
    return NULL;
}

struct app_password *
app_password_start(struct helper *h, uid_t uid, const struct wire_control *c,
                   app_password_done *done, void *context)
{
    struct app_password *a = calloc(1, sizeof(*a));
    const char *why = NULL;

    if (a == NULL) {
        done(context, WIRE_FAILED, span_of("{\"error\":\"out of memory\"}"));
        return NULL;
    }
    *a = (struct app_password){.helper = h,
                               .uid = uid,
                               .operation = c->operation,
                               .done = done,
                               .context = context};
    if (c->user.len > 0 && c->user.len <= LIMIT_USER)
        memcpy(a->user, c->user.data, c->user.len);
    if (!app_password_order_read(c->operation, c->argument, &a->order, &why))
        refuse(a, WIRE_FAILED, why);
    else if (uid != 0 && a->user[0] == '\0')
        refuse(a, WIRE_REFUSED, "only root may ask about others");
    else if (h->hostpws == NULL)
        refuse(a, WIRE_FAILED, "app passwords cannot be kept; see the log");
    else
        return begin(a, c);
    release(a);
    return NULL;
}

void
app_password_cancel(struct app_password *a)
{
    if (a == NULL)
        return;
    attempt_cancel(a->attempt);
    release(a);
}
