/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/doctor_fetch.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/http/head.h"

#define TIMEOUT_MS 10000
#define BODY_MAX LIMIT_JWKS_BYTES

bool
errand_begin(struct errand *e, const struct issuer_conf *issuer)
{
    memset(e, 0, sizeof(*e));
    e->body.cap = BODY_MAX;
    route_init(&e->route, issuer);
    if (uv_loop_init(&e->loop) != 0)
        return false;
    e->fetcher = fetcher_new(&e->loop);
    return e->fetcher != NULL;
}

void
errand_end(struct errand *e)
{
    if (e->fetcher != NULL)
        fetcher_free(e->fetcher);
    uv_run(&e->loop, UV_RUN_DEFAULT);
    uv_loop_close(&e->loop);
    route_free(&e->route);
    buffer_free(&e->body);
}

static void
take_date(struct errand *e, struct span head)
{
    struct span date;

    if (head_only(head, "Date", &date))
        e->date = head_date(date);
    e->dated = e->date > 0;
}

static void
on_answer(void *context, const struct fetch_answer *answer)
{
    struct errand *e = context;

    e->ended = true;
    e->status = answer->status;
    e->certificate_ends = answer->certificate_ends;
    take_date(e, answer->head);
    if (answer->error != NULL)
        snprintf(e->problem, sizeof(e->problem), "%s", answer->error);
    else if (!buffer_add(&e->body, answer->body.data, answer->body.len))
        snprintf(e->problem, sizeof(e->problem), "out of memory");
}

bool
errand_get(struct errand *e, const char *url)
{
    struct buffer why = BUFFER_INIT(ROUTE_WHY_MAX);
    const struct fetch_route *way = route_now(&e->route, &why);
    const struct fetch_request request = {
        .url = url,
        .route = way,
        .accept = "application/json",
        .idempotent = true,
        .fresh = true,
        .certificate = true,
        .timeout_ms = TIMEOUT_MS,
        .body_max = BODY_MAX,
        .done = on_answer,
        .context = e,
    };

    buffer_clear(&e->body);
    e->ended = e->dated = false;
    e->problem[0] = '\0';
    if (way == NULL)
        snprintf(e->problem, sizeof(e->problem), "%s",
                 why.len > 0 ? why.data : "no way there");
    else if (fetch_start(e->fetcher, &request) == NULL)
        snprintf(e->problem, sizeof(e->problem), "out of memory");
    else
        while (!e->ended && uv_run(&e->loop, UV_RUN_ONCE) != 0)
            continue;
    buffer_free(&why);
    return e->problem[0] == '\0';
}
