/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transfers that may block inside libcurl, on at most OFFLOOP_THREADS threads
 * of their own: the loop goes on, and so does libuv's pool, which a dead KDC
 * would otherwise fill.  Nobody here keeps a deadline: the loop does, and
 * drops what has passed it.
 */
#ifndef HELPER_HTTP_OFFLOOP_H
#define HELPER_HTTP_OFFLOOP_H

#include <stdbool.h>
#include <uv.h>

#include "helper/http/transfer.h"

#define OFFLOOP_THREADS 2
#define OFFLOOP_WAITING_MAX 64

struct offloop;
struct offloop_job;

struct offloop *offloop_new(uv_loop_t *);

/*
 * Call it when every job is dropped or done.  False: a thread is still inside
 * libcurl; it is left to itself, touches nothing of the caller's any more,
 * and curl_global_cleanup() must not be called.
 */
bool offloop_free(struct offloop *);

/* On the loop; the job is gone, the transfer is the caller's again. */
typedef void offloop_done(void *context, CURLcode);

/* Takes the transfer over.  NULL when too many wait, or without memory or a
 * thread: then it is still the caller's. */
struct offloop_job *offloop_add(struct offloop *, struct transfer *,
                                offloop_done *, void *context);

/* Gives the job up; it and its transfer are freed now, or when the thread
 * comes back.  One that has not begun is never performed. */
void offloop_drop(struct offloop *, struct offloop_job *);

#endif
