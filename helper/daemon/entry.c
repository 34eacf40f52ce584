/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/policy/named.h"
#include "helper/policy/secrets.h"

/* As pins_check(), but records nothing. */
static bool
pin_holds(const struct judge *j, struct span user, struct span iss,
          struct span sub)
{
    struct span held = pins_find(j->helper->pins, user, iss);
    char expected[TRACE_TEXT_MAX] = "no subject recorded yet";

    if (held.len > 0)
        text_escape(held, expected, sizeof(expected));
    return trace_span(j->trace, "pin", held.len == 0 || span_equal(held, sub),
                      expected, sub);
}

/* pin_subject: names can be reused at the provider, subjects cannot. */
static enum reason
pinned(struct judge *j, struct span user)
{
    struct helper *h = j->helper;
    const struct issuer_conf *conf = issuer_conf(j->issuer->issuer);
    struct span iss = span_of(conf->issuer);
    struct span sub = span_of(facts_text(j->facts, FACT_SUBJECT, 0));

    if (!conf->pin_subject || strcmp(conf->username_claim, "sub") == 0 ||
        j->way.method == METHOD_HOST_PASSWORD ||
        usersmap_lists(h->config->map, user))
        return REASON_ACCEPTED;
    if (h->memory == HELPER_STORES_NOTHING)
        return REASON_ACCEPTED;
    if (sub.len == 0)
        return REASON_SUBJECT;
    if (h->pins == NULL)
        return REASON_STATE;
    if (j->trace != NULL)
        return pin_holds(j, user, iss, sub) ? REASON_ACCEPTED : REASON_PINNED;
    switch (pins_check(h->pins, user, iss, sub)) {
    case PIN_MATCHES:
    case PIN_NEW:
        return REASON_ACCEPTED;
    case PIN_OTHER:
        return REASON_PINNED;
    default:
        return REASON_STATE;
    }
}

static void
note_revocation(struct trace *trace, bool held, int64_t mark, int64_t issued)
{
    char wanted[64], found[64] = "at an unknown time";

    snprintf(wanted, sizeof(wanted), "issued after %" PRId64, mark + LEEWAY_S);
    if (issued > 0)
        snprintf(found, sizeof(found), "%" PRId64, issued);
    trace_note(trace, "revocation", held, wanted, found);
}

enum reason
entry_revoked(const struct helper *h, const struct facts *facts,
              struct span user, struct trace *trace)
{
    const struct revocation_question question = {
        .user = user,
        .iss = span_of(facts_text(facts, FACT_ISS, 0)),
        .sub = span_of(facts_text(facts, FACT_SUBJECT, 0)),
        .issued = facts->undated ? 0 : facts->issued,
    };
    int64_t mark;
    bool held;

    if (h->revocations == NULL)
        return REASON_ACCEPTED;
    if (!revocations_known(h->revocations))
        return REASON_STATE;
    mark = revocations_latest(h->revocations, &question);
    held = !revocation_hits(mark, question.issued);
    if (mark > 0)
        note_revocation(trace, held, mark, question.issued);
    return held ? REASON_ACCEPTED : REASON_TOKEN_REVOKED;
}

/*
 * No user was asked for: the one whom the token names, if it names exactly
 * one.  From here on he is treated as if he had been asked for.
 */
static bool
take_user(struct judge *j)
{
    struct span name = span_of(facts_text(j->facts, FACT_LOCAL, 0));
    bool one = j->facts->count[FACT_LOCAL] == 1 && text_is_user(name) &&
               !span_is(name, "root");

    trace_span(j->trace, "user of the token", one, "exactly one local name",
               name);
    if (one)
        memcpy(j->mapped, name.data, name.len + 1);
    return one;
}

/*
 * replay = refuse: last of all, since it uses the token up.  A login that was
 * accepted and whose answer was lost is one as well: the module that asks again
 * is refused, and the user needs a new token.
 */
static enum reason
used_up(struct judge *j)
{
    struct helper *h = j->helper;
    const struct service_conf *service =
        config_service(h->config, j->who.service);
    struct span iss = span_of(facts_text(j->facts, FACT_ISS, 0));
    struct span jti = span_of(facts_text(j->facts, FACT_JTI, 0));

    if (service->replay == ADMISSION_ACCEPT || h->replay == NULL ||
        j->way.method == METHOD_HOST_PASSWORD)
        return REASON_ACCEPTED;
    if (!trace_span(j->trace, "replay", jti.len > 0, "a token with a jti", jti))
        return REASON_NO_TOKEN_ID;
    if (j->trace != NULL)
        return trace_note(j->trace, "replay", !replay_seen(h->replay, iss, jti),
                          "not used before", NULL)
                   ? REASON_ACCEPTED
                   : REASON_REPLAY;
    switch (replay_use(h->replay, iss, jti, j->facts->expires, j->wall)) {
    case REPLAY_FIRST:
        return REASON_ACCEPTED;
    case REPLAY_AGAIN:
        return REASON_REPLAY;
    case REPLAY_FULL:
        return REASON_OVERLOAD;
    case REPLAY_FAILED:
        break;
    }
    return REASON_STATE;
}

static void
note_exports(const struct judge *j)
{
    const struct list *wanted = &issuer_conf(j->issuer->issuer)->export;
    const char *name, *found;
    size_t i, k;

    for (i = 0; i < wanted->count; i++) {
        name = named_name(wanted->item[i]);
        found = NULL;
        for (k = 0; k < j->facts->count[FACT_EXPORT] && found == NULL; k++) {
            const char *line = facts_text(j->facts, FACT_EXPORT, k);

            if (strncmp(line, name, strlen(name)) == 0 &&
                line[strlen(name)] == '=')
                found = line + strlen(name) + 1;
        }
        trace_note(j->trace, "export", true, name,
                   found != NULL ? found
                                 : "(not set: the claim is absent or "
                                   "no text)");
    }
}

/* Which of them a session gets, never what they are. */
static void
note_secrets(const struct judge *j)
{
    const struct list *wanted = &issuer_conf(j->issuer->issuer)->secrets;
    const struct service_conf *service =
        config_service(j->helper->config, j->who.service);
    size_t i;

    if ((service->session_files & FILE_SECRETS) == 0)
        return;
    for (i = 0; i < wanted->count; i++) {
        const char *wants = named_name(wanted->item[i]);
        struct span lines = j->secrets, name, value;
        bool found = false;

        while (!found && secrets_next(&lines, &name, &value))
            found = span_is(name, wants);
        trace_note(
            j->trace, "secret", true, wants,
            found ? "(a text)"
                  : "(no file: the claim is absent, or no line of text that is "
                    "short enough)");
    }
}

enum reason
entry(struct judge *j)
{
    const struct config *config = j->helper->config;
    struct policy_request who = j->who;
    enum reason reason;

    if (who.user.len == 0 && !take_user(j))
        return REASON_USERNAME;
    who.user = judge_user(j);
    who.now = j->wall;
    /* At the very end of every attempt, however long it took: a mark that was
     * made meanwhile counts. */
    reason = entry_revoked(j->helper, j->facts, who.user, j->trace);
    if (reason == REASON_ACCEPTED)
        reason = policy_map(config, j->facts, &who, j->trace);
    if (reason == REASON_ACCEPTED)
        reason = policy_rules(config, j->facts, &who, j->trace);
    if (reason == REASON_ACCEPTED)
        reason = pinned(j, who.user);
    if (reason == REASON_ACCEPTED)
        reason = used_up(j);
    if (j->trace != NULL) {
        note_exports(j);
        if (reason == REASON_ACCEPTED)
            note_secrets(j);
    }
    return reason;
}
