/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the judge remembers of credentials: verdicts that are fresh, definite
 * refusals, and in an outage those verdicts that are not fresh any more
 * (offline_grace).
 */
#ifndef HELPER_DAEMON_RECALL_H
#define HELPER_DAEMON_RECALL_H

#include "helper/daemon/judge.h"

/* In j->named: under which name.  It says whether the issuer's configuration
 * and keys are still those that the verdict was made with.  False when there
 * can be none. */
bool recall_name(struct judge *, struct helper_issuer *, enum method);

/* REASON_NONE: nothing is remembered of this credential; else the judge has
 * issuer, way and facts. */
enum reason recall_by(struct judge *, struct helper_issuer *, struct way);

/* What was found out just now, by j->way. */
void recall_keep(struct judge *, enum reason);

/* `reason`, or REASON_ACCEPTED and the facts of a credential that was good not
 * long ago: where that is an outage of who was to be asked, or there was no
 * room for one more question while it is known to fail. */
enum reason recall_offline(struct judge *, enum reason);

/* Is it known that who is asked fails? */
bool recall_fails(const struct judge *);

/* The issuer was asked, and that is what came of it; `answered`: it said
 * something, and was not only to be asked, so that an outage is over.  A no
 * ends what is remembered under `key`, unless that is NULL. */
void recall_answered(struct helper *, struct helper_issuer *,
                     const struct verdict_key *key, enum reason, bool answered);

#endif
