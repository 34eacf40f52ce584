/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/claims.h"

#include <stdio.h>
#include <stdlib.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/jose/claims_rule.h"

enum reason
claims_parse(struct span payload, struct claims *out)
{
    *out = (struct claims){0};
    out->root = json_object_load(payload);
    if (out->root == NULL)
        return REASON_PAYLOAD;
    out->iss = json_text(out->root, "iss");
    out->sub = json_text(out->root, "sub");
    return out->iss.data == NULL ? REASON_ISSUER : REASON_ACCEPTED;
}

void
claims_of_answer(json_t *root, struct claims *out)
{
    *out = (struct claims){.root = root};
    out->iss = json_text(root, "iss");
    out->sub = json_text(root, "sub");
}

void
claims_clear(struct claims *claims)
{
    json_decref(claims->root);
    *claims = (struct claims){0};
}

static bool
answer_lacks(const struct claims *claims, const struct claims_rules *rules,
             const char *name)
{
    return rules->source == CLAIMS_OF_ANSWER &&
           json_object_get(claims->root, name) == NULL;
}

/* RFC 7519 section 4.1.1: byte for byte, nothing is normalised. */
static enum reason
check_issuer(struct claims *claims, const struct claims_rules *rules,
             int64_t now, struct trace *trace)
{
    bool held = claims->iss.data != NULL && rules->issuer != NULL &&
                span_is(claims->iss, rules->issuer);

    (void)now;
    if (answer_lacks(claims, rules, "iss"))
        return REASON_ACCEPTED;
    trace_span(trace, "issuer", held, rules->issuer, claims->iss);
    return held ? REASON_ACCEPTED : REASON_ISSUER;
}

static bool
is_wanted(const json_t *value, const struct list *wanted)
{
    struct span text = {json_string_value(value), json_string_length(value)};

    return text.len > 0 && list_has(wanted, text);
}

/* A string or an array of strings (section 4.1.3); one entry of another type
 * and nothing in the array is believed. */
static bool
audience_names_us(const json_t *aud, const struct list *wanted)
{
    const json_t *entry;
    bool found = false;
    size_t i;

    if (json_is_string(aud))
        return is_wanted(aud, wanted);
    if (!json_is_array(aud))
        return false;
    json_array_foreach(aud, i, entry)
    {
        if (!json_is_string(entry))
            return false;
        found = found || is_wanted(entry, wanted);
    }
    return found;
}

static void
note_audience(const json_t *aud, const struct list *wanted, bool held,
              struct trace *trace)
{
    char *found = json_dumps(aud, JSON_ENCODE_ANY | JSON_COMPACT);
    char expected[TRACE_TEXT_MAX] = "";
    size_t used = 0;

    for (size_t i = 0; i < wanted->count && used < sizeof(expected); i++)
        used += (size_t)snprintf(expected + used, sizeof(expected) - used,
                                 "%s%s", i == 0 ? "" : " or ", wanted->item[i]);
    trace_note(trace, "audience", held, expected,
               found == NULL ? "none" : found);
    free(found);
}

/* An answer without `aud` says for whom the token is by its client alone. */
static enum reason
check_no_audience(const struct claims *claims, const struct claims_rules *rules,
                  struct trace *trace)
{
    struct span client = json_text(claims->root, "client_id");
    bool held =
        rules->any_client || (client.len > 0 && rules->clients != NULL &&
                              list_has(rules->clients, client));

    trace_note(trace, "audience", held, "one, or a client of `clients`",
               held ? "none, but the client" : "none");
    return held ? REASON_ACCEPTED : REASON_AUDIENCE;
}

static enum reason
check_client_id(struct claims *claims, const struct claims_rules *rules,
                int64_t now, struct trace *trace)
{
    struct span client = json_text(claims->root, "client_id");
    bool held;

    (void)now;
    if (rules->source != CLAIMS_OF_ANSWER || rules->clients == NULL ||
        rules->clients->count == 0)
        return REASON_ACCEPTED;
    held = client.len > 0 && list_has(rules->clients, client);
    trace_span(trace, "made for client", held, "one of `clients`", client);
    return held ? REASON_ACCEPTED : REASON_CLIENT_ID;
}

static enum reason
check_audience(struct claims *claims, const struct claims_rules *rules,
               int64_t now, struct trace *trace)
{
    const json_t *aud = json_object_get(claims->root, "aud");
    bool held =
        rules->audience != NULL && audience_names_us(aud, rules->audience);

    (void)now;
    if (answer_lacks(claims, rules, "aud"))
        return check_no_audience(claims, rules, trace);
    if (trace != NULL && rules->audience != NULL)
        note_audience(aud, rules->audience, held, trace);
    return held ? REASON_ACCEPTED : REASON_AUDIENCE;
}

static enum reason
check_subject(struct claims *claims, const struct claims_rules *rules,
              int64_t now, struct trace *trace)
{
    const json_t *sub = json_object_get(claims->root, "sub");
    enum reason reason = REASON_ACCEPTED;

    (void)now;
    /* About a client's own token some answer null, some nothing: see
     * claims_check_client(). */
    if (rules->source == CLAIMS_OF_ANSWER && (sub == NULL || json_is_null(sub)))
        return REASON_ACCEPTED;
    if (claims->sub.len == 0 || text_has_control(claims->sub))
        reason = REASON_SUBJECT;
    else if (claims->sub.len > LIMIT_CLAIM)
        reason = REASON_CLAIM_FORM;
    trace_span(trace, "subject", reason == REASON_ACCEPTED, "a string",
               claims->sub);
    return reason;
}

static enum reason
check_jti(struct claims *claims, const struct claims_rules *rules, int64_t now,
          struct trace *trace)
{
    const json_t *jti = json_object_get(claims->root, "jti");
    struct span text = json_text(claims->root, "jti");
    bool held = jti == NULL || (text.data != NULL && text.len <= LIMIT_CLAIM &&
                                !text_has_control(text));

    (void)rules;
    (void)now;
    if (!held)
        trace_span(trace, "token id", false, "a short string", text);
    return held ? REASON_ACCEPTED : REASON_CLAIM_FORM;
}

/* A claim that is null says nothing and counts as absent. */
static enum reason
check_required(struct claims *claims, const struct claims_rules *rules,
               int64_t now, struct trace *trace)
{
    enum reason reason = REASON_ACCEPTED;

    (void)now;
    for (size_t i = 0; rules->required != NULL && i < rules->required->count;
         i++) {
        const char *name = rules->required->item[i];
        const json_t *value = json_find(claims->root, name);
        bool held = value != NULL && !json_is_null(value);

        trace_note(trace, "required claim", held, name,
                   held ? "present" : "absent");
        if (!held)
            reason = REASON_CLAIM_MISSING;
    }
    return reason;
}

/* In the order in which the reasons help most. */
static enum reason (*const rules_in_order[])(struct claims *,
                                             const struct claims_rules *,
                                             int64_t now, struct trace *) = {
    check_issuer,        check_client_id,       check_audience,
    claims_check_expiry, claims_check_start,    claims_check_kind,
    check_subject,       claims_check_bound,    claims_check_actor,
    claims_check_client, claims_check_lifetime, check_jti,
    check_required,
};

enum reason
claims_check(struct claims *claims, const struct claims_rules *rules,
             int64_t now, struct trace *trace)
{
    size_t count = sizeof(rules_in_order) / sizeof(rules_in_order[0]);
    enum reason first = REASON_ACCEPTED;

    for (size_t i = 0; i < count; i++) {
        enum reason reason = rules_in_order[i](claims, rules, now, trace);

        if (first == REASON_ACCEPTED)
            first = reason;
        if (first != REASON_ACCEPTED && trace == NULL)
            break;
    }
    return first;
}

enum reason
claims_check_header(const struct claims *claims, const json_t *header)
{
    static const char *const copies[] = {"iss", "sub", "aud"};

    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        const json_t *copy = json_object_get(header, copies[i]);

        if (copy != NULL &&
            !json_equal(copy, json_object_get(claims->root, copies[i])))
            return REASON_HEADER_CLAIM;
    }
    return REASON_ACCEPTED;
}
