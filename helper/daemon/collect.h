/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session gets as files (session_files): put aside when its login is
 * accepted; session.h hands it out when root has opened the session, once and
 * within a minute.
 */
#ifndef HELPER_DAEMON_COLLECT_H
#define HELPER_DAEMON_COLLECT_H

#include "helper/daemon/judge.h"

/* For an accepted login of that id; the judge still has the credential.  That
 * it fails costs the session its files. */
void collect_keep(const struct judge *, const unsigned char id[LOGIN_ID_LEN]);

/* Are there claims for its session that are never remembered?  Then the
 * credential must be verified anew. */
bool collect_wants_secrets(const struct judge *, const struct helper_issuer *);

#endif
