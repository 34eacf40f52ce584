/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/prompt.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"

#define CONTINUED "Token (continued at "
#define CONTINUED_END "): "

static struct span
behind(struct span text, size_t len)
{
    return (struct span){text.data + len, text.len - len};
}

static bool
is_name(struct span name)
{
    return name.len > 0 && name.len <= PROMPT_NAME_MAX && text_is_visible(name);
}

/* "(user@host) ": a user may hold an '@', a host cannot. */
static bool
take_destination(struct span *text, struct prompt *out)
{
    const char *end;
    struct span inner;
    size_t at;

    if (text->len == 0 || text->data[0] != '(')
        return false;
    end = memchr(text->data, ')', text->len);
    if (end == NULL)
        return false;
    inner = (struct span){text->data + 1, (size_t)(end - text->data) - 1};
    *text = behind(*text, inner.len + 2);
    if (text->len == 0 || text->data[0] != ' ')
        return false;
    *text = behind(*text, 1);
    for (at = inner.len; at > 0 && inner.data[at - 1] != '@'; at--)
        ;
    if (at == 0)
        return false;
    out->user = (struct span){inner.data, at - 1};
    out->host = behind(inner, at);
    return is_name(out->user) && is_name(out->host);
}

static bool
take_offset(struct span text, size_t *offset)
{
    const size_t before = strlen(CONTINUED), after = strlen(CONTINUED_END);
    char digits[8];
    int64_t value;
    size_t len;

    if (text.len <= before + after || text.len - before - after > 5 ||
        memcmp(text.data, CONTINUED, before) != 0 ||
        memcmp(text.data + text.len - after, CONTINUED_END, after) != 0)
        return false;
    len = text.len - before - after;
    memcpy(digits, text.data + before, len);
    digits[len] = '\0';
    if (strlen(digits) != len ||
        !text_number(digits, LIMIT_CREDENTIAL, &value) || value == 0)
        return false;
    *offset = (size_t)value;
    return true;
}

bool
prompt_parse(struct span text, struct prompt *out)
{
    struct prompt found = {{NULL, 0}, {NULL, 0}, 0};

    memset(out, 0, sizeof(*out));
    if (!take_destination(&text, &found))
        return false;
    if (!span_is(text, "Password: ") && !span_is(text, "Token: ") &&
        !take_offset(text, &found.offset))
        return false;
    *out = found;
    return true;
}
