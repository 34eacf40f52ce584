/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a login after the account phase: its session opens and
 * closes, and while it is open it may vouch for its user elsewhere.  Asked by
 * root alone; answered at once, without a provider.
 */
#ifndef HELPER_DAEMON_SESSION_H
#define HELPER_DAEMON_SESSION_H

#include "helper/daemon/attempt.h"
#include "helper/daemon/helper.h"
#include "helper/wire/wire.h"

/* WIRE_OPEN, WIRE_CLOSE, WIRE_RESUME, WIRE_PRESENT and WIRE_COLLECT; to the
 * last, when accepted, parcels_take() has the answer. */
void session_ask(struct helper *, uid_t caller, const struct wire_request *,
                 struct attempt_result *);

#endif
