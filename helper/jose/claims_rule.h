/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of claims.h, one function each; nobody but claims.c includes
 * this.  Each notes what it found (a NULL trace takes nothing) and returns
 * REASON_ACCEPTED or its reason.
 */
#ifndef HELPER_JOSE_CLAIMS_RULE_H
#define HELPER_JOSE_CLAIMS_RULE_H

#include "helper/jose/claims.h"

/* claims_time.c: checklist 35, 36 and 56; fills in expires and issued. */
enum reason claims_check_expiry(struct claims *, const struct claims_rules *,
                                int64_t now, struct trace *);
enum reason claims_check_start(struct claims *, const struct claims_rules *,
                               int64_t now, struct trace *);
enum reason claims_check_lifetime(struct claims *, const struct claims_rules *,
                                  int64_t now, struct trace *);

/* claims_kind.c: checklist 40 to 42, 54 and 55; fills in is_client. */
enum reason claims_check_kind(struct claims *, const struct claims_rules *,
                              int64_t now, struct trace *);
enum reason claims_check_bound(struct claims *, const struct claims_rules *,
                               int64_t now, struct trace *);
enum reason claims_check_actor(struct claims *, const struct claims_rules *,
                               int64_t now, struct trace *);
enum reason claims_check_client(struct claims *, const struct claims_rules *,
                                int64_t now, struct trace *);

#endif
