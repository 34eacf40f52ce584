/* SPDX-License-Identifier: BSD-2-Clause */
/* One row of a table of rules: a token, a service, a question, the answer. */
#ifndef TESTS_UNIT_POLICY_ROW_H
#define TESTS_UNIT_POLICY_ROW_H

#include "tests/unit/policy_house.h"

struct row {
    const char *name;
    struct house_token token;
    const char *user, *service; /* NULL: alice, sshd */
    const char *issuers, *require_scope, *require_group, *require_all_groups,
        *deny_group, *deny_user, *client_ids, *require_acr, *require_amr,
        *networks;
    const char *audience; /* of work; NULL: none is configured */
    const char *rhost;    /* NULL: none */
    int64_t later;        /* seconds after the token was issued */
    int64_t max_token_age, max_auth_age;
    enum admission extra_audiences;
    int64_t methods;
    int64_t max_lifetime; /* 0: the default, one hour */
    uint8_t method;       /* 0: jwt */
    enum reason want;
};

static inline struct house *
furnish(const struct row *row)
{
    struct house *h = house_new();

    house_map(h, "deploy", "work", "sub", "ci");
    house_list(&h->service.issuers, row->issuers);
    house_list(&h->service.require_scope, row->require_scope);
    house_list(&h->service.require_group, row->require_group);
    house_list(&h->service.require_all_groups, row->require_all_groups);
    house_list(&h->service.deny_group, row->deny_group);
    house_list(&h->service.deny_user, row->deny_user);
    house_list(&h->service.client_ids, row->client_ids);
    house_list(&h->service.require_acr, row->require_acr);
    house_list(&h->service.require_amr, row->require_amr);
    house_list(&h->service.networks, row->networks);
    house_list(&h->issuer[0].audience, row->audience);
    h->service.extra_audiences = row->extra_audiences;
    h->service.max_token_age = row->max_token_age;
    h->service.max_auth_age = row->max_auth_age;
    h->service.methods = row->methods;
    if (row->max_lifetime != 0)
        h->service.max_lifetime = row->max_lifetime;
    return h;
}

/* Explained or not, the answer is the same; the explanation tells of a
 * refusal exactly if there was one. */
static inline void
check_row(void **state)
{
    const struct row *row = *state;
    const struct policy_request request = {
        .user = span_of(row->user == NULL ? "alice" : row->user),
        .service = span_of(row->service == NULL ? "sshd" : row->service),
        .rhost = span_of(row->rhost),
        .now = HOUSE_NOW + row->later};
    struct house *h = furnish(row);
    struct facts *facts = house_facts(h, &row->token);
    struct trace *trace = trace_new();
    bool refused = false;
    size_t i;

    assert_non_null(trace);
    if (row->method != 0)
        facts->method = row->method;
    assert_string_equal(
        reason_name(policy_rules(&h->config, facts, &request, NULL)),
        reason_name(row->want));
    assert_string_equal(
        reason_name(policy_rules(&h->config, facts, &request, trace)),
        reason_name(row->want));
    for (i = 0; i < trace->count; i++)
        refused = refused || !trace->check[i].held;
    assert_int_equal(refused, row->want != REASON_ACCEPTED);
    trace_free(trace);
    free(facts);
    house_free(h);
}

static inline const struct trace_check *
checked(const struct trace *trace, const char *name)
{
    size_t i;

    for (i = 0; i < trace->count; i++)
        if (strcmp(trace->check[i].name, name) == 0)
            return &trace->check[i];
    fail_msg("nothing was said about %s", name);
    return NULL;
}

#endif
