/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One JWT against one issuer.  The order is by cost: what is free comes
 * first, then key and signature, and only then are claims believed.
 */
#include "helper/issuer/issuer.h"

#include <stdio.h>

#include "helper/base/limits.h"

enum reason
token_parse(struct span credential, struct token *out, struct trace *trace)
{
    enum reason reason;

    memset(out, 0, sizeof(*out));
    /* Whose token it is stands in the payload, so the issuer's own list of
     * algorithms comes in token_verify(). */
    reason =
        jws_parse(credential, ALG_SET_PUBLIC | ALG_SET_HMAC, &out->jws, trace);
    if (reason != REASON_ACCEPTED)
        return reason;
    reason = claims_parse(out->jws.payload, &out->claims);
    trace_note(trace, "payload", reason == REASON_ACCEPTED,
               "one JSON object with iss",
               reason == REASON_ACCEPTED ? "it is" : reason_text(reason));
    return reason;
}

void
token_clear(struct token *token)
{
    claims_clear(&token->claims);
    jws_clear(&token->jws);
}

/* The list was checked when the configuration was loaded; a name that is
 * unknown all the same admits nothing.  Without a list: all but HMAC. */
static bool
admits(const struct issuer_conf *conf, enum alg alg)
{
    if (alg == ALG_UNKNOWN)
        return false;
    if (conf->algorithms.count == 0)
        return (ALG_BIT(alg) & ALG_SET_PUBLIC) != 0;
    for (size_t i = 0; i < conf->algorithms.count; i++) {
        if (alg_named(span_of(conf->algorithms.item[i])) == alg)
            return true;
    }
    return false;
}

/* What `algorithms` says, for people. */
static void
print_algorithms(const struct issuer_conf *conf, char *out, size_t size)
{
    size_t len = 0;

    snprintf(out, size, "all but HMAC");
    for (size_t i = 0; i < conf->algorithms.count && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? " " : "",
                                conf->algorithms.item[i]);
}

static enum reason
check_algorithm(const struct token *token, const struct issuer_conf *conf,
                struct trace *trace)
{
    bool held = admits(conf, token->jws.alg);
    char expected[TRACE_TEXT_MAX];

    if (trace != NULL) {
        print_algorithms(conf, expected, sizeof(expected));
        trace_note(trace, "issuer algorithms", held, expected,
                   alg_name(token->jws.alg));
    }
    return held ? REASON_ACCEPTED : REASON_ALGORITHM;
}

static enum reason
check_copies(const struct token *token, struct trace *trace)
{
    enum reason reason = claims_check_header(&token->claims, token->jws.header);

    trace_note(trace, "header claims", reason == REASON_ACCEPTED,
               "none, or equal to the payload's",
               reason == REASON_ACCEPTED ? "so" : "different");
    return reason;
}

static enum reason
check_claims(struct token *token, const struct issuer_conf *conf, int64_t now,
             struct trace *trace)
{
    struct claims_rules rules = {
        .issuer = conf->issuer,
        .audience = &conf->audience,
        .kind = CLAIMS_ACCESS_TOKEN,
        .required = &conf->required_claims,
        .local = conf->local,
    };

    if (conf->token_type == TOKEN_ACCESS)
        rules.kind = CLAIMS_TYP_JWT;
    else if (conf->token_type == TOKEN_ID)
        rules.kind = CLAIMS_ID_TOKEN;
    return claims_check(&token->claims, &rules, now, trace);
}

/*
 * A key that the local issuer has replaced vouches for nothing once its last
 * honest token has ended, whoever may still hold it.
 */
static enum reason
check_retirement(const struct token *token, const struct issuer_conf *conf,
                 const struct jwks *keys, int64_t now, struct trace *trace)
{
    bool retired = false;

    if (!conf->local)
        return REASON_ACCEPTED;
    for (size_t i = 0; i < keys->count; i++) {
        const struct jwk *key = keys->key[i];
        struct span kid = {key->kid, key->kid_len};

        if (key->retired > 0 &&
            now > key->retired + LOCAL_LIFETIME_MAX_S + LEEWAY_S &&
            (!token->jws.has_kid || span_equal(kid, token->jws.kid)))
            retired = true;
    }
    trace_note(trace, "key in use", !retired, "not retired for over an hour",
               retired ? "retired" : "so");
    return retired ? REASON_KEY_UNKNOWN : REASON_ACCEPTED;
}

/* Remembers the first refusal; true: go on (with a trace, always). */
static bool
step(enum reason *first, enum reason reason, const struct trace *trace)
{
    if (*first == REASON_ACCEPTED)
        *first = reason;
    return *first == REASON_ACCEPTED || trace != NULL;
}

enum reason
token_verify(struct token *token, const struct issuer_conf *conf,
             const struct jwks *keys, int64_t now, struct trace *trace)
{
    const char *type = conf->token_type == TOKEN_AT_JWT ? "at+jwt" : NULL;
    enum reason first = REASON_ACCEPTED;

    if (!step(&first, check_algorithm(token, conf, trace), trace) ||
        !step(&first, jws_check_type(&token->jws, type, trace), trace) ||
        !step(&first, check_copies(token, trace), trace))
        return first;
    /* With an algorithm that is not admitted no key is touched. */
    if (keys != NULL && first != REASON_ALGORITHM &&
        (!step(&first, jws_verify(&token->jws, keys, trace), trace) ||
         !step(&first, check_retirement(token, conf, keys, now, trace), trace)))
        return first;
    step(&first, check_claims(token, conf, now, trace), trace);
    return first;
}
