/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What kind of token is this, and whose?  An issuer signs many things with
 * one key; each is told by marks that no other kind has (RFC 8725 sections
 * 2.8 and 3.12).  Presence is the mark, whatever the value.
 */
#include <string.h>
#include <strings.h>

#include "helper/jose/claims_rule.h"

#define KIND(kind) (1u << (kind))
/* What an endpoint answered, where only what is never a token's refuses, and
 * a plain word that it is another's. */
#define ANSWER (1u << 8)
#define NO_ID_TOKEN (KIND(CLAIMS_ACCESS_TOKEN) | KIND(CLAIMS_TYP_JWT))
#define ANY (NO_ID_TOKEN | KIND(CLAIMS_ID_TOKEN) | ANSWER)

/* A member that refuses the token where one of those kinds is wanted. */
static const struct mark {
    const char *name;
    unsigned refused; /* set of KIND() */
    const char *text;
} marks[] = {
    /* OpenID Connect Core 2 and 3.3.2.11, FAPI.  authentik and Keycloak put
     * nonce into access tokens too, and those have typ JWT. */
    {"nonce", KIND(CLAIMS_ACCESS_TOKEN), "nonce: an ID token"},
    {"at_hash", NO_ID_TOKEN, "at_hash: an ID token"},
    {"c_hash", NO_ID_TOKEN, "c_hash: an ID token"},
    {"s_hash", NO_ID_TOKEN, "s_hash: an ID token"},
    /* Back-Channel Logout 2.4, RFC 8417 */
    {"events", ANY, "events: a logout token or security event"},
    {"toe", ANY, "toe: a security event"},
    /* RFC 9449 section 4.2 */
    {"htm", ANY, "htm: a DPoP proof"},
    {"htu", ANY, "htu: a DPoP proof"},
    /* RFC 9101 section 4 */
    {"response_type", ANY, "response_type: a request object"},
    {"redirect_uri", ANY, "redirect_uri: a request object"},
    {"request_uri", ANY, "request_uri: a request object"},
    {"code_challenge", ANY, "code_challenge: a request object"},
    /* RFC 9701 section 5 */
    {"token_introspection", ANY, "token_introspection: an answer about one"},
};

/* A claim whose value names the kind, compared without case. */
static const struct word {
    const char *claim, *value;
    unsigned refused;
    const char *text;
} words[] = {
    /* Keycloak; its access tokens say "Bearer" */
    {"typ", "ID", NO_ID_TOKEN | ANSWER, "typ ID: an ID token"},
    {"typ", "Serialized-ID", ANY, "typ Serialized-ID: not a token"},
    {"typ", "Refresh", ANY, "typ Refresh: a refresh token"},
    {"typ", "Offline", ANY, "typ Offline: a refresh token"},
    {"typ", "Logout", ANY, "typ Logout: a logout token"},
    {"typ", "DPoP", ANY, "typ DPoP: bound to a key"},
    {"typ", "Bearer", KIND(CLAIMS_ID_TOKEN), "typ Bearer: an access token"},
    /* Amazon Cognito */
    {"token_use", "id", NO_ID_TOKEN | ANSWER, "token_use id: an ID token"},
    {"token_use", "refresh", ANY, "token_use refresh: a refresh token"},
    {"token_use", "access", KIND(CLAIMS_ID_TOKEN),
     "token_use access: an access token"},
    {"token_type", "refresh_token", ANY, "token_type refresh_token"},
};

static const char *
foreign_mark(const json_t *root, unsigned kind)
{
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if ((marks[i].refused & kind) != 0 &&
            json_object_get(root, marks[i].name) != NULL)
            return marks[i].text;
    return NULL;
}

static const char *
foreign_word(const json_t *root, unsigned kind)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct span value = json_text(root, words[i].claim);

        if ((words[i].refused & kind) != 0 &&
            value.len == strlen(words[i].value) &&
            strncasecmp(value.data, words[i].value, value.len) == 0)
            return words[i].text;
    }
    return NULL;
}

/* RFC 7523 section 3: what a client says about itself. */
static const char *
assertion(const struct claims *claims)
{
    if (claims->sub.len > 0 && span_equal(claims->iss, claims->sub))
        return "iss is sub: a client assertion";
    return NULL;
}

/* RFC 7662 section 2.2 and RFC 6749 section 5.1: the type is not case
 * sensitive.  Any other is used in a way that PAM has not ("DPoP", "mac"). */
static const char *
foreign_type(const json_t *root)
{
    static const char bearer[] = "Bearer";
    struct span type = json_text(root, "token_type");

    if (json_object_get(root, "token_type") == NULL ||
        (type.len == strlen(bearer) &&
         strncasecmp(type.data, bearer, type.len) == 0))
        return NULL;
    return "a token_type other than Bearer";
}

enum reason
claims_check_kind(struct claims *claims, const struct claims_rules *rules,
                  int64_t now, struct trace *trace)
{
    static const char *const wanted[] = {
        [CLAIMS_ACCESS_TOKEN] = "an access token",
        [CLAIMS_TYP_JWT] = "an access token of typ JWT",
        [CLAIMS_ID_TOKEN] = "an ID token",
    };
    bool answer = rules->source == CLAIMS_OF_ANSWER;
    unsigned kind = answer ? ANSWER : KIND(rules->kind);
    const char *foreign = foreign_mark(claims->root, kind);

    (void)now;
    if (foreign == NULL && answer)
        foreign = foreign_type(claims->root);
    if (foreign == NULL)
        foreign = foreign_word(claims->root, kind);
    if (foreign == NULL)
        foreign = assertion(claims);
    trace_note(trace, "kind", foreign == NULL,
               answer ? "a bearer token" : wanted[rules->kind],
               foreign == NULL ? "no mark of another" : foreign);
    return foreign == NULL ? REASON_ACCEPTED : REASON_TOKEN_KIND;
}

/* RFC 7800, RFC 9449 section 6.1, RFC 8705 section 3.1. */
enum reason
claims_check_bound(struct claims *claims, const struct claims_rules *rules,
                   int64_t now, struct trace *trace)
{
    bool held = json_object_get(claims->root, "cnf") == NULL;

    (void)rules;
    (void)now;
    trace_note(trace, "not bound to a key", held, "no cnf",
               held ? "none" : "cnf");
    return held ? REASON_ACCEPTED : REASON_BOUND;
}

/* RFC 8693 sections 4.1 and 4.4: the actor is not the subject. */
enum reason
claims_check_actor(struct claims *claims, const struct claims_rules *rules,
                   int64_t now, struct trace *trace)
{
    bool act = json_object_get(claims->root, "act") != NULL;
    bool may_act = json_object_get(claims->root, "may_act") != NULL;

    (void)rules;
    (void)now;
    trace_note(trace, "no actor", !act && !may_act, "no act, no may_act",
               act       ? "act"
               : may_act ? "may_act"
                         : "none");
    return !act && !may_act ? REASON_ACCEPTED : REASON_ACTOR;
}

/* The claim is that word, or an array that holds it. */
static bool
says(const json_t *root, const char *claim, const char *word)
{
    const json_t *value = json_object_get(root, claim), *entry;
    size_t i;

    if (span_is(json_text(root, claim), word))
        return true;
    json_array_foreach(value, i, entry)
    {
        const char *text = json_string_value(entry);

        if (text != NULL && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

/* RFC 9700 section 4.15: a client that was given a token for itself.  Whether
 * it may stand for a local user is decided by users.map. */
enum reason
claims_check_client(struct claims *claims, const struct claims_rules *rules,
                    int64_t now, struct trace *trace)
{
    static const char *const names[] = {"client_id", "azp"};
    bool client = says(claims->root, "gty", "client-credentials") ||
                  says(claims->root, "gty", "client_credentials") ||
                  /* Entra: "app" or "user"; what is neither is no person. */
                  (json_object_get(claims->root, "idtyp") != NULL &&
                   !says(claims->root, "idtyp", "user"));

    (void)now;
    client |= rules->source == CLAIMS_OF_ANSWER && claims->sub.data == NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct span name = json_text(claims->root, names[i]);

        if (name.data == NULL &&
            json_object_get(claims->root, names[i]) != NULL) {
            trace_note(trace, "client", false, names[i], "no string");
            return REASON_CLAIM_FORM;
        }
        client |= name.len > 0 && span_equal(name, claims->sub);
    }
    claims->is_client = client;
    return REASON_ACCEPTED;
}
