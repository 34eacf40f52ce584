/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/fit.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/conf/config.h"
#include "helper/conf/pattern.h"

#define HOST_MAX 253 /* bytes of a DNS name */

/* Always false, so that a rule may end with it. */
static bool
no(struct buffer *why, const char *text)
{
    (void)buffer_text(why, text);
    return false;
}

bool
fit_section_name(struct span name)
{
    /* The same rule as for PAM services, for which half of them stand. */
    return text_is_service(name);
}

bool
fit_issuer_name(struct span value, struct buffer *why)
{
    if (!fit_section_name(value))
        return no(why, "is not the name of an issuer (A-Z a-z 0-9 . _ -)");
    return true;
}

bool
fit_file(struct span value, struct buffer *why)
{
    if (value.len >= PATH_MAX)
        return no(why, "is too long for a file name");
    return true;
}

bool
fit_identifier(struct span value, struct buffer *why)
{
    if (!text_is_visible(value))
        return no(why, "may only hold visible ASCII without blanks");
    return true;
}

static bool
is_one_of(char c, const char *others)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr(others, c) != NULL);
}

static bool
consists_of(struct span text, const char *others)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (!is_one_of(text.data[i], others))
            return false;
    return true;
}

static bool
is_port(struct span text)
{
    char digits[6];
    int64_t port;

    if (text.len == 0 || text.len >= sizeof(digits))
        return false;
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    return text_number(digits, 65535, &port) && port > 0;
}

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT. */
static bool
is_authority(struct span text)
{
    const char *end, *colon;
    struct span host = text, rest = {NULL, 0};

    if (text.len == 0)
        return false;
    if (text.data[0] == '[') {
        end = memchr(text.data, ']', text.len);
        if (end == NULL || end == text.data + 1)
            return false;
        host = (struct span){text.data + 1, (size_t)(end - text.data) - 1};
        rest = (struct span){end + 1, text.len - host.len - 2};
        if (!consists_of(host, ":."))
            return false;
    } else {
        colon = memchr(text.data, ':', text.len);
        if (colon != NULL) {
            host.len = (size_t)(colon - text.data);
            rest = (struct span){colon, text.len - host.len};
        }
        if (host.len == 0 || !consists_of(host, ".-_"))
            return false;
    }
    if (host.len > HOST_MAX)
        return false;
    return rest.len == 0 ||
           (rest.data[0] == ':' &&
            is_port((struct span){rest.data + 1, rest.len - 1}));
}

bool
fit_https(struct span value, bool discovery, struct buffer *why)
{
    static const char scheme[] = "https://";
    size_t skip = sizeof(scheme) - 1, len = 0;
    struct span rest;

    if (value.len <= skip || memcmp(value.data, scheme, skip) != 0)
        return no(why, "must begin with https:// and a host");
    if (!text_is_visible(value))
        return no(why, "may only hold visible ASCII without blanks");
    if (memchr(value.data, '#', value.len) != NULL)
        return no(why, "must have no fragment (#)");
    if (discovery && memchr(value.data, '?', value.len) != NULL)
        return no(why, "must have no query (?)");
    rest = (struct span){value.data + skip, value.len - skip};
    while (len < rest.len && rest.data[len] != '/' && rest.data[len] != '?')
        len++;
    rest.len = len;
    if (memchr(rest.data, '@', rest.len) != NULL)
        return no(why, "must have no user or password in it (@)");
    if (!is_authority(rest))
        return no(why, "has no good host, or no good port");
    return true;
}

bool
fit_jwks_uri(struct span value, struct buffer *why)
{
    return fit_https(value, false, why);
}

bool
fit_algorithm(struct span value, struct buffer *why)
{
    if (value.len == 4 && strncasecmp(value.data, "none", 4) == 0)
        return no(why, "is never accepted: everybody can write such a token");
    if (span_is(value, "HS256") || span_is(value, "HS384") ||
        span_is(value, "HS512"))
        return no(why, "needs a secret shared with the issuer, which this "
                       "version does not support");
    return true; /* the keywords decide the rest */
}

/* RFC 6901 section 3: '~' only as ~0 and ~1. */
static bool
is_pointer(struct span text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (text.data[i] == '~' &&
            (i + 1 == text.len ||
             (text.data[i + 1] != '0' && text.data[i + 1] != '1')))
            return false;
    return true;
}

bool
fit_claim(struct span value, struct buffer *why)
{
    if (text_has_control(value))
        return no(why, "holds control characters");
    if (value.len > LIMIT_CLAIM)
        return no(why, "is too long for the name of a claim");
    if (value.data[0] == '/' && !is_pointer(value))
        return no(why, "is no JSON Pointer: write ~0 for '~' and ~1 for '/'");
    return true;
}

bool
fit_domain(struct span value, struct buffer *why)
{
    if (value.data[0] == '@')
        return no(why, "is written without the '@'");
    if (value.len > HOST_MAX || !consists_of(value, ".-_"))
        return no(why, "is no domain (A-Z a-z 0-9 . _ -)");
    return true;
}

bool
fit_user(struct span value, struct buffer *why)
{
    if (!text_is_user(value))
        return no(why, "is no login name (1 to 32 of A-Z a-z 0-9 . _ - @, "
                       "not only digits)");
    return true;
}

bool
fit_pattern(struct span value, struct buffer *why)
{
    if (!pattern_is_good(value))
        return no(why, "is neither a login name nor the beginning of one and "
                       "a '*'");
    return true;
}

bool
fit_scope(struct span value, struct buffer *why)
{
    /* '"' and '\' are in no scope (RFC 6749 section 3.3): a rule that names
     * one could never be met. */
    if (!text_is_visible(value) || memchr(value.data, '"', value.len) ||
        memchr(value.data, '\\', value.len))
        return no(why, "is no scope (visible ASCII but '\"' and '\\')");
    return true;
}

bool
fit_group(struct span value, struct buffer *why)
{
    struct span group, issuer;

    if (text_has_control(value))
        return no(why, "holds control characters");
    if (!config_group_split(value, &group, &issuer))
        return no(why, "names no group in front of the '@'");
    if (group.len > LIMIT_CLAIM)
        return no(why, "is too long for a group");
    return true;
}

bool
fit_caller(struct span value, struct buffer *why)
{
    const char *colon = memchr(value.data, ':', value.len);
    struct span service;

    if (colon == NULL || colon == value.data)
        return no(why, "must be uid:service or user:service");
    service =
        (struct span){colon + 1, value.len - 1 - (size_t)(colon - value.data)};
    if (!text_is_service(service))
        return no(why, "names no service behind the ':' (A-Z a-z 0-9 . _ -)");
    return true;
}
