/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may log in as whom to what.  Pure functions over verified facts, run
 * at every login, whether its verdict came from the cache or not.
 */
#ifndef HELPER_POLICY_POLICY_H
#define HELPER_POLICY_POLICY_H

#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/conf/config.h"
#include "helper/policy/facts.h"

struct policy_request {
    struct span user;
    struct span service;
    struct span rhost;
    int64_t now; /* wall clock */
};

/* mapping.c: does the credential speak for this local user?  REASON_ACCEPTED,
 * ISSUER (may not speak for that user), USERNAME, USER_MISMATCH or CLIENT. */
enum reason policy_map(const struct config *, const struct facts *,
                       const struct policy_request *, struct trace *);

/*
 * By what it came to speak for him: who the issuer is, its username claim, and
 * its lines of users.map for that name.  Of a login that is remembered it
 * must be what it was, or somebody else may be called so by now; in a newer
 * version of this program, too, for the same configuration.
 */
uint64_t policy_mapping(const struct config *, const struct facts *,
                        struct span user);

/* policy_map() for such a login: USER_MISMATCH where `mapping` is another. */
enum reason policy_still_maps(const struct config *, const struct facts *,
                              const struct policy_request *, uint64_t mapping);

/* rules.c: do the rules of [service] admit it?  Deny wins; every rule that
 * refuses has its own reason. */
enum reason policy_rules(const struct config *, const struct facts *,
                         const struct policy_request *, struct trace *);

#endif
