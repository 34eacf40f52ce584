/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fetch.c (one request) and fetcher.c (curl's multi handle on the loop)
 * know of each other.  Nobody outside this room includes it.
 */
#ifndef HELPER_HTTP_FETCHER_H
#define HELPER_HTTP_FETCHER_H

#include "helper/http/fetch.h"
#include "helper/http/offloop.h"
#include "helper/http/transfer.h"

struct fetcher {
    uv_loop_t *loop;
    CURLM *multi;
    struct offloop *offloop; /* NULL until the first that needs it */
    uv_timer_t *timer;       /* curl's; freed by its close callback */
    uv_timer_t *soon;        /* to report in the next turn; likewise */
    int in_multi;            /* handles that curl has */
    int in_threads;          /* ... that threads have, or wait for one */
    int each;                /* of in_multi: what goes beyond waits */
    struct fetch *first;     /* all under way */
    bool reporting;          /* finished requests are being told */
    unsigned holds;          /* calls that still need it ... */
    bool freed;              /* ... though fetcher_free() was called */
    bool abandoned;          /* ... with a thread still inside libcurl */
};

struct fetch {
    struct fetcher *fetcher;
    struct fetch *next, **link;
    struct transfer *transfer; /* owned; the thread's while there is a job */
    struct offloop_job *job;   /* on a thread, or waiting for one */
    bool on_loop;              /* in the multi handle */
    bool queued;               /* it began behind others */
    uv_timer_t *timer;         /* the deadline; freed by its close callback */
    uint64_t deadline_ms;      /* of uv_hrtime() */
    fetch_done *done;
    void *context;
};

/* fetch.c: an attempt ended; repeats it, or calls `done` and frees. */
void fetch_ended(struct fetch *, CURLcode);

/* fetcher.c: curl gets the handle, and begins at once. */
bool fetcher_add(struct fetcher *, CURL *);
void fetcher_remove(struct fetcher *, CURL *);

/* fetcher.c: it stays in memory until as many releases. */
void fetcher_hold(struct fetcher *);
void fetcher_release(struct fetcher *);

#endif
