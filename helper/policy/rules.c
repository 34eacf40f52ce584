/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/policy.h"

#include "helper/base/network.h"
#include "helper/policy/explain.h"
#include "helper/policy/hearing.h"

static enum reason
rule_issuers(const struct hearing *h)
{
    const char *section = facts_text(h->facts, FACT_ISSUER, 0);
    bool held = h->issuer != NULL &&
                config_service_admits_issuer(h->service, h->issuer);
    struct explanation e = {"any but " CONF_LOCAL_ISSUER};

    if (h->trace != NULL && h->service->issuers.count > 0)
        explain_list("one of ", &h->service->issuers, &e);
    trace_note(h->trace, "issuers", held, e.text, section);
    return held ? REASON_ACCEPTED : REASON_ISSUER_RULE;
}

static enum reason
rule_methods(const struct hearing *h)
{
    bool held = h->facts->method != METHOD_NONE &&
                (h->service->methods == 0 ||
                 (h->service->methods & h->facts->method) != 0);
    struct explanation wanted, found;

    if (h->trace != NULL)
        trace_note(h->trace, "methods", held,
                   explain_methods(h->service->methods, &wanted),
                   explain_methods(h->facts->method, &found));
    return held ? REASON_ACCEPTED : REASON_METHOD_RULE;
}

static enum reason
rule_deny_user(const struct hearing *h)
{
    bool held = !list_has(&h->service->deny_user, h->user);
    struct explanation e = {""};

    if (h->service->deny_user.count == 0)
        return REASON_ACCEPTED;
    if (h->trace != NULL)
        explain_list("none of ", &h->service->deny_user, &e);
    trace_span(h->trace, "deny_user", held, e.text, h->user);
    return held ? REASON_ACCEPTED : REASON_USER_RULE;
}

/* --- scopes and groups --- */

enum reason
hearing_note(const struct hearing *h, const char *name, const char *prefix,
             const struct list *wanted, enum fact fact, enum reason reason)
{
    struct explanation e, found;

    if (h->trace != NULL)
        trace_note(h->trace, name, reason == REASON_ACCEPTED,
                   explain_list(prefix, wanted, &e),
                   explain_fact(h->facts, fact, &found));
    return reason;
}

/* Checklist 57: a rule over a claim that is not there, cannot be judged or
 * was replaced by a pointer refuses, a denying rule too. */
static enum reason
groups_usable(const struct hearing *h)
{
    switch ((enum fact_state)h->facts->state[FACT_GROUP]) {
    case FACT_PRESENT:
        return REASON_ACCEPTED;
    case FACT_OVERAGE:
        return REASON_GROUP_OVERAGE;
    case FACT_ABSENT:
    case FACT_MISTYPED:
        break;
    }
    return REASON_GROUP_CLAIM;
}

enum membership {
    GROUP_ELSEWHERE, /* GROUP@ISSUER of another issuer: says nothing here */
    GROUP_MEMBER,
    GROUP_NO_MEMBER,
    GROUP_MALFORMED
};

static enum membership
membership(const struct hearing *h, const char *written)
{
    struct span group = {NULL, 0}, issuer = {NULL, 0};

    if (!config_group_split(span_of(written), &group, &issuer))
        return GROUP_MALFORMED;
    if (issuer.len > 0 && !facts_has(h->facts, FACT_ISSUER, issuer))
        return GROUP_ELSEWHERE;
    return facts_has(h->facts, FACT_GROUP, group) ? GROUP_MEMBER
                                                  : GROUP_NO_MEMBER;
}

static size_t
count_members(const struct hearing *h, const struct list *groups,
              enum membership which)
{
    size_t i, n = 0;

    for (i = 0; i < groups->count; i++)
        if (membership(h, groups->item[i]) == which)
            n++;
    return n;
}

static enum reason
rule_deny_group(const struct hearing *h)
{
    const struct list *denied = &h->service->deny_group;
    enum reason reason = REASON_ACCEPTED;

    if (denied->count == 0)
        return REASON_ACCEPTED;
    if (count_members(h, denied, GROUP_ELSEWHERE) < denied->count)
        reason = groups_usable(h);
    if (reason == REASON_ACCEPTED &&
        (count_members(h, denied, GROUP_MEMBER) > 0 ||
         count_members(h, denied, GROUP_MALFORMED) > 0))
        reason = REASON_GROUP_RULE;
    return hearing_note(h, "deny_group", "none of ", denied, FACT_GROUP,
                        reason);
}

static enum reason
rule_require_group(const struct hearing *h)
{
    const struct list *wanted = &h->service->require_group;
    enum reason reason;

    if (wanted->count == 0)
        return REASON_ACCEPTED;
    reason = groups_usable(h);
    if (reason == REASON_ACCEPTED &&
        count_members(h, wanted, GROUP_MEMBER) == 0)
        reason = REASON_GROUP_RULE;
    return hearing_note(h, "require_group", "one of ", wanted, FACT_GROUP,
                        reason);
}

static enum reason
rule_require_all_groups(const struct hearing *h)
{
    const struct list *wanted = &h->service->require_all_groups;
    enum reason reason;

    if (wanted->count == 0)
        return REASON_ACCEPTED;
    reason = groups_usable(h);
    if (reason == REASON_ACCEPTED &&
        count_members(h, wanted, GROUP_MEMBER) < wanted->count)
        reason = REASON_GROUP_RULE;
    return hearing_note(h, "require_all_groups", "all of ", wanted, FACT_GROUP,
                        reason);
}

static enum reason
rule_require_scope(const struct hearing *h)
{
    const struct list *wanted = &h->service->require_scope;
    enum reason reason = REASON_ACCEPTED;
    size_t i;

    if (wanted->count == 0)
        return REASON_ACCEPTED;
    if (h->facts->state[FACT_SCOPE] != FACT_PRESENT)
        reason = REASON_SCOPE_CLAIM;
    for (i = 0; i < wanted->count && reason == REASON_ACCEPTED; i++)
        if (!facts_has(h->facts, FACT_SCOPE, span_of(wanted->item[i])))
            reason = REASON_SCOPE_RULE;
    return hearing_note(h, "require_scope", "all of ", wanted, FACT_SCOPE,
                        reason);
}

/* --- where from --- */

static enum reason
rule_networks(const struct hearing *h)
{
    const struct list *admitted = &h->service->networks;
    struct explanation e = {""};
    struct network network;
    bool held = false;
    size_t i;

    if (admitted->count == 0)
        return REASON_ACCEPTED;
    for (i = 0; i < admitted->count && !held; i++)
        held = network_parse(span_of(admitted->item[i]), &network) &&
               network_contains(&network, h->rhost);
    if (h->trace != NULL)
        explain_list("one of ", admitted, &e);
    trace_span(h->trace, "networks", held, e.text, h->rhost);
    return held ? REASON_ACCEPTED : REASON_NETWORK_RULE;
}

/* What denies stands before what requires. */
static rule *const rules[] = {
    rule_issuers,       rule_methods,
    rule_deny_user,     rule_deny_group,
    rule_networks,      rule_require_scope,
    rule_require_group, rule_require_all_groups,
    rule_client_ids,    rule_extra_audiences,
    rule_require_acr,   rule_require_amr,
    rule_max_lifetime,  rule_max_token_age,
    rule_max_auth_age,
};

enum reason
policy_rules(const struct config *config, const struct facts *facts,
             const struct policy_request *request, struct trace *trace)
{
    struct hearing h = {.config = config,
                        .service = config_service(config, request->service),
                        .facts = facts,
                        .user = request->user,
                        .rhost = request->rhost,
                        .now = request->now,
                        .trace = trace};
    enum reason first = REASON_ACCEPTED;
    size_t i;

    trace_span(trace, "service", h.service != NULL, "a section of that name",
               request->service);
    if (h.service == NULL)
        return REASON_NO_SERVICE;
    h.issuer =
        config_issuer(config, span_of(facts_text(facts, FACT_ISSUER, 0)));
    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        enum reason reason = rules[i](&h);

        if (first == REASON_ACCEPTED)
            first = reason;
        if (first != REASON_ACCEPTED && trace == NULL)
            break;
    }
    return first;
}
