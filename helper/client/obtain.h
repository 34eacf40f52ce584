/* SPDX-License-Identifier: BSD-2-Clause */
/* How a person gets a token from a provider: both end in provider_token(). */
#ifndef HELPER_CLIENT_OBTAIN_H
#define HELPER_CLIENT_OBTAIN_H

#include <stdint.h>

#include "helper/client/provider.h"

/* Is there a browser that the person at this terminal would see? */
bool obtain_has_browser(void);

/*
 * Authorization code with PKCE (RFC 7636) and a redirect to 127.0.0.1
 * (RFC 8252); port 0: any.  Shows the address of the login and begins a
 * browser there, if there is one.  Everything is told.
 */
enum reason obtain_by_browser(struct web *, const struct metadata *,
                              uint16_t port, struct saved *);

/* Device login (RFC 8628): shows where to confirm it, and waits. */
enum reason obtain_by_device(struct web *, const struct metadata *,
                             struct saved *);

#endif
