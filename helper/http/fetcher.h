/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fetch.c (one request) and fetcher.c (curl's multi handle on the loop)
 * know of each other.  Nobody outside this room includes it.
 */
#ifndef HELPER_HTTP_FETCHER_H
#define HELPER_HTTP_FETCHER_H

#include <curl/curl.h>

#include "helper/base/buffer.h"
#include "helper/http/fetch.h"
#include "helper/http/freshness.h"

struct fetcher {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t *timer;   /* freed by its close callback */
    struct fetch *first; /* all under way */
    bool reporting;      /* a `done` is being called ... */
    bool freed;          /* ... and it called fetcher_free() */
};

struct fetch {
    struct fetcher *fetcher;
    struct fetch *next, **link;
    CURL *easy;
    struct curl_slist *headers;
    struct buffer body;
    size_t head_bytes; /* of all header lines so far */
    const char *limit; /* the bound of ours that ended it, or NULL */
    struct freshness freshness;
    char error[CURL_ERROR_SIZE];
    fetch_done *done;
    void *context;
};

/* fetch.c: the transfer ended; calls `done` and frees. */
void fetch_finish(struct fetch *, CURLcode);

#endif
