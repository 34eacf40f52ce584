/* SPDX-License-Identifier: BSD-2-Clause */
/* The token that an app password or a device login was exchanged for: it is
 * verified here like any other, or asked about. */
#include <stddef.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/daemon/inquiry_inside.h"

static bool
wait_for_keys(struct inquiry *q, const struct token *token, enum reason reason)
{
    struct issuer *issuer = q->issuer->issuer;

    if (reason == REASON_KEYS_UNAVAILABLE && !q->no_keys_more) {
        q->no_keys_more = true;
        return issuer_wait_for_keys(issuer, &q->keys);
    }
    if (reason == REASON_KEY_UNKNOWN && token->jws.has_kid && !q->no_kid_more) {
        q->no_kid_more = true;
        return issuer_wait_for_kid(issuer, token->jws.kid, &q->keys);
    }
    return false;
}

static void
verify(struct inquiry *q)
{
    struct issuer *issuer = q->issuer->issuer;
    const struct issuer_conf *conf = issuer_conf(issuer);
    struct token token;
    struct jwks *keys = issuer_keys(issuer);
    enum reason reason = token_parse(buffer_span(&q->token), &token, q->trace);

    if (reason == REASON_ACCEPTED && !span_is(token.claims.iss, conf->issuer))
        reason = REASON_ISSUER;
    if (reason == REASON_ACCEPTED && keys == NULL)
        reason = REASON_KEYS_UNAVAILABLE;
    if (reason == REASON_ACCEPTED)
        reason = token_verify(&token, conf, keys, q->wall, q->trace);
    if (reason == REASON_ACCEPTED)
        inquiry_believe(q, &token.claims);
    else if (!wait_for_keys(q, &token, reason))
        /* Nobody has said that there is no such key. */
        inquiry_conclude(q,
                         reason == REASON_KEY_UNKNOWN && issuer_failing(issuer)
                             ? REASON_KEYS_UNAVAILABLE
                             : reason);
    token_clear(&token);
}

void
inquiry_on_keys(struct issuer_waiter *waiter)
{
    verify((struct inquiry *)((char *)waiter - offsetof(struct inquiry, keys)));
}

void
inquiry_take_token(struct inquiry *q, struct span token)
{
    q->exchanged = true;
    if (!buffer_add(&q->token, token.data, token.len)) {
        inquiry_conclude(q, REASON_INTERNAL);
        return;
    }
    if (jws_looks_like_one(token)) {
        verify(q);
    } else if ((issuer_conf(q->issuer->issuer)->accept &
                METHOD_INTROSPECTION) != 0) {
        inquiry_ask(q, ASK_INTROSPECTION, buffer_span(&q->token));
    } else {
        strncat(q->problem,
                "the token that came is no JWT, and the issuer does not "
                "accept introspection",
                sizeof(q->problem) - 1);
        inquiry_conclude(q, REASON_PROVIDER_ANSWER);
    }
}
