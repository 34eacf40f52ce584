/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an issuer publishes its keys and answers questions: OpenID Connect
 * Discovery section 4 and RFC 8414 section 3.  Pure functions over text.
 */
#ifndef HELPER_ISSUER_DISCOVERY_H
#define HELPER_ISSUER_DISCOVERY_H

#include <stdbool.h>

#include "helper/base/span.h"
#include "helper/conf/config.h"

#define DISCOVERY_BYTES_MAX (256 * 1024)

enum discovery_form {
    DISCOVERY_OIDC,  /* ISSUER/.well-known/openid-configuration */
    DISCOVERY_OAUTH, /* HOST/.well-known/oauth-authorization-server/PATH */
};

/* The address of the document, free() it; NULL when the issuer is no https
 * URL without query and fragment, or without memory. */
char *discovery_url(const char *issuer, enum discovery_form);

/* What a document named; each owned, or NULL when it was not there. */
struct metadata {
    char *jwks_uri; /* a plain https URL */
    /* As they were written: see discovery_trusts(). */
    char *introspection_endpoint;
    char *token_endpoint;
    char *userinfo_endpoint;
    char *device_authorization_endpoint; /* RFC 8628 section 4 */
    char *authorization_endpoint;
    char *revocation_endpoint; /* RFC 7009 */
    bool says_iss;             /* in its redirects, RFC 9207 section 3 */
};
void metadata_clear(struct metadata *);

/*
 * Takes them from a metadata document whose `issuer` is the given one, byte
 * for byte (RFC 8414 section 3.3).  Without success `out` is empty and
 * *problem a static text.  Signed metadata and all other members are ignored.
 */
bool discovery_parse(struct span document, const char *issuer,
                     struct metadata *out, const char **problem);

/*
 * May credentials be sent to an endpoint that the metadata named?  Only by
 * https, and to the issuer's own host or one of endpoint_hosts: whoever can
 * change the document for a moment must not collect secrets elsewhere.
 */
bool discovery_trusts(const struct issuer_conf *, const char *endpoint);

#endif
