/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every bound of the house that more than one room must agree on, with its
 * unit.  A bound that only one file cares about lives in that file.
 */
#ifndef HELPER_BASE_LIMITS_H
#define HELPER_BASE_LIMITS_H

/* What a request may carry, in bytes. */
#define LIMIT_USER 32
#define LIMIT_SERVICE 64
#define LIMIT_RHOST 255
#define LIMIT_CREDENTIAL (64 * 1024)
#define LIMIT_USER_TEXT 200 /* the one line a verdict may show to the user */

/* JOSE (bytes, or counts where said). */
#define LIMIT_JOSE_HEADER 4096 /* the encoded header part of a JWS */
#define LIMIT_JSON_DEPTH 32    /* nesting of objects and arrays */
#define LIMIT_JWKS_BYTES (512 * 1024)
#define LIMIT_JWKS_KEYS 100
#define LIMIT_KEY_TRIALS 4 /* keys tried for a token without kid */
#define LIMIT_KID 256      /* a longer kid names no key */

/* Claims. */
#define LIMIT_CLAIM 256        /* bytes of a string claim that is kept */
#define LIMIT_CLAIM_ITEMS 1024 /* entries of a list claim */

/* Time, in seconds unless the name says otherwise. */
#define LEEWAY_S 60
#define LOCAL_LIFETIME_MAX_S 3600 /* tokens of the local issuer */
#define TIMEOUT_MAX_MS 120000     /* what a caller may ask the helper to take */

/* Configuration. */
#define LIMIT_CONF_LINE 4096
#define LIMIT_CONF_BYTES (1024 * 1024)

#endif
