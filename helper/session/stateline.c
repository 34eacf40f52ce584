/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/stateline.h"

#include <string.h>

#include "helper/base/text.h"

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool
is_plain(unsigned char c)
{
    return c > 0x20 && c < 0x7f && c != '%';
}

/* Decoding only shortens, so the field can become its own result. */
static bool
decode(char *text, size_t len, struct span *out)
{
    size_t from, to = 0;

    for (from = 0; from < len; from++) {
        int high, low;

        if (is_plain((unsigned char)text[from])) {
            text[to++] = text[from];
            continue;
        }
        if (text[from] != '%' || len - from < 3)
            return false;
        high = hex_value(text[from + 1]);
        low = hex_value(text[from + 2]);
        if (high < 0 || low < 0)
            return false;
        text[to++] = (char)(high * 16 + low);
        from += 2;
    }
    *out = (struct span){text, to};
    return true;
}

/* Cuts the next field off at one blank, or at the end if it is the last. */
static bool
next_field(char **rest, size_t *len, bool last, char **field, size_t *field_len)
{
    char *blank = memchr(*rest, ' ', *len);

    if ((blank == NULL) != last)
        return false;
    *field = *rest;
    *field_len = last ? *len : (size_t)(blank - *rest);
    *rest += *field_len + (last ? 0 : 1);
    *len -= *field_len + (last ? 0 : 1);
    return *field_len > 0;
}

bool
stateline_text(char **rest, size_t *len, bool last, struct span *out)
{
    char *field;
    size_t field_len;

    return next_field(rest, len, last, &field, &field_len) &&
           decode(field, field_len, out);
}

bool
stateline_time(char **rest, size_t *len, int64_t *out)
{
    char *field;
    size_t field_len;

    if (!next_field(rest, len, false, &field, &field_len))
        return false;
    field[field_len] = '\0'; /* it was the blank */
    return text_number(field, INT64_MAX, out);
}

bool
stateline_put(struct span field, struct buffer *out)
{
    size_t i;

    buffer_text(out, " ");
    for (i = 0; i < field.len; i++) {
        unsigned char c = (unsigned char)field.data[i];

        if (is_plain(c))
            buffer_add(out, &c, 1);
        else
            buffer_printf(out, "%%%02X", c);
    }
    return !out->failed;
}
