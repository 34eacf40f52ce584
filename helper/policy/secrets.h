/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims that are credentials (`secrets` of an issuer), such as the user and
 * password that authentik's proxy sends as HTTP Basic.  They are apart from
 * the facts on purpose: facts are remembered and written, and these are not.
 */
#ifndef HELPER_POLICY_SECRETS_H
#define HELPER_POLICY_SECRETS_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/conf/config.h"
#include "helper/jose/claims.h"

/* Room for what secrets_find() appends. */
#define SECRETS_BYTES_MAX 4096

/*
 * Appends a line NAME=VALUE, ended, for each that the claims have as a text,
 * without control characters and within WIRE_SECRET_MAX; others are left out.
 * False without memory.
 */
bool secrets_find(const struct claims *, const struct issuer_conf *,
                  struct buffer *out);

/* Takes the first line off `lines`; false when there is none. */
bool secrets_next(struct span *lines, struct span *name, struct span *value);

#endif
