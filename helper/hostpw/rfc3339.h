/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times that people read and write: RFC 3339, whole seconds, UTC, exactly
 * "2026-11-23T12:00:00Z".  Years 1970 to 9999.
 */
#ifndef HELPER_HOSTPW_RFC3339_H
#define HELPER_HOSTPW_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

#define RFC3339_SIZE 21 /* bytes, the end included */

bool rfc3339_parse(struct span text, int64_t *seconds);
/* False outside of those years; `out` is "" then. */
bool rfc3339_print(int64_t seconds, char out[RFC3339_SIZE]);

#endif
