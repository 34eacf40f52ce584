/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/cookie.h"

#include <string.h>
#include <strings.h>

#include "helper/http/head.h"

/* One Set-Cookie line, as far as it was understood. */
struct line {
    struct cookie cookie;
    struct span domain, path; /* len 0: unsaid */
    bool has_domain, secure, has_age;
};

static struct span
trimmed(struct span text)
{
    while (text.len > 0 && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 &&
           (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool
is_word(struct span text, const char *word)
{
    return text.len == strlen(word) &&
           strncasecmp(text.data, word, text.len) == 0;
}

/* The part up to the next ';', taken off `rest`; false at the end. */
static bool
next_part(struct span *rest, struct span *part)
{
    const char *end;

    if (rest->data == NULL)
        return false;
    end = rest->len == 0 ? NULL : memchr(rest->data, ';', rest->len);
    if (end == NULL) {
        *part = trimmed(*rest);
        *rest = (struct span){NULL, 0};
        return true;
    }
    *part = (struct span){rest->data, (size_t)(end - rest->data)};
    rest->data = end + 1;
    rest->len -= part->len + 1;
    *part = trimmed(*part);
    return true;
}

/* "name=value"; false without '='. */
static bool
split(struct span part, struct span *name, struct span *value)
{
    const char *equals =
        part.len == 0 ? NULL : memchr(part.data, '=', part.len);

    *name = part;
    *value = (struct span){NULL, 0};
    if (equals == NULL)
        return false;
    name->len = (size_t)(equals - part.data);
    *value = trimmed(
        (struct span){equals + 1, part.len - (size_t)(equals - part.data) - 1});
    *name = trimmed(*name);
    return true;
}

/* --- RFC 6265 section 4.1.1 --- */

static bool
is_token(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c <= 0x20 || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c) != NULL)
            return false;
    }
    return text.len > 0;
}

static bool
is_value(struct span text)
{
    if (text.len >= 2 && text.data[0] == '"' &&
        text.data[text.len - 1] == '"') {
        text.data++;
        text.len -= 2;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c <= 0x20 || c >= 0x7f || strchr("\",;\\", c) != NULL)
            return false;
    }
    return true;
}

static bool
is_cookie(const struct cookie *c)
{
    return is_token(c->name) && is_value(c->value) &&
           c->name.len + c->value.len < COOKIE_BYTES_MAX;
}

/* --- attributes, section 5.2 --- */

/* Section 5.2.2; what is no number counts as not said. */
static void
read_age(struct line *l, struct span text, int64_t now)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    int64_t seconds = 0;
    size_t i = negative ? 1 : 0;

    if (text.len == i)
        return;
    for (; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return;
        if (seconds < INT32_MAX)
            seconds = seconds * 10 + (text.data[i] - '0');
    }
    l->has_age = true;
    l->cookie.expires = negative ? now : now + seconds;
}

static void
read_date(struct line *l, struct span text)
{
    int64_t when = head_date(text);

    if (!l->has_age && when >= 0)
        l->cookie.expires = when;
}

static void
read_attribute(struct line *l, struct span part, int64_t now)
{
    struct span name, value;

    split(part, &name, &value);
    if (is_word(name, "Secure"))
        l->secure = true;
    else if (is_word(name, "Max-Age"))
        read_age(l, value, now);
    else if (is_word(name, "Expires"))
        read_date(l, value);
    else if (is_word(name, "Path"))
        l->path = value.len > 0 && value.data[0] == '/'
                      ? value
                      : (struct span){NULL, 0};
    else if (is_word(name, "Domain") && value.len > 0) {
        l->has_domain = true;
        l->domain = value;
        if (*value.data == '.') {
            l->domain.data++;
            l->domain.len--;
        }
    }
}

/* --- whom it is for --- */

/* Names have parents, addresses have none. */
static bool
is_address(struct span host)
{
    bool digits = true;

    for (size_t i = 0; i < host.len; i++) {
        if (host.data[i] == ':')
            return true;
        digits = digits && (host.data[i] == '.' ||
                            (host.data[i] >= '0' && host.data[i] <= '9'));
    }
    return digits;
}

/* Section 5.1.3; a parent of one label is a top-level domain. */
static bool
domain_fits(struct span domain, struct span host)
{
    struct span tail;

    if (domain.len == host.len)
        return strncasecmp(domain.data, host.data, host.len) == 0;
    if (domain.len == 0 || domain.len >= host.len || is_address(host) ||
        memchr(domain.data, '.', domain.len) == NULL ||
        domain.data[domain.len - 1] == '.')
        return false;
    tail = (struct span){host.data + host.len - domain.len, domain.len};
    return tail.data[-1] == '.' &&
           strncasecmp(tail.data, domain.data, domain.len) == 0;
}

/* Section 5.1.4. */
static bool
path_fits(struct span cookie, struct span path)
{
    if (cookie.len == 0)
        return true;
    if (cookie.len > path.len ||
        memcmp(cookie.data, path.data, cookie.len) != 0)
        return false;
    return cookie.len == path.len || cookie.data[cookie.len - 1] == '/' ||
           path.data[cookie.len] == '/';
}

static bool
begins(struct span text, const char *prefix)
{
    return text.len >= strlen(prefix) &&
           strncasecmp(text.data, prefix, strlen(prefix)) == 0;
}

/* Letter case does not matter to those who would lie about it. */
static bool
prefix_holds(const struct line *l)
{
    if (begins(l->cookie.name, "__Host-"))
        return l->secure && !l->has_domain && span_is(l->path, "/");
    return !begins(l->cookie.name, "__Secure-") || l->secure;
}

/* --- the set --- */

static struct cookie *
find(struct cookies *c, struct span name)
{
    for (size_t i = 0; i < c->count; i++) {
        if (span_equal(c->one[i].name, name))
            return &c->one[i];
    }
    return NULL;
}

static void
put(struct cookies *c, const struct cookie *cookie)
{
    struct cookie *place = find(c, cookie->name);

    if (place == NULL && c->count < COOKIES_MAX)
        place = &c->one[c->count++];
    if (place != NULL)
        *place = *cookie;
}

static void
take_out(struct cookies *c, struct span name)
{
    struct cookie *place = find(c, name);

    if (place != NULL) {
        c->count--;
        memmove(place, place + 1,
                (size_t)(c->one + c->count - place) * sizeof(*place));
    }
}

void
cookies_read(struct cookies *c, struct span head, const struct cookie_url *url,
             int64_t now)
{
    struct span value, part;

    while (head_next(&head, "Set-Cookie", &value)) {
        struct line l = {.cookie = {.expires = COOKIE_FOREVER}};

        if (!next_part(&value, &part) ||
            !split(part, &l.cookie.name, &l.cookie.value))
            continue;
        while (next_part(&value, &part))
            read_attribute(&l, part, now);
        if (!is_cookie(&l.cookie) || !prefix_holds(&l) ||
            !path_fits(l.path, url->path) ||
            (l.has_domain && !domain_fits(l.domain, url->host)))
            continue;
        if (l.cookie.expires <= now)
            take_out(c, l.cookie.name);
        else
            put(c, &l.cookie);
    }
}

void
cookies_read_header(struct cookies *c, struct span value, int64_t expires)
{
    struct span part;

    while (next_part(&value, &part)) {
        struct cookie one = {.expires = expires};

        if (split(part, &one.name, &one.value) && is_cookie(&one))
            put(c, &one);
    }
}

bool
cookies_write(const struct cookies *c, struct buffer *out)
{
    size_t before = out->len;

    for (size_t i = 0; i < c->count; i++) {
        buffer_text(out, i == 0 ? "" : "; ");
        buffer_add(out, c->one[i].name.data, c->one[i].name.len);
        buffer_text(out, "=");
        buffer_add(out, c->one[i].value.data, c->one[i].value.len);
    }
    return !out->failed && out->len - before <= COOKIE_HEADER_MAX;
}

int64_t
cookies_expire(const struct cookies *c)
{
    int64_t first = COOKIE_FOREVER;

    for (size_t i = 0; i < c->count; i++) {
        if (c->one[i].expires < first)
            first = c->one[i].expires;
    }
    return first;
}
