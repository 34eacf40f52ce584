/* SPDX-License-Identifier: BSD-2-Clause */
/* What every rule of a service looks at; for rules.c and its neighbours. */
#ifndef HELPER_POLICY_HEARING_H
#define HELPER_POLICY_HEARING_H

#include "helper/policy/policy.h"

struct hearing {
    const struct config *config;
    const struct service_conf *service;
    const struct issuer_conf *issuer; /* NULL: its section is gone */
    const struct facts *facts;
    struct span user;
    struct span rhost;
    int64_t now; /* wall clock */
    struct trace *trace;
};

/* Returns REASON_ACCEPTED, also when the rule is not set. */
typedef enum reason rule(const struct hearing *);

/* Notes a rule over a claim, which is shown as it was found; returns
 * `reason`. */
enum reason hearing_note(const struct hearing *, const char *name,
                         const char *prefix, const struct list *wanted,
                         enum fact, enum reason reason);

/* rules_token.c: what the token says of itself. */
rule rule_client_ids;
rule rule_extra_audiences;
rule rule_require_acr;
rule rule_require_amr;

/* rules_time.c */
rule rule_max_lifetime;
rule rule_max_token_age;
rule rule_max_auth_age;

#endif
