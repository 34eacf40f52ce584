/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/json.h"

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"

/* 2^63: the first double that no int64_t holds; -2^63 itself is held. */
#define INT64_END 9223372036854775808.0

/* The byte behind the string that begins at `p`; `end` when it has none. */
static const char *
string_end(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && p + 1 < end)
            p++;
    return p < end ? p + 1 : end;
}

/*
 * jansson recurses once per level and gives up only at 2048, which is more
 * than the stack of a pool thread of some libraries holds.  So the nesting is
 * measured first.  Of malformed text this says nothing useful: the parser
 * refuses it anyway, and no opening bracket outside a string goes uncounted.
 */
static bool
depth_is_bounded(struct span text)
{
    const char *p = text.data, *end = text.data + text.len;
    unsigned depth = 0;

    while (p < end) {
        switch (*p) {
        case '"':
            p = string_end(p, end);
            continue;
        case '{':
        case '[':
            if (++depth > LIMIT_JSON_DEPTH)
                return false;
            break;
        case '}':
        case ']':
            if (depth > 0)
                depth--;
            break;
        }
        p++;
    }
    return true;
}

json_t *
json_object_load(struct span text)
{
    json_t *value;

    if (text.len == 0 || !depth_is_bounded(text))
        return NULL;
    value = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

struct span
json_text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value))
        return (struct span){NULL, 0};
    return (struct span){json_string_value(value), json_string_length(value)};
}

bool
json_time(const json_t *value, int64_t *seconds)
{
    double real;

    if (json_is_integer(value)) {
        *seconds = json_integer_value(value);
        return true;
    }
    if (!json_is_real(value))
        return false;
    real = floor(json_real_value(value));
    if (!(real >= -INT64_END && real < INT64_END))
        return false;
    *seconds = (int64_t)real;
    return true;
}

/* One reference token of a JSON Pointer, "~1" and "~0" undone, as a string of
 * its own.  One that does not fit names no claim that is read here. */
static bool
pointer_token(const char *from, size_t len, char *out, size_t size)
{
    size_t n = 0;

    if (len >= size)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = from[i];

        if (c == '~') {
            if (i + 1 == len || (from[i + 1] != '0' && from[i + 1] != '1'))
                return false;
            c = from[++i] == '0' ? '~' : '/';
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

/* Decimal without leading zeros; "-" (behind the end) names nothing. */
static const json_t *
array_item(const json_t *array, const char *token)
{
    size_t index = 0;

    if (token[0] == '\0' || (token[0] == '0' && token[1] != '\0'))
        return NULL;
    for (; *token != '\0'; token++) {
        if (*token < '0' || *token > '9')
            return NULL;
        index = index * 10 + (size_t)(*token - '0');
        if (index >= json_array_size(array))
            return NULL;
    }
    return json_array_get(array, index);
}

const json_t *
json_find(const json_t *object, const char *name_or_pointer)
{
    const char *p = name_or_pointer;
    const json_t *at = object;
    char token[LIMIT_CLAIM];

    if (*p != '/')
        return json_object_get(object, p);
    while (at != NULL && *p == '/') {
        size_t len = strcspn(++p, "/");

        if (!pointer_token(p, len, token, sizeof(token)))
            return NULL;
        if (json_is_array(at))
            at = array_item(at, token);
        else
            at = json_object_get(at, token);
        p += len;
    }
    return at;
}

static void
erase_and_free(void *memory)
{
    if (memory != NULL)
        erase_free(memory, malloc_usable_size(memory));
}

/* Both are compatible with what was allocated before, and with free() of what
 * json_dumps() returned. */
void
json_erase_on_free(void)
{
    static bool done;

    if (!done)
        json_set_alloc_funcs(malloc, erase_and_free);
    done = true;
}
