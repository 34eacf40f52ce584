/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of fit.h for URLs, hosts and networks. */
#include <arpa/inet.h>
#include <string.h>

#include "helper/base/network.h"
#include "helper/base/text.h"
#include "helper/conf/fit.h"

#define HOST_MAX 253 /* bytes of a DNS name */

/* Always false, so that a rule may end with it. */
static bool
no(struct buffer *why, const char *text)
{
    (void)buffer_text(why, text);
    return false;
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
        if (!fit_consists_of(host, ":."))
            return false;
    } else {
        colon = memchr(text.data, ':', text.len);
        if (colon != NULL) {
            host.len = (size_t)(colon - text.data);
            rest = (struct span){colon, text.len - host.len};
        }
        if (host.len == 0 || !fit_consists_of(host, ".-_"))
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
fit_url(struct span value, struct buffer *why)
{
    return fit_https(value, false, why);
}

bool
fit_domain(struct span value, struct buffer *why)
{
    if (value.data[0] == '@')
        return no(why, "is written without the '@'");
    if (value.len > HOST_MAX || !fit_consists_of(value, ".-_"))
        return no(why, "is no domain (A-Z a-z 0-9 . _ -)");
    return true;
}

static bool
is_address(struct span text)
{
    uint8_t address[16];

    return network_address(text, address);
}

static bool
is_host_name(struct span text)
{
    return text.len > 0 && text.len <= HOST_MAX && text.data[0] != '.' &&
           fit_consists_of(text, ".-_");
}

bool
fit_host(struct span value, struct buffer *why)
{
    if (!is_host_name(value) && !is_address(value))
        return no(why, "is no host: write its name or address alone, without "
                       "scheme, port and brackets");
    return true;
}

bool
fit_network(struct span value, struct buffer *why)
{
    struct network network;

    if (!network_parse(value, &network))
        return no(why, "is no network: write an address and the bits that "
                       "count, 192.0.2.0/24, the others being 0");
    return true;
}

bool
fit_no_proxy(struct span value, struct buffer *why)
{
    struct network network;
    struct span domain = value;

    if (value.data[0] == '.')
        domain = (struct span){value.data + 1, value.len - 1};
    if (!is_host_name(domain) && !network_parse(value, &network))
        return no(why, "is no host, .domain or network");
    return true;
}

static struct span
behind(struct span value, const char *prefix)
{
    size_t skip = strlen(prefix);

    if (value.len <= skip || memcmp(value.data, prefix, skip) != 0)
        return (struct span){NULL, 0};
    return (struct span){value.data + skip, value.len - skip};
}

bool
fit_proxy(struct span value, struct buffer *why)
{
    static const char *const schemes[] = {"http://", "https://", "socks5h://"};
    struct span rest = {NULL, 0};
    size_t i;

    for (i = 0; rest.len == 0 && i < sizeof(schemes) / sizeof(*schemes); i++)
        rest = behind(value, schemes[i]);
    if (rest.len == 0)
        return no(why, "must be http://, https:// or socks5h:// and HOST:PORT");
    if (memchr(rest.data, '@', rest.len) != NULL)
        return no(why, "must have no user or password in it (@): write "
                       "proxy_user and proxy_password_file");
    if (memchr(rest.data, '/', rest.len) != NULL)
        return no(why, "must end behind the port");
    if (!is_authority(rest))
        return no(why, "has no good host, or no good port");
    if (rest.data[rest.len - 1] == ']' ||
        (rest.data[0] != '[' && memchr(rest.data, ':', rest.len) == NULL))
        return no(why, "has no port");
    return true;
}
