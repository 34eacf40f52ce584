/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The access token that this host obtains for itself: RFC 6749 section 4.4.
 * It is fetched when somebody needs it, and the next one when somebody uses
 * the old one in the last fifth of its life; so an idle host asks nothing.
 */
#include "helper/issuer/client_state.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "helper/base/text.h"
#include "helper/http/form.h"
#include "helper/jose/json.h"

#define TIMEOUT_MS 10000
#define ANSWER_MAX (128 * 1024)
#define LIFE_UNSAID_S (5 * INT64_C(60))
#define LIFE_MAX_S (24 * INT64_C(3600))
#define MARGIN_MIN_S 30 /* before its end; or a tenth of its life */
#define BACK_OFF_MAX_MS (30 * INT64_C(1000))
/* A token of less than this age is not given up: an endpoint that refuses
 * every token must not make each login fetch another. */
#define RENOUNCE_AGE_MS (10 * INT64_C(1000))
#define ERROR_MAX 80 /* bytes of a foreign error code in the log */

/* --- waiters --- */

static void
link_waiter(struct client_waiter **list, struct client_waiter *waiter)
{
    waiter->link = list;
    waiter->next = *list;
    if (waiter->next != NULL)
        waiter->next->link = &waiter->next;
    *list = waiter;
}

void
client_unwait(struct client_waiter *waiter)
{
    if (waiter->link == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
    waiter->next = NULL;
}

static void
serve(struct client *client)
{
    struct client_token *token = &client->token;
    struct client_waiter *waiter;

    /* Whoever waits again while being told waits for the next fetch. */
    token->served = token->waiting;
    token->waiting = NULL;
    if (token->served != NULL)
        token->served->link = &token->served;
    client_hold(client);
    while ((waiter = token->served) != NULL) {
        client_unwait(waiter);
        waiter->ready(waiter);
    }
    client_release(client);
}

static void
on_timer(uv_timer_t *timer)
{
    struct client *client = timer->data;

    /* A fetch that began meanwhile tells them. */
    if (client->token.fetch == NULL)
        serve(client);
}

/* --- how a fetch ends --- */

static void
drop(struct client_token *token)
{
    buffer_free(&token->value);
}

static void
failed(struct client *client, enum reason reason, const char *why)
{
    struct client_token *token = &client->token;
    int64_t wait = BACK_OFF_MAX_MS;

    if (token->failures < 5)
        wait = INT64_C(1000) << token->failures;
    token->failures++;
    token->next_try = client->clock() + wait;
    token->failure = reason;
    snprintf(token->why, sizeof(token->why), "%s", why);
    /* What is wrong with a file has been said by then. */
    if (reason != REASON_SECRET)
        client_tell(client, token->told, token->why);
}

/* `expires_in` is the other end's word: the token ends a little earlier here,
 * but one of short life still serves for half of it. */
static void
keep(struct client *client, struct span value, int64_t life_s)
{
    struct client_token *token = &client->token;
    int64_t margin = life_s / 10;
    int64_t life_ms;

    if (margin < MARGIN_MIN_S)
        margin = MARGIN_MIN_S;
    if (margin > life_s / 2)
        margin = life_s - life_s / 2;
    life_ms = (life_s - margin) * 1000;
    drop(token);
    if (!buffer_add(&token->value, value.data, value.len)) {
        drop(token);
        failed(client, REASON_INTERNAL, "no memory for an access token");
        return;
    }
    token->got_at = client->clock();
    token->renew_at = token->got_at + life_ms / 5 * 4;
    token->ends_at = token->got_at + life_ms;
    token->failures = 0;
    token->next_try = token->got_at;
    token->failure = REASON_NONE;
    token->why[0] = '\0';
    client_tell(client, token->told, NULL);
}

/* NULL, or what is wrong with a good status's body. */
static const char *
read_answer(const json_t *root, struct span *value, int64_t *life_s)
{
    struct span type = json_text(root, "token_type");

    *value = json_text(root, "access_token");
    /* Some write a text there, which says nothing then. */
    if (!json_time(json_object_get(root, "expires_in"), life_s))
        *life_s = LIFE_UNSAID_S;
    if (root == NULL)
        return "is not one JSON object without duplicates";
    if (value->len > CLIENT_TOKEN_MAX || !client_is_token(*value))
        return "holds no access_token that could be shown";
    /* Section 7.1: a client must not use a type that it does not know. */
    if (type.len != 6 || strncasecmp(type.data, "bearer", 6) != 0)
        return "has another token_type than Bearer";
    if (*life_s <= 0)
        return "holds an expires_in that is no time to come";
    if (*life_s > LIFE_MAX_S)
        *life_s = LIFE_MAX_S;
    return NULL;
}

static void
take(struct client *client, struct span body)
{
    json_t *root = json_object_load(body);
    char why[CLIENT_WORDS_MAX];
    struct span value;
    int64_t life_s;
    const char *problem = read_answer(root, &value, &life_s);

    if (problem == NULL) {
        keep(client, value, life_s);
    } else {
        snprintf(why, sizeof(why), "the token endpoint's answer %s", problem);
        failed(client, REASON_PROVIDER_ANSWER, why);
    }
    json_decref(root);
}

static void
refused(struct client *client, const struct fetch_answer *answer)
{
    bool ours = client_was_refused(answer->status, answer->body);
    json_t *root = json_object_load(answer->body);
    struct span error = json_text(root, "error");
    char shown[ERROR_MAX], why[CLIENT_WORDS_MAX];

    snprintf(why, sizeof(why), "the token endpoint answered %ld%s%s%s",
             answer->status, error.len > 0 ? " " : "",
             text_escape(error, shown, sizeof(shown)),
             ours ? ": it does not accept this host as a client" : "");
    failed(client,
           ours                    ? REASON_CLIENT_REFUSED
           : answer->status >= 500 ? REASON_PROVIDER
                                   : REASON_PROVIDER_ANSWER,
           why);
    json_decref(root);
}

static void
on_answer(void *context, const struct fetch_answer *answer)
{
    struct client *client = context;
    char why[CLIENT_WORDS_MAX];

    client->token.fetch = NULL;
    if (answer->error != NULL) {
        snprintf(why, sizeof(why), "no answer from the token endpoint: %s",
                 answer->error);
        failed(client, REASON_PROVIDER, why);
    } else if (answer->status == 200) {
        take(client, answer->body);
    } else {
        refused(client, answer);
    }
    serve(client);
}

/* --- how a fetch begins --- */

static bool
print_form(struct client *client, struct buffer *form)
{
    const char *scope = client->conf->token_scope;

    if (!form_add(form, "grant_type", span_of("client_credentials")))
        return false;
    return scope == NULL || scope[0] == '\0' ||
           form_add(form, "scope", span_of(scope));
}

static struct fetch *
post(struct client *client, const char *url, const struct fetch_route *route,
     const struct client_draft *draft)
{
    struct fetch_request request = {
        .url = url,
        .route = route,
        .accept = "application/json",
        .post = true,
        .body = buffer_span(&draft->form),
        .content_type = FORM_TYPE,
        .authorization = buffer_span(&draft->authorization),
        .cert_file = draft->cert_file,
        .key_file = draft->key_file,
        /* An assertion is good for one request. */
        .idempotent = false,
        .timeout_ms = TIMEOUT_MS,
        .body_max = ANSWER_MAX,
        .done = on_answer,
        .context = client,
    };

    return fetch_start(client->fetcher, &request);
}

static bool
endpoint_ok(const char *url)
{
    return url != NULL && fetch_url_ok(span_of(url));
}

/* Whatever goes wrong counts as a failure of the attempt. */
static void
begin(struct client *client, int64_t wall, const char *url)
{
    struct client_draft draft = CLIENT_DRAFT_INIT;
    struct buffer why = BUFFER_INIT(CLIENT_WORDS_MAX);
    const struct fetch_route *route;
    enum reason reason = REASON_ENDPOINT;

    if (!endpoint_ok(url)) {
        buffer_text(&why, "no token endpoint is known");
        goto done;
    }
    reason = REASON_SECRET;
    route = route_now(client->route, &why);
    if (route == NULL)
        goto done;
    reason = REASON_INTERNAL;
    if (print_form(client, &draft.form))
        reason = client_sign(client, wall, &draft, &why);
    if (reason != REASON_ACCEPTED)
        goto done;
    client->token.fetch = post(client, url, route, &draft);
    if (client->token.fetch == NULL)
        reason = REASON_INTERNAL;
done:
    if (reason != REASON_ACCEPTED)
        failed(client, reason,
               why.len > 0 ? why.data : "no request for a token could be made");
    buffer_free(&why);
    client_draft_clear(&draft);
}

/* --- use --- */

static bool
usable(struct client *client, int64_t now)
{
    struct client_token *token = &client->token;

    if (token->value.len > 0 && now >= token->ends_at)
        drop(token);
    return token->value.len > 0;
}

static bool
may_begin(const struct client *client, int64_t now)
{
    return client->token.fetch == NULL && now >= client->token.next_try;
}

enum reason
client_token_sign(struct client *client, int64_t wall,
                  const char *token_endpoint, struct client_draft *draft,
                  struct buffer *why)
{
    struct client_token *token = &client->token;
    int64_t now = client->clock();

    if (usable(client, now)) {
        if (now >= token->renew_at && may_begin(client, now))
            begin(client, wall, token_endpoint);
        return client_bear(client, buffer_span(&token->value), draft, why);
    }
    if (token->fetch != NULL)
        return REASON_NONE;
    if (now < token->next_try) {
        buffer_text(why, token->why);
        return token->failure;
    }
    if (endpoint_ok(token_endpoint))
        return REASON_NONE;
    buffer_text(why, "no token endpoint is known");
    return REASON_ENDPOINT;
}

void
client_wait(struct client *client, int64_t wall, const char *token_endpoint,
            struct client_waiter *waiter)
{
    int64_t now = client->clock();

    link_waiter(&client->token.waiting, waiter);
    if (!usable(client, now) && may_begin(client, now))
        begin(client, wall, token_endpoint);
    if (client->token.fetch == NULL)
        uv_timer_start(&client->timer, on_timer, 0, 0);
}

bool
client_renounce(struct client *client)
{
    struct client_token *token = &client->token;

    if (client->conf->introspection_auth != INTROSPECTION_CLIENT_CREDENTIALS)
        return false;
    if (client->clock() - token->got_at >= RENOUNCE_AGE_MS)
        drop(token);
    return true;
}

void
client_token_close(struct client *client)
{
    struct client_token *token = &client->token;

    while (token->waiting != NULL)
        client_unwait(token->waiting);
    while (token->served != NULL)
        client_unwait(token->served);
    fetch_cancel(token->fetch);
    token->fetch = NULL;
    drop(token);
}
