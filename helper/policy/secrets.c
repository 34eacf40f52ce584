/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/jose/json.h"
#include "helper/wire/wire.h"

bool
secrets_find(const struct claims *claims, const struct issuer_conf *conf,
             struct buffer *out)
{
    size_t i;

    for (i = 0; i < conf->secrets.count; i++) {
        const char *colon = strrchr(conf->secrets.item[i], ':');
        char *claim = strndup(conf->secrets.item[i],
                              (size_t)(colon - conf->secrets.item[i]));
        const json_t *value =
            claim != NULL ? json_find(claims->root, claim) : NULL;
        struct span text = {json_string_value(value),
                            json_string_length(value)};

        if (text.len > 0 && text.len <= WIRE_SECRET_MAX &&
            !text_has_control(text)) {
            buffer_printf(out, "%s=", colon + 1);
            buffer_add(out, text.data, text.len);
            buffer_text(out, "\n");
        }
        free(claim);
    }
    return !out->failed;
}

bool
secrets_next(struct span *lines, struct span *name, struct span *value)
{
    const char *end, *equals;

    if (lines->len == 0)
        return false;
    end = memchr(lines->data, '\n', lines->len);
    equals = memchr(lines->data, '=', lines->len);
    if (end == NULL || equals == NULL || equals > end)
        return false;
    *name = (struct span){lines->data, (size_t)(equals - lines->data)};
    *value = (struct span){equals + 1, (size_t)(end - equals - 1)};
    lines->len -= (size_t)(end - lines->data) + 1;
    lines->data = end + 1;
    return true;
}
