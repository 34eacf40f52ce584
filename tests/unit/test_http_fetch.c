/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests over real TLS against a scripted server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/fetch.h"
#include "tests/lib/http_server.h"

/* A turn of the loop may block until the next tick. */
#define TICK_MS 10
#define PATIENCE_TICKS 400

struct house {
    uv_loop_t loop;
    uv_timer_t patience;
    unsigned ticks;
    bool impatient;
    struct fetcher *fetcher;
    struct http_server *server;
};

/* One request and what became of it. */
struct asked {
    unsigned calls;
    bool error;
    char text[256];
    long status;
    int64_t max_age;
    bool no_store;
    char etag[128], body[256];
    size_t body_len;
    struct house *house;
    struct fetch *cancel; /* from within `done` */
    bool free_fetcher;
};

static void
on_tick(uv_timer_t *timer)
{
    struct house *h = timer->data;

    h->impatient = ++h->ticks > PATIENCE_TICKS;
}

static void
open_house(struct house *h, enum http_certificate kind)
{
    memset(h, 0, sizeof(*h));
    assert_int_equal(uv_loop_init(&h->loop), 0);
    uv_timer_init(&h->loop, &h->patience);
    h->patience.data = h;
    uv_timer_start(&h->patience, on_tick, TICK_MS, TICK_MS);
    h->fetcher = fetcher_new(&h->loop);
    assert_non_null(h->fetcher);
    h->server = http_server_new(kind);
}

/* Nothing may be left on the loop. */
static void
close_house(struct house *h)
{
    fetcher_free(h->fetcher);
    uv_close((uv_handle_t *)&h->patience, NULL);
    uv_run(&h->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&h->loop), 0);
    http_server_free(h->server);
}

static void
on_done(void *context, const struct fetch_answer *answer)
{
    struct asked *asked = context;

    asked->calls++;
    asked->error = answer->error != NULL;
    snprintf(asked->text, sizeof(asked->text), "%s",
             answer->error != NULL ? answer->error : "");
    asked->status = answer->status;
    asked->max_age = answer->max_age;
    asked->no_store = answer->no_store;
    memcpy(asked->etag, answer->etag, sizeof(asked->etag));
    asked->body_len = answer->body.len;
    if (answer->body.len < sizeof(asked->body) && answer->body.len > 0)
        memcpy(asked->body, answer->body.data, answer->body.len);
    fetch_cancel(asked->cancel);
    if (asked->free_fetcher) {
        fetcher_free(asked->house->fetcher);
        asked->house->fetcher = NULL;
    }
}

static struct fetch *
start(struct house *h, const char *path, struct asked *asked)
{
    struct fetch_request request = {
        .url = http_server_url(h->server, path),
        .accept = "application/json",
        .route = &(struct fetch_route){.ca_file = http_server_ca(h->server)},
        .timeout_ms = 3000,
        .body_max = 100,
        .done = on_done,
        .context = asked,
    };
    struct fetch *fetch;

    memset(asked, 0, sizeof(*asked));
    asked->house = h;
    fetch = fetch_start(h->fetcher, &request);
    assert_non_null(fetch);
    assert_int_equal(asked->calls, 0);
    return fetch;
}

static void
wait_for(struct house *h, const struct asked *asked)
{
    while (asked->calls == 0 && !h->impatient)
        uv_run(&h->loop, UV_RUN_ONCE);
    assert_int_equal(asked->calls, 1);
}

static void
ask(struct house *h, const char *path, struct asked *asked)
{
    start(h, path, asked);
    wait_for(h, asked);
}

static void
script(struct house *h, const char *path, struct http_script what)
{
    http_server_script(h->server, path, &what);
}

static void
a_body_and_its_freshness_arrive(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/keys",
           (struct http_script){.status = 200,
                                .headers = "Cache-Control: max-age=700\r\n"
                                           "Age: 100\r\nETag: \"v1\"\r\n",
                                .body = "{\"keys\":[]}"});
    ask(&h, "/keys", &asked);
    assert_false(asked.error);
    assert_int_equal(asked.status, 200);
    assert_int_equal(asked.max_age, 600);
    assert_false(asked.no_store);
    assert_string_equal(asked.etag, "\"v1\"");
    assert_string_equal(asked.body, "{\"keys\":[]}");
    close_house(&h);
}

static void
a_request_says_what_it_must_and_no_more(void **state)
{
    struct house h;
    struct asked asked;
    const char *head;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.status, 404);
    head = http_server_last(h.server, "/keys");
    assert_non_null(strstr(head, "GET /keys HTTP/1.1\r\n"));
    assert_non_null(strstr(head, "Accept: application/json\r\n"));
    assert_null(strstr(head, "Accept-Encoding"));
    assert_null(strstr(head, "Authorization"));
    assert_null(strstr(head, "Cookie"));
    assert_null(strstr(head, "If-None-Match"));
    close_house(&h);
}

static void
a_validator_is_sent_and_304_arrives(void **state)
{
    struct house h;
    struct asked asked = {0};
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/keys", (struct http_script){.status = 304});
    request = (struct fetch_request){
        .url = http_server_url(h.server, "/keys"),
        .route = &(struct fetch_route){.ca_file = http_server_ca(h.server)},
        .etag = "\"v1\"",
        .timeout_ms = 3000,
        .done = on_done,
        .context = &asked,
    };
    assert_non_null(fetch_start(h.fetcher, &request));
    wait_for(&h, &asked);
    assert_false(asked.error);
    assert_int_equal(asked.status, 304);
    assert_non_null(strstr(http_server_last(h.server, "/keys"),
                           "If-None-Match: \"v1\"\r\n"));
    close_house(&h);
}

static void
a_redirect_is_not_followed(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(
        &h, "/keys",
        (struct http_script){.status = 302, .headers = "Location: /other\r\n"});
    ask(&h, "/keys", &asked);
    assert_false(asked.error);
    assert_int_equal(asked.status, 302);
    assert_int_equal(http_server_count(h.server, NULL), 1);
    close_house(&h);
}

static void
a_body_at_the_limit_passes_and_one_byte_more_does_not(void **state)
{
    struct house h;
    struct asked asked;
    char body[102];

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    memset(body, 'x', sizeof(body));
    script(&h, "/fits",
           (struct http_script){.status = 200, .body = body, .body_len = 100});
    script(&h, "/over",
           (struct http_script){.status = 200, .body = body, .body_len = 101});
    ask(&h, "/fits", &asked);
    assert_false(asked.error);
    assert_int_equal(asked.body_len, 100);
    ask(&h, "/over", &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "larger"));
    close_house(&h);
}

static void
half_a_body_is_an_error(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/keys",
           (struct http_script){.status = 200,
                                .body = "{\"keys\":[]}",
                                .behaviour = HTTP_HALF_BODY});
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    close_house(&h);
}

static void
ask_quickly(struct house *h, const char *path, struct asked *asked)
{
    struct fetch_request request = {
        .url = http_server_url(h->server, path),
        .route = &(struct fetch_route){.ca_file = http_server_ca(h->server)},
        .timeout_ms = 150,
        .body_max = 1000,
        .done = on_done,
        .context = asked,
    };

    memset(asked, 0, sizeof(*asked));
    assert_non_null(fetch_start(h->fetcher, &request));
    wait_for(h, asked);
}

static void
a_silent_server_costs_the_deadline_and_no_more(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    ask_quickly(&h, "/hang", &asked);
    assert_true(asked.error);
    close_house(&h);
}

static void
a_dripping_server_costs_the_deadline_and_no_more(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/drip",
           (struct http_script){.status = 200,
                                .body = "0123456789012345678901234567890",
                                .behaviour = HTTP_DRIPS});
    ask_quickly(&h, "/drip", &asked);
    assert_true(asked.error);
    close_house(&h);
}

static void
a_certificate_of_another_host_is_refused(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_OTHER_HOST);
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

static void
a_self_signed_certificate_is_refused(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_SELF_SIGNED);
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

static void
a_ca_of_ours_is_not_trusted_without_ca_file(void **state)
{
    struct house h;
    struct asked asked = {0};
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    request = (struct fetch_request){
        .url = http_server_url(h.server, "/keys"),
        .timeout_ms = 3000,
        .body_max = 1000,
        .done = on_done,
        .context = &asked,
    };
    assert_non_null(fetch_start(h.fetcher, &request));
    wait_for(&h, &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

static void
plain_http_is_refused(void **state)
{
    struct house h;
    struct asked asked = {0};
    char url[128];
    struct fetch_request request = {
        .url = url,
        .timeout_ms = 3000,
        .body_max = 1000,
        .done = on_done,
        .context = &asked,
    };

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    snprintf(url, sizeof(url), "http%s/keys",
             http_server_base(h.server) + strlen("https"));
    assert_non_null(fetch_start(h.fetcher, &request));
    wait_for(&h, &asked);
    assert_true(asked.error);
    close_house(&h);
}

static void
the_proxy_of_the_environment_is_ignored(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    ask(&h, "/keys", &asked);
    assert_false(asked.error);
    assert_int_equal(asked.status, 404);
    close_house(&h);
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
}

static void
an_absent_server_is_an_error(void **state)
{
    struct house h;
    struct asked asked = {0};
    struct fetch_request request = {
        .url = "https://127.0.0.1:1/keys",
        .timeout_ms = 3000,
        .done = on_done,
        .context = &asked,
    };

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    assert_non_null(fetch_start(h.fetcher, &request));
    assert_int_equal(asked.calls, 0);
    wait_for(&h, &asked);
    assert_true(asked.error);
    close_house(&h);
}

static void
a_header_of_megabytes_is_an_error(void **state)
{
    enum { LINES = 200, LINE = 1000 };
    struct house h;
    struct asked asked;
    char *headers = malloc(LINES * LINE + 1);

    (void)state;
    for (int i = 0; i < LINES; i++) {
        memset(headers + i * LINE, 'a', LINE);
        headers[i * LINE + 1] = ':';
        memcpy(headers + i * LINE + LINE - 2, "\r\n", 2);
    }
    headers[LINES * LINE] = '\0';
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/keys",
           (struct http_script){.status = 200, .headers = headers});
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    close_house(&h);
    free(headers);
}

static void
a_cancelled_request_is_never_reported(void **state)
{
    struct house h;
    struct asked asked, other;
    struct fetch *fetch;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    fetch = start(&h, "/hang", &asked);
    ask(&h, "/keys", &other);
    fetch_cancel(fetch);
    ask(&h, "/keys", &other);
    assert_int_equal(asked.calls, 0);
    close_house(&h);
}

static void
done_may_cancel_another_request(void **state)
{
    struct house h;
    struct asked asked, other;
    struct fetch *fetch;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    fetch = start(&h, "/hang", &asked);
    start(&h, "/keys", &other);
    other.cancel = fetch;
    wait_for(&h, &other);
    assert_int_equal(asked.calls, 0);
    close_house(&h);
}

static void
done_may_free_the_fetcher(void **state)
{
    struct house h;
    struct asked asked, other;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    start(&h, "/hang", &asked);
    start(&h, "/keys", &other);
    other.free_fetcher = true;
    wait_for(&h, &other);
    assert_int_equal(asked.calls, 0);
    close_house(&h);
}

static void
freeing_the_fetcher_ends_what_is_under_way(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    start(&h, "/keys", &asked);
    uv_run(&h.loop, UV_RUN_NOWAIT);
    close_house(&h);
    assert_int_equal(asked.calls, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_and_its_freshness_arrive),
        cmocka_unit_test(a_request_says_what_it_must_and_no_more),
        cmocka_unit_test(a_validator_is_sent_and_304_arrives),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(a_body_at_the_limit_passes_and_one_byte_more_does_not),
        cmocka_unit_test(half_a_body_is_an_error),
        cmocka_unit_test(a_silent_server_costs_the_deadline_and_no_more),
        cmocka_unit_test(a_dripping_server_costs_the_deadline_and_no_more),
        cmocka_unit_test(a_certificate_of_another_host_is_refused),
        cmocka_unit_test(a_self_signed_certificate_is_refused),
        cmocka_unit_test(a_ca_of_ours_is_not_trusted_without_ca_file),
        cmocka_unit_test(plain_http_is_refused),
        cmocka_unit_test(the_proxy_of_the_environment_is_ignored),
        cmocka_unit_test(an_absent_server_is_an_error),
        cmocka_unit_test(a_header_of_megabytes_is_an_error),
        cmocka_unit_test(a_cancelled_request_is_never_reported),
        cmocka_unit_test(done_may_cancel_another_request),
        cmocka_unit_test(done_may_free_the_fetcher),
        cmocka_unit_test(freeing_the_fetcher_ends_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
