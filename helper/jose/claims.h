/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claims of a token, RFC 7519 section 4 and RFC 9068 section 2.2, and
 * the rules that hold for every token whatever the policy says: checklist 32
 * to 43 and 54 to 56.  What introspection answers goes through the same.
 */
#ifndef HELPER_JOSE_CLAIMS_H
#define HELPER_JOSE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/list.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/jose/json.h"

struct claims {
    json_t *root; /* owned; the spans below point into it */
    struct span iss;
    struct span sub; /* empty when absent or null */
    int64_t expires; /* truncated down */
    int64_t issued;  /* 0 when absent */
    bool undated;    /* CLAIMS_OF_ANSWER without iat: `issued` is when it was
                        asked, and says nothing about the token */
    bool endless;    /* CLAIMS_OF_ANSWER without exp: `expires` is when to ask
                        anew */
    bool is_client;  /* checklist 54: a client, not a person */
};

enum claims_kind {
    CLAIMS_ACCESS_TOKEN, /* marks of ID tokens refuse */
    CLAIMS_TYP_JWT,      /* typ JWT or none: some IdPs put nonce there */
    CLAIMS_ID_TOKEN
};

enum claims_source {
    CLAIMS_OF_TOKEN,
    /*
     * What an endpoint of the issuer answered about a token (RFC 7662 section
     * 2.2; checklist 44, 45).  All that is there must hold as for a token;
     * what may be absent: iss; aud, if `clients` matches client_id; exp, then
     * it is good for ANSWER_LIFE_S from now (`expires` and `issued` are set
     * so); sub null or absent marks a client.  token_type must be Bearer or
     * absent.  Members that mark ID tokens decide nothing here: the endpoint
     * says what it was asked about.
     */
    CLAIMS_OF_ANSWER
};
#define ANSWER_LIFE_S 60

struct claims_rules {
    enum claims_source source;
    /* CLAIMS_OF_ANSWER: the client_id must be one of these, where it is not
     * empty (REASON_CLIENT_ID).  NULL: no such rule. */
    const struct list *clients;
    /* CLAIMS_OF_ANSWER: aud may be absent whoever the client is
     * (userinfo_any_client). */
    bool any_client;
    const char *issuer;
    const struct list *audience; /* any of them */
    enum claims_kind kind;
    const struct list *required; /* names or JSON Pointers; may be NULL */
    bool local;                  /* exp - iat <= LOCAL_LIFETIME_MAX_S */
};

/* One JSON object with a string `iss`: REASON_PAYLOAD or REASON_ISSUER
 * otherwise.  Nothing is trusted yet.  claims_clear() on any result. */
enum reason claims_parse(struct span payload, struct claims *out);

/* The same of what an endpoint answered: takes over `root`, which need not
 * hold an `iss`. */
void claims_of_answer(json_t *root, struct claims *out);

/*
 * All rules at wall-clock `now`.  Without a trace it ends at the first rule
 * that refuses; with one every rule is noted and the first refusal returned.
 * Pure: what it says before the signature is verified is a stranger's word
 * (good enough to decide that a token is not worth a key fetch).
 */
enum reason claims_check(struct claims *, const struct claims_rules *,
                         int64_t now, struct trace *);

/* Checklist 18: header copies of iss, sub, aud must equal the claims. */
enum reason claims_check_header(const struct claims *, const json_t *header);

void claims_clear(struct claims *);

#endif
