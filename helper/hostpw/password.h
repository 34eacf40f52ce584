/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The form of an app password (hostpw.h).  For helper/hostpw and its tests.
 *
 * CHECK is the first 35 bits of SHA-256 over everything in front of it, in
 * the same alphabet.  A CRC would do for damage; the hash is there anyway,
 * needs no second table, and whoever scans for secrets can compute it with
 * what every language has.  It proves nothing: anybody can make one.
 */
#ifndef HELPER_HOSTPW_PASSWORD_H
#define HELPER_HOSTPW_PASSWORD_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/hostpw/hostpw.h"

#define PASSWORD_PREFIX "hap_"
#define PASSWORD_SECRET_LEN 32 /* characters: 160 bits */
#define PASSWORD_CHECK_LEN 7   /* characters: 35 bits */
#define PASSWORD_ENVIRONMENT_MAX 16

/* 1 to 16 bytes of a-z 0-9. */
bool password_is_environment(struct span);
bool password_is_id(struct span);

/* A whole one of that environment (NULL: none): both spans point into it. */
bool password_parse(struct span text, const char *environment, struct span *id,
                    struct span *secret);

/* A new one, appended to the empty buffer.  False without memory or random
 * bytes. */
bool password_make(const char *environment, struct buffer *out,
                   char id[HOSTPW_ID_LEN + 1]);

/* What its file holds instead of it. */
bool password_hash(struct span id, struct span secret,
                   unsigned char out[HOSTPW_HASH_LEN]);

#endif
