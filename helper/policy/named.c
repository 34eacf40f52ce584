/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/named.h"

#include <stdlib.h>
#include <string.h>

const char *
named_name(const char *item)
{
    return strrchr(item, ':') + 1;
}

const json_t *
named_claim(const json_t *root, const char *item)
{
    char *claim = strndup(item, (size_t)(named_name(item) - item) - 1);
    const json_t *value = claim != NULL ? json_find(root, claim) : NULL;

    free(claim);
    return value;
}
