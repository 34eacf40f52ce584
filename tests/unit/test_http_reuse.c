/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connection a request takes, and when it is sent again. */
#include "tests/unit/http_house.h"

#define BURST 500

static void
a_second_request_takes_the_kept_connection(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    for (int i = 0; i < 5; i++) {
        request = request_for(&h, "/token");
        request.post = i % 2 == 1;
        request.body = span_of("token=a");
        perform(&h, request, &asked);
        assert_int_equal(asked.status, 404);
    }
    assert_int_equal(http_server_connections(h.server), 1);
    close_house(&h);
}

static void
a_burst_shares_a_few_connections(void **state)
{
    struct house h;
    struct asked *asked = calloc(BURST, sizeof(*asked));

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/introspect",
           (struct http_script){.status = 200, .body = "{}"});
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < BURST; i++) {
            struct fetch_request request = request_for(&h, "/introspect");

            request.post = true;
            request.body = span_of("token=a");
            begin(&h, request, &asked[i]);
        }
        for (int i = 0; i < BURST; i++) {
            wait_for(&h, &asked[i]);
            assert_false(asked[i].error);
            assert_string_equal(asked[i].body, "{}");
        }
    }
    assert_int_equal(http_server_count(h.server, "/introspect"), 2 * BURST);
    assert_in_range(http_server_connections(h.server), 1, 32);
    close_house(&h);
    free(asked);
}

static void
a_lower_limit_is_kept(void **state)
{
    struct house h;
    struct asked asked[20];

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    assert_true(fetcher_limit(h.fetcher, 2));
    script(&h, "/introspect",
           (struct http_script){.status = 200, .body = "{}"});
    for (int i = 0; i < 20; i++)
        begin(&h, request_for(&h, "/introspect"), &asked[i]);
    for (int i = 0; i < 20; i++) {
        wait_for(&h, &asked[i]);
        assert_string_equal(asked[i].body, "{}");
    }
    assert_in_range(http_server_connections(h.server), 1, 2);
    close_house(&h);
}

/* 32 connections hang; whoever waits for one waits no longer than its own
 * time. */
static void
waiting_for_a_connection_counts(void **state)
{
    enum { MANY = 40 };
    struct house h;
    struct asked asked[MANY];

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    for (int i = 0; i < MANY; i++) {
        struct fetch_request request = request_for(&h, "/hang");

        request.timeout_ms = i < MANY - 1 ? 2000 : 600;
        begin(&h, request, &asked[i]);
    }
    wait_for(&h, &asked[MANY - 1]);
    assert_true(asked[MANY - 1].error);
    for (int i = 0; i < MANY - 1; i++)
        assert_int_equal(asked[i].calls, 0);
    for (int i = 0; i < MANY - 1; i++)
        wait_for(&h, &asked[i]);
    assert_in_range(http_server_count(h.server, "/hang"), 1, 39);
    close_house(&h);
}

static void
one_that_waits_may_be_cancelled(void **state)
{
    enum { MANY = 36 };
    struct house h;
    struct asked asked[MANY];
    struct fetch *fetch[MANY];

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    for (int i = 0; i < MANY; i++)
        fetch[i] = start(&h, i < MANY - 1 ? "/hang" : "/keys", &asked[i]);
    while (http_server_count(h.server, "/hang") < 32 && !h.impatient)
        uv_run(&h.loop, UV_RUN_ONCE);
    fetch_cancel(fetch[MANY - 2]);
    for (int i = 0; i < 5; i++) /* makes room */
        fetch_cancel(fetch[i]);
    wait_for(&h, &asked[MANY - 1]);
    assert_int_equal(asked[MANY - 1].status, 404);
    close_house(&h);
    for (int i = 0; i < MANY - 1; i++)
        assert_int_equal(asked[i].calls, 0);
}

static void
fresh_takes_no_kept_connection_and_leaves_none(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    ask(&h, "/keys", &asked);
    request = request_for(&h, "/keys");
    request.fresh = true;
    perform(&h, request, &asked);
    assert_int_equal(http_server_connections(h.server), 2);
    perform(&h, request, &asked);
    assert_int_equal(http_server_connections(h.server), 3);
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.status, 404);
    assert_int_equal(http_server_connections(h.server), 3);
    close_house(&h);
}

/* --- the second attempt --- */

static struct fetch_request
post_to(struct house *h, const char *path, bool idempotent)
{
    struct fetch_request request = request_for(h, path);

    request.post = true;
    request.body = span_of("token=a");
    request.idempotent = idempotent;
    return request;
}

static void
sent(enum http_behaviour fault, bool kept, bool idempotent, unsigned times)
{
    struct house h;
    struct asked asked;

    open_house(&h, HTTP_CERTIFICATE_GOOD);
    if (kept)
        ask(&h, "/keys", &asked);
    script(&h, "/token",
           (struct http_script){
               .status = 200, .body = "{}", .behaviour = fault, .times = 1});
    perform(&h, post_to(&h, "/token", idempotent), &asked);
    assert_int_equal(asked.error, times == 1);
    assert_int_equal(http_server_count(h.server, "/token"), times);
    if (times == 2)
        assert_string_equal(asked.body, "{}");
    assert_string_equal(http_server_last_body(h.server, "/token"), "token=a");
    close_house(&h);
}

static void
a_body_is_not_sent_twice(void **state)
{
    (void)state;
    sent(HTTP_CLOSES, false, false, 1);
    sent(HTTP_RESETS, false, false, 1);
}

/* libcurl would, on a connection that it had kept. */
static void
a_body_is_not_sent_twice_on_a_kept_connection(void **state)
{
    (void)state;
    sent(HTTP_CLOSES, true, false, 1);
    sent(HTTP_RESETS, true, false, 1);
}

static void
what_is_idempotent_is_sent_once_more(void **state)
{
    (void)state;
    sent(HTTP_CLOSES, false, true, 2);
    sent(HTTP_RESETS, false, true, 2);
    sent(HTTP_CLOSES, true, true, 2);
    sent(HTTP_RESETS, true, true, 2);
}

static void
always(enum http_behaviour fault, const char *body, unsigned times)
{
    struct house h;
    struct asked asked;

    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(
        &h, "/token",
        (struct http_script){.status = 200, .body = body, .behaviour = fault});
    perform(&h, post_to(&h, "/token", true), &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, "/token"), times);
    close_house(&h);
}

static void
there_is_no_third_attempt(void **state)
{
    (void)state;
    always(HTTP_CLOSES, NULL, 2);
    always(HTTP_RESETS, NULL, 2);
}

static void
one_byte_of_an_answer_forbids_the_second_attempt(void **state)
{
    (void)state;
    always(HTTP_HALF_BODY, "0123456789", 1);
    always(HTTP_RAW, "HTTP/1.1 200 OK\r\nX", 1);
}

static void
a_time_out_is_not_repeated(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/token", (struct http_script){.behaviour = HTTP_HANGS});
    request = post_to(&h, "/token", true);
    request.timeout_ms = 300;
    perform(&h, request, &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, "/token"), 1);
    close_house(&h);
}

/* Closed first, silent then: the time of both is one. */
static void
the_second_attempt_has_what_is_left_of_the_time(void **state)
{
    struct house h;
    struct asked asked, first;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/token", (struct http_script){.behaviour = HTTP_HANGS});
    script(&h, "/closes", (struct http_script){.behaviour = HTTP_CLOSES});
    request = post_to(&h, "/closes", true);
    perform(&h, request, &first);
    assert_int_equal(http_server_count(h.server, "/closes"), 2);
    request = post_to(&h, "/token", true);
    request.timeout_ms = 400;
    perform(&h, request, &asked);
    assert_true(asked.error);
    assert_in_range(h.ticks, 0, 150);
    close_house(&h);
}

static void
the_second_attempt_may_be_cancelled(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch *fetch;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/token", (struct http_script){.behaviour = HTTP_CLOSES});
    fetch = begin(&h, post_to(&h, "/token", true), &asked);
    while (http_server_count(h.server, "/token") < 1 && !h.impatient)
        uv_run(&h.loop, UV_RUN_ONCE);
    if (asked.calls == 0)
        fetch_cancel(fetch);
    ask(&h, "/keys", &asked);
    close_house(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_request_takes_the_kept_connection),
        cmocka_unit_test(a_burst_shares_a_few_connections),
        cmocka_unit_test(a_lower_limit_is_kept),
        cmocka_unit_test(waiting_for_a_connection_counts),
        cmocka_unit_test(one_that_waits_may_be_cancelled),
        cmocka_unit_test(fresh_takes_no_kept_connection_and_leaves_none),
        cmocka_unit_test(a_body_is_not_sent_twice),
        cmocka_unit_test(a_body_is_not_sent_twice_on_a_kept_connection),
        cmocka_unit_test(what_is_idempotent_is_sent_once_more),
        cmocka_unit_test(there_is_no_third_attempt),
        cmocka_unit_test(one_byte_of_an_answer_forbids_the_second_attempt),
        cmocka_unit_test(a_time_out_is_not_repeated),
        cmocka_unit_test(the_second_attempt_has_what_is_left_of_the_time),
        cmocka_unit_test(the_second_attempt_may_be_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
