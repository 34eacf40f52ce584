/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine under every question: where the endpoint is, deadlines,
 * breakers, cancelling; and what `status` says of it.
 */
#include "tests/unit/ask_house.h"

#define GOOD "{\"active\":true,\"sub\":\"alice\",\"aud\":\"us\"}"
#define OIDC "/.well-known/openid-configuration"

static enum reason
introspect(struct ask_house *a)
{
    return ask_house_ask(a, ASK_INTROSPECTION, "alice", ASK_TOKEN);
}

static enum reason
introspect_by(struct ask_house *a, const char *user, const char *origin)
{
    ask_house_begin(a, ASK_INTROSPECTION, user, origin, ASK_TOKEN);
    ask_house_wait(a);
    return a->asked.reason;
}

static unsigned
asked(struct ask_house *a)
{
    return http_server_count(a->h.server, "/introspect");
}

static void
hang(struct ask_house *a, const char *path)
{
    struct http_script script = {.behaviour = HTTP_HANGS};

    http_server_script(a->h.server, path, &script);
}

/* --- where --- */

static void
open_discovery(struct ask_house *a)
{
    ask_house_open(a, METHOD_INTROSPECTION);
    a->h.conf.introspection_endpoint = NULL;
    ask_house_script(a, "/introspect", 200, JSON_TYPE, GOOD);
}

static void
publish(struct ask_house *a, const char *introspection)
{
    char *document =
        forge_text("{\"issuer\":\"%s\",\"introspection_endpoint\":\"%s\"}",
                   a->issuer, introspection);

    ask_house_script(a, OIDC, 200, JSON_TYPE, document);
    free(document);
}

static void
a_configured_endpoint_needs_no_discovery(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    assert_reason(introspect(&a), REASON_ACCEPTED);
    assert_int_equal(http_server_count(a.h.server, NULL), 1);
    assert_null(issuer_keys(a.h.issuer));
    issuer_refresh(a.h.issuer);
    assert_int_equal(a.h.issuer->flight, FLIGHT_NONE);
    house_expect(&a.h, "state", "none");
    house_expect(&a.h, "source", "none");
    house_expect(&a.h, "http", "null");
    house_expect(
        &a.h, "endpoints",
        "[{\"name\": \"introspection\", \"url\": \"https://localhost:");
    house_expect(&a.h, "endpoints",
                 "\"breaker\": \"closed\", \"problem\": null}]");
    ask_house_close(&a);
}

static void
an_endpoint_is_discovered_without_keys(void **state)
{
    struct ask_house a;

    (void)state;
    open_discovery(&a);
    publish(&a, a.introspect);
    assert_reason(introspect(&a), REASON_ACCEPTED);
    assert_reason(introspect(&a), REASON_ACCEPTED);
    assert_int_equal(http_server_count(a.h.server, OIDC), 1);
    assert_int_equal(http_server_count(a.h.server, NULL), 3);
    house_expect(&a.h, "state", "ok");
    house_expect(&a.h, "source", "discovery");
    house_expect(&a.h, "keys", "0");
    ask_house_close(&a);
}

static void
metadata_are_read_again_and_the_endpoint_moves(void **state)
{
    struct ask_house a;
    char moved[100];

    (void)state;
    open_discovery(&a);
    publish(&a, a.introspect);
    assert_reason(introspect(&a), REASON_ACCEPTED);
    ask_house_url(&a, moved, "/moved");
    publish(&a, moved);
    ask_house_script(&a, "/moved", 200, JSON_TYPE, GOOD);
    house_later(&a.h, 4000);
    assert_int_equal(http_server_count(a.h.server, OIDC), 2);
    assert_reason(introspect(&a), REASON_ACCEPTED);
    assert_int_equal(http_server_count(a.h.server, "/moved"), 1);
    /* Metadata that cannot be read leave what is known. */
    ask_house_script(&a, OIDC, 500, NULL, NULL);
    house_later(&a.h, 4000);
    assert_reason(introspect(&a), REASON_ACCEPTED);
    house_expect(&a.h, "error", "500");
    ask_house_close(&a);
}

static void
a_token_is_sent_to_no_host_that_only_metadata_name(void **state)
{
    static char *hosts[] = {(char *)"LOCALHOST"};
    struct ask_house a;

    (void)state;
    open_discovery(&a);
    publish(&a, "https://elsewhere.example/introspect");
    assert_reason(introspect(&a), REASON_ENDPOINT);
    assert_non_null(strstr(a.asked.problem, "endpoint_hosts"));
    assert_int_equal(http_server_count(a.h.server, NULL), 1);
    house_expect(&a.h, "endpoints", "\"url\": null");
    publish(&a, "http://localhost/introspect");
    house_later(&a.h, 4000);
    assert_reason(introspect(&a), REASON_ENDPOINT);
    ask_house_close(&a);

    /* The issuer by another name of the same host. */
    open_discovery(&a);
    a.h.conf.endpoint_hosts = (struct list){hosts, 1};
    publish(&a, a.introspect);
    assert_reason(introspect(&a), REASON_ACCEPTED);
    ask_house_close(&a);
}

static void
an_endpoint_that_metadata_lack_is_none(void **state)
{
    struct ask_house a;
    char *document;

    (void)state;
    open_discovery(&a);
    document = forge_text("{\"issuer\":\"%s\"}", a.issuer);
    ask_house_script(&a, OIDC, 200, JSON_TYPE, document);
    free(document);
    assert_reason(introspect(&a), REASON_ENDPOINT);
    ask_house_close(&a);
}

static void
discovery_that_fails_is_the_providers_fault(void **state)
{
    struct ask_house a;

    (void)state;
    open_discovery(&a);
    ask_house_script(&a, OIDC, 500, NULL, NULL);
    assert_reason(introspect(&a), REASON_PROVIDER);
    assert_non_null(strstr(a.asked.problem, "500"));
    assert_reason(introspect(&a), REASON_PROVIDER);
    assert_int_equal(asked(&a), 0);
    ask_house_close(&a);
}

static void
where_keys_are_needed_metadata_must_name_them(void **state)
{
    struct ask_house a;

    (void)state;
    open_discovery(&a);
    a.h.conf.accept |= METHOD_JWT;
    publish(&a, a.introspect);
    house_start(&a.h);
    house_expect(&a.h, "state", "failed");
    house_expect(&a.h, "error", "no jwks_uri");
    /* ... which does not keep anybody from asking. */
    assert_reason(introspect(&a), REASON_ACCEPTED);
    ask_house_close(&a);
}

static void
keys_decide_what_is_loaded(void **state)
{
    static const struct {
        int64_t accept, answer, check;
        enum issuer_source source;
    } all[] = {
        {METHOD_INTROSPECTION, ANSWER_JSON, CHECK_LOCAL, SOURCE_NONE},
        {METHOD_INTROSPECTION, ANSWER_JWT, CHECK_LOCAL, SOURCE_DISCOVERY},
        {METHOD_USERINFO, ANSWER_JSON, CHECK_LOCAL, SOURCE_NONE},
        {METHOD_APP_PASSWORD, ANSWER_JSON, CHECK_LOCAL, SOURCE_DISCOVERY},
        {METHOD_JWT, ANSWER_JSON, CHECK_INTROSPECT, SOURCE_NONE},
        {METHOD_JWT, ANSWER_JSON, CHECK_BOTH, SOURCE_DISCOVERY},
    };
    struct ask_house a;

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        ask_house_open(&a, METHOD_INTROSPECTION);
        a.h.conf.accept = all[i].accept;
        a.h.conf.introspection_answer = all[i].answer;
        a.h.conf.check = all[i].check;
        a.h.conf.token_endpoint = a.token;
        a.h.conf.userinfo_endpoint = a.userinfo;
        a.h.issuer = house_issuer_new(&a.h);
        assert_int_equal(a.h.issuer->source, all[i].source);
        ask_house_close(&a);
    }
}

/* --- how long --- */

static void
a_deadline_covers_everything(void **state)
{
    struct http_script drips = {.status = 200,
                                .headers = JSON_TYPE,
                                .body = GOOD,
                                .behaviour = HTTP_DRIPS};
    struct ask_house a;
    int64_t begun;

    (void)state;
    open_discovery(&a);
    a.timeout_ms = 150;
    hang(&a, OIDC);
    begun = clock_boot_ms();
    assert_reason(introspect(&a), REASON_PROVIDER);
    publish(&a, a.introspect);
    ask_house_close(&a);

    ask_house_open(&a, METHOD_INTROSPECTION);
    a.timeout_ms = 150;
    hang(&a, "/introspect");
    assert_reason(introspect(&a), REASON_PROVIDER);
    assert_true(a.asked.problem[0] != '\0');
    assert_int_equal(a.h.issuer->breaker[ISSUER_INTROSPECTION].failures, 1);
    ask_house_close(&a);

    ask_house_open(&a, METHOD_INTROSPECTION);
    a.timeout_ms = 150;
    http_server_script(a.h.server, "/introspect", &drips);
    assert_reason(introspect(&a), REASON_PROVIDER);
    assert_true(clock_boot_ms() - begun < 5000);
    ask_house_close(&a);
}

static void
note_reason(void *context, struct ask_answer *answer)
{
    *(enum reason *)context = answer->reason;
}

/* One that hangs is the provider's fault; the other never had its turn. */
static void
wait_behind_another(bool late)
{
    enum reason reason[2] = {REASON_NONE, REASON_NONE};
    struct ask_request request = {
        .kind = ASK_INTROSPECTION,
        .user = span_of("alice"),
        .origin = span_of("192.0.2.1"),
        .credential = span_of(ASK_TOKEN),
        .timeout_ms = 150,
        .wall = ASK_NOW,
    };
    struct ask_house a;

    ask_house_open(&a, METHOD_INTROSPECTION);
    assert_true(fetcher_limit(a.h.fetcher, 1));
    hang(&a, "/introspect");
    a.h.issuer = house_issuer_new(&a.h);
    for (int i = 0; i < 2; i++)
        assert_non_null(
            ask_start(a.h.issuer, &request, note_reason, &reason[i]));
    if (late) /* whose clock sees it first, ours or curl's, is chance */
        nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    a.h.ticks = 0;
    while ((reason[0] == REASON_NONE || reason[1] == REASON_NONE) &&
           a.h.ticks < PATIENCE_TICKS)
        uv_run(&a.h.loop, UV_RUN_ONCE);
    assert_reason(reason[0], REASON_PROVIDER);
    assert_reason(reason[1], REASON_OVERLOAD);
    assert_int_equal(a.h.issuer->breaker[ISSUER_INTROSPECTION].failures, 1);
    ask_house_close(&a);
}

static void
what_waits_behind_others_is_no_failure_of_the_provider(void **state)
{
    (void)state;
    wait_behind_another(false);
    wait_behind_another(true);
}

static void
nobody_hears_of_what_was_cancelled(void **state)
{
    struct ask_house a;
    struct ask *ask;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    hang(&a, "/introspect");
    ask = ask_house_begin(&a, ASK_INTROSPECTION, "alice", "x", ASK_TOKEN);
    assert_non_null(ask);
    a.h.ticks = 0;
    while (asked(&a) == 0 && a.h.ticks < PATIENCE_TICKS)
        uv_run(&a.h.loop, UV_RUN_ONCE);
    ask_cancel(ask);
    ask_cancel(NULL);
    ask = ask_house_begin(&a, ASK_INTROSPECTION, "alice", "x", ASK_TOKEN);
    ask_cancel(ask);
    assert_int_equal(a.asked.calls, 0);
    assert_int_equal(a.h.issuer->breaker[ISSUER_INTROSPECTION].failures, 0);
    ask_house_close(&a);
    assert_int_equal(a.asked.calls, 0);
}

static void
cancelled_while_discovery_is_under_way(void **state)
{
    struct ask_house a;
    struct ask *ask;

    (void)state;
    open_discovery(&a);
    publish(&a, a.introspect);
    ask = ask_house_begin(&a, ASK_INTROSPECTION, "alice", "x", ASK_TOKEN);
    assert_non_null(ask);
    ask_cancel(ask);
    house_settle(&a.h, a.h.issuer);
    assert_int_equal(a.asked.calls, 0);
    assert_int_equal(asked(&a), 0);
    ask_house_close(&a);
}

static void
free_issuer(void *context, struct ask_answer *answer)
{
    struct ask_house *a = context;

    a->asked.calls++;
    a->asked.reason = answer->reason;
    issuer_free(a->h.issuer);
    a->h.issuer = NULL;
}

static void
the_issuer_may_be_freed_by_who_is_told(void **state)
{
    struct ask_request request = {.kind = ASK_INTROSPECTION,
                                  .credential = span_of(ASK_TOKEN),
                                  .timeout_ms = 5000,
                                  .wall = ASK_NOW};
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    a.h.issuer = house_issuer_new(&a.h);
    assert_non_null(ask_start(a.h.issuer, &request, free_issuer, &a));
    ask_house_wait(&a);
    assert_reason(a.asked.reason, REASON_ACCEPTED);
    ask_house_close(&a);
}

/* --- breakers --- */

static void
three_users_from_three_addresses_open_it(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 503, NULL, NULL);
    assert_reason(introspect_by(&a, "a", "1"), REASON_PROVIDER);
    assert_reason(introspect_by(&a, "b", "2"), REASON_PROVIDER);
    assert_reason(introspect_by(&a, "c", "3"), REASON_PROVIDER);
    assert_reason(introspect_by(&a, "d", "4"), REASON_BREAKER);
    assert_int_equal(asked(&a), 3);
    assert_true(ask_would_rest(a.h.issuer, ASK_INTROSPECTION));
    assert_false(ask_would_rest(a.h.issuer, ASK_EXCHANGE));
    house_expect(&a.h, "endpoints", "\"breaker\": \"open\"");
    /* Half-open: the first goes through and closes it. */
    house_now += 5001;
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    assert_reason(introspect_by(&a, "d", "4"), REASON_ACCEPTED);
    house_expect(&a.h, "endpoints", "\"breaker\": \"closed\"");
    ask_house_close(&a);
}

static void
one_user_or_one_address_does_not_open_it(void **state)
{
    struct ask_house a;
    char name[16];

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 503, NULL, NULL);
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        assert_reason(introspect_by(&a, "mallory", name), REASON_PROVIDER);
    }
    ask_house_close(&a);
    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 503, NULL, NULL);
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        assert_reason(introspect_by(&a, name, "192.0.2.1"), REASON_PROVIDER);
    }
    ask_house_close(&a);
}

static void
what_is_answered_below_500_does_not_open_it(void **state)
{
    struct ask_house a;
    char name[16];

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        ask_house_script(&a, "/introspect", i % 2 == 0 ? 400 : 404, NULL, NULL);
        assert_reason(introspect_by(&a, name, name), REASON_PROVIDER_ANSWER);
    }
    assert_int_equal(asked(&a), 12);
    ask_house_close(&a);
}

/* Whoever is asked too often is left alone for as long as he says; that he
 * says so is no outage. */
static void
expect_rest_of_30_s(const char *headers)
{
    struct ask_house a;
    char name[16];

    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 429, headers, NULL);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof(name), "u%d", i);
        assert_reason(introspect_by(&a, name, name), REASON_PROVIDER_ANSWER);
    }
    assert_int_equal(asked(&a), BREAKER_ASKERS);
    assert_non_null(strstr(a.asked.problem, "429"));
    assert_false(ask_would_rest(a.h.issuer, ASK_INTROSPECTION));
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    house_now += 29000;
    assert_reason(introspect_by(&a, "u0", "u0"), REASON_PROVIDER_ANSWER);
    house_now += 1001;
    assert_reason(introspect_by(&a, "u0", "u0"), REASON_ACCEPTED);
    ask_house_close(&a);
}

static void
who_is_asked_too_often_rests_as_long_as_he_asks_for(void **state)
{
    (void)state;
    expect_rest_of_30_s("Retry-After: 30\r\n");
}

/* By his own clock, whatever ours says. */
static void
who_is_asked_too_often_rests_until_when_he_says(void **state)
{
    (void)state;
    expect_rest_of_30_s("Date: Sat, 07 Nov 2009 10:00:00 GMT\r\n"
                        "Retry-After: Sat, 07 Nov 2009 10:00:30 GMT\r\n");
}

static void
a_rest_that_cannot_be_read_is_none(void **state)
{
    static const char *const headers[] = {
        "Retry-After: Sat, 07 Nov 2099 10:00:30 GMT\r\n",
        "Date: Sat, 07 Nov 2009 10:00:40 GMT\r\n"
        "Retry-After: Sat, 07 Nov 2009 10:00:30 GMT\r\n",
        "Date: soon\r\nRetry-After: later\r\n",
        "Retry-After: 30\r\nRetry-After: 30\r\n",
        "Retry-After: -30\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct ask_answer heard = {.rest_ms = 1};
        struct fetch_answer answer = {.status = 429,
                                      .head = span_of(headers[i])};

        ask_hear(&heard, &answer);
        assert_int_equal(heard.heard, ASK_HEARD_BUSY);
        assert_int_equal(heard.rest_ms, 0);
    }
}

static void
a_probe_that_is_cancelled_lets_the_next_one_through(void **state)
{
    struct ask_house a;
    struct ask *ask;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 503, NULL, NULL);
    introspect_by(&a, "a", "1");
    introspect_by(&a, "b", "2");
    introspect_by(&a, "c", "3");
    house_now += 5001;
    ask = ask_house_begin(&a, ASK_INTROSPECTION, "d", "4", ASK_TOKEN);
    assert_non_null(ask);
    assert_null(ask_house_begin(&a, ASK_INTROSPECTION, "e", "5", ASK_TOKEN));
    assert_reason(a.asked.reason, REASON_BREAKER);
    ask_cancel(ask);
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    assert_reason(introspect_by(&a, "e", "5"), REASON_ACCEPTED);
    ask_house_close(&a);
}

static void
each_endpoint_has_its_own(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    a.h.conf.accept |= METHOD_APP_PASSWORD;
    a.h.conf.token_endpoint = a.token;
    ask_house_script(&a, "/introspect", 503, NULL, NULL);
    ask_house_script(&a, "/token", 400, JSON_TYPE,
                     "{\"error\":\"invalid_grant\"}");
    introspect_by(&a, "a", "1");
    introspect_by(&a, "b", "2");
    introspect_by(&a, "c", "3");
    assert_reason(introspect_by(&a, "d", "4"), REASON_BREAKER);
    assert_reason(ask_house_ask(&a, ASK_EXCHANGE, "d", "x"), REASON_PASSWORD);
    ask_house_close(&a);
}

static void
a_reload_keeps_breakers_and_endpoints(void **state)
{
    struct ask_house a;
    struct issuer *old;

    (void)state;
    open_discovery(&a);
    publish(&a, a.introspect);
    ask_house_script(&a, "/introspect", 503, NULL, NULL);
    introspect_by(&a, "a", "1");
    introspect_by(&a, "b", "2");
    introspect_by(&a, "c", "3");
    old = a.h.issuer;
    a.h.issuer = house_issuer_new(&a.h);
    issuer_inherit(a.h.issuer, old);
    issuer_free(old);
    assert_reason(introspect_by(&a, "d", "4"), REASON_BREAKER);
    house_now += 5001;
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    assert_reason(introspect_by(&a, "d", "4"), REASON_ACCEPTED);
    assert_int_equal(http_server_count(a.h.server, OIDC), 1);
    ask_house_close(&a);
}

/* --- what is not sent at all --- */

static void
a_credential_that_fits_no_header_is_not_sent(void **state)
{
    static const char *const bad[] = {"", "a b", "a\r\nX: y", "a\x7f", "\xc3"};
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_null(
            ask_house_begin(&a, ASK_INTROSPECTION, "alice", "x", bad[i]));
        assert_int_equal(a.asked.calls, 1);
        assert_reason(a.asked.reason, REASON_FORM);
    }
    assert_int_equal(http_server_count(a.h.server, NULL), 0);
    ask_house_close(&a);
}

static void
what_the_issuer_does_not_do_is_not_asked(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    assert_reason(introspect(&a), REASON_INTERNAL);
    assert_reason(ask_house_ask(&a, ASK_HTTP_TOKEN, "alice", ASK_TOKEN),
                  REASON_INTERNAL);
    assert_reason(ask_house_ask(&a, ASK_EXCHANGE, "alice", "x"),
                  REASON_ENDPOINT);
    assert_int_equal(http_server_count(a.h.server, NULL), 0);
    ask_house_close(&a);
}

static void
without_the_proxys_password_nothing_is_sent(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    a.h.conf.proxy = (char *)"http://localhost:9";
    a.h.conf.proxy_user = (char *)"me";
    a.h.conf.proxy_password_file = (char *)"/nonexistent/password";
    assert_reason(introspect(&a), REASON_SECRET);
    assert_non_null(strstr(a.asked.problem, "/nonexistent/password"));
    assert_int_equal(http_server_count(a.h.server, NULL), 0);
    ask_house_close(&a);
}

static void
a_proxy_is_the_way_to_every_endpoint(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    a.h.conf.proxy = (char *)"http://localhost:9"; /* nobody is there */
    assert_reason(introspect(&a), REASON_PROVIDER);
    assert_int_equal(http_server_count(a.h.server, NULL), 0);
    ask_house_close(&a);
}

/* --- http --- */

static void
open_http(struct ask_house *a)
{
    static char *good[] = {(char *)"200"}, *bad[] = {(char *)"401"};
    static char *any[] = {(char *)"any"};

    ask_house_open(a, METHOD_HTTP);
    a->h.conf.http_url = a->userinfo;
    a->h.conf.password_pattern = (struct list){any, 1};
    a->h.conf.http_schemes = SCHEME_BASIC;
    a->h.conf.accepted = (struct list){good, 1};
    a->h.conf.refused = (struct list){bad, 1};
    ask_house_script(a, "/userinfo", 401,
                     "WWW-Authenticate: Basic realm=\"x\"\r\n", NULL);
}

static enum reason
password_of(struct ask_house *a, const char *name)
{
    ask_house_begin(a, ASK_HTTP_PASSWORD, name, name, "pw");
    ask_house_wait(a);
    return a->asked.reason;
}

static void
http_that_is_asked_too_often_rests_as_well(void **state)
{
    struct ask_house a;

    (void)state;
    open_http(&a);
    assert_reason(password_of(&a, "alice"), REASON_REFUSED);
    ask_house_script(&a, "/userinfo", 429, "Retry-After: 30\r\n", NULL);
    assert_reason(password_of(&a, "a"), REASON_PROVIDER_ANSWER);
    assert_reason(password_of(&a, "b"), REASON_PROVIDER_ANSWER);
    assert_reason(password_of(&a, "c"), REASON_PROVIDER_ANSWER);
    ask_house_script(&a, "/userinfo", 401,
                     "WWW-Authenticate: Basic realm=\"x\"\r\n", NULL);
    house_now += 29000;
    assert_reason(password_of(&a, "a"), REASON_PROVIDER_ANSWER);
    assert_non_null(strstr(a.asked.problem, "429"));
    assert_false(ask_would_rest(a.h.issuer, ASK_HTTP_PASSWORD));
    house_now += 1001;
    assert_reason(password_of(&a, "a"), REASON_REFUSED);
    ask_house_close(&a);
}

static void
a_429_that_is_a_refusal_asks_for_no_rest(void **state)
{
    static char *bad[] = {(char *)"401", (char *)"429"};
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct ask_house a;

    (void)state;
    open_http(&a);
    a.h.conf.refused = (struct list){bad, 2};
    assert_reason(password_of(&a, "alice"), REASON_REFUSED);
    ask_house_script(&a, "/userinfo", 429, "Retry-After: 30\r\n", NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_reason(password_of(&a, names[i]), REASON_REFUSED);
    ask_house_close(&a);
}

static void
http_waits_for_its_self_test_and_then_asks(void **state)
{
    struct ask_house a;

    (void)state;
    open_http(&a);
    assert_reason(ask_house_ask(&a, ASK_HTTP_TOKEN, "alice", ASK_TOKEN),
                  REASON_CLAIM_MISSING);
    assert_reason(ask_house_ask(&a, ASK_HTTP_PASSWORD, "alice", "pw"),
                  REASON_REFUSED);
    assert_int_equal(a.h.issuer->source, SOURCE_NONE);
    house_expect(&a.h, "http", "\"passed\"");
    house_expect(&a.h, "endpoints", "{\"name\": \"http\"");
    assert_reason(ask_house_ask(&a, ASK_HTTP_PASSWORD, "alice", "pw"),
                  REASON_REFUSED);
    ask_house_script(&a, "/userinfo", 503, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "c"};

        assert_reason(password_of(&a, names[i]), REASON_PROVIDER);
    }
    assert_reason(ask_house_ask(&a, ASK_HTTP_PASSWORD, "alice", "pw"),
                  REASON_BREAKER);
    ask_house_close(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configured_endpoint_needs_no_discovery),
        cmocka_unit_test(an_endpoint_is_discovered_without_keys),
        cmocka_unit_test(metadata_are_read_again_and_the_endpoint_moves),
        cmocka_unit_test(a_token_is_sent_to_no_host_that_only_metadata_name),
        cmocka_unit_test(an_endpoint_that_metadata_lack_is_none),
        cmocka_unit_test(discovery_that_fails_is_the_providers_fault),
        cmocka_unit_test(where_keys_are_needed_metadata_must_name_them),
        cmocka_unit_test(keys_decide_what_is_loaded),
        cmocka_unit_test(a_deadline_covers_everything),
        cmocka_unit_test(
            what_waits_behind_others_is_no_failure_of_the_provider),
        cmocka_unit_test(nobody_hears_of_what_was_cancelled),
        cmocka_unit_test(cancelled_while_discovery_is_under_way),
        cmocka_unit_test(the_issuer_may_be_freed_by_who_is_told),
        cmocka_unit_test(three_users_from_three_addresses_open_it),
        cmocka_unit_test(one_user_or_one_address_does_not_open_it),
        cmocka_unit_test(what_is_answered_below_500_does_not_open_it),
        cmocka_unit_test(a_probe_that_is_cancelled_lets_the_next_one_through),
        cmocka_unit_test(each_endpoint_has_its_own),
        cmocka_unit_test(who_is_asked_too_often_rests_as_long_as_he_asks_for),
        cmocka_unit_test(who_is_asked_too_often_rests_until_when_he_says),
        cmocka_unit_test(a_rest_that_cannot_be_read_is_none),
        cmocka_unit_test(a_reload_keeps_breakers_and_endpoints),
        cmocka_unit_test(a_credential_that_fits_no_header_is_not_sent),
        cmocka_unit_test(what_the_issuer_does_not_do_is_not_asked),
        cmocka_unit_test(without_the_proxys_password_nothing_is_sent),
        cmocka_unit_test(a_proxy_is_the_way_to_every_endpoint),
        cmocka_unit_test(http_that_is_asked_too_often_rests_as_well),
        cmocka_unit_test(a_429_that_is_a_refusal_asks_for_no_rest),
        cmocka_unit_test(http_waits_for_its_self_test_and_then_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
