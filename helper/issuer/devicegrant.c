/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device login, RFC 8628: the provider gives a code that a person confirms in
 * a browser, and then a token for it.  This host is a client like any other,
 * and says so as client_auth has it.
 */
#include "helper/base/text.h"
#include "helper/http/form.h"
#include "helper/issuer/ask_room.h"

#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:device_code"
#define DEVICE_CODE_MAX 2048
#define USER_CODE_MAX 64
#define URI_MAX 200

static void
send_form(struct ask *ask, const char *url, struct client_draft *draft,
          void (*answered)(struct ask *, const struct fetch_answer *))
{
    struct buffer why = BUFFER_INIT(ASK_WHY_MAX);
    enum reason reason =
        client_sign(ask->issuer->client, ask->wall, draft, &why);
    struct fetch_request request = {.url = url, .accept = ASK_JSON};

    if (reason != REASON_ACCEPTED)
        ask_fail(ask, reason, "%s", why.len > 0 ? why.data : "");
    else
        ask_send_draft(ask, &request, draft, answered);
    buffer_free(&why);
}

/* --- the beginning, section 3.1 and 3.2 --- */

/* A whole number; `otherwise` when there is none, -1 for anything else. */
static int64_t
seconds(const json_t *root, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(root, name);

    if (value == NULL)
        return otherwise;
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static bool
is_text(struct span text, size_t most)
{
    return text.len > 0 && text.len <= most && text_is_visible(text);
}

/* All of it is shown on a terminal, or sent back: what is not what it should
 * be is not used. */
static const char *
take_device(const json_t *root, struct ask_device *out)
{
    out->code = json_text(root, "device_code");
    out->user_code = json_text(root, "user_code");
    out->uri = json_text(root, "verification_uri");
    out->expires_s = seconds(root, "expires_in", 0);
    out->interval_s = seconds(root, "interval", ASK_INTERVAL_S);
    if (!is_text(out->code, DEVICE_CODE_MAX))
        return "device_code";
    if (!is_text(out->user_code, USER_CODE_MAX))
        return "user_code";
    if (!is_text(out->uri, URI_MAX) || !fetch_url_ok(out->uri))
        return "verification_uri";
    if (out->expires_s <= 0)
        return "expires_in";
    if (out->interval_s < 0)
        return "interval";
    if (out->interval_s == 0)
        out->interval_s = ASK_INTERVAL_S;
    if (out->interval_s > ASK_INTERVAL_MAX_S)
        out->interval_s = ASK_INTERVAL_MAX_S;
    return NULL;
}

static void
begun(struct ask *ask, const struct fetch_answer *answer)
{
    const char *fault;

    if (client_was_refused(answer->status, answer->body)) {
        ask_client_refused(ask, answer);
        return;
    }
    ask->device = ask_object(ask, answer);
    if (ask->device == NULL)
        return;
    fault = take_device(ask->device, &ask->answer.device);
    if (fault != NULL)
        ask_fail(ask, REASON_PROVIDER,
                 "%s gave no usable %s for a device "
                 "login",
                 ask->host, fault);
    else
        ask_end(ask, REASON_ACCEPTED);
}

void
devicegrant_begin(struct ask *ask)
{
    const struct issuer_conf *conf = ask->issuer->conf;
    struct client_draft draft = CLIENT_DRAFT_INIT;
    const char *url;

    if (ask_endpoint(ask, ENDPOINT_DEVICE, &url) &&
        ask_admitted(ask, ISSUER_DEVICE)) {
        if (conf->token_scope != NULL)
            form_add(&draft.form, "scope", span_of(conf->token_scope));
        send_form(ask, url, &draft, begun);
    }
    client_draft_clear(&draft);
}

/* --- the token, section 3.4 and 3.5 --- */

static enum reason
reason_of(const struct fetch_answer *answer)
{
    static const struct {
        const char *error;
        enum reason reason;
    } known[] = {
        {"authorization_pending", REASON_PENDING},
        {"slow_down", REASON_SLOW_DOWN},
        {"access_denied", REASON_DENIED},
        {"expired_token", REASON_DENIED},
        {"invalid_grant", REASON_DENIED},
    };

    if (answer->status < 400)
        return REASON_NONE;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (ask_error_is(answer, known[i].error))
            return known[i].reason;
    return REASON_NONE;
}

static void
answered(struct ask *ask, const struct fetch_answer *answer)
{
    enum reason reason = reason_of(answer);

    if (reason != REASON_NONE)
        ask_end(ask, reason);
    else
        ask_take_token(ask, answer);
}

void
devicegrant_token(struct ask *ask)
{
    struct client_draft draft = CLIENT_DRAFT_INIT;
    const char *url;

    if (ask_endpoint(ask, ENDPOINT_TOKEN, &url) &&
        ask_admitted(ask, ISSUER_TOKEN)) {
        form_add(&draft.form, "grant_type", span_of(GRANT_TYPE));
        form_add(&draft.form, "device_code", buffer_span(&ask->credential));
        send_form(ask, url, &draft, answered);
    }
    client_draft_clear(&draft);
}
