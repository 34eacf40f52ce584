/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/freshness.h"

#include <strings.h>

#include "helper/http/head.h"

/* RFC 9111 section 1.2.2: what does not fit counts as this much. */
#define DELTA_MAX INT32_MAX

void
freshness_clear(struct freshness *f)
{
    memset(f, 0, sizeof(*f));
    f->max_age = -1;
}

static struct span
trimmed(struct span text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.data[0]) != NULL) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
        text.len--;
    return text;
}

static bool
is_name(struct span text, const char *name)
{
    return text.len == strlen(name) &&
           strncasecmp(text.data, name, text.len) == 0;
}

/* delta-seconds: digits only; false otherwise. */
static bool
delta_seconds(struct span text, int64_t *seconds)
{
    int64_t value = 0;

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (text.data[i] - '0');
        if (value > DELTA_MAX)
            value = DELTA_MAX;
    }
    *seconds = value;
    return true;
}

/* The shorter of two statements holds. */
static void
keep_shorter(struct freshness *f, int64_t seconds)
{
    if (f->max_age < 0 || seconds < f->max_age)
        f->max_age = seconds;
}

static void
directive(struct freshness *f, struct span text)
{
    const char *equals = memchr(text.data, '=', text.len);
    struct span name = text, value = {NULL, 0};
    int64_t seconds;

    if (equals != NULL) {
        name.len = (size_t)(equals - text.data);
        value.data = equals + 1;
        value.len = text.len - name.len - 1;
        if (value.len >= 2 && value.data[0] == '"' &&
            value.data[value.len - 1] == '"') {
            value.data++;
            value.len -= 2;
        }
    }
    if (is_name(name, "no-store"))
        f->no_store = true;
    else if (is_name(name, "no-cache"))
        keep_shorter(f, 0);
    else if (is_name(name, "max-age"))
        /* A malformed one is treated as stale (RFC 9111 section 4.2.1). */
        keep_shorter(f, delta_seconds(value, &seconds) ? seconds : 0);
}

static void
cache_control(struct freshness *f, struct span value)
{
    while (value.len > 0) {
        const char *comma = memchr(value.data, ',', value.len);
        size_t len = comma == NULL ? value.len : (size_t)(comma - value.data);
        struct span one = trimmed((struct span){value.data, len});

        if (one.len > 0)
            directive(f, one);
        if (comma == NULL)
            break;
        value.data += len + 1;
        value.len -= len + 1;
    }
}

static void
expires(struct freshness *f, struct span value)
{
    int64_t when = head_date(value);

    /* "0" and whatever is no date mean "in the past" (RFC 9111 5.3). */
    f->has_expires = true;
    f->expires = when < 0 ? 0 : when;
}

/* Sent back to the server as it is, so nothing but visible ASCII. */
static void
etag(struct freshness *f, struct span value)
{
    size_t first = value.len >= 2 && memcmp(value.data, "W/", 2) == 0 ? 2 : 0;

    f->etag[0] = '\0';
    if (value.len < first + 2 || value.len >= sizeof(f->etag))
        return;
    if (value.data[first] != '"' || value.data[value.len - 1] != '"')
        return;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < 0x21 || value.data[i] > 0x7e)
            return;
    }
    memcpy(f->etag, value.data, value.len);
    f->etag[value.len] = '\0';
}

void
freshness_line(struct freshness *f, struct span line)
{
    const char *colon;
    struct span name = line, value;

    colon = line.len == 0 ? NULL : memchr(line.data, ':', line.len);
    if (colon == NULL)
        return;
    name.len = (size_t)(colon - line.data);
    value = trimmed((struct span){colon + 1, line.len - name.len - 1});
    if (is_name(name, "cache-control"))
        cache_control(f, value);
    else if (is_name(name, "age")) {
        if (!delta_seconds(value, &f->age))
            f->age = 0;
    } else if (is_name(name, "expires"))
        expires(f, value);
    else if (is_name(name, "etag"))
        etag(f, value);
}

int64_t
freshness_left(const struct freshness *f, int64_t wall_now)
{
    int64_t left;

    if (f->max_age >= 0)
        left = f->max_age - f->age;
    else if (f->has_expires)
        left = f->expires - wall_now;
    else
        return -1;
    if (left > DELTA_MAX)
        left = DELTA_MAX;
    return left < 0 ? 0 : left;
}
