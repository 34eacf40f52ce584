/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which URLs are fetched at all.  libcurl is lenient ("https:/host",
 * "https:///host", a decoded "%" in the host): what is ours to refuse is
 * refused on the text, before its parser sees it.
 */
#include "helper/http/fetch.h"

#include <curl/curl.h>

#include "helper/base/text.h"

#define URL_BYTES_MAX 2048

static const char SCHEME[] = "https://";

/* The part between the scheme and the path; empty when there is none. */
static struct span
authority_of(struct span url)
{
    struct span host = {url.data + sizeof(SCHEME) - 1, 0};
    size_t most = url.len - (sizeof(SCHEME) - 1);

    while (host.len < most && host.data[host.len] != '/' &&
           host.data[host.len] != '?')
        host.len++;
    return host;
}

static bool
authority_ok(struct span authority)
{
    if (authority.len == 0 || authority.data[0] == ':')
        return false;
    /* '@' would be user info; '%' and '\' make parsers disagree. */
    return memchr(authority.data, '@', authority.len) == NULL &&
           memchr(authority.data, '%', authority.len) == NULL;
}

/* What libcurl makes of it: the parser that will be used must agree. */
static bool
curl_agrees(const char *url)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    bool ok = false;

    if (parsed == NULL ||
        curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK)
        goto done;
    if (curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        strcmp(scheme, "https") != 0)
        goto done;
    if (curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        host[0] == '\0')
        goto done;
    if (curl_url_get(parsed, CURLUPART_USER, &user, 0) != CURLUE_NO_USER)
        goto done;
    ok = true;
done:
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(parsed);
    return ok;
}

bool
fetch_url_ok(struct span url)
{
    char text[URL_BYTES_MAX + 1];

    if (url.len < sizeof(SCHEME) || url.len > URL_BYTES_MAX)
        return false;
    if (!text_is_visible(url) ||
        memcmp(url.data, SCHEME, sizeof(SCHEME) - 1) != 0)
        return false;
    if (memchr(url.data, '#', url.len) != NULL ||
        memchr(url.data, '\\', url.len) != NULL)
        return false;
    if (!authority_ok(authority_of(url)))
        return false;
    memcpy(text, url.data, url.len);
    text[url.len] = '\0';
    return curl_agrees(text);
}

struct span
fetch_url_host(struct span url)
{
    struct span host = {NULL, 0};
    const char *end;

    if (!fetch_url_ok(url))
        return host;
    host = authority_of(url);
    if (host.data[0] == '[') {
        host.data++;
        host.len--;
        end = memchr(host.data, ']', host.len);
    } else {
        end = memchr(host.data, ':', host.len);
    }
    if (end != NULL)
        host.len = (size_t)(end - host.data);
    return host;
}
