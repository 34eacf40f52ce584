/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an issuer publishes its keys: OpenID Connect Discovery section 4 and
 * RFC 8414 section 3.  Pure functions over text.
 */
#ifndef HELPER_ISSUER_DISCOVERY_H
#define HELPER_ISSUER_DISCOVERY_H

#include <stdbool.h>

#include "helper/base/span.h"

#define DISCOVERY_BYTES_MAX (256 * 1024)

enum discovery_form {
    DISCOVERY_OIDC,  /* ISSUER/.well-known/openid-configuration */
    DISCOVERY_OAUTH, /* HOST/.well-known/oauth-authorization-server/PATH */
};

/* The address of the document, free() it; NULL when the issuer is no https
 * URL without query and fragment, or without memory. */
char *discovery_url(const char *issuer, enum discovery_form);

/*
 * Takes jwks_uri from a metadata document whose `issuer` is the given one,
 * byte for byte (RFC 8414 section 3.3).  On success *jwks_uri is to be
 * free()d; else *problem is a static text.  Signed metadata and all other
 * members are ignored.
 */
bool discovery_parse(struct span document, const char *issuer, char **jwks_uri,
                     const char **problem);

#endif
