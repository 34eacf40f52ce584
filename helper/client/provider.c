/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/provider.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/client/say.h"
#include "helper/http/form.h"
#include "helper/issuer/grant.h"
#include "helper/jose/json.h"

#define FORM_MAX (256 * 1024)
/* Where a provider does not say how long (RFC 6749 section 5.1). */
#define EXPIRES_S 300

/* --- discovery --- */

/* REASON_NONE: nothing is there. */
static enum reason
find_by(struct web *web, const char *issuer, enum discovery_form form,
        struct metadata *out)
{
    char *url = discovery_url(issuer, form);
    enum reason reason = REASON_PROVIDER;
    struct web_answer answer = {0};
    const char *problem = NULL;

    if (url == NULL) {
        say("%s: is no https URL of an issuer", issuer);
    } else if (web_ask(web, url, NULL, &answer)) {
        if (answer.status >= 500)
            web_tell(url, &answer);
        if (answer.status != 200)
            reason = REASON_NONE;
        else if (discovery_parse(buffer_span(&answer.body), issuer, out,
                                 &problem))
            reason = REASON_ACCEPTED;
        else
            say("%s: %s", issuer, problem);
    }
    free(url);
    web_answer_clear(&answer);
    return reason;
}

bool
provider_find(struct web *web, const char *issuer, struct metadata *out)
{
    enum reason reason;

    *out = (struct metadata){0};
    reason = find_by(web, issuer, DISCOVERY_OIDC, out);
    if (reason == REASON_NONE)
        reason = find_by(web, issuer, DISCOVERY_OAUTH, out);
    if (reason == REASON_NONE)
        say("%s: publishes no metadata of an issuer", issuer);
    if (reason != REASON_ACCEPTED)
        return false;
    if (out->token_endpoint != NULL &&
        fetch_url_ok(span_of(out->token_endpoint)))
        return true;
    say("%s: its metadata names no token_endpoint of https", issuer);
    return false;
}

/* --- tokens --- */

static void
add(struct buffer *form, const char *name, const char *value)
{
    if (value != NULL)
        form_add(form, name, span_of(value));
}

void
provider_form(const struct saved *saved, struct buffer *form)
{
    add(form, "client_id", saved_text(saved, "client_id"));
    add(form, "resource", saved_text(saved, "resource"));
}

void
provider_login_form(const struct saved *saved, struct buffer *form)
{
    provider_form(saved, form);
    add(form, "scope", saved_text(saved, "scope"));
}

static bool
put_tokens(struct saved *saved, const json_t *root, struct span token,
           struct span renewal)
{
    const json_t *lasts = json_object_get(root, "expires_in");
    int64_t seconds =
        json_is_integer(lasts) ? json_integer_value(lasts) : EXPIRES_S;

    if (seconds < 0 || seconds > INT32_MAX)
        seconds = EXPIRES_S;
    /* Without a new refresh token the one before stays good. */
    return saved_set_text(saved, "access_token", token) &&
           (renewal.len == 0 ||
            saved_set_text(saved, "refresh_token", renewal)) &&
           json_object_set_new(saved->root, "expires",
                               json_integer(clock_wall() + seconds)) == 0;
}

/* Not that it is too slow or too busy, nor one of a gateway before it. */
static bool
is_final(const struct web_answer *answer)
{
    return answer->status >= 400 && answer->status < 500 &&
           answer->status != 408 && answer->status != 429 &&
           json_text(answer->root, "error").len > 0;
}

enum reason
provider_refusal(const char *url, const struct web_answer *answer)
{
    web_tell(url, answer);
    return is_final(answer) ? REASON_DENIED : REASON_PROVIDER;
}

static enum reason
take_tokens(const struct web_answer *answer, struct saved *saved)
{
    struct span token, renewal;
    const char *fault = grant_take_token(answer->root, &token);

    if (fault == NULL)
        fault = grant_take_refresh_token(answer->root, &renewal);
    if (fault != NULL) {
        say("the provider gave no usable %s", fault);
        return REASON_PAYLOAD;
    }
    if (put_tokens(saved, answer->root, token, renewal))
        return REASON_ACCEPTED;
    say("no memory");
    return REASON_INTERNAL;
}

static enum reason
judge(const char *url, const struct web_answer *answer, struct saved *saved,
      bool device)
{
    enum reason reason = grant_device_error(json_text(answer->root, "error"));

    if (answer->status == 200 && answer->root != NULL)
        return take_tokens(answer, saved);
    if (device && (reason == REASON_PENDING || reason == REASON_SLOW_DOWN))
        return reason;
    return provider_refusal(url, answer);
}

enum reason
provider_token(struct web *web, struct saved *saved, const struct buffer *form,
               bool device)
{
    const char *url = saved_text(saved, "token_endpoint");
    enum reason reason = REASON_PROVIDER;
    struct web_answer answer = {0};

    if (url == NULL || !fetch_url_ok(span_of(url)))
        say("the login does not say where tokens are given");
    else if (web_ask(web, url, form, &answer))
        reason = judge(url, &answer, saved, device);
    web_answer_clear(&answer);
    return reason;
}

enum reason
provider_renew(struct web *web, struct saved *saved)
{
    struct buffer form = BUFFER_INIT(FORM_MAX);
    enum reason reason;

    add(&form, "grant_type", "refresh_token");
    add(&form, "refresh_token", saved_text(saved, "refresh_token"));
    provider_form(saved, &form);
    reason = provider_token(web, saved, &form, false);
    buffer_free(&form);
    return reason;
}

/* `ended`: what could renew it is revoked.  A provider that knows of its access
 * tokens only by their signature cannot revoke one (section 2.2.1). */
static bool
revoke_one(struct web *web, const struct saved *saved, const char *url,
           const char *kind, bool ended)
{
    struct buffer form = BUFFER_INIT(FORM_MAX);
    struct web_answer answer = {0};
    bool done = false;

    add(&form, "token", saved_text(saved, kind));
    add(&form, "token_type_hint", kind);
    add(&form, "client_id", saved_text(saved, "client_id"));
    if (web_ask(web, url, &form, &answer)) {
        done = answer.status == 200 || (ended && answer.status == 400 &&
                                        span_is(json_text(answer.root, "error"),
                                                "unsupported_token_type"));
        if (!done)
            web_tell(url, &answer);
    }
    web_answer_clear(&answer);
    buffer_free(&form);
    return done;
}

bool
provider_revoke(struct web *web, const struct saved *saved)
{
    const char *url = saved_text(saved, "revocation_endpoint");
    const bool renewable = saved_text(saved, "refresh_token") != NULL;
    bool ended, done;

    if (url == NULL || !fetch_url_ok(span_of(url))) {
        say("the provider has no way to revoke a token (RFC 7009)");
        return false;
    }
    ended = renewable && revoke_one(web, saved, url, "refresh_token", false);
    done = saved_text(saved, "access_token") != NULL
               ? revoke_one(web, saved, url, "access_token", ended)
               : ended;
    return done && ended == renewable;
}

int64_t
provider_left(const struct saved *saved)
{
    return saved_text(saved, "access_token") != NULL ? saved_left(saved) : 0;
}
