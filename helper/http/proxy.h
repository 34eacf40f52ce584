/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which way a request takes: straight, or by the proxy of its route.  The
 * exceptions are decided here, not by curl: it knows networks only since 7.86.
 */
#ifndef HELPER_HTTP_PROXY_H
#define HELPER_HTTP_PROXY_H

#include <curl/curl.h>

#include "helper/http/fetch.h"

/*
 * Does a request to this host (as in the URL, without brackets) go by the
 * proxy?  Exceptions are names (exact, letter case apart), ".domain" (every
 * name below it), addresses, and networks in CIDR notation; the latter two
 * hold for hosts written as addresses, names are not resolved.
 */
bool proxy_serves(const struct fetch_route *, struct span host);

/* All options of the way there; the environment never counts.  `route` may be
 * NULL.  False without memory, or with `*refused` = why. */
bool proxy_apply(CURL *, const struct fetch_route *, struct span host,
                 const char **refused);

/* May libcurl call GSSAPI, which blocks, on the way to this host? */
bool proxy_may_block(const struct fetch_route *, struct span host);

#endif
