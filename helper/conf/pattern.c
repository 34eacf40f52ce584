/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/pattern.h"

#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"

static bool
is_prefix(struct span pattern)
{
    return pattern.len > 0 && pattern.data[pattern.len - 1] == '*';
}

static struct span
without_star(struct span pattern)
{
    return (struct span){pattern.data, pattern.len - 1};
}

static bool
begins_with(struct span text, struct span prefix)
{
    return text.len >= prefix.len &&
           (prefix.len == 0 || memcmp(text.data, prefix.data, prefix.len) == 0);
}

bool
pattern_is_good(struct span pattern)
{
    char name[LIMIT_USER];
    struct span prefix;

    if (!is_prefix(pattern))
        return text_is_user(pattern);
    prefix = without_star(pattern);
    if (prefix.len >= LIMIT_USER)
        return false; /* no letter could follow */
    /* A good beginning is one that a further letter makes a good name. */
    if (prefix.len > 0)
        memcpy(name, prefix.data, prefix.len);
    name[prefix.len] = 'a';
    return text_is_user((struct span){name, prefix.len + 1});
}

bool
pattern_matches(struct span pattern, struct span user)
{
    if (is_prefix(pattern))
        return begins_with(user, without_star(pattern));
    return span_equal(pattern, user);
}

bool
pattern_overlaps(struct span a, struct span b)
{
    if (!is_prefix(a))
        return pattern_matches(b, a);
    if (!is_prefix(b))
        return pattern_matches(a, b);
    a = without_star(a);
    b = without_star(b);
    /* The longer prefix and one letter is a good name (pattern_is_good), and
     * it matches both exactly if it begins with the shorter one. */
    return begins_with(a, b) || begins_with(b, a);
}
