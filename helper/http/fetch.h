/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTPS request with one deadline, on the loop: libcurl multi driven by
 * libuv.  TLS 1.2 or newer, certificates checked, `ca_file` exclusive, no
 * redirects, no environment, https only, body and head capped by our own
 * count.  Every request ends in exactly one call of `done`, never from
 * within fetch_start(), or in fetch_cancel().  The program must ignore SIGPIPE:
 * neither libcurl (NOSIGNAL) nor OpenSSL does.
 *
 * GSSAPI blocks inside libcurl, so a route whose proxy may be shown Negotiate
 * runs on a thread of its own (offloop.c); nothing else here changes by that.
 */
#ifndef HELPER_HTTP_FETCH_H
#define HELPER_HTTP_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "helper/base/list.h"
#include "helper/base/span.h"
#include "helper/conf/config.h"

struct fetcher; /* connections and the curl multi handle of one loop */
struct fetch;   /* one request under way */

struct fetch_answer {
    const char *error;       /* NULL, or why there is no answer; for the log */
    bool late_behind_others; /* ... its time ended, see fetch_was_queued() */
    long status;
    struct span body;
    struct span head; /* the header lines of the last answer, see head.h */
    int64_t max_age;  /* Cache-Control max-age minus Age, Expires; -1: unsaid */
    bool no_store;
    char etag[128]; /* "" when there was none or it was too long */
    /* fetch_request.certificate: when the first certificate of the server's
     * chain ends, wall clock; 0: not known. */
    int64_t certificate_ends;
};

/* The answer and the fetch are gone when `done` returns; it may start and
 * cancel others, and free the fetcher. */
typedef void fetch_done(void *context, const struct fetch_answer *);

/*
 * The way to a server: of an issuer, the same for all its endpoints.  Plain
 * values; fetch_start() copies what it needs.
 */
struct fetch_route {
    const char *ca_file; /* NULL: the system's */
    const char *proxy;   /* NULL: none */
    const char *proxy_user;
    struct span proxy_password;
    const char *proxy_ca_file;
    int64_t proxy_schemes;       /* set of enum http_scheme */
    const struct list *no_proxy; /* NULL: every host by the proxy */
};

struct fetch_request {
    const char *url;
    const struct fetch_route *route; /* NULL: straight, system's CAs */
    const char *accept;              /* the Accept header */
    const char *etag; /* If-None-Match; NULL or "": unconditional */

    /* With a body it is a POST.  Bodies and header values may hold secrets:
     * every copy is erased. */
    bool post;
    struct span body;
    const char *content_type;
    struct span authorization; /* value of the header; empty: none */
    struct span cookie;        /* likewise */

    const char *cert_file, *key_file; /* client certificate, PEM; or NULL */
    /* Only for what may be asked twice without harm: once more on a fresh
     * connection when the first attempt got no byte of an answer.  A body is
     * never sent twice otherwise; a GET may be, by libcurl, when a kept
     * connection turns out to be closed (`fresh` prevents that). */
    bool idempotent;
    /* No connection that carried another's credential (method http). */
    bool fresh;
    bool certificate; /* ask about the server's, on a fresh connection */

    uint32_t timeout_ms; /* for everything, the second attempt too */
    size_t body_max;
    fetch_done *done;
    void *context;
};

struct fetcher *fetcher_new(uv_loop_t *);
/* How many connections to each server at once; 32 until it is called. */
bool fetcher_limit(struct fetcher *, unsigned each);
/* Cancels what is under way (without calls of `done`).  The loop must run
 * once more before it is closed. */
void fetcher_free(struct fetcher *);

/* A fetcher that was freed left a thread behind, inside a library (Negotiate
 * with a dead KDC): the process must end by _exit(2), since what exit(3) tears
 * down may be what that thread stands on. */
bool fetcher_left_thread(void);

/* NULL only without memory; strings and spans are copied, the route's need
 * not be kept.  What is refused (a header with control characters, a proxy of
 * unknown kind, an unreadable client certificate) is told by `done`. */
struct fetch *fetch_start(struct fetcher *, const struct fetch_request *);
void fetch_cancel(struct fetch *);
/* It began when all connections were taken: of its time some was spent behind
 * others, and not at the server. */
bool fetch_was_queued(const struct fetch *);

/* https, a host, no user info, no fragment, no control characters: what a
 * URL from a configuration or a metadata document must be. */
bool fetch_url_ok(struct span url);

/* The host of such a URL, without port and brackets; empty when there is
 * none. */
struct span fetch_url_host(struct span url);

#endif
