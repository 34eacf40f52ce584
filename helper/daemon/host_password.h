/* SPDX-License-Identifier: BSD-2-Clause */
/* An app password of this machine, from throttle to facts; no waiting. */
#ifndef HELPER_DAEMON_HOST_PASSWORD_H
#define HELPER_DAEMON_HOST_PASSWORD_H

#include "helper/base/reason.h"
#include "helper/daemon/judge.h"
#include "helper/policy/facts.h"

/* REASON_ACCEPTED: *facts is to be free()d.  It may be set with a reason that
 * is vouched for, too. */
enum reason host_password_check(const struct judge *, struct facts **facts);

#endif
