/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauth-token check`: which token httpauth-askpass would send to a host,
 * and what it says of itself; never the token. */
#ifndef HELPER_CLIENT_CHECK_H
#define HELPER_CLIENT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

/* HOST or USER@HOST; USER is who runs this.  0: it would be sent, and has not
 * expired; else 1. */
int check_destination(const char *destination);

/* Does an audience name that host: itself, or as the host of a URI? */
bool check_names_host(struct span audience, struct span host);

#endif
