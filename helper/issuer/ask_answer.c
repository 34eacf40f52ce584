/* SPDX-License-Identifier: BSD-2-Clause */
/* What the answers of all endpoints have in common. */
#include <string.h>

#include "helper/base/text.h"
#include "helper/http/head.h"
#include "helper/issuer/ask_room.h"

/* Of each part of a problem that the provider wrote. */
#define PART_SHOWN 100

json_t *
ask_object(struct ask *ask, const struct fetch_answer *answer)
{
    json_t *root;

    if (answer->status != 200 || !head_is_type(answer->head, ASK_JSON)) {
        ask_unusable(ask, answer);
        return NULL;
    }
    root = json_object_load(answer->body);
    if (root == NULL)
        ask_fail(ask, REASON_PROVIDER_ANSWER,
                 "the answer of %s is not one JSON object", ask->host);
    return root;
}

bool
ask_error_is(const struct fetch_answer *answer, const char *code)
{
    json_t *root = json_object_load(answer->body);
    bool is = root != NULL && span_is(json_text(root, "error"), code);

    json_decref(root);
    return is;
}

static void
take_token(struct ask *ask, const json_t *root)
{
    struct span token;
    const char *fault = grant_take_token(root, &token);

    if (fault != NULL) {
        ask_fail(ask, REASON_PROVIDER_ANSWER, "%s gave no usable %s", ask->host,
                 fault);
    } else if (!buffer_add(&ask->token, token.data, token.len)) {
        ask_end(ask, REASON_INTERNAL);
    } else {
        ask->answer.token = buffer_span(&ask->token);
        ask_end(ask, REASON_ACCEPTED);
    }
}

/* What goes into the log, and so never holds the credential: some providers
 * repeat what they were asked about ("Invalid access token: ..."). */
static void
add(const struct ask *ask, struct buffer *out, const char *before,
    struct span text, const char *after)
{
    if (text.len == 0)
        return;
    if (text.len > PART_SHOWN)
        text.len = PART_SHOWN;
    if (text_repeats(text, buffer_span(&ask->credential)))
        text = span_of("what repeats the credential");
    buffer_text(out, before);
    buffer_add(out, text.data, text.len);
    buffer_text(out, after);
}

/* "idp.example answered HTTP 400, invalid_scope (No such scope)" */
static void
describe(const struct ask *ask, const struct fetch_answer *answer,
         struct buffer *out)
{
    json_t *root = json_object_load(answer->body);
    struct span retry = {NULL, 0}, location = {NULL, 0};

    buffer_printf(out, "%s answered HTTP %ld", ask->host, answer->status);
    add(ask, out, ", ", json_text(root, "error"), "");
    add(ask, out, " (", json_text(root, "error_description"), ")");
    if (root == NULL)
        add(ask, out, ", Content-Type ", head_type(answer->head), "");
    if (head_only(answer->head, "Retry-After", &retry))
        add(ask, out, ", Retry-After ", retry, "");
    if (answer->status / 100 == 3 &&
        head_only(answer->head, "Location", &location))
        add(ask, out, ", to ", fetch_url_host(location), "");
    json_decref(root);
}

void
ask_unusable(struct ask *ask, const struct fetch_answer *answer)
{
    struct buffer text = BUFFER_INIT(8 * PART_SHOWN);

    describe(ask, answer, &text);
    ask_fail(ask,
             answer->status >= 500 ? REASON_PROVIDER : REASON_PROVIDER_ANSWER,
             "%s", text.len > 0 ? text.data : "");
    buffer_free(&text);
}

void
ask_client_refused(struct ask *ask, const struct fetch_answer *answer)
{
    json_t *root = json_object_load(answer->body);
    struct buffer code = BUFFER_INIT(8 * PART_SHOWN);

    add(ask, &code, ", ", json_text(root, "error"), "");
    ask_fail(ask, REASON_CLIENT_REFUSED,
             "the provider refused this host as a client (HTTP %ld%s): see "
             "client_auth, client_id, client_secret_file",
             answer->status, code.len > 0 ? code.data : "");
    buffer_free(&code);
    json_decref(root);
}

void
ask_judge(struct ask *ask, json_t *root, const struct claims_rules *rules)
{
    struct claims *claims = &ask->answer.claims;
    enum reason reason;

    claims_of_answer(root, claims);
    reason = claims_check(claims, rules, ask->wall, ask->trace);
    /* Whoever comes next need not know that the answer did not say it. */
    if (reason == REASON_ACCEPTED && claims->iss.data == NULL) {
        if (json_object_set_new(root, "iss", json_string(rules->issuer)) != 0)
            reason = REASON_INTERNAL;
        claims->iss = json_text(root, "iss");
    }
    ask_end(ask, reason);
}

void
ask_take_token(struct ask *ask, const struct fetch_answer *answer)
{
    json_t *root;

    if (client_was_refused(answer->status, answer->body)) {
        ask_client_refused(ask, answer);
        return;
    }
    root = ask_object(ask, answer);
    if (root != NULL)
        take_token(ask, root);
    json_decref(root);
}
