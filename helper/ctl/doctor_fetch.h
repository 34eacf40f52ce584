/* SPDX-License-Identifier: BSD-2-Clause */
/* One request after the other, each waited for: a tool has the time that the
 * helper has not. */
#ifndef HELPER_CTL_DOCTOR_FETCH_H
#define HELPER_CTL_DOCTOR_FETCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "helper/base/buffer.h"
#include "helper/http/fetch.h"
#include "helper/issuer/route.h"

struct errand {
    uv_loop_t loop;
    struct fetcher *fetcher;
    struct route route;

    /* Of the last request. */
    bool ended;
    char problem[1024]; /* "" when there is an answer */
    long status;
    struct buffer body;
    bool dated; /* it says when it was made: */
    int64_t date;
    int64_t certificate_ends; /* 0: not known */
};

/* False without memory; errand_end() after any result. */
bool errand_begin(struct errand *, const struct issuer_conf *);
/* A GET; true when there is an answer, whatever its status. */
bool errand_get(struct errand *, const char *url);
void errand_end(struct errand *);

#endif
