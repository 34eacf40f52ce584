/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of `httpauthctl revoke`, which only root may give. */
#ifndef HELPER_DAEMON_REVOKE_H
#define HELPER_DAEMON_REVOKE_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/span.h"
#include "helper/daemon/helper.h"

/*
 * `argument` is a JSON object: {"user": NAME}, {"issuer": ISSUER, "subject":
 * SUB}, {"issuer": ISSUER} or {"all": true}, see helper/wire/PROTOCOL.  True
 * when the mark is on the disk.  `*body`: the answer, or what went wrong;
 * NULL without memory.
 */
bool revoke_order(struct helper *, uid_t, struct span argument, json_t **body);

#endif
