/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_CTL_AUDIENCE_H
#define HELPER_CTL_AUDIENCE_H

#include <stdbool.h>

#include "helper/base/span.h"

/* Is it of this host alone, as far as names tell: does it hold "%H", or the
 * first label of `host` (gethostname(2); "": unknown) as a name of its own?  A
 * token for an audience that hosts share opens all of them. */
bool audience_is_of_host(struct span audience, const char *host);

#endif
