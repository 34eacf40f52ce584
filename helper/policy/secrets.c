/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/secrets.h"

#include <string.h>

#include "helper/base/text.h"
#include "helper/policy/named.h"
#include "helper/wire/wire.h"

bool
secrets_find(const struct claims *claims, const struct issuer_conf *conf,
             struct buffer *out)
{
    size_t i;

    for (i = 0; i < conf->secrets.count; i++) {
        const char *item = conf->secrets.item[i];
        const json_t *value = named_claim(claims->root, item);
        struct span text = {json_string_value(value),
                            json_string_length(value)};

        if (text.len > 0 && text.len <= WIRE_SECRET_MAX &&
            !text_has_control(text)) {
            buffer_printf(out, "%s=", named_name(item));
            buffer_add(out, text.data, text.len);
            buffer_text(out, "\n");
        }
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
