/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device login, RFC 8628: the provider gives a code that a person confirms in
 * a browser, and then a token for it.  This host is a client like any other,
 * and says so as client_auth has it.
 */
#include "helper/http/form.h"
#include "helper/issuer/ask_room.h"

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
    fault = grant_take_device(ask->device, &ask->answer.device);
    if (fault != NULL)
        ask_fail(ask, REASON_PROVIDER_ANSWER,
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
        ask_put_resource(ask, &draft.form);
        send_form(ask, url, &draft, begun);
    }
    client_draft_clear(&draft);
}

/* --- the token, section 3.4 and 3.5 --- */

static enum reason
reason_of(const struct fetch_answer *answer)
{
    json_t *root = answer->status < 400 ? NULL : json_object_load(answer->body);
    enum reason reason = grant_device_error(json_text(root, "error"));

    json_decref(root);
    return reason;
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
        form_add(&draft.form, "grant_type", span_of(GRANT_TYPE_DEVICE));
        form_add(&draft.form, "device_code", buffer_span(&ask->credential));
        ask_put_resource(ask, &draft.form);
        send_form(ask, url, &draft, answered);
    }
    client_draft_clear(&draft);
}
