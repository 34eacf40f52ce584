/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The credential is good: does it open this door?  Mapping, rules, pins; at
 * every login, whether its verdict came from the cache or not.
 */
#ifndef HELPER_DAEMON_ENTRY_H
#define HELPER_DAEMON_ENTRY_H

#include "helper/base/reason.h"
#include "helper/daemon/judge.h"

/* The judge has facts and an issuer.  Fills in `mapped` where no user was
 * named. */
enum reason entry(struct judge *);

/* Is it older than a mark of `httpauthctl revoke`?  REASON_TOKEN_REVOKED
 * then; REASON_STATE when what was revoked cannot be read. */
enum reason entry_revoked(const struct helper *, const struct facts *,
                          struct span user, struct trace *);

#endif
