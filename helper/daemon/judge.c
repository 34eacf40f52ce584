/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/judge.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/text.h"
#include "helper/daemon/collect.h"
#include "helper/daemon/entry.h"
#include "helper/daemon/host_password.h"
#include "helper/daemon/recall.h"
#include "helper/policy/secrets.h"

/* May this issuer open a login of that user at all? */
static bool
speaks(const struct judge *j, const struct issuer_conf *conf)
{
    return j->who.user.len == 0 ||
           config_speaks_for(j->helper->config, conf, j->who.user);
}

/* The way in which this issuer would verify it, if it may. */
static struct way
way_of(const struct judge *j, const struct helper_issuer *issuer,
       enum shape shape)
{
    const struct issuer_conf *conf = issuer_conf(issuer->issuer);
    struct way way = {.method = METHOD_NONE};

    if (speaks(j, conf))
        way = shape_way(conf, shape, j->credential);
    /* A password says nothing about whose it is. */
    if (j->who.user.len == 0 &&
        (way.method == METHOD_HOST_PASSWORD || way.kind == ASK_EXCHANGE ||
         way.kind == ASK_HTTP_PASSWORD))
        way.method = METHOD_NONE;
    return way;
}

/* After the shape: what is not ours passes on, whatever the time. */
static bool
clock_serves(const struct judge *j)
{
    if (!j->clock_is_right)
        trace_note(j->trace, "clock", false, "not behind what it showed", NULL);
    return j->clock_is_right;
}

/* --- what is remembered --- */

static enum reason
remembered(struct judge *j, enum shape shape)
{
    enum reason reason = REASON_NONE;

    for (size_t i = 0; i < j->helper->issuers && reason == REASON_NONE; i++) {
        struct way way = way_of(j, &j->helper->issuer[i], shape);

        /* App passwords of this host are compared each time: it costs
         * nothing, and a revoked one ends at once. */
        if (way.method != METHOD_NONE && way.method != METHOD_HOST_PASSWORD)
            reason = recall_by(j, &j->helper->issuer[i], way);
    }
    return reason;
}

/* --- what the provider says --- */

/* A token that says that it is another's is refused before anybody is asked;
 * the throttle would take the answer for a success of the user named. */
static enum reason
whose(const struct judge *j)
{
    const struct config *config = j->helper->config;

    if (j->owned == NULL || j->who.user.len == 0 ||
        policy_map(config, j->owned, &j->who, NULL) == REASON_ACCEPTED)
        return REASON_ACCEPTED;
    return policy_map(config, j->owned, &j->who, j->trace);
}

static enum reason
provider(struct judge *j)
{
    const struct inquiry_result *answer = j->answer;
    enum reason reason = whose(j);

    if (reason != REASON_ACCEPTED)
        return reason;
    if (answer == NULL) {
        j->wants = WANTS_ANSWER;
        j->has_key = j->trace == NULL && j->device.len == 0 &&
                     recall_name(j, j->issuer, j->way.method);
        return REASON_NONE;
    }
    trace_append(j->trace, answer->trace);
    j->vouched = reason_vouched(answer->reason);
    /* After a signature that holds: what it signed says more than what the
     * provider answers, and both must still be in force. */
    if (answer->reason == REASON_ACCEPTED && j->owned != NULL) {
        if (answer->facts->expires < j->owned->expires)
            j->owned->expires = answer->facts->expires;
    } else {
        j->facts = answer->facts;
        j->secrets = answer->secrets;
    }
    return answer->reason;
}

/* --- tokens --- */

/* The candidate whose identifier is exactly the token's `iss`. */
static struct helper_issuer *
find_issuer(const struct judge *j)
{
    struct span iss = j->token.claims.iss;
    struct helper_issuer *found = NULL;

    for (size_t i = 0; i < j->helper->issuers && found == NULL; i++) {
        struct helper_issuer *issuer = &j->helper->issuer[i];

        if (span_is(iss, issuer_conf(issuer->issuer)->issuer) &&
            way_of(j, issuer, SHAPE_JWT).method != METHOD_NONE)
            found = issuer;
    }
    trace_span(j->trace, "issuer", found != NULL,
               found != NULL ? issuer_conf(found->issuer)->issuer
                             : "an issuer that may speak for this user",
               iss);
    return found;
}

static enum reason
free_checks(struct judge *j, struct trace *trace)
{
    return token_verify(&j->token, issuer_conf(j->issuer->issuer), NULL,
                        j->wall, trace);
}

/* No key was ever seen: is the token worth waiting for one? */
static enum reason
without_keys(struct judge *j)
{
    enum reason reason = free_checks(j, j->trace);

    if (reason != REASON_ACCEPTED)
        return reason;
    if (!j->no_keys_more) {
        j->wants = WANTS_KEYS;
        return REASON_NONE;
    }
    trace_note(j->trace, "keys", false, "at least one", "none");
    return REASON_KEYS_UNAVAILABLE;
}

static enum reason
with_keys(struct judge *j, const struct jwks *keys)
{
    const struct issuer_conf *conf = issuer_conf(j->issuer->issuer);
    enum reason reason = token_verify(&j->token, conf, keys, j->wall, j->trace);

    if (reason == REASON_KEY_UNKNOWN && j->token.jws.has_kid &&
        !j->no_kid_more && free_checks(j, NULL) == REASON_ACCEPTED) {
        j->wants = WANTS_KID;
        j->kid = j->token.jws.kid;
        return REASON_NONE;
    }
    j->vouched = reason_vouched(reason);
    if (reason == REASON_ACCEPTED) {
        j->owned = facts_from_claims(&j->token.claims, METHOD_JWT,
                                     j->helper->config, conf);
        if (j->owned == NULL ||
            (collect_wants_secrets(j, j->issuer) &&
             !secrets_find(&j->token.claims, conf, &j->owned_secrets)))
            return REASON_INTERNAL;
        j->facts = j->owned;
        j->secrets = buffer_span(&j->owned_secrets);
    }
    return reason;
}

static enum reason
check_locally(struct judge *j)
{
    struct jwks *keys = issuer_keys(j->issuer->issuer);

    return keys == NULL ? without_keys(j) : with_keys(j, keys);
}

/* A token that fails here is not tried there: asking is no second chance. */
static enum reason
check_as_configured(struct judge *j)
{
    const struct issuer_conf *conf = issuer_conf(j->issuer->issuer);
    enum reason reason = REASON_ACCEPTED;

    if (j->way.method == METHOD_JWT)
        reason = check_locally(j);
    else if ((conf->accept & METHOD_JWT) != 0)
        reason = free_checks(j, j->trace);
    if (reason == REASON_ACCEPTED && j->way.asks)
        reason = provider(j);
    return reason;
}

static enum reason
jwt(struct judge *j)
{
    enum reason reason;

    /* What begins like one of ours never falls through to the next module: it
     * is a damaged token, and the next module would only write it somewhere. */
    if (!trace_note(j->trace, "shape", jws_looks_like_one(j->credential),
                    "a JSON Web Token", NULL))
        return shape_begins(j->credential, "eyJ") ? REASON_FORM
                                                  : REASON_NO_SHAPE;
    if (!clock_serves(j))
        return REASON_CLOCK;
    j->parsed = true;
    reason = token_parse(j->credential, &j->token, j->trace);
    if (reason != REASON_ACCEPTED)
        return reason;
    j->issuer = find_issuer(j);
    if (j->issuer == NULL)
        return REASON_ISSUER;
    j->way = way_of(j, j->issuer, SHAPE_JWT);
    return check_as_configured(j);
}

/* --- what is no token --- */

/* By the patterns: at most one issuer has one that matches. */
static enum reason
opaque(struct judge *j)
{
    for (size_t i = 0; i < j->helper->issuers && j->issuer == NULL; i++) {
        j->way = way_of(j, &j->helper->issuer[i], SHAPE_OTHER);
        if (j->way.method != METHOD_NONE)
            j->issuer = &j->helper->issuer[i];
    }
    trace_note(j->trace, "shape", j->issuer != NULL,
               "a token or password by the pattern of an issuer that may "
               "speak for this user",
               j->issuer != NULL ? config_method_name(j->way.method) : NULL);
    if (j->issuer == NULL)
        return REASON_NO_SHAPE;
    return clock_serves(j) ? provider(j) : REASON_CLOCK;
}

static enum reason
host_password(struct judge *j)
{
    enum reason reason;

    for (size_t i = 0; i < j->helper->issuers && j->issuer == NULL; i++) {
        j->way = way_of(j, &j->helper->issuer[i], SHAPE_HOST_PASSWORD);
        if (j->way.method != METHOD_NONE)
            j->issuer = &j->helper->issuer[i];
    }
    trace_note(j->trace, "shape", j->issuer != NULL,
               "an app password of this host, which [issuer local] accepts",
               NULL);
    if (j->issuer == NULL)
        return REASON_FORM;
    if (!clock_serves(j))
        return REASON_CLOCK;
    reason = host_password_check(j, &j->owned);
    j->facts = j->owned;
    j->vouched = reason_vouched(reason);
    return reason;
}

/* A device login: its code is good for one answer, so nothing of it is
 * remembered. */
static enum reason
device(struct judge *j)
{
    for (size_t i = 0; i < j->helper->issuers && j->issuer == NULL; i++) {
        struct helper_issuer *issuer = &j->helper->issuer[i];
        const struct issuer_conf *conf = issuer_conf(issuer->issuer);

        if (span_is(j->device, conf->name) && config_asks_devices(conf) &&
            speaks(j, conf))
            j->issuer = issuer;
    }
    if (j->issuer == NULL)
        return REASON_DENIED;
    j->way = (struct way){METHOD_DEVICE, true, ASK_DEVICE_TOKEN};
    return clock_serves(j) ? provider(j) : REASON_CLOCK;
}

/* --- the whole --- */

static enum reason
by_shape(struct judge *j, enum shape shape)
{
    switch (shape) {
    case SHAPE_JWT:
        return jwt(j);
    case SHAPE_HOST_PASSWORD:
        return host_password(j);
    case SHAPE_DAMAGED:
        trace_note(j->trace, "shape", false, "a whole JSON Web Token", NULL);
        return REASON_FORM;
    case SHAPE_OTHER:
        break;
    }
    return opaque(j);
}

/* Is the credential good?  REASON_NONE: `wants` says what is missing. */
static enum reason
credential(struct judge *j)
{
    struct helper *h = j->helper;
    enum shape shape = shape_of(j->credential);
    enum reason reason = REASON_NONE;

    j->clock_is_right = helper_wall(h, &j->wall);
    if (h->config == NULL)
        return h->absent ? REASON_NO_ISSUER : REASON_CONFIGURATION;
    if (h->issuers == 0 && shape == SHAPE_OTHER)
        return REASON_NO_ISSUER;
    for (size_t i = 0; i < h->issuers; i++)
        j->known_user |= speaks(j, issuer_conf(h->issuer[i].issuer));
    if (j->device.len > 0)
        return device(j);
    /* What is remembered has been looked at before: no need to decode it
     * only to see its shape. */
    if (j->clock_is_right && j->trace == NULL)
        reason = remembered(j, shape);
    if (reason != REASON_NONE)
        return reason;
    if (j->may_be_cut && shape != SHAPE_JWT)
        return REASON_INCOMPLETE;
    reason = recall_offline(j, by_shape(j, shape));
    if (j->issuer != NULL && !j->cached && !j->may_be_cut &&
        j->way.method != METHOD_HOST_PASSWORD && reason != REASON_NONE)
        recall_keep(j, reason);
    return reason;
}

void
judge_run(struct judge *j)
{
    enum reason reason;

    judge_clear(j);
    j->owned_secrets.cap = SECRETS_BYTES_MAX;
    if (j->trace != NULL)
        j->trace->count = 0;
    reason = credential(j);
    if (reason == REASON_ACCEPTED)
        reason = entry(j);
    if (reason == REASON_NONE && j->wants == WANTS_NOTHING)
        reason = REASON_INTERNAL;
    /* What nobody vouches for says nothing, the rest of it may. */
    if (j->may_be_cut && reason != REASON_ACCEPTED && !j->vouched) {
        reason = REASON_INCOMPLETE;
        j->wants = WANTS_NOTHING;
    }
    j->reason = reason;
}

bool
judge_give_up(struct judge *j)
{
    if (j->wants != WANTS_ANSWER || !recall_fails(j) ||
        recall_offline(j, REASON_PROVIDER) != REASON_ACCEPTED)
        return false;
    j->wants = WANTS_NOTHING;
    j->reason = entry(j);
    return true;
}

int64_t
judge_ends(const struct judge *j)
{
    return j->offline && j->facts->endless ? j->wall + ANSWER_LIFE_S
                                           : j->facts->expires;
}

void
judge_inquiry(const struct judge *j, struct inquiry_request *out)
{
    *out = (struct inquiry_request){
        .issuer = j->issuer,
        .way = j->way,
        .user = j->who.user,
        .credential = j->credential,
        .origin = j->origin,
        .key = j->has_key ? &j->named.key : NULL,
        .traced = j->trace != NULL,
        .wall = j->wall,
    };
}

struct span
judge_user(const struct judge *j)
{
    return j->mapped[0] != '\0' ? span_of(j->mapped) : j->who.user;
}

void
judge_clear(struct judge *j)
{
    if (j->parsed)
        token_clear(&j->token);
    memset(&j->token, 0, sizeof(j->token));
    free(j->owned);
    j->owned = NULL;
    buffer_free(&j->owned_secrets);
    j->secrets = (struct span){NULL, 0};
    j->facts = NULL;
    j->parsed = j->cached = j->offline = j->vouched = false;
    j->known_user = j->has_key = false;
    j->issuer = NULL;
    j->way = (struct way){.method = METHOD_NONE};
    j->mapped[0] = '\0';
    j->kid = (struct span){NULL, 0};
    j->wants = WANTS_NOTHING;
    j->reason = REASON_NONE;
}
