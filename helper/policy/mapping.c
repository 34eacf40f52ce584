/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/policy.h"

#include "helper/base/hash.h"
#include "helper/conf/usersmap.h"
#include "helper/policy/explain.h"

/* `users =` of the issuer, and its lines of users.map. */
static enum reason
check_issuer(const struct config *config, const struct facts *facts,
             struct span user, struct trace *trace)
{
    const struct issuer_conf *issuer =
        config_issuer(config, span_of(facts_text(facts, FACT_ISSUER, 0)));
    bool held = issuer != NULL && config_speaks_for(config, issuer, user);
    struct explanation e = {""};

    if (trace != NULL && usersmap_lists(config->map, user))
        explain_list("has a line in users.map", &(struct list){NULL, 0}, &e);
    else if (trace != NULL && issuer != NULL)
        explain_list("speaks for ", &issuer->users, &e);
    trace_span(trace, "issuer-users", held, e.text, user);
    return held ? REASON_ACCEPTED : REASON_ISSUER;
}

/* Checklist 54: a client enters by users.map or not at all. */
static enum reason
check_person(const struct config *config, const struct facts *facts,
             struct span user, struct trace *trace)
{
    bool held = !facts->is_client || facts->mapped > 0;

    (void)config;
    (void)user;
    trace_note(trace, "person", held, "a person, or named by users.map",
               facts->is_client ? "a client" : "a person");
    return held ? REASON_ACCEPTED : REASON_CLIENT;
}

/*
 * A listed local name is reachable by its lines only, and any other by the
 * username claim only.  The facts may be older than the configuration (a
 * cached verdict outlives a reload that did not touch its issuer), so which
 * of the two holds is asked here, at every login.
 */
static bool
speaks_for_name(const struct config *config, const struct facts *facts,
                struct span user)
{
    bool listed = usersmap_lists(config->map, user);
    size_t i;

    for (i = 0; i < facts->count[FACT_LOCAL]; i++)
        if (listed == (i < facts->mapped) &&
            span_is(user, facts_text(facts, FACT_LOCAL, i)))
            return true;
    return false;
}

static enum reason
check_name(const struct config *config, const struct facts *facts,
           struct span user, struct trace *trace)
{
    bool held = speaks_for_name(config, facts, user);
    struct explanation wanted = {""}, found = {""};

    if (trace != NULL) {
        struct list one = {NULL, 0};

        if (list_add(&one, user))
            explain_list(usersmap_lists(config->map, user)
                             ? "by users.map "
                             : "by the username claim ",
                         &one, &wanted);
        list_clear(&one);
        explain_fact(facts, FACT_LOCAL, &found);
    }
    trace_note(trace, "username", held, wanted.text, found.text);
    if (held)
        return REASON_ACCEPTED;
    return facts->count[FACT_LOCAL] == 0 ? REASON_USERNAME
                                         : REASON_USER_MISMATCH;
}

enum reason
policy_map(const struct config *config, const struct facts *facts,
           const struct policy_request *request, struct trace *trace)
{
    static enum reason (*const check[])(
        const struct config *, const struct facts *, struct span user,
        struct trace *) = {check_issuer, check_person, check_name};
    enum reason first = REASON_ACCEPTED;
    size_t i;

    for (i = 0; i < sizeof check / sizeof check[0]; i++) {
        enum reason reason = check[i](config, facts, request->user, trace);

        if (first == REASON_ACCEPTED)
            first = reason;
        if (first != REASON_ACCEPTED && trace == NULL)
            break;
    }
    return first;
}

uint64_t
policy_mapping(const struct config *config, const struct facts *facts,
               struct span user)
{
    const struct issuer_conf *issuer =
        config_issuer(config, span_of(facts_text(facts, FACT_ISSUER, 0)));
    const struct users_map_line *line = config->map->line;
    uint64_t mapping = issuer != NULL ? issuer->naming : 0;

    for (size_t i = 0; issuer != NULL && i < config->map->count; i++) {
        if (!span_is(user, line[i].local) ||
            strcmp(line[i].issuer, issuer->name) != 0)
            continue;
        /* In any order. */
        mapping += hash_span(
            hash_span(HASH_FIRST,
                      (struct span){line[i].claim, strlen(line[i].claim) + 1}),
            span_of(line[i].value));
    }
    return mapping;
}

enum reason
policy_still_maps(const struct config *config, const struct facts *facts,
                  const struct policy_request *request, uint64_t mapping)
{
    enum reason reason = policy_map(config, facts, request, NULL);

    if (reason == REASON_ACCEPTED &&
        mapping != policy_mapping(config, facts, request->user))
        reason = REASON_USER_MISMATCH;
    return reason;
}
