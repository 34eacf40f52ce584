/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opaque tokens where the provider has no introspection: tokeninfo says for
 * which client a token was made, userinfo (OpenID Connect Core section 5.3)
 * whose it is.  userinfo alone takes the tokens of every client of that
 * provider, so that it needs userinfo_any_client.
 */
#include <stdio.h>

#include "helper/base/text.h"
#include "helper/http/form.h"
#include "helper/http/head.h"
#include "helper/issuer/ask_room.h"

static void send_userinfo(struct ask *);

/* --- what it means --- */

/* Takes over `root`. */
static void
judge(struct ask *ask, json_t *root, bool any_client)
{
    const struct issuer_conf *conf = ask->issuer->conf;
    struct claims_rules rules = {
        .source = CLAIMS_OF_ANSWER,
        .clients = &conf->clients,
        .any_client = any_client,
        .issuer = conf->issuer,
        .audience = &conf->audience,
        .kind = CLAIMS_ACCESS_TOKEN,
        .required = &conf->required_claims,
    };

    /* Here `aud` names the client, which was compared already, or nothing. */
    json_object_del(root, "aud");
    ask_judge(ask, root, &rules);
}

/* Some write numbers as text ("exp": "1700000000"). */
static bool
number_of(const json_t *value, int64_t *out)
{
    if (json_is_string(value))
        return text_number(json_string_value(value), INT64_C(1) << 53, out);
    return json_time(value, out);
}

static bool
is_there(const json_t *value)
{
    return value != NULL && !json_is_null(value);
}

/* One `exp` that claims_check() understands, or none; false when the answer
 * says something about the end that nobody understands. */
static bool
settle_end(json_t *root, int64_t wall)
{
    const json_t *exp = json_object_get(root, "exp");
    const json_t *left = json_object_get(root, "expires_in");
    int64_t end = 0;
    bool given = true, good = true;

    if (!is_there(left))
        left = json_object_get(root, "expires_in_seconds");
    if (is_there(exp)) {
        good = number_of(exp, &end);
    } else if (is_there(left)) {
        good = number_of(left, &end) && end < INT32_MAX;
        /* "Ends in 0 seconds" is over: no leeway between one host's clock
         * and itself. */
        end = good && end > 0 ? wall + end : 1;
    } else
        given = false;
    json_object_del(root, "exp");
    if (given && good)
        good = json_object_set_new(root, "exp", json_integer(end)) == 0;
    return good;
}

/* What tokeninfo says of the token stays; of the person userinfo knows more.
 * A mark that refuses counts from either. */
static json_t *
merge(const json_t *tokeninfo, const json_t *userinfo)
{
    static const char *const of_token[] = {
        "exp", "iat", "nbf", "iss", "azp", "client_id", "typ", "scope", "scp"};
    json_t *both = json_copy((json_t *)tokeninfo);

    if (both == NULL || json_object_update(both, (json_t *)userinfo) != 0) {
        json_decref(both);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(of_token) / sizeof(of_token[0]); i++) {
        json_t *value = json_object_get(tokeninfo, of_token[i]);

        if (value == NULL)
            json_object_del(both, of_token[i]);
        else
            json_object_set(both, of_token[i], value);
    }
    return both;
}

/* --- userinfo's answer --- */

/* RFC 6750 section 3.1 */
static bool
lacks_scope(const struct fetch_answer *answer)
{
    static const char wanted[] = "insufficient_scope";
    struct span rest = answer->head, value;

    while (head_next(&rest, "WWW-Authenticate", &value)) {
        for (size_t i = 0; i + strlen(wanted) <= value.len; i++) {
            if (memcmp(value.data + i, wanted, strlen(wanted)) == 0)
                return true;
        }
    }
    return false;
}

static void
take_userinfo(struct ask *ask, json_t *root)
{
    struct span sub = json_text(root, "sub");
    struct span before = json_text(ask->tokeninfo, "sub");
    json_t *both;

    trace_span(ask->trace, "userinfo", sub.len > 0, "a subject", sub);
    if (sub.len == 0) {
        ask_fail(ask, REASON_PROVIDER_ANSWER,
                 "the answer of userinfo has no sub");
    } else if (before.data != NULL && !span_equal(sub, before)) {
        ask_fail(ask, REASON_SUBJECT,
                 "userinfo has another sub than "
                 "tokeninfo");
    } else if (ask->tokeninfo == NULL) {
        json_object_del(root, "exp");
        json_object_del(root, "iat");
        judge(ask, json_incref(root), true);
    } else {
        both = merge(ask->tokeninfo, root);
        if (both != NULL)
            judge(ask, both, false);
        else
            ask_end(ask, REASON_INTERNAL);
    }
}

static void
answered_userinfo(struct ask *ask, const struct fetch_answer *answer)
{
    json_t *root;

    if (answer->status == 401) {
        ask_end(ask, REASON_INACTIVE);
    } else if (answer->status == 403 && lacks_scope(answer)) {
        ask_end(ask, REASON_INSUFFICIENT_SCOPE);
    } else {
        root = ask_object(ask, answer);
        if (root != NULL)
            take_userinfo(ask, root);
        json_decref(root);
    }
}

/* --- tokeninfo's answer --- */

static bool
has_name(const struct ask *ask)
{
    const char *claim = ask->issuer->conf->username_claim;
    const json_t *name =
        json_find(ask->tokeninfo, claim != NULL ? claim : "sub");

    return json_string_length(name) > 0;
}

/* Asks on where the first answer does not say whose token it is. */
static void
after_tokeninfo(struct ask *ask)
{
    enum reason reason = REASON_ENDPOINT;
    const char *url;

    if (!has_name(ask))
        reason = ask_find(ask, ENDPOINT_USERINFO, &url);
    if (reason == REASON_ACCEPTED) {
        send_userinfo(ask);
    } else if (reason == REASON_ENDPOINT) {
        judge(ask, json_incref(ask->tokeninfo), false);
    } else if (reason != REASON_NONE) {
        ask_fail(ask, reason, "userinfo_endpoint is not known: %s",
                 ask->issuer->error);
    }
}

/* Whose client's is it?  Written where every other answer has it. */
static bool
settle_client(struct ask *ask, json_t *root)
{
    const struct issuer_conf *conf = ask->issuer->conf;
    const char *claim =
        conf->client_claim != NULL ? conf->client_claim : "client_id";
    const json_t *value = json_find(root, claim);
    struct span client = {json_string_value(value), json_string_length(value)};

    if (value == NULL) {
        ask_fail(ask, REASON_PROVIDER_ANSWER,
                 "the answer of tokeninfo has no %s, see client_claim", claim);
        return false;
    }
    if (client.len == 0 || !list_has(&conf->clients, client)) {
        trace_span(ask->trace, "made for client", false, "one of `clients`",
                   client);
        ask_fail(ask, REASON_CLIENT_ID,
                 "the token was made for another client "
                 "than clients names");
        return false;
    }
    if (json_object_set_new(root, "client_id",
                            json_stringn(client.data, client.len)) != 0) {
        ask_end(ask, REASON_INTERNAL);
        return false;
    }
    return true;
}

/* Of the errors that come with 200 these two are about the token; the others
 * are the provider's own trouble. */
static bool
is_of_token(const json_t *error)
{
    const char *code = json_string_value(error);

    return code != NULL && (strcmp(code, "invalid_token") == 0 ||
                            strcmp(code, "invalid_grant") == 0);
}

static void
take_tokeninfo(struct ask *ask, const struct fetch_answer *answer, json_t *root)
{
    const json_t *said = json_object_get(root, "active");
    const json_t *error = json_object_get(root, "error");
    bool active = !is_there(error) && (said == NULL || json_is_true(said));

    trace_note(ask->trace, "tokeninfo", active, "active",
               active ? "active" : "not active");
    if (is_there(error) && !is_of_token(error)) {
        ask_unusable(ask, answer);
    } else if (!active) {
        ask_end(ask, REASON_INACTIVE);
    } else if (!settle_end(root, ask->wall)) {
        ask_fail(ask, REASON_PROVIDER_ANSWER,
                 "tokeninfo has an end that is no time");
    } else if (settle_client(ask, root)) {
        ask->tokeninfo = json_incref(root);
        ask->resume = after_tokeninfo;
        after_tokeninfo(ask);
    }
}

static void
answered_tokeninfo(struct ask *ask, const struct fetch_answer *answer)
{
    json_t *root;

    if (answer->status == 401 ||
        (answer->status == 400 && ask_error_is(answer, "invalid_token"))) {
        ask_end(ask, REASON_INACTIVE);
        return;
    }
    root = ask_object(ask, answer);
    if (root != NULL)
        take_tokeninfo(ask, answer, root);
    json_decref(root);
}

/* --- what is sent --- */

/* The token as RFC 6750 section 2.1 says, or as the only field of a form. */
static void
send_token(struct ask *ask, const char *url, bool as_form, size_t body_max,
           void (*answered)(struct ask *, const struct fetch_answer *))
{
    struct client_draft draft = CLIENT_DRAFT_INIT;
    struct fetch_request request = {
        .url = url,
        .accept = ASK_JSON,
        .idempotent = true,
        .body_max = body_max,
    };

    if (as_form) {
        form_add(&draft.form, "access_token", buffer_span(&ask->credential));
        request.post = true;
        request.content_type = FORM_TYPE;
    } else {
        buffer_text(&draft.authorization, "Bearer ");
        buffer_add(&draft.authorization, ask->credential.data,
                   ask->credential.len);
    }
    request.body = buffer_span(&draft.form);
    request.authorization = buffer_span(&draft.authorization);
    if (draft.form.failed || draft.authorization.failed)
        ask_fail(ask, REASON_INTERNAL, "the request is too large");
    else
        ask_send(ask, &request, answered);
    client_draft_clear(&draft);
}

static void
send_userinfo(struct ask *ask)
{
    const char *url;

    if (ask_endpoint(ask, ENDPOINT_USERINFO, &url) &&
        ask_admitted(ask, ISSUER_USERINFO))
        send_token(ask, url, false, USERINFO_BODY_MAX, answered_userinfo);
}

void
userinfo_begin(struct ask *ask)
{
    const struct issuer_conf *conf = ask->issuer->conf;

    if (conf->tokeninfo_endpoint != NULL) {
        if (ask_admitted(ask, ISSUER_TOKENINFO))
            send_token(ask, conf->tokeninfo_endpoint,
                       conf->tokeninfo_request == TOKENINFO_FORM, ASK_BODY_MAX,
                       answered_tokeninfo);
    } else if (conf->userinfo_any_client)
        send_userinfo(ask);
    else
        ask_fail(ask, REASON_ENDPOINT,
                 "neither tokeninfo_endpoint nor userinfo_any_client is set");
}
