/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to one issuer's servers.  A proxy's password lies in a file that may
 * change at any time, so whoever sends a request asks for the way just before.
 */
#ifndef HELPER_ISSUER_ROUTE_H
#define HELPER_ISSUER_ROUTE_H

#include "helper/base/buffer.h"
#include "helper/conf/secret.h"
#include "helper/http/fetch.h"

#define ROUTE_WHY_MAX 8192 /* a file's name and a sentence */

struct route {
    struct fetch_route fetch; /* route_now() makes it ready */
    struct secret password;
};

/* The configuration must outlive it. */
void route_init(struct route *, const struct issuer_conf *);
void route_free(struct route *);

/* For one request, now; NULL when the proxy's password cannot be read
 * (`why`). */
const struct fetch_route *route_now(struct route *, struct buffer *why);

#endif
