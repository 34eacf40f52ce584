/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/form.h"

static bool
is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

bool
form_encode(struct buffer *out, struct span value)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        char code[3] = {'%', hex[c >> 4], hex[c & 15]};

        if (is_unreserved(value.data[i]))
            buffer_add(out, &value.data[i], 1);
        else if (c == ' ')
            buffer_add(out, "+", 1);
        else
            buffer_add(out, code, sizeof(code));
    }
    return !out->failed;
}

bool
form_add(struct buffer *out, const char *name, struct span value)
{
    if (out->len > 0)
        buffer_add(out, "&", 1);
    form_encode(out, span_of(name));
    buffer_add(out, "=", 1);
    return form_encode(out, value);
}
