/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/audience.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool
is_of_a_label(char c)
{
    return isalnum((unsigned char)c) || c == '-';
}

bool
audience_is_of_host(struct span audience, const char *host)
{
    size_t len = strcspn(host, ".");

    if (memmem(audience.data, audience.len, "%H", 2) != NULL)
        return true;
    for (size_t i = 0; len > 0 && i + len <= audience.len; i++)
        if (strncasecmp(audience.data + i, host, len) == 0 &&
            (i == 0 || !is_of_a_label(audience.data[i - 1])) &&
            (i + len == audience.len || !is_of_a_label(audience.data[i + len])))
            return true;
    return false;
}
