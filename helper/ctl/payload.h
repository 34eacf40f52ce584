/* SPDX-License-Identifier: BSD-2-Clause */
/* What a minted token says, and what it may not say. */
#ifndef HELPER_CTL_PAYLOAD_H
#define HELPER_CTL_PAYLOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/limits.h"
#include "helper/base/span.h"

#define PAYLOAD_CLIENT "httpauthctl" /* client_id of minted tokens */
#define PAYLOAD_TTL_S 600
#define PAYLOAD_TTL_MAX_S LOCAL_LIFETIME_MAX_S
#define PAYLOAD_MAX (47 * 1024) /* bytes of JSON: its token fits a packet */
#define PAYLOAD_SCOPE_MAX 1024  /* bytes */
#define PAYLOAD_NAME_MAX 64     /* bytes of a claim's name */
#define PAYLOAD_JTI_SIZE 23     /* 128 random bits, base64url, and the end */

struct payload {
    const char *issuer, *audience;
    const char *user;
    const char *scope; /* NULL: none */
    int64_t ttl, now;  /* seconds */
    json_t *claims;    /* further ones, an object; NULL: none */
};

/* Each gives NULL, or a static sentence why not. */
const char *payload_check_user(struct span user);
const char *payload_check_ttl(int64_t ttl);
const char *payload_check_scope(struct span scope); /* RFC 6749 section 3.3 */
/* "name=JSON" into `claims`: never a claim that says who the token is from,
 * for, about, or how somebody had logged in; and each once. */
const char *payload_add_claim(json_t *claims, struct span argument);

/* The JSON text, to be free()d; NULL when too long, without memory or without
 * random bytes.  `jti` becomes its identifier. */
char *payload_print(const struct payload *, char jti[PAYLOAD_JTI_SIZE]);

#endif
