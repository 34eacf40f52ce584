/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/head.h"

#include <curl/curl.h>
#include <strings.h>

#define DATE_BYTES_MAX 64

/* The next line, without its line end. */
static struct span
take_line(struct span *rest)
{
    struct span line = *rest;
    const char *end = memchr(rest->data, '\n', rest->len);
    size_t taken = rest->len;

    if (end != NULL) {
        line.len = (size_t)(end - rest->data);
        taken = line.len + 1;
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
    }
    rest->data += taken;
    rest->len -= taken;
    return line;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
continues(struct span rest)
{
    return rest.len > 0 && is_blank(rest.data[0]);
}

static bool
has_control(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static bool
is_field(struct span line, const char *name, struct span *value)
{
    size_t len = strlen(name);

    if (line.len <= len || line.data[len] != ':' ||
        strncasecmp(line.data, name, len) != 0)
        return false;
    value->data = line.data + len + 1;
    value->len = line.len - len - 1;
    while (value->len > 0 && is_blank(value->data[0])) {
        value->data++;
        value->len--;
    }
    while (value->len > 0 && is_blank(value->data[value->len - 1]))
        value->len--;
    return true;
}

bool
head_next(struct span *rest, const char *name, struct span *value)
{
    while (rest->len > 0) {
        struct span line = take_line(rest);
        bool folded = false;

        /* What is left of a folded field without its continuation would be
         * a value that nobody sent. */
        while (continues(*rest)) {
            folded = true;
            take_line(rest);
        }
        if (!folded && !has_control(line) && is_field(line, name, value))
            return true;
    }
    return false;
}

bool
head_only(struct span head, const char *name, struct span *value)
{
    struct span second;

    return head_next(&head, name, value) && !head_next(&head, name, &second);
}

int64_t
head_date(struct span value)
{
    char text[DATE_BYTES_MAX];

    if (value.len == 0 || value.len >= sizeof(text) ||
        memchr(value.data, '\0', value.len) != NULL)
        return -1;
    memcpy(text, value.data, value.len);
    text[value.len] = '\0';
    return curl_getdate(text, NULL);
}

struct span
head_type(struct span head)
{
    struct span type = {NULL, 0};
    const char *end;

    if (!head_only(head, "Content-Type", &type))
        return (struct span){NULL, 0};
    end = memchr(type.data, ';', type.len);
    if (end != NULL)
        type.len = (size_t)(end - type.data);
    while (type.len > 0 &&
           (type.data[type.len - 1] == ' ' || type.data[type.len - 1] == '\t'))
        type.len--;
    return type;
}

bool
head_is_type(struct span head, const char *type)
{
    struct span found = head_type(head);

    return found.data != NULL && found.len == strlen(type) &&
           strncasecmp(found.data, type, found.len) == 0;
}
