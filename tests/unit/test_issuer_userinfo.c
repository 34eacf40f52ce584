/* SPDX-License-Identifier: BSD-2-Clause */
/* Opaque tokens by tokeninfo and userinfo. */
#include "tests/unit/ask_house.h"

#define INFO "\"client_id\":\"cli\",\"sub\":\"alice\""

static enum reason
ask_userinfo(struct ask_house *a)
{
    return ask_house_ask(a, ASK_USERINFO, "alice", ASK_TOKEN);
}

static enum reason
with_tokeninfo(struct ask_house *a, int status, const char *body)
{
    ask_house_script(a, "/tokeninfo", status, JSON_TYPE, body);
    return ask_userinfo(a);
}

static enum reason
with_userinfo(struct ask_house *a, int status, const char *headers,
              const char *body)
{
    ask_house_script(a, "/userinfo", status, headers, body);
    return ask_userinfo(a);
}

/* --- tokeninfo --- */

static void
a_token_of_our_client_is_accepted(void **state)
{
    struct ask_house a;
    const char *head;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.trace = trace_new();
    assert_reason(with_tokeninfo(&a, 200, "{" INFO "}"), REASON_ACCEPTED);
    assert_true(span_is(a.asked.claims.sub, "alice"));
    assert_true(span_is(a.asked.claims.iss, a.issuer));
    assert_int_equal(a.asked.claims.expires, ASK_NOW + ANSWER_LIFE_S);
    head = http_server_last(a.h.server, "/tokeninfo");
    assert_memory_equal(head, "GET /tokeninfo HTTP/", 20);
    assert_non_null(strstr(head, "Authorization: Bearer " ASK_TOKEN "\r\n"));
    assert_int_equal(http_server_count(a.h.server, NULL), 1);
    ask_house_keeps_secrets(&a, ASK_TOKEN);
    ask_house_close(&a);
}

static void
tokeninfo_may_take_a_form(void **state)
{
    struct ask_house a;
    const char *head;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.h.conf.tokeninfo_request = TOKENINFO_FORM;
    assert_reason(with_tokeninfo(&a, 200, "{" INFO "}"), REASON_ACCEPTED);
    head = http_server_last(a.h.server, "/tokeninfo");
    assert_memory_equal(head, "POST /tokeninfo HTTP/", 21);
    assert_null(strstr(head, "opaque"));
    assert_string_equal(http_server_last_body(a.h.server, "/tokeninfo"),
                        "access_token=" ASK_TOKEN_FORM);
    ask_house_close(&a);
}

static void
a_token_of_another_client_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{\"sub\":\"a\",\"client_id\":\"other\"}",
        "{\"sub\":\"a\",\"client_id\":\"CLI\"}",
        "{\"sub\":\"a\",\"client_id\":\"cli \"}",
        "{\"sub\":\"a\",\"client_id\":[\"cli\"]}",
        "{\"sub\":\"a\",\"client_id\":null}",
        "{\"sub\":\"a\",\"client_id\":\"\"}",
    };
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        if (with_tokeninfo(&a, 200, bodies[i]) != REASON_CLIENT_ID)
            fail_msg("%s: %s", bodies[i], reason_name(a.asked.reason));
    }
    assert_int_equal(http_server_count(a.h.server, "/userinfo"), 0);
    /* What says nothing of a client is a wrong client_claim, and nobody's
     * wrong token. */
    assert_reason(with_tokeninfo(&a, 200,
                                 "{\"sub\":\"a\",\"azp\":\"cli\","
                                 "\"aud\":\"cli\"}"),
                  REASON_PROVIDER_ANSWER);
    assert_non_null(strstr(a.asked.problem, "client_claim"));
    house_expect(&a.h, "endpoints", "see client_claim");
    a.h.conf.clients.count = 0;
    assert_reason(with_tokeninfo(&a, 200, "{" INFO "}"), REASON_CLIENT_ID);
    house_expect(&a.h, "endpoints", "\"problem\": null");
    ask_house_close(&a);
}

static void
the_client_may_be_elsewhere_in_the_answer(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.h.conf.client_claim = (char *)"/application/uid";
    assert_reason(with_tokeninfo(&a, 200,
                                 "{\"sub\":\"a\",\"client_id\":\"x\","
                                 "\"application\":{\"uid\":\"cli\"}}"),
                  REASON_ACCEPTED);
    assert_reason(with_tokeninfo(&a, 200, "{" INFO "}"),
                  REASON_PROVIDER_ANSWER);
    a.h.conf.client_claim = (char *)"aud";
    assert_reason(with_tokeninfo(&a, 200, "{\"sub\":\"a\",\"aud\":\"cli\"}"),
                  REASON_ACCEPTED);
    ask_house_close(&a);
}

static void
the_end_is_told_in_many_ways(void **state)
{
    static const struct {
        const char *members;
        enum reason reason;
        int64_t expires;
    } all[] = {
        {"", REASON_ACCEPTED, ASK_NOW + 60},
        {",\"exp\":1800000300", REASON_ACCEPTED, ASK_NOW + 300},
        {",\"exp\":\"1800000300\"", REASON_ACCEPTED, ASK_NOW + 300},
        {",\"exp\":1800000300.5", REASON_ACCEPTED, ASK_NOW + 300},
        {",\"expires_in\":300", REASON_ACCEPTED, ASK_NOW + 300},
        {",\"expires_in\":\"300\"", REASON_ACCEPTED, ASK_NOW + 300},
        {",\"expires_in_seconds\":7200", REASON_ACCEPTED, ASK_NOW + 7200},
        {",\"expires_in\":null", REASON_ACCEPTED, ASK_NOW + 60},
        {",\"exp\":null,\"expires_in\":30", REASON_ACCEPTED, ASK_NOW + 30},
        {",\"exp\":\"1800000030\",\"expires_in\":\"3000\"", REASON_ACCEPTED,
         ASK_NOW + 30},
        {",\"expires_in\":null,\"expires_in_seconds\":9", REASON_ACCEPTED,
         ASK_NOW + 9},
        {",\"exp\":1700000000", REASON_EXPIRED, 0},
        {",\"exp\":\"1700000000\"", REASON_EXPIRED, 0},
        {",\"expires_in\":0", REASON_EXPIRED, 0},
        {",\"expires_in\":-1", REASON_EXPIRED, 0},
        {",\"exp\":\" 1800000300\"", REASON_PROVIDER_ANSWER, 0},
        {",\"exp\":\"1e12\"", REASON_PROVIDER_ANSWER, 0},
        {",\"exp\":\"\"", REASON_PROVIDER_ANSWER, 0},
        {",\"exp\":true", REASON_PROVIDER_ANSWER, 0},
        {",\"expires_in\":\"soon\"", REASON_PROVIDER_ANSWER, 0},
        {",\"expires_in\":99999999999", REASON_PROVIDER_ANSWER, 0},
        {",\"expires_in\":9223372036854775807", REASON_PROVIDER_ANSWER, 0},
        {",\"expires_in\":[1]", REASON_PROVIDER_ANSWER, 0},
    };
    struct ask_house a;
    char body[200];

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        enum reason found;

        snprintf(body, sizeof(body), "{" INFO "%s}", all[i].members);
        found = with_tokeninfo(&a, 200, body);
        if (found != all[i].reason ||
            (found == REASON_ACCEPTED &&
             a.asked.claims.expires != all[i].expires))
            fail_msg("%s: %s, %lld", body, reason_name(found),
                     (long long)a.asked.claims.expires);
    }
    ask_house_close(&a);
}

static void
a_token_that_is_unknown_there_is_inactive(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum reason reason;
    } all[] = {
        {401, NULL, REASON_INACTIVE},
        {401, "{\"error\":\"invalid_token\"}", REASON_INACTIVE},
        {400, "{\"error\":\"invalid_token\"}", REASON_INACTIVE},
        {200, "{\"error\":\"invalid_token\"}", REASON_INACTIVE},
        {200, "{\"active\":false," INFO "}", REASON_INACTIVE},
        {200, "{\"active\":\"true\"," INFO "}", REASON_INACTIVE},
        {200, "{\"active\":null," INFO "}", REASON_INACTIVE},
        {200, "{\"active\":0," INFO "}", REASON_INACTIVE},
        {400, "{\"error\":\"invalid_request\"}", REASON_PROVIDER_ANSWER},
        {400, NULL, REASON_PROVIDER_ANSWER},
        {403, "{\"error\":\"invalid_token\"}", REASON_PROVIDER_ANSWER},
    };
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        enum reason found = with_tokeninfo(&a, all[i].status, all[i].body);

        if (found != all[i].reason)
            fail_msg("%d %s: %s", all[i].status, all[i].body,
                     reason_name(found));
    }
    ask_house_close(&a);
}

static void
tokeninfo_is_judged_as_a_token(void **state)
{
    static const struct {
        const char *members;
        enum reason reason;
    } all[] = {
        {INFO ",\"iss\":\"https://x\"", REASON_ISSUER},
        {INFO ",\"cnf\":{}", REASON_BOUND},
        {INFO ",\"act\":{}", REASON_ACTOR},
        {INFO ",\"token_type\":\"mac\"", REASON_TOKEN_KIND},
        {INFO ",\"typ\":\"Refresh\"", REASON_TOKEN_KIND},
        {INFO ",\"nbf\":1900000000", REASON_NOT_YET},
    };
    struct ask_house a;
    char body[200];

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        snprintf(body, sizeof(body), "{%s}", all[i].members);
        if (with_tokeninfo(&a, 200, body) != all[i].reason)
            fail_msg("%s: %s", body, reason_name(a.asked.reason));
    }
    ask_house_close(&a);
}

/* --- both --- */

static void
userinfo_says_whose_it_is_where_tokeninfo_does_not(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.h.conf.username_claim = (char *)"nickname";
    ask_house_script(&a, "/tokeninfo", 200, JSON_TYPE,
                     "{\"resource_owner_id\":1,\"client_id\":\"cli\","
                     "\"scope\":[\"api\"],\"expires_in\":300}");
    assert_reason(with_userinfo(&a, 200, JSON_TYPE,
                                "{\"sub\":\"7\",\"nickname\":\"alice\","
                                "\"scope\":\"root\",\"client_id\":\"x\","
                                "\"exp\":1900000000,\"groups\":[\"g\"]}"),
                  REASON_ACCEPTED);
    assert_true(span_is(json_text(a.asked.claims.root, "nickname"), "alice"));
    assert_true(span_is(json_text(a.asked.claims.root, "client_id"), "cli"));
    assert_true(span_is(a.asked.claims.sub, "7"));
    assert_false(a.asked.claims.is_client);
    assert_int_equal(a.asked.claims.expires, ASK_NOW + 300);
    assert_true(json_is_array(json_object_get(a.asked.claims.root, "scope")));
    assert_int_equal(
        json_array_size(json_object_get(a.asked.claims.root, "groups")), 1);
    assert_non_null(strstr(http_server_last(a.h.server, "/userinfo"),
                           "Authorization: Bearer " ASK_TOKEN "\r\n"));
    ask_house_close(&a);
}

static void
a_number_is_no_name(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.h.conf.username_claim = (char *)"resource_owner_id";
    ask_house_script(&a, "/userinfo", 200, JSON_TYPE, "{\"sub\":\"7\"}");
    assert_reason(
        with_tokeninfo(&a, 200,
                       "{\"resource_owner_id\":1,\"client_id\":\"cli\"}"),
        REASON_ACCEPTED);
    assert_int_equal(http_server_count(a.h.server, "/userinfo"), 1);
    assert_null(json_text(a.asked.claims.root, "resource_owner_id").data);
    ask_house_close(&a);
}

static void
a_broken_userinfo_is_seen_behind_a_tokeninfo_that_works(void **state)
{
    struct ask_house a;
    char who[8];

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.h.conf.username_claim = (char *)"nickname";
    ask_house_script(&a, "/tokeninfo", 200, JSON_TYPE, "{" INFO "}");
    ask_house_script(&a, "/userinfo", 503, NULL, NULL);
    for (unsigned i = 0; i < 4; i++) {
        snprintf(who, sizeof(who), "u%u", i);
        ask_house_begin(&a, ASK_USERINFO, who, who, ASK_TOKEN);
        ask_house_wait(&a);
        assert_reason(a.asked.reason, i < 3 ? REASON_PROVIDER : REASON_BREAKER);
    }
    house_expect(&a.h, "endpoints", "\"breaker\": \"open\"");
    house_expect(&a.h, "endpoints", "answered HTTP 503");
    ask_house_close(&a);
}

static void
an_error_that_is_not_about_the_token_is_the_providers(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    assert_reason(
        with_tokeninfo(&a, 200, "{\"error\":\"temporarily_unavailable\"}"),
        REASON_PROVIDER_ANSWER);
    assert_reason(with_tokeninfo(&a, 200, "{\"error\":true}"),
                  REASON_PROVIDER_ANSWER);
    assert_reason(with_tokeninfo(&a, 200, "{\"error\":\"invalid_token\"}"),
                  REASON_INACTIVE);
    ask_house_close(&a);
}

static void
both_must_speak_of_one_subject(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.h.conf.username_claim = (char *)"nickname";
    ask_house_script(&a, "/tokeninfo", 200, JSON_TYPE, "{" INFO "}");
    assert_reason(with_userinfo(&a, 200, JSON_TYPE,
                                "{\"sub\":\"bob\",\"nickname\":\"alice\"}"),
                  REASON_SUBJECT);
    assert_reason(with_userinfo(&a, 200, JSON_TYPE, "{\"nickname\":\"alice\"}"),
                  REASON_PROVIDER_ANSWER);
    assert_reason(
        with_userinfo(&a, 200, JSON_TYPE, "{\"sub\":7,\"nickname\":\"alice\"}"),
        REASON_PROVIDER_ANSWER);
    assert_reason(with_userinfo(&a, 200, JSON_TYPE,
                                "{\"sub\":\"alice\",\"nickname\":\"alice\","
                                "\"cnf\":{}}"),
                  REASON_BOUND);
    assert_reason(with_userinfo(&a, 200, JSON_TYPE,
                                "{\"sub\":\"alice\",\"nickname\":\"alice\"}"),
                  REASON_ACCEPTED);
    ask_house_close(&a);
}

static void
without_a_userinfo_endpoint_tokeninfo_is_all(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    a.h.conf.username_claim = (char *)"nickname";
    a.h.conf.userinfo_endpoint = NULL;
    a.h.conf.jwks_uri = a.token; /* so nothing is discovered */
    assert_reason(with_tokeninfo(&a, 200, "{" INFO "}"), REASON_ACCEPTED);
    ask_house_close(&a);
}

/* --- userinfo alone --- */

static void
open_any_client(struct ask_house *a)
{
    ask_house_open(a, METHOD_USERINFO);
    a->h.conf.tokeninfo_endpoint = NULL;
    a->h.conf.clients.count = 0;
    a->h.conf.userinfo_any_client = true;
}

static void
userinfo_alone_must_be_wanted(void **state)
{
    struct ask_house a;

    (void)state;
    open_any_client(&a);
    assert_reason(with_userinfo(&a, 200, JSON_TYPE,
                                "{\"sub\":\"alice\",\"exp\":1900000000}"),
                  REASON_ACCEPTED);
    assert_int_equal(a.asked.claims.expires, ASK_NOW + ANSWER_LIFE_S);
    assert_false(a.asked.claims.is_client);
    a.h.conf.userinfo_any_client = false;
    assert_reason(ask_userinfo(&a), REASON_ENDPOINT);
    assert_int_equal(http_server_count(a.h.server, "/userinfo"), 1);
    ask_house_close(&a);
}

static void
userinfo_refuses_in_its_own_words(void **state)
{
    static const struct {
        int status;
        const char *headers, *body;
        enum reason reason;
    } all[] = {
        {401, NULL, NULL, REASON_INACTIVE},
        {403,
         "WWW-Authenticate: Bearer error=\"insufficient_scope\", "
         "scope=\"openid\"\r\n",
         NULL, REASON_INSUFFICIENT_SCOPE},
        {403, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n", NULL,
         REASON_PROVIDER_ANSWER},
        {403, NULL, "insufficient_scope", REASON_PROVIDER_ANSWER},
        {200, "Content-Type: application/jwt\r\n", "eyJ.e.s",
         REASON_PROVIDER_ANSWER},
        {200, JSON_TYPE, "{\"name\":\"alice\"}", REASON_PROVIDER_ANSWER},
        {200, JSON_TYPE, "{\"sub\":null}", REASON_PROVIDER_ANSWER},
        {200, JSON_TYPE, "{\"sub\":\"a\",\"sub\":\"b\"}",
         REASON_PROVIDER_ANSWER},
        {200, JSON_TYPE, "{\"sub\":\"a\",\"iss\":\"https://x\"}",
         REASON_ISSUER},
    };
    struct ask_house a;

    (void)state;
    open_any_client(&a);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        enum reason found =
            with_userinfo(&a, all[i].status, all[i].headers, all[i].body);

        if (found != all[i].reason)
            fail_msg("%d %s: %s", all[i].status, all[i].body,
                     reason_name(found));
    }
    ask_house_close(&a);
}

static void
faults_on_the_way_are_the_providers(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_USERINFO);
    ask_house_faults(&a, "/tokeninfo", ASK_USERINFO);
    ask_house_script(&a, "/tokeninfo", 200, JSON_TYPE,
                     "{\"client_id\":\"cli\"}");
    ask_house_faults(&a, "/userinfo", ASK_USERINFO);
    ask_house_close(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_our_client_is_accepted),
        cmocka_unit_test(tokeninfo_may_take_a_form),
        cmocka_unit_test(a_token_of_another_client_is_refused),
        cmocka_unit_test(the_client_may_be_elsewhere_in_the_answer),
        cmocka_unit_test(the_end_is_told_in_many_ways),
        cmocka_unit_test(a_token_that_is_unknown_there_is_inactive),
        cmocka_unit_test(tokeninfo_is_judged_as_a_token),
        cmocka_unit_test(userinfo_says_whose_it_is_where_tokeninfo_does_not),
        cmocka_unit_test(a_number_is_no_name),
        cmocka_unit_test(
            a_broken_userinfo_is_seen_behind_a_tokeninfo_that_works),
        cmocka_unit_test(an_error_that_is_not_about_the_token_is_the_providers),
        cmocka_unit_test(both_must_speak_of_one_subject),
        cmocka_unit_test(without_a_userinfo_endpoint_tokeninfo_is_all),
        cmocka_unit_test(userinfo_alone_must_be_wanted),
        cmocka_unit_test(userinfo_refuses_in_its_own_words),
        cmocka_unit_test(faults_on_the_way_are_the_providers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
