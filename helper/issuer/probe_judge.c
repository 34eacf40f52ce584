/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/http/head.h"
#include "helper/issuer/probe_inside.h"
#include "helper/jose/json.h"

#define BEARER_TEXT_MAX 200
#define FROM_HEADER "header:"
#define HEADER_LEN (sizeof(FROM_HEADER) - 1)
#define FROM_JSON "json:"
#define JSON_LEN (sizeof(FROM_JSON) - 1)

/* --- the user --- */

static bool
is_name(struct span name)
{
    return name.len > 0 && name.len <= LIMIT_CLAIM && text_is_utf8(name) &&
           !text_has_control(name);
}

static struct claims
make_claims(const struct issuer_conf *conf, struct span user, int64_t wall)
{
    json_t *root = json_object();
    struct claims claims = {.root = NULL};
    bool bad;

    /* Ours come last: a username_claim of their name changes nothing. */
    bad = root == NULL ||
          (conf->username_claim[0] != '/' &&
           json_object_set_new(root, conf->username_claim,
                               json_stringn(user.data, user.len)) != 0) ||
          json_object_set_new(root, "sub", json_stringn(user.data, user.len)) !=
              0 ||
          json_object_set_new(root, "iss", json_string(conf->issuer)) != 0 ||
          json_object_set_new(root, "iat", json_integer(wall)) != 0 ||
          json_object_set_new(root, "exp", json_integer(wall + PROBE_LIFE_S)) !=
              0;
    if (bad) {
        json_decref(root);
        return claims;
    }
    claims.root = root;
    claims.iss = json_text(root, "iss");
    claims.sub = json_text(root, "sub");
    claims.issued = wall;
    claims.expires = wall + PROBE_LIFE_S;
    claims.endless = true;
    return claims;
}

static enum reason
name_and_claims(const struct issuer_conf *conf, struct span name, int64_t wall,
                struct claims *claims)
{
    if (!is_name(name))
        return REASON_CLAIM_MISSING;
    *claims = make_claims(conf, name, wall);
    return claims->root == NULL ? REASON_INTERNAL : REASON_ACCEPTED;
}

enum reason
probe_claims(const struct probe_try *t, const struct fetch_answer *answer,
             int64_t wall, struct claims *claims)
{
    const struct issuer_conf *conf = t->site->conf;
    const char *from = conf->user_from;
    struct span name = {NULL, 0};
    const json_t *value;
    json_t *root = NULL;
    enum reason reason;

    if (t->password)
        name = buffer_span(&t->user);
    else if (from != NULL && strncmp(from, FROM_HEADER, HEADER_LEN) == 0) {
        if (!head_only(answer->head, from + HEADER_LEN, &name))
            name.len = 0;
    } else if (from != NULL && strncmp(from, FROM_JSON, JSON_LEN) == 0) {
        root = json_object_load(answer->body);
        value = root == NULL ? NULL : json_find(root, from + JSON_LEN);
        if (json_is_string(value))
            name = (struct span){json_string_value(value),
                                 json_string_length(value)};
    }
    reason = name_and_claims(conf, name, wall, claims);
    json_decref(root);
    return reason;
}

/* --- words for the log --- */

/* RFC 6750 section 3.1; nor may the answer make us log the credential. */
static struct span
bearer_text(const struct probe_try *t, struct span text)
{
    struct span nothing = {"", 0};

    if (text.len > BEARER_TEXT_MAX ||
        text_repeats(text, buffer_span(&t->credential)))
        return nothing;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e || text.data[i] == '"' ||
            text.data[i] == '\\')
            return nothing;
    }
    return text;
}

static const struct challenge *
bearer_of(const struct probe_try *t, const struct probe_answer *a)
{
    return t->scheme != SCHEME_BEARER || a->challenges == NULL
               ? NULL
               : challenges_choose(a->challenges, SCHEME_BEARER,
                                   t->site->conf->http_realm);
}

static void
explain_bearer(const struct probe_try *t, const struct challenge *c,
               char *problem)
{
    static const enum challenge_value parts[] = {
        CHALLENGE_ERROR, CHALLENGE_ERROR_DESCRIPTION, CHALLENGE_SCOPE};
    static const char *const before[] = {"", ": ", ", scope "};
    char one[BEARER_TEXT_MAX + 1];
    size_t used = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct span text = bearer_text(t, c->value[parts[i]]);

        if (text.len > 0 && used < ASK_PROBLEM_MAX)
            used += (size_t)snprintf(problem + used, ASK_PROBLEM_MAX - used,
                                     "%s%s", used == 0 ? "" : before[i],
                                     text_escape(text, one, sizeof(one)));
    }
}

static void
explain_status(const struct probe_try *t, const struct probe_answer *a,
               char *problem)
{
    const struct challenge *bearer = bearer_of(t, a);

    problem[0] = '\0';
    if (bearer != NULL)
        explain_bearer(t, bearer, problem);
    if (problem[0] == '\0' &&
        !probe_status_in(&t->site->conf->refused, a->http->status))
        snprintf(problem, ASK_PROBLEM_MAX,
                 "status %ld is neither accepted nor refused", a->http->status);
}

static void
explain_schemes(const struct probe_try *t, const struct probe_answer *a,
                char *problem)
{
    bool pinned = t->site->conf->http_realm != NULL;
    struct buffer names = BUFFER_INIT(ASK_PROBLEM_MAX);

    challenges_names(a->challenges, &names);
    snprintf(problem, ASK_PROBLEM_MAX,
             "offers no scheme of http_schemes%s (status %ld, offered: %s)",
             pinned ? " in http_realm" : "", a->http->status,
             names.failed ? "many" : names.data);
    buffer_free(&names);
}

void
probe_explain(const struct probe_try *t, const struct probe_answer *a,
              char *problem)
{
    static const char *const words[] = {
        [PROBE_OPEN] = "lets in without a credential",
        [PROBE_STALE] = "calls every nonce stale",
        [PROBE_LATE] = "no time is left",
        [PROBE_NO_WAY] = "the file of proxy_password_file cannot be used",
        [PROBE_FORM] = "the credential does not fit the scheme",
        [PROBE_BROKEN] = "no memory, or a library failed",
    };
    char error[ASK_PROBLEM_MAX - 16];

    switch (a->end) {
    case PROBE_ANSWERED:
        explain_status(t, a, problem);
        break;
    case PROBE_NO_SCHEME:
        explain_schemes(t, a, problem);
        break;
    case PROBE_SILENT:
        snprintf(problem, ASK_PROBLEM_MAX, "no answer: %s",
                 text_escape(span_of(a->http->error), error, sizeof(error)));
        break;
    case PROBE_UNDER_WAY:
        problem[0] = '\0';
        break;
    default:
        snprintf(problem, ASK_PROBLEM_MAX, "%s", words[a->end]);
    }
}

/* --- the judgement --- */

static void
note_status(const struct probe_try *t, long status, bool held)
{
    const struct list *accepted = &t->site->conf->accepted;
    char expected[TRACE_TEXT_MAX] = "", found[24];
    size_t used = 0;

    if (t->trace == NULL)
        return;
    for (size_t i = 0; i < accepted->count && used < sizeof(expected); i++)
        used += (size_t)snprintf(expected + used, sizeof(expected) - used,
                                 "%s%s", i == 0 ? "" : " ", accepted->item[i]);
    snprintf(found, sizeof(found), "%ld", status);
    trace_note(t->trace, "status", held, expected, found);
}

/* RFC 6750 section 3.1: 403 goes with it. */
static bool
lacks_scope(const struct probe_try *t, const struct probe_answer *a)
{
    const struct challenge *bearer = bearer_of(t, a);

    return bearer != NULL && a->http->status >= 400 && a->http->status < 500 &&
           span_is(bearer->value[CHALLENGE_ERROR], "insufficient_scope");
}

static enum reason
unusable(const struct probe_answer *a)
{
    return a->http != NULL && a->http->error == NULL && a->http->status < 500
               ? REASON_PROVIDER_ANSWER
               : REASON_PROVIDER;
}

static enum reason
judge_status(const struct probe_try *t, const struct probe_answer *a,
             int64_t wall, struct ask_answer *out)
{
    const struct issuer_conf *conf = t->site->conf;
    bool accepted = probe_status_in(&conf->accepted, a->http->status);
    enum reason reason;

    note_status(t, a->http->status, accepted);
    if (!accepted) {
        probe_explain(t, a, out->problem);
        if (t->trace != NULL && out->problem[0] != '\0')
            trace_note(t->trace, "challenge", false, "", out->problem);
        if (lacks_scope(t, a))
            return REASON_INSUFFICIENT_SCOPE;
        return probe_status_in(&conf->refused, a->http->status) ? REASON_REFUSED
                                                                : unusable(a);
    }
    if (t->info == DIGEST_INFO_WRONG) {
        snprintf(out->problem, sizeof(out->problem),
                 "the server does not prove that it knows the password");
        return REASON_PROVIDER_ANSWER;
    }
    reason = probe_claims(t, a->http, wall, &out->claims);
    if (reason == REASON_CLAIM_MISSING)
        snprintf(out->problem, sizeof(out->problem), "user_from names no user");
    return reason;
}

void
probe_judge(const struct probe_try *t, const struct probe_answer *a,
            int64_t wall, struct ask_answer *out)
{
    switch (a->end) {
    case PROBE_ANSWERED:
        out->reason = judge_status(t, a, wall, out);
        return;
    case PROBE_LATE:
    case PROBE_SILENT:
        out->reason = REASON_PROVIDER;
        break;
    case PROBE_NO_WAY:
        out->reason = REASON_SECRET;
        break;
    case PROBE_FORM:
        out->reason = REASON_FORM;
        break;
    case PROBE_BROKEN:
        out->reason = REASON_INTERNAL;
        break;
    default:
        out->reason = unusable(a);
    }
    probe_explain(t, a, out->problem);
}
