/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that one value must keep by itself, whatever stands elsewhere: the
 * column `fits` of the option table.  Each says in `why` the rest of a
 * sentence that begins with the value.
 */
#ifndef HELPER_CONF_FIT_H
#define HELPER_CONF_FIT_H

#include "helper/conf/option.h"

option_fits fit_file;        /* a file name */
option_fits fit_identifier;  /* an iss or aud: visible ASCII */
option_fits fit_algorithm;   /* a JOSE name; none with a reason */
option_fits fit_claim;       /* a member's name, or a JSON Pointer */
option_fits fit_user;        /* a login name */
option_fits fit_pattern;     /* a login name, or a prefix and '*' */
option_fits fit_scope;       /* RFC 6749 section 3.3 */
option_fits fit_group;       /* GROUP or GROUP@ISSUER */
option_fits fit_caller;      /* uid:service or user:service */
option_fits fit_issuer_name; /* the NAME of an [issuer NAME] */
option_fits fit_line;        /* text for people and realms */
option_fits fit_key_id;      /* a kid */
option_fits fit_basic_user;  /* the user of Basic: no ':' */
option_fits fit_secret_file; /* a file name, or credential:NAME */
option_fits fit_scopes;      /* scopes, one blank between them */
option_fits fit_status;      /* of HTTP */
option_fits fit_user_from;   /* header:NAME or json:/POINTER */
option_fits fit_thumbprint;  /* of a key, RFC 7638 */
option_fits fit_export;      /* CLAIM:NAME, see wire_is_variable() */
option_fits fit_secret;      /* CLAIM:NAME, see wire_is_file_name() */
option_fits fit_environment; /* app_password_environment */
option_fits fit_shape;       /* see pattern.h */
option_fits fit_token_shape; /* the same, but not `any` */

/* fit_url.c */
option_fits fit_url;      /* https */
option_fits fit_domain;   /* what stands behind the '@' of a name */
option_fits fit_host;     /* a name or an address, without a port */
option_fits fit_network;  /* CIDR */
option_fits fit_no_proxy; /* a host, .domain or network */
option_fits fit_proxy;    /* SCHEME://HOST:PORT */

/* An https URL that a client may be sent to; `discovery`: an issuer
 * identifier, which has no query either (RFC 8414 section 2). */
bool fit_https(struct span value, bool discovery, struct buffer *why);

/* Letters, digits, and those of `others`. */
bool fit_consists_of(struct span, const char *others);

/* The NAME of a section: 1 to 64 bytes of A-Z a-z 0-9 . _ - */
bool fit_section_name(struct span name);

#endif
