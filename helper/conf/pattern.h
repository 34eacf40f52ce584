/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The patterns of `users =`: a login name, or the beginning of one and a '*'
 * (which alone means everybody).  Nothing more, so that it can be computed
 * whether two of them can ever mean the same person.
 */
#ifndef HELPER_CONF_PATTERN_H
#define HELPER_CONF_PATTERN_H

#include <stdbool.h>

#include "helper/base/span.h"

bool pattern_is_good(struct span pattern);
bool pattern_matches(struct span pattern, struct span user);
/* Is there a login name that matches both?  Both must be good. */
bool pattern_overlaps(struct span a, struct span b);

#endif
