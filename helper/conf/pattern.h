/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The patterns of `users =`: a login name, or the beginning of one and a '*'
 * (which alone means everybody).  Nothing more, so that it can be computed
 * whether two of them can ever mean the same person.
 */
#ifndef HELPER_CONF_PATTERN_H
#define HELPER_CONF_PATTERN_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/list.h"
#include "helper/base/span.h"

bool pattern_is_good(struct span pattern);
bool pattern_matches(struct span pattern, struct span user);
/* Is there a login name that matches both?  Both must be good. */
bool pattern_overlaps(struct span a, struct span b);

/*
 * The patterns of `token_pattern =` and `password_pattern =`, for the same
 * reason no regular expressions: PREFIX:SET:MIN-MAX, where PREFIX (may be
 * empty) is of A-Z a-z 0-9 . _ -, SET names the characters behind it (digit,
 * hex, alnum, base64url, base64, visible) and MIN-MAX counts those; or `any`,
 * which is also blanks and whatever else a password holds.
 * Whatever begins with "hap_" or "eyJ", or has the two dots of a JWT and
 * otherwise only base64url, matches none, also with blanks around it; nor does
 * anything with control characters, empty, or longer than LIMIT_CREDENTIAL.
 */
#define SHAPE_ANY "any"
bool shape_is_good(struct span shape, struct buffer *why);
bool shape_matches(struct span shape, struct span credential);
/* Is there a credential that matches both?  Both must be good. */
bool shape_overlaps(struct span a, struct span b);
bool shape_list_matches(const struct list *, struct span credential);

#endif
