/* SPDX-License-Identifier: BSD-2-Clause */
/* The thumbprint of a JWK (RFC 7638), with SHA-256, in base64url. */
#ifndef HELPER_JOSE_THUMBPRINT_H
#define HELPER_JOSE_THUMBPRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "helper/base/span.h"

#define THUMBPRINT_SIZE 44 /* 43 characters and the end */

/* The members are taken as they are written (section 7).  False, and "", for
 * an unknown kind of key, or when a member is absent or no base64url. */
bool thumbprint_of(const json_t *jwk, char out[THUMBPRINT_SIZE]);

/* Could this text be one? */
bool thumbprint_is_one(struct span text);

#endif
