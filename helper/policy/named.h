/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims that leave by a name of ours: CLAIM:NAME in `export` and `secrets`,
 * divided at the last ':', which loading has made sure is there. */
#ifndef HELPER_POLICY_NAMED_H
#define HELPER_POLICY_NAMED_H

#include "helper/jose/json.h"

/* NAME; points into `item`. */
const char *named_name(const char *item);

/* What CLAIM, a member's name or a JSON Pointer, says; borrowed.  NULL when it
 * is absent, or without memory. */
const json_t *named_claim(const json_t *root, const char *item);

#endif
