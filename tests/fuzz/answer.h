/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider's answer as a fuzzer makes it, given to a question as if it had
 * come over the network: a digit for the status, a digit for the header lines,
 * then the body.  Where a second request follows, its answer stands behind the
 * first newline, in the same form.
 */
#ifndef TESTS_FUZZ_ANSWER_H
#define TESTS_FUZZ_ANSWER_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "helper/base/clock.h"
#include "helper/base/text.h"
#include "helper/issuer/ask.h"

#define NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct fetch_request last;
static unsigned requests, ends;
static struct span body_of_input;
static long status_of_input;

static void
must(int held)
{
    if (!held)
        abort();
}

/* These take the place of those in helper/http/fetch.c. */
struct fetch *
fetch_start(struct fetcher *fetcher, const struct fetch_request *request)
{
    (void)fetcher;
    must(strstr(request->url, "s3cret") == NULL);
    last = *request;
    requests++;
    return (struct fetch *)&last;
}

void
fetch_cancel(struct fetch *fetch)
{
    (void)fetch;
}

bool
fetch_was_queued(const struct fetch *fetch)
{
    (void)fetch;
    return false;
}

static void
check_problem(const char *problem)
{
    must(memchr(problem, '\0', ASK_PROBLEM_MAX) != NULL);
    for (; *problem != '\0'; problem++)
        must(*problem >= ' ' && *problem <= '~' && *problem != '"');
}

static void
answer_one(const uint8_t *data, size_t size)
{
    static const long statuses[] = {200, 400, 401, 403, 500,
                                    204, 302, 429, 200, 400};
    static const char *const heads[] = {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: APPLICATION/JSON; x=y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
         "Retry-After: 1\"\\\r\n\r\n"),
    };
    struct fetch_answer answer = {.max_age = -1};

    status_of_input = answer.status = size < 2 ? 500 : statuses[data[0] % 10];
    answer.head = span_of(heads[size < 2 ? 0 : data[1] % 4]);
    body_of_input = answer.body =
        size < 2 ? span_of("")
                 : (struct span){(const char *)data + 2, size - 2};
    last.done(last.context, &answer);
}

static void
answer_with(struct ask *ask, unsigned most, const uint8_t *data, size_t size)
{
    const uint8_t *line = most > 1 ? memchr(data, '\n', size) : NULL;
    size_t first = line != NULL ? (size_t)(line - data) : size;

    must(ask != NULL && requests == 1 && ends == 0);
    answer_one(data, first);
    must(requests <= most);
    if (requests == 2 && ends == 0)
        answer_one(data + first + (line != NULL),
                   size - first - (line != NULL));
    must(ends == 1 && requests <= most);
}

static __attribute__((unused)) void
ask_and_answer(const struct issuer_conf *conf, enum ask_kind kind,
               unsigned most, ask_done *done, const uint8_t *data, size_t size)
{
    static struct issuer *issuer;
    static uv_loop_t loop;
    struct ask_request request = {
        .kind = kind,
        .user = span_of("alice"),
        .credential = span_of("s3cret"),
        .timeout_ms = 60000,
        .wall = NOW,
    };

    if (size < 2)
        return;
    if (issuer == NULL) {
        must(uv_loop_init(&loop) == 0);
        issuer = issuer_new(conf, &loop, NULL);
        must(issuer != NULL);
    }
    requests = ends = 0;
    answer_with(ask_start(issuer, &request, done, NULL), most, data, size);
    uv_run(&loop, UV_RUN_NOWAIT); /* frees the question */
}

#endif
