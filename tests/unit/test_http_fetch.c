/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests over real TLS against a scripted server. */
#include "tests/unit/http_house.h"

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
    struct asked asked;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/keys", (struct http_script){.status = 304});
    request = request_for(&h, "/keys");
    request.etag = "\"v1\"";
    perform(&h, request, &asked);
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
    struct fetch_request request = request_for(h, path);

    request.timeout_ms = 150;
    perform(h, request, asked);
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
plain_http_is_refused(void **state)
{
    struct house h;
    struct asked asked;
    char url[128];
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    request = request_for(&h, "/keys");
    snprintf(url, sizeof(url), "http%s", request.url + strlen("https"));
    request.url = url;
    perform(&h, request, &asked);
    assert_true(asked.error);
    close_house(&h);
}

static void
an_absent_server_is_an_error(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    request = request_for(&h, "/");
    request.url = "https://127.0.0.1:1/keys";
    request.idempotent = true;
    perform(&h, request, &asked);
    assert_true(asked.error);
    close_house(&h);
}

static void
a_post_carries_type_body_and_credentials(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;
    const char *head;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/token", (struct http_script){.status = 200, .body = "{}"});
    request = request_for(&h, "/token");
    request.post = true;
    request.body = span_of("grant_type=x&a=b");
    request.content_type = "application/x-www-form-urlencoded";
    request.authorization = span_of("Basic YTpi");
    request.cookie = span_of("a=b; c=d");
    perform(&h, request, &asked);
    assert_false(asked.error);
    assert_string_equal(asked.body, "{}");
    head = http_server_last(h.server, "/token");
    assert_non_null(strstr(head, "POST /token HTTP/1.1\r\n"));
    assert_non_null(strstr(head, "Content-Length: 16\r\n"));
    assert_non_null(
        strstr(head, "Content-Type: application/x-www-form-urlencoded\r\n"));
    assert_non_null(strstr(head, "Authorization: Basic YTpi\r\n"));
    assert_non_null(strstr(head, "Cookie: a=b; c=d\r\n"));
    assert_string_equal(http_server_last_body(h.server, "/token"),
                        "grant_type=x&a=b");
    close_house(&h);
}

static void
a_post_may_be_empty(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/token", (struct http_script){.status = 200});
    request = request_for(&h, "/token");
    request.post = true;
    perform(&h, request, &asked);
    assert_false(asked.error);
    assert_non_null(
        strstr(http_server_last(h.server, "/token"), "Content-Length: 0\r\n"));
    close_house(&h);
}

/* The server would never answer "100 Continue". */
static void
a_large_post_does_not_wait_for_permission(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;
    size_t len = 2 * 1024 * 1024;
    char *body = malloc(len);

    (void)state;
    memset(body, 'x', len);
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/token", (struct http_script){.status = 200, .body = "ok"});
    request = request_for(&h, "/token");
    request.post = true;
    request.body = (struct span){body, len};
    perform(&h, request, &asked);
    assert_false(asked.error);
    assert_null(strstr(http_server_last(h.server, "/token"), "Expect"));
    close_house(&h);
    free(body);
}

static void
refused(struct house *h, struct fetch_request request, const char *why)
{
    struct asked asked;

    perform(h, request, &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, why));
    assert_int_equal(http_server_count(h->server, NULL), 0);
}

static void
a_header_value_with_control_characters_sends_nothing(void **state)
{
    static const struct span bad[] = {{"Bearer a\r\nX: y", 14},
                                      {"Bearer a\nX: y", 13},
                                      {"Bearer a\0b", 10},
                                      {"Bearer a\x7f", 9},
                                      {"Bearer\ta", 8}};
    struct house h;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        request = request_for(&h, "/keys");
        request.authorization = bad[i];
        refused(&h, request, "control characters");
        request = request_for(&h, "/keys");
        request.cookie = bad[i];
        refused(&h, request, "control characters");
    }
    request = request_for(&h, "/keys");
    request.etag = "\"a\r\nX: y\"";
    refused(&h, request, "control characters");
    close_house(&h);
}

static void
a_long_credential_arrives_whole(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;
    char value[12000], line[12100];

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    memcpy(value, "Bearer ", 7);
    snprintf(line, sizeof(line), "\r\nAuthorization: %s\r\n", value);
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    request = request_for(&h, "/keys");
    request.authorization = span_of(value);
    perform(&h, request, &asked);
    assert_int_equal(asked.status, 404);
    assert_non_null(strstr(http_server_last(h.server, "/keys"), line));
    close_house(&h);
}

static void
spans_and_route_may_go_once_it_began(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;
    struct fetch_route *route = malloc(sizeof(*route));
    char *secret = strdup("Bearer abc"), *body = strdup("token=abc");

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    *route = h.route;
    request = request_for(&h, "/token");
    request.route = route;
    request.post = true;
    request.body = span_of(body);
    request.authorization = span_of(secret);
    begin(&h, request, &asked);
    memset(route, 0x55, sizeof(*route));
    memset(secret, 'z', strlen(secret));
    memset(body, 'z', strlen(body));
    free(route);
    free(secret);
    free(body);
    wait_for(&h, &asked);
    assert_int_equal(asked.status, 404);
    assert_non_null(strstr(http_server_last(h.server, "/token"),
                           "Authorization: Bearer abc\r\n"));
    assert_string_equal(http_server_last_body(h.server, "/token"), "token=abc");
    close_house(&h);
}

static void
the_head_of_the_last_answer_arrives(void **state)
{
    static const char raw[] = "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n"
                              "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\n"
                              "www-authenticate: Digest\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n"
                              "2\r\nno\r\n0\r\nX-Trailer: 1\r\n\r\n";
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/raw",
           (struct http_script){.body = raw, .behaviour = HTTP_RAW});
    ask(&h, "/raw", &asked);
    assert_false(asked.error);
    assert_int_equal(asked.status, 401);
    assert_string_equal(asked.body, "no");
    assert_string_equal(asked.head,
                        "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\n"
                        "www-authenticate: Digest\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n");
    close_house(&h);
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
        cmocka_unit_test(plain_http_is_refused),
        cmocka_unit_test(an_absent_server_is_an_error),
        cmocka_unit_test(a_post_carries_type_body_and_credentials),
        cmocka_unit_test(a_post_may_be_empty),
        cmocka_unit_test(a_large_post_does_not_wait_for_permission),
        cmocka_unit_test(a_header_value_with_control_characters_sends_nothing),
        cmocka_unit_test(a_long_credential_arrives_whole),
        cmocka_unit_test(spans_and_route_may_go_once_it_began),
        cmocka_unit_test(the_head_of_the_last_answer_arrives),
        cmocka_unit_test(a_cancelled_request_is_never_reported),
        cmocka_unit_test(done_may_cancel_another_request),
        cmocka_unit_test(done_may_free_the_fetcher),
        cmocka_unit_test(freeing_the_fetcher_ends_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
