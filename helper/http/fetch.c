/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/fetch.h"

#include <stdlib.h>

#include "helper/base/clock.h"
#include "helper/base/text.h"
#include "helper/http/fetcher.h"

#define CONNECT_TIMEOUT_MS 5000L
#define HEAD_BYTES_MAX (64 * 1024)
/* An idle connection is not taken up again after this many seconds: key sets
 * are fetched about once an hour, and the other end has closed it by then. */
#define CONNECTION_AGE_S 60L
/* How long curl may remember a parsed CA file: long enough for discovery and
 * key set together, short enough that a replaced file is seen. */
#define CA_CACHE_S 60L

static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;
    size_t len = size * count;

    /* Our own count: Content-Length is the other end's word. */
    if (len > fetch->body.cap - fetch->body.len) {
        fetch->limit = "the answer is larger than allowed";
        return 0;
    }
    return buffer_add(&fetch->body, data, len) ? len : 0;
}

static size_t
on_header(char *data, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;
    struct span line = {data, size * count};

    if (line.len > HEAD_BYTES_MAX - fetch->head_bytes) {
        fetch->limit = "the answer's header is larger than allowed";
        return 0;
    }
    fetch->head_bytes += line.len;
    /* An interim answer (1xx) comes with headers of its own. */
    if (line.len >= 5 && memcmp(line.data, "HTTP/", 5) == 0)
        freshness_clear(&fetch->freshness);
    else
        freshness_line(&fetch->freshness, line);
    return line.len;
}

/* CURLOPT_PROTOCOLS_STR came with 7.85; our floor is 7.76. */
static bool
https_only(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") ==
               CURLE_OK;
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTPS) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTPS) ==
               CURLE_OK;
#endif
}

/* A CA file of ours is the only one; the folder of curl's build never counts
 * beside a file. */
static bool
trust(CURL *easy, const char *ca_file)
{
    const char *built_in = curl_version_info(CURLVERSION_NOW)->cainfo;

    if (ca_file != NULL &&
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) != CURLE_OK)
        return false;
    if ((ca_file != NULL || built_in != NULL) &&
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) != CURLE_OK)
        return false;
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Before 7.87 the CA file is parsed for every connection (17 ms). */
    if (curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, CA_CACHE_S) !=
        CURLE_OK)
        return false;
#endif
    return curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                            (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
}

struct number_option {
    CURLoption option;
    long value;
};

/* What holds for every request, whoever asks. */
static bool
manners(CURL *easy)
{
    static const struct number_option options[] = {
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_NOPROGRESS, 1},
        {CURLOPT_HTTPGET, 1},
        {CURLOPT_MAXAGE_CONN, CONNECTION_AGE_S},
        {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS},
        /* Two requests an hour need no multiplexing, nor its parser. */
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
#if LIBCURL_VERSION_NUM >= 0x075700
        /* Else the end of a request waits for a resolver thread that waits
         * for a dead name server, and the loop with it. */
        {CURLOPT_QUICK_EXIT, 1},
#endif
    };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (curl_easy_setopt(easy, options[i].option, options[i].value) !=
            CURLE_OK)
            return false;
    }
    /* "" also keeps the proxy variables of the environment out.  Compressed
     * answers are not asked for, so nothing is ever inflated. */
    return curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "pam_httpauth") ==
               CURLE_OK;
}

static bool
add_header(struct fetch *fetch, const char *name, const char *value)
{
    struct buffer line = BUFFER_INIT(1024);
    struct curl_slist *longer = NULL;

    if (value == NULL || value[0] == '\0')
        return true;
    if (!text_has_control(span_of(value)) &&
        buffer_printf(&line, "%s: %s", name, value))
        longer = curl_slist_append(fetch->headers, line.data);
    if (longer != NULL)
        fetch->headers = longer;
    buffer_free(&line);
    return longer != NULL;
}

static bool
ours(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;

    if (!add_header(fetch, "Accept", request->accept) ||
        !add_header(fetch, "If-None-Match", request->etag))
        return false;
    return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                            (long)request->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch) == CURLE_OK;
}

static void
fetch_free(struct fetch *fetch)
{
    if (fetch->link != NULL) {
        *fetch->link = fetch->next;
        if (fetch->next != NULL)
            fetch->next->link = fetch->link;
        curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
    }
    curl_easy_cleanup(fetch->easy);
    curl_slist_free_all(fetch->headers);
    buffer_free(&fetch->body);
    free(fetch);
}

struct fetch *
fetch_start(struct fetcher *fetcher, const struct fetch_request *request)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));

    if (fetch == NULL)
        return NULL;
    fetch->fetcher = fetcher;
    fetch->body.cap = request->body_max;
    fetch->done = request->done;
    fetch->context = request->context;
    freshness_clear(&fetch->freshness);
    fetch->easy = curl_easy_init();
    if (fetch->easy == NULL || !https_only(fetch->easy) ||
        !manners(fetch->easy) ||
        !trust(fetch->easy,
               request->route != NULL ? request->route->ca_file : NULL) ||
        !ours(fetch, request) ||
        curl_multi_add_handle(fetcher->multi, fetch->easy) != CURLM_OK) {
        fetch_free(fetch);
        return NULL;
    }
    fetch->link = &fetcher->first;
    fetch->next = fetcher->first;
    if (fetch->next != NULL)
        fetch->next->link = &fetch->next;
    fetcher->first = fetch;
    return fetch;
}

void
fetch_cancel(struct fetch *fetch)
{
    if (fetch != NULL)
        fetch_free(fetch);
}

/* Foreign words (a certificate's subject) may stand in curl's text. */
static const char *
error_text(struct fetch *fetch, CURLcode code)
{
    if (code == CURLE_OK)
        return NULL;
    if (fetch->limit != NULL)
        return fetch->limit;
    if (fetch->error[0] == '\0')
        return curl_easy_strerror(code);
    for (char *c = fetch->error; *c != '\0'; c++) {
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    }
    return fetch->error;
}

void
fetch_finish(struct fetch *fetch, CURLcode code)
{
    struct fetch_answer answer = {0};

    answer.error = error_text(fetch, code);
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.body = buffer_span(&fetch->body);
    answer.max_age = freshness_left(&fetch->freshness, clock_wall());
    _Static_assert(sizeof(answer.etag) == FRESHNESS_ETAG_MAX, "one length");
    answer.no_store = fetch->freshness.no_store;
    memcpy(answer.etag, fetch->freshness.etag, sizeof(answer.etag));
    /* Off the list first: `done` may cancel or free everything else. */
    *fetch->link = fetch->next;
    if (fetch->next != NULL)
        fetch->next->link = fetch->link;
    fetch->link = NULL;
    curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
    fetch->done(fetch->context, &answer);
    fetch_free(fetch);
}
