/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Token introspection: RFC 7662, and RFC 9701 for answers that are signed.
 * Checklist 44 to 48.
 */
#include "helper/base/limits.h"
#include "helper/http/form.h"
#include "helper/http/head.h"
#include "helper/issuer/ask_room.h"
#include "helper/jose/jws.h"

#define INTROSPECTION_TYPE "token-introspection+jwt"
#define INTROSPECTION_JWT "application/" INTROSPECTION_TYPE

/* How old, or early, a signed answer may be besides the leeway. */
#define ANSWER_AGE_S 60

/* --- what it means --- */

static void
judge(struct ask *ask, json_t *root)
{
    const struct issuer_conf *conf = ask->issuer->conf;
    struct claims_rules rules = {
        .source = CLAIMS_OF_ANSWER,
        .clients = &conf->clients,
        .issuer = conf->issuer,
        .audience = &conf->audience,
        .kind = CLAIMS_ACCESS_TOKEN,
        .required = &conf->required_claims,
    };
    const json_t *active = json_object_get(root, "active");
    bool is = json_is_true(active), is_not = json_is_false(active);

    trace_note(ask->trace, "introspection", is, "active",
               is       ? "active"
               : is_not ? "not active"
                        : "neither");
    if (is) {
        ask_judge(ask, root, &rules);
        return;
    }
    json_decref(root);
    if (is_not)
        ask_end(ask, REASON_INACTIVE);
    else
        ask_fail(ask, REASON_PROVIDER_ANSWER,
                 "the answer of %s has no active that is true or false",
                 ask->host);
}

/* Never HS*: a shared secret would vouch for answers that anybody made who
 * has it. */
static uint32_t
algorithms(const struct issuer_conf *conf)
{
    uint32_t set = 0;

    if (conf->algorithms.count == 0)
        return ALG_SET_PUBLIC;
    for (size_t i = 0; i < conf->algorithms.count; i++)
        set |= ALG_BIT(alg_named(span_of(conf->algorithms.item[i])));
    return set & ALG_SET_PUBLIC;
}

/*
 * RFC 9701 section 5 says that `aud` is the resource server, that is our
 * client_id; providers exist that repeat the token's own audience there
 * instead.  Either names this host.
 */
static bool
is_for_us(const json_t *aud, const struct issuer_conf *conf)
{
    const json_t *one = json_is_array(aud) ? NULL : aud;
    size_t count = json_is_array(aud) ? json_array_size(aud) : 1;
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        const json_t *entry = one != NULL ? one : json_array_get(aud, i);
        struct span text = {json_string_value(entry),
                            json_string_length(entry)};

        if (text.data == NULL)
            return false;
        found |= text.len > 0 &&
                 ((conf->client_id != NULL && span_is(text, conf->client_id)) ||
                  list_has(&conf->audience, text));
    }
    return found;
}

static const char *
outer_problem(const struct ask *ask, const json_t *root)
{
    const struct issuer_conf *conf = ask->issuer->conf;
    const json_t *exp = json_object_get(root, "exp");
    int64_t most = ANSWER_AGE_S + LEEWAY_S, issued, expires;

    if (conf->issuer == NULL || !span_is(json_text(root, "iss"), conf->issuer))
        return "is of another issuer";
    if (!is_for_us(json_object_get(root, "aud"), conf))
        return "is for another resource server";
    if (!json_time(json_object_get(root, "iat"), &issued) ||
        issued < ask->wall - most || issued > ask->wall + most)
        return "is not fresh";
    if (exp != NULL &&
        (!json_time(exp, &expires) || expires <= ask->wall - LEEWAY_S))
        return "has expired";
    if (!json_is_object(json_object_get(root, "token_introspection")))
        return "has no token_introspection";
    return NULL;
}

/* The signature holds. */
static void
take_payload(struct ask *ask, struct span payload)
{
    json_t *root = json_object_load(payload);
    const char *problem =
        root == NULL ? "is not one JSON object" : outer_problem(ask, root);

    trace_note(ask->trace, "signed answer", problem == NULL,
               "fresh, from the issuer, for this host",
               problem == NULL ? "it is" : problem);
    if (problem != NULL)
        ask_fail(ask, REASON_PROVIDER_ANSWER, "the signed answer of %s %s",
                 ask->host, problem);
    else
        judge(ask, json_incref(json_object_get(root, "token_introspection")));
    json_decref(root);
}

/* Waits for keys, or for one that is named; once. */
static bool
wait_for_key(struct ask *ask, const struct jws *jws, bool any)
{
    struct span kid = jws->has_kid ? jws->kid : (struct span){NULL, 0};

    if (ask->waited_for_key)
        return false;
    ask->waited_for_key = true;
    return any ? issuer_wait_for_keys(ask->issuer, &ask->issuer_waiter)
               : issuer_wait_for_kid(ask->issuer, kid, &ask->issuer_waiter);
}

static void
verify(struct ask *ask)
{
    struct jwks *keys = issuer_keys(ask->issuer);
    enum reason reason = REASON_KEYS_UNAVAILABLE;
    struct jws jws = {0};

    if (algorithms(ask->issuer->conf) == 0)
        reason = REASON_ALGORITHM;
    else
        reason = jws_parse(buffer_span(&ask->body),
                           algorithms(ask->issuer->conf), &jws, NULL);
    if (reason == REASON_ACCEPTED)
        reason = jws_check_type(&jws, INTROSPECTION_TYPE, NULL);
    if (reason == REASON_ACCEPTED)
        reason = keys == NULL ? REASON_KEYS_UNAVAILABLE
                              : jws_verify(&jws, keys, NULL);
    if (reason == REASON_ACCEPTED) {
        take_payload(ask, jws.payload);
    } else if ((reason != REASON_KEYS_UNAVAILABLE &&
                reason != REASON_KEY_UNKNOWN) ||
               !wait_for_key(ask, &jws, keys == NULL)) {
        trace_note(ask->trace, "signed answer", false,
                   "a signature of the issuer", reason_text(reason));
        ask_fail(ask,
                 reason == REASON_KEYS_UNAVAILABLE ? REASON_PROVIDER
                                                   : REASON_PROVIDER_ANSWER,
                 "the signed answer of %s: %s", ask->host, reason_text(reason));
    }
    jws_clear(&jws);
}

/* --- what comes back --- */

static void
answered(struct ask *ask, const struct fetch_answer *answer)
{
    bool is_jwt = ask->issuer->conf->introspection_answer == ANSWER_JWT;
    json_t *root;

    if (client_was_refused(answer->status, answer->body)) {
        if (answer->status == 401 && !ask->renounced &&
            client_renounce(ask->issuer->client)) {
            ask->renounced = true;
            introspect_begin(ask);
        } else
            ask_client_refused(ask, answer);
    } else if (!is_jwt) {
        root = ask_object(ask, answer);
        if (root != NULL)
            judge(ask, root);
    } else if (answer->status != 200 ||
               !head_is_type(answer->head, INTROSPECTION_JWT)) {
        ask_unusable(ask, answer);
    } else {
        buffer_add(&ask->body, answer->body.data, answer->body.len);
        ask->resume = verify;
        verify(ask);
    }
}

/* --- what is sent --- */

/* An assertion may be used once (RFC 7523 section 3, jti): a second request
 * with the same one would be refused. */
static bool
signs_once(const struct issuer_conf *conf)
{
    return conf->introspection_auth == INTROSPECTION_AS_CLIENT &&
           (conf->client_auth == CLIENT_SECRET_JWT ||
            conf->client_auth == CLIENT_PRIVATE_KEY_JWT);
}

static void
send_draft(struct ask *ask, const char *url, const struct client_draft *draft)
{
    bool jwt = ask->issuer->conf->introspection_answer == ANSWER_JWT;
    struct fetch_request request = {
        .url = url,
        .accept = jwt ? INTROSPECTION_JWT : ASK_JSON,
        .idempotent = !signs_once(ask->issuer->conf),
    };

    ask_send_draft(ask, &request, draft, answered);
}

void
introspect_begin(struct ask *ask)
{
    const struct issuer_conf *conf = ask->issuer->conf;
    bool with_token =
        conf->introspection_auth == INTROSPECTION_CLIENT_CREDENTIALS;
    struct client_draft draft = CLIENT_DRAFT_INIT;
    struct buffer why = BUFFER_INIT(ASK_WHY_MAX);
    const char *url, *token_url = NULL;
    enum reason reason;

    if (!ask_endpoint(ask, ENDPOINT_INTROSPECTION, &url) ||
        (with_token && !ask_endpoint(ask, ENDPOINT_TOKEN, &token_url)) ||
        !ask_admitted(ask, ISSUER_INTROSPECTION))
        goto done;
    form_add(&draft.form, "token", buffer_span(&ask->credential));
    form_add(&draft.form, "token_type_hint", span_of("access_token"));
    reason = client_sign_introspection(ask->issuer->client, ask->wall,
                                       token_url, &draft, &why);
    if (reason == REASON_ACCEPTED)
        send_draft(ask, url, &draft);
    else if (reason == REASON_NONE)
        ask_wait_for_client(ask, token_url);
    else
        ask_fail(ask, reason, "%s", why.len > 0 ? why.data : "");
done:
    buffer_free(&why);
    client_draft_clear(&draft);
}
