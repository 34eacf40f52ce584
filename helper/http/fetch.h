/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTPS request with one deadline, on the loop: libcurl multi driven by
 * libuv.  TLS 1.2 or newer, certificates checked, `ca_file` exclusive, no
 * redirects, no proxy, no environment, https only, body capped by our own
 * count.  Every request ends in exactly one call of `done`, never from
 * within fetch_start(), or in fetch_cancel().  The program must ignore SIGPIPE:
 * neither libcurl (NOSIGNAL) nor OpenSSL does.
 */
#ifndef HELPER_HTTP_FETCH_H
#define HELPER_HTTP_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "helper/base/span.h"

struct fetcher; /* connections and the curl multi handle of one loop */
struct fetch;   /* one request under way */

struct fetch_answer {
    const char *error; /* NULL, or why there is no answer; for the log */
    long status;
    struct span body;
    int64_t max_age; /* Cache-Control max-age minus Age, Expires; -1: unsaid */
    bool no_store;
    char etag[128]; /* "" when there was none or it was too long */
};

/* The answer and the fetch are gone when `done` returns; it may start and
 * cancel others, and free the fetcher. */
typedef void fetch_done(void *context, const struct fetch_answer *);

struct fetch_request {
    const char *url;
    const char *accept;  /* the Accept header */
    const char *ca_file; /* NULL: the system's */
    const char *etag;    /* If-None-Match; NULL or "": unconditional */
    uint32_t timeout_ms;
    size_t body_max;
    fetch_done *done;
    void *context;
};

struct fetcher *fetcher_new(uv_loop_t *);
/* Cancels what is under way (without calls of `done`).  The loop must run
 * once more before it is closed. */
void fetcher_free(struct fetcher *);

/* NULL only without memory; strings are copied. */
struct fetch *fetch_start(struct fetcher *, const struct fetch_request *);
void fetch_cancel(struct fetch *);

/* https, a host, no user info, no fragment, no control characters: what a
 * URL from a configuration or a metadata document must be. */
bool fetch_url_ok(struct span url);

#endif
