/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/transfer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/http/head.h"
#include "helper/http/proxy.h"

#define CONNECT_TIMEOUT_MS 5000L
#define HEAD_BYTES_MAX (64 * 1024)
/* A credential in Base64, and what stands around it. */
#define HEADER_BYTES_MAX (2 * LIMIT_CREDENTIAL)
#define PEM_BYTES_MAX (64 * 1024)
/* An idle connection is not taken up again after this many seconds: by then
 * the other end is likely to have closed it. */
#define CONNECTION_AGE_S 60L
/* How long curl may remember a parsed CA file: long enough for discovery and
 * key set together, short enough that a replaced file is seen. */
#define CA_CACHE_S 60L

/* --- the answer as it arrives --- */

static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t len = size * count;

    /* Our own count: Content-Length is the other end's word. */
    if (len > t->body.cap - t->body.len) {
        t->limit = "the answer is larger than allowed";
        return 0;
    }
    return buffer_add(&t->body, data, len) ? len : 0;
}

/* A new answer: what an interim one (1xx) said is forgotten. */
static void
on_status(struct transfer *t, struct span line)
{
    const char *blank = memchr(line.data, ' ', line.len);
    size_t at = blank == NULL ? line.len : (size_t)(blank - line.data) + 1;

    freshness_clear(&t->freshness);
    buffer_clear(&t->head);
    t->head_complete = false;
    t->is_final = at >= line.len || line.data[at] != '1';
}

/* curl undoes transfer codings that were not asked for. */
static bool
is_coded(struct span line)
{
    struct span coding;

    return head_next(&line, "Transfer-Encoding", &coding) &&
           (coding.len != 7 || strncasecmp(coding.data, "chunked", 7) != 0);
}

static size_t
on_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    struct span line = {data, size * count};

    if (line.len > HEAD_BYTES_MAX - t->head_bytes) {
        t->limit = "the answer's header is larger than allowed";
        return 0;
    }
    t->head_bytes += line.len;
    if (t->head_complete) /* trailers are not header fields */
        return line.len;
    if (is_coded(line)) {
        t->limit = "the answer's transfer coding is not supported";
        return 0;
    }
    if (line.len >= 5 && memcmp(line.data, "HTTP/", 5) == 0)
        on_status(t, line);
    else
        freshness_line(&t->freshness, line);
    if (line.len > 0 && (line.data[0] == '\r' || line.data[0] == '\n'))
        t->head_complete = t->is_final;
    return buffer_add(&t->head, line.data, line.len) ? line.len : 0;
}

/* Without a function to seek with, curl cannot send a body twice by itself,
 * as it does when a kept connection turns out to be closed. */
static size_t
on_read(char *out, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t len = t->post.len - t->posted;

    if (len > size * count)
        len = size * count;
    if (len > 0)
        memcpy(out, t->post.data + t->posted, len);
    t->posted += len;
    return len;
}

/* --- what curl is told --- */

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
        {CURLOPT_UNRESTRICTED_AUTH, 0},
        {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        /* Authorization is a header of ours, and none for a proxy. */
        {CURLOPT_HTTPAUTH, CURLAUTH_NONE},
        {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_HTTP09_ALLOWED, 0},
        {CURLOPT_HTTP_CONTENT_DECODING, 0},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_NOPROGRESS, 1},
        {CURLOPT_HTTPGET, 1},
        {CURLOPT_MAXAGE_CONN, CONNECTION_AGE_S},
        {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS},
        /* Kept connections do for bursts what multiplexing would, without
         * the parser of HTTP/2 in front of strangers. */
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
    return curl_easy_setopt(easy, CURLOPT_USERAGENT, "pam_httpauth") ==
           CURLE_OK;
}

static bool
add_header(struct transfer *t, const char *name, struct span value)
{
    struct buffer line = BUFFER_INIT(HEADER_BYTES_MAX);
    struct curl_slist *longer = NULL;

    if (value.len == 0)
        return true;
    if (text_has_control(value)) {
        t->limit = "a header of the request holds control characters";
        return false;
    }
    buffer_text(&line, name);
    buffer_text(&line, ": ");
    if (buffer_add(&line, value.data, value.len))
        longer = curl_slist_append(t->headers, line.data);
    else
        t->limit = "a header of the request is too long";
    if (longer != NULL)
        t->headers = longer;
    buffer_free(&line);
    return longer != NULL;
}

static bool
header(struct transfer *t, const struct fetch_request *request)
{
    struct curl_slist *longer;

    if (!add_header(t, "Accept", span_of(request->accept)) ||
        !add_header(t, "If-None-Match", span_of(request->etag)) ||
        !add_header(t, "Content-Type",
                    span_of(request->post ? request->content_type : NULL)) ||
        !add_header(t, "Authorization", request->authorization) ||
        !add_header(t, "Cookie", request->cookie))
        return false;
    /* Else curl waits up to a second for a "100 Continue" before a large
     * body. */
    longer = curl_slist_append(t->headers, "Expect:");
    if (longer == NULL)
        return false;
    t->headers = longer;
    return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) ==
           CURLE_OK;
}

/* A body that must not go out twice: curl cannot take it back. */
static bool
send_once(struct transfer *t)
{
    return curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_read) ==
               CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_READDATA, t) == CURLE_OK;
}

/* How often the request went out; of CONNECT a proxy is told. */
static int
on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *context)
{
    struct transfer *t = context;

    (void)easy;
    if (type == CURLINFO_HEADER_OUT &&
        !(size >= 8 && memcmp(data, "CONNECT ", 8) == 0))
        t->sent++;
    return 0;
}

/* Behind the header in one TLS record: a server that gets both at once takes
 * half the time.  But curl sends such a body again by itself where a kept
 * connection turns out to be closed, which counts as our second attempt. */
static bool
send_whole(struct transfer *t)
{
    return curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->post.data) ==
               CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_DEBUGFUNCTION, on_debug) ==
               CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_DEBUGDATA, t) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}

static bool
post(struct transfer *t, const struct fetch_request *request)
{
    if (!request->post)
        return true;
    t->post.cap = request->body.len;
    return buffer_add(&t->post, request->body.data, request->body.len) &&
           curl_easy_setopt(t->easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                            (curl_off_t)t->post.len) == CURLE_OK &&
           (t->idempotent ? send_whole(t) : send_once(t));
}

static bool
read_pem(const char *file, struct buffer *out)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    char chunk[4096];
    ssize_t got = -1;

    out->cap = PEM_BYTES_MAX;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        while ((got = read(fd, chunk, sizeof(chunk))) > 0 &&
               buffer_add(out, chunk, (size_t)got))
            ;
    }
    erase(chunk, sizeof(chunk));
    if (fd >= 0)
        close(fd);
    return got == 0 && out->len > 0;
}

static bool
set_pem(CURL *easy, CURLoption option, const struct buffer *pem)
{
    struct curl_blob blob = {pem->data, pem->len, CURL_BLOB_NOCOPY};

    return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

/*
 * Given to curl as bytes, not as names: it takes a kept connection or a
 * session again only for the same bytes, so a replaced certificate is shown
 * at once and an old one never more.
 */
static bool
certificate(struct transfer *t, const struct fetch_request *request)
{
    const char *key_file =
        request->key_file != NULL ? request->key_file : request->cert_file;

    if (request->cert_file == NULL)
        return true;
    if (!read_pem(request->cert_file, &t->cert) ||
        !read_pem(key_file, &t->key)) {
        t->limit = "the client certificate or its key cannot be read";
        return false;
    }
    return set_pem(t->easy, CURLOPT_SSLCERT_BLOB, &t->cert) &&
           set_pem(t->easy, CURLOPT_SSLKEY_BLOB, &t->key);
}

static bool
answer(struct transfer *t)
{
    CURL *easy = t->easy;

    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, t) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error) == CURLE_OK;
}

static bool
set_up(struct transfer *t, const struct fetch_request *request)
{
    const struct fetch_route *route = request->route;
    struct span host = fetch_url_host(span_of(request->url));
    long fresh = request->fresh ? 1 : 0;
    long certificate_too = request->certificate ? 1 : 0;

    t->easy = curl_easy_init();
    t->may_block = proxy_may_block(route, host);
    return t->easy != NULL && https_only(t->easy) && manners(t->easy) &&
           trust(t->easy, route != NULL ? route->ca_file : NULL) &&
           proxy_apply(t->easy, route, host, &t->limit) && header(t, request) &&
           post(t, request) && certificate(t, request) && answer(t) &&
           curl_easy_setopt(t->easy, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_CERTINFO, certificate_too) ==
               CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, fresh) ==
               CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, fresh) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS,
                            (long)request->timeout_ms) == CURLE_OK;
}

struct transfer *
transfer_new(const struct fetch_request *request)
{
    struct transfer *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->body.cap = request->body_max;
    t->head.cap = HEAD_BYTES_MAX;
    t->idempotent = request->idempotent;
    freshness_clear(&t->freshness);
    if (!set_up(t, request) && t->limit == NULL) {
        transfer_free(t);
        return NULL;
    }
    return t;
}

void
transfer_free(struct transfer *t)
{
    if (t == NULL)
        return;
    curl_easy_cleanup(t->easy);
    for (struct curl_slist *line = t->headers; line != NULL; line = line->next)
        erase(line->data, strlen(line->data));
    curl_slist_free_all(t->headers);
    buffer_free(&t->post);
    buffer_free(&t->cert);
    buffer_free(&t->key);
    buffer_free(&t->body);
    buffer_free(&t->head);
    free(t);
}

bool
transfer_may_repeat(const struct transfer *t, CURLcode code)
{
    if (!t->idempotent || t->limit != NULL || t->head_bytes > 0 || t->sent > 1)
        return false;
    return code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
           code == CURLE_GOT_NOTHING || code == CURLE_SEND_FAIL_REWIND;
}

bool
transfer_rewind(struct transfer *t, uint32_t timeout_ms)
{
    t->posted = 0;
    t->idempotent = false; /* once */
    t->error[0] = '\0';
    return curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) ==
               CURLE_OK;
}

int64_t
transfer_certificate_ends(const struct transfer *t)
{
    static const char name[] = "Expire date:";
    struct curl_certinfo *chain = NULL;
    int64_t first = 0;

    if (curl_easy_getinfo(t->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
        chain == NULL)
        return 0;
    for (int i = 0; i < chain->num_of_certs; i++) {
        for (const struct curl_slist *line = chain->certinfo[i]; line != NULL;
             line = line->next) {
            int64_t ends;

            if (strncmp(line->data, name, sizeof(name) - 1) != 0)
                continue;
            ends = curl_getdate(line->data + sizeof(name) - 1, NULL);
            if (ends > 0 && (first == 0 || ends < first))
                first = ends;
        }
    }
    return first;
}

/* What the proxy answered to CONNECT, in words that name what to repair; NULL
 * when it let us through, or none was asked. */
static const char *
refused_by_proxy(const struct transfer *t)
{
    long status = 0;

    if (curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status) !=
            CURLE_OK ||
        status < 300)
        return NULL;
    if (status == 407)
        return "the proxy wants another proxy_user, password or scheme of "
               "proxy_schemes (407)";
    return status == 403 ? "the proxy forbids to connect to that host (403)"
                         : "the proxy does not connect to that host";
}

/* Foreign words (a certificate's subject) may stand in curl's text. */
const char *
transfer_error(struct transfer *t, CURLcode code)
{
    const char *proxy;

    /* To curl a connection closed in mid-head is the end of the head. */
    if (code == CURLE_OK)
        return t->head_complete ? NULL : "the answer's header is incomplete";
    if (t->limit != NULL)
        return t->limit;
    proxy = refused_by_proxy(t);
    if (proxy != NULL)
        return proxy;
    if (t->error[0] == '\0')
        return curl_easy_strerror(code);
    for (char *c = t->error; *c != '\0'; c++) {
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    }
    return t->error;
}
