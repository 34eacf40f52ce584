/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The method `http` through the real client: that what is computed for a
 * request is what the request says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/issuer/probe_inside.h"
#include "tests/lib/http_server.h"

#define TICK_MS 5
#define PATIENCE_TICKS 2000

static struct house {
    uv_loop_t loop;
    uv_timer_t tick;
    unsigned ticks;
    struct fetcher *fetcher;
    struct http_server *server;
    struct route route;
    struct issuer_conf conf;
    struct probe_site *site;
} house;

static struct asker {
    unsigned calls;
    enum reason reason;
    char user[64];
    char problem[ASK_PROBLEM_MAX];
} asker;

static void
ticked(uv_timer_t *timer)
{
    (void)timer;
    house.ticks++;
}

static void
done(void *context, struct ask_answer *answer)
{
    (void)context;
    asker.calls++;
    asker.reason = answer->reason;
    snprintf(asker.user, sizeof(asker.user), "%.*s",
             (int)answer->claims.sub.len,
             answer->claims.sub.data == NULL ? "" : answer->claims.sub.data);
    snprintf(asker.problem, sizeof(asker.problem), "%s", answer->problem);
}

static void
script(int status, const char *headers)
{
    static const char *const paths[] = {"/check?a=b", "/x/../check?a=b", "/?q",
                                        NULL};
    struct http_script s = {.status = status, .headers = headers, .body = "x"};

    for (size_t i = 0; paths[i] != NULL; i++)
        http_server_script(house.server, paths[i], &s);
}

static int
open_house(void **state)
{
    (void)state;
    memset(&house, 0, sizeof(house));
    assert_int_equal(uv_loop_init(&house.loop), 0);
    uv_timer_init(&house.loop, &house.tick);
    uv_timer_start(&house.tick, ticked, TICK_MS, TICK_MS);
    house.fetcher = fetcher_new(&house.loop);
    house.server = http_server_new(HTTP_CERTIFICATE_GOOD);
    house.route.fetch.ca_file = http_server_ca(house.server);
    house.conf.name = (char *)"work";
    house.conf.issuer = (char *)"https://idp.example";
    house.conf.username_claim = (char *)"sub";
    house.conf.http_schemes = SCHEME_BASIC | SCHEME_DIGEST | SCHEME_BEARER;
    assert_true(list_add(&house.conf.accepted, span_of("200")));
    assert_true(list_add(&house.conf.refused, span_of("401")));
    assert_true(list_add(&house.conf.password_pattern, span_of("any")));
    return 0;
}

static int
close_house(void **state)
{
    (void)state;
    probe_site_free(house.site);
    fetcher_free(house.fetcher);
    uv_close((uv_handle_t *)&house.tick, NULL);
    uv_run(&house.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&house.loop), 0);
    http_server_free(house.server);
    list_clear(&house.conf.accepted);
    list_clear(&house.conf.refused);
    list_clear(&house.conf.password_pattern);
    list_clear(&house.conf.token_pattern);
    return 0;
}

static void
start(const char *path)
{
    house.conf.http_url = (char *)http_server_url(house.server, path);
    house.site =
        probe_site_new(&house.conf, &house.loop, house.fetcher, &house.route);
    assert_non_null(house.site);
    while (house.site->state == PROBE_UNTESTED && house.ticks < PATIENCE_TICKS)
        uv_run(&house.loop, UV_RUN_ONCE);
    assert_string_equal(house.site->problem, "");
    assert_int_equal(house.site->state, PROBE_PASSED);
}

static void
ask(enum ask_kind kind, const char *credential, enum reason wanted)
{
    struct ask_request request = {.kind = kind,
                                  .user = span_of("jdoe"),
                                  .credential = span_of(credential),
                                  .timeout_ms = 10000,
                                  .wall = 1700000000};

    memset(&asker, 0, sizeof(asker));
    house.ticks = 0;
    (void)probe_start(house.site, &request, done, NULL);
    while (asker.calls == 0 && house.ticks < PATIENCE_TICKS)
        uv_run(&house.loop, UV_RUN_ONCE);
    assert_string_equal(asker.problem, "");
    assert_int_equal(asker.reason, wanted);
}

static void
expect_sent(const char *path, const char *wanted)
{
    const char *head = http_server_last(house.server, path);

    if (strstr(head, wanted) == NULL)
        fail_msg("\"%s\" is not in %s", wanted, head);
}

static void
basic_and_then_a_cookie(void **state)
{
    const char *path = "/check?a=b";

    (void)state;
    script(401, "WWW-Authenticate: Basic realm=\"x\"\r\n");
    start(path);
    ask(ASK_HTTP_PASSWORD, "wrong", REASON_REFUSED);
    expect_sent(path, "Authorization: Basic amRvZTp3cm9uZw==\r\n");
    script(200, "Set-Cookie: sid=s1; Secure\r\n");
    ask(ASK_HTTP_PASSWORD, "right", REASON_ACCEPTED);
    assert_string_equal(asker.user, "jdoe");
    ask(ASK_HTTP_PASSWORD, "right", REASON_ACCEPTED);
    expect_sent(path, "Cookie: sid=s1\r\n");
    assert_null(strstr(http_server_last(house.server, path), "Authorization:"));
}

static void
no_two_requests_share_a_connection(void **state)
{
    unsigned before;

    (void)state;
    script(401, "WWW-Authenticate: Basic realm=\"x\"\r\n");
    start("/check?a=b");
    before = http_server_connections(house.server);
    ask(ASK_HTTP_PASSWORD, "one", REASON_REFUSED);
    ask(ASK_HTTP_PASSWORD, "two", REASON_REFUSED);
    assert_int_equal(http_server_connections(house.server), before + 2);
}

static void
expect_uri(const char *url_path, const char *target)
{
    char line[128], part[128];

    script(401, "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\","
                " qop=\"auth\", algorithm=SHA-256\r\n");
    start(url_path);
    snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\n", target);
    snprintf(part, sizeof(part), "uri=\"%s\"", target);
    expect_sent(target, line);
    expect_sent(target, part);
    expect_sent(target, "Authorization: Digest username=\"no-");
}

static void
digests_uri_is_the_request_line(void **state)
{
    (void)state;
    expect_uri("/check?a=b", "/check?a=b");
}

static void
digests_uri_is_the_request_line_without_a_path(void **state)
{
    (void)state;
    expect_uri("?q", "/?q");
}

static void
digests_uri_is_the_request_line_with_dots(void **state)
{
    (void)state;
    expect_uri("/x/../check?a=b", "/check?a=b");
}

static void
a_token_goes_as_bearer(void **state)
{
    (void)state;
    list_clear(&house.conf.password_pattern);
    assert_true(list_add(&house.conf.token_pattern, span_of("any")));
    house.conf.user_from = (char *)"header:X-User";
    script(401, "WWW-Authenticate: Bearer\r\n");
    start("/check?a=b");
    script(200, "X-User: jdoe\r\n");
    ask(ASK_HTTP_TOKEN, "good-token", REASON_ACCEPTED);
    expect_sent("/check?a=b", "Authorization: Bearer good-token\r\n");
}

#define T(NAME) cmocka_unit_test_setup_teardown(NAME, open_house, close_house)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(basic_and_then_a_cookie),
        T(no_two_requests_share_a_connection),
        T(digests_uri_is_the_request_line),
        T(digests_uri_is_the_request_line_without_a_path),
        T(digests_uri_is_the_request_line_with_dots),
        T(a_token_goes_as_bearer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
