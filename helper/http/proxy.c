/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/proxy.h"

#include <arpa/inet.h>
#include <strings.h>

#include "helper/base/buffer.h"
#include "helper/base/text.h"

#define PASSWORD_MAX 4096

/* --- exceptions --- */

struct address {
    int family; /* AF_INET, AF_INET6 */
    unsigned char bytes[16];
    unsigned bits;
};

static bool
address_of(struct span text, struct address *out)
{
    char copy[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(copy) ||
        memchr(text.data, '\0', text.len) != NULL)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    out->family = AF_INET;
    out->bits = 32;
    if (inet_pton(AF_INET, copy, out->bytes) == 1)
        return true;
    out->family = AF_INET6;
    out->bits = 128;
    return inet_pton(AF_INET6, copy, out->bytes) == 1;
}

/* ADDRESS or ADDRESS/BITS. */
static bool
network_of(const char *text, struct address *out)
{
    const char *slash = strchr(text, '/');
    struct span address = span_of(text);
    int64_t bits;

    if (slash != NULL)
        address.len = (size_t)(slash - text);
    if (!address_of(address, out))
        return false;
    if (slash == NULL)
        return true;
    if (!text_number(slash + 1, out->bits, &bits))
        return false;
    out->bits = (unsigned)bits;
    return true;
}

static bool
is_within(const struct address *one, const struct address *network)
{
    unsigned whole = network->bits / 8, left = network->bits % 8;
    unsigned char mask = (unsigned char)(0xff00u >> left);

    if (one->family != network->family ||
        memcmp(one->bytes, network->bytes, whole) != 0)
        return false;
    return left == 0 ||
           ((one->bytes[whole] ^ network->bytes[whole]) & mask) == 0;
}

static bool
is_excepted(const char *exception, struct span host)
{
    size_t len = strlen(exception);
    struct address one, network;

    if (address_of(host, &one))
        return network_of(exception, &network) && is_within(&one, &network);
    if (len > 0 && exception[0] == '.')
        return host.len > len &&
               strncasecmp(host.data + host.len - len, exception, len) == 0;
    return host.len == len && strncasecmp(host.data, exception, len) == 0;
}

bool
proxy_serves(const struct fetch_route *route, struct span host)
{
    if (route == NULL || route->proxy == NULL || route->proxy[0] == '\0')
        return false;
    if (host.len > 1 && host.data[host.len - 1] == '.')
        host.len--;
    for (size_t i = 0; route->no_proxy != NULL && i < route->no_proxy->count;
         i++) {
        if (is_excepted(route->no_proxy->item[i], host))
            return false;
    }
    return true;
}

/* --- what curl is told --- */

static bool
begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool
is_http(const char *proxy)
{
    return begins(proxy, "http://") || begins(proxy, "https://");
}

/* Never NTLM; a password is shown only where there is a user. */
static long
schemes(const struct fetch_route *route)
{
    int features = curl_version_info(CURLVERSION_NOW)->features;
    long set = CURLAUTH_NONE;

    if (route->proxy_user != NULL && (route->proxy_schemes & SCHEME_BASIC) != 0)
        set |= (long)CURLAUTH_BASIC;
    if (route->proxy_user != NULL &&
        (route->proxy_schemes & SCHEME_DIGEST) != 0)
        set |= (long)CURLAUTH_DIGEST;
    if ((route->proxy_schemes & SCHEME_NEGOTIATE) != 0 &&
        (features & CURL_VERSION_SPNEGO) != 0)
        set |= (long)CURLAUTH_NEGOTIATE;
    return set;
}

bool
proxy_may_block(const struct fetch_route *route, struct span host)
{
    return proxy_serves(route, host) && is_http(route->proxy) &&
           (schemes(route) & (long)CURLAUTH_NEGOTIATE) != 0;
}

static bool
user(CURL *easy, const struct fetch_route *route, const char **refused)
{
    struct buffer password = BUFFER_INIT(PASSWORD_MAX);
    const char *name = route->proxy_user;
    bool ok = false;

    /* For Negotiate curl wants a user, and does not use it. */
    if (name == NULL && (schemes(route) & (long)CURLAUTH_NEGOTIATE) != 0)
        name = "";
    if (name == NULL)
        return true;
    if (text_has_control(span_of(name)) ||
        text_has_control(route->proxy_password)) {
        *refused = "the proxy's user or password holds control characters";
        goto done;
    }
    buffer_add(&password, route->proxy_password.data,
               route->proxy_user == NULL ? 0 : route->proxy_password.len);
    ok = !password.failed &&
         curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, name) == CURLE_OK &&
         curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, password.data) ==
             CURLE_OK;

done:
    buffer_free(&password);
    return ok;
}

/* The proxy's own certificate (https://); as for servers, a file excludes
 * every other CA. */
static bool
trust(CURL *easy, const char *ca_file)
{
    const char *built_in = curl_version_info(CURLVERSION_NOW)->cainfo;

    if (ca_file != NULL &&
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, ca_file) != CURLE_OK)
        return false;
    if ((ca_file != NULL || built_in != NULL) &&
        curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL) != CURLE_OK)
        return false;
    return curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION,
                            (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
}

bool
proxy_apply(CURL *easy, const struct fetch_route *route, struct span host,
            const char **refused)
{
    /* "", unlike nothing, also keeps the environment's variables out. */
    if (curl_easy_setopt(easy, CURLOPT_NOPROXY, "") != CURLE_OK)
        return false;
    if (!proxy_serves(route, host))
        return curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    if ((!is_http(route->proxy) && !begins(route->proxy, "socks5h://")) ||
        strchr(route->proxy, '@') != NULL ||
        text_has_control(span_of(route->proxy))) {
        *refused = "this kind of proxy is not supported";
        return false;
    }
    /* A tunnel always, so that the proxy sees no request; SOCKS without
     * GSSAPI, which curl would offer and which blocks. */
    return curl_easy_setopt(easy, CURLOPT_PROXY, route->proxy) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXYAUTH, schemes(route)) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC) ==
               CURLE_OK &&
           trust(easy, route->proxy_ca_file) && user(easy, route, refused);
}
