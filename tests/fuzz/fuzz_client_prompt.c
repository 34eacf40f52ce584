/* SPDX-License-Identifier: BSD-2-Clause */
/* What a hostile server may ask httpauth-askpass: what is taken must read
 * back as exactly the same text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/client/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const questions[] = {"Password: ", "Token: "};
    struct span text = {(const char *)data, size};
    char again[2 * PROMPT_NAME_MAX + 64];
    struct prompt p;
    size_t i;

    if (!prompt_parse(text, &p))
        return 0;
    if (!text_is_visible(p.user) || !text_is_visible(p.host) ||
        p.user.len == 0 || p.host.len == 0)
        abort();
    for (i = 0; i < 3; i++) {
        int len =
            snprintf(again, sizeof(again), "(%.*s@%.*s) ", (int)p.user.len,
                     p.user.data, (int)p.host.len, p.host.data);

        if (i < 2)
            strcat(again, questions[i]);
        else
            (void)snprintf(again + len, sizeof(again) - (size_t)len,
                           "Token (continued at %zu): ", p.offset);
        if (span_is(text, again))
            return 0;
    }
    abort();
}
