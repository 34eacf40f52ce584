/* SPDX-License-Identifier: BSD-2-Clause */
/* App passwords at the provider's token endpoint. */
#include "tests/unit/ask_house.h"

#define PASSWORD "app Pass+w&rd="

static enum reason
exchange(struct ask_house *a)
{
    return ask_house_ask(a, ASK_EXCHANGE, "alice", PASSWORD);
}

static enum reason
exchange_of(struct ask_house *a, int status, const char *headers,
            const char *body)
{
    ask_house_script(a, "/token", status, headers, body);
    return exchange(a);
}

static void
a_right_password_gives_a_token(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_APP_PASSWORD);
    a.trace = trace_new();
    assert_reason(exchange_of(&a, 200, JSON_TYPE,
                              "{\"access_token\":\"eyJ.e.s\","
                              "\"token_type\":\"bearer\",\"expires_in\":300}"),
                  REASON_ACCEPTED);
    assert_string_equal(a.asked.token, "eyJ.e.s");
    assert_null(a.asked.claims.root);
    ask_house_keeps_secrets(&a, PASSWORD);
    ask_house_close(&a);
}

/* With client authentication beside it the endpoint may look at no password
 * at all. */
static void
no_client_authentication_goes_with_it(void **state)
{
    static const enum client_auth all[] = {
        CLIENT_NONE,       CLIENT_SECRET_BASIC,    CLIENT_SECRET_POST,
        CLIENT_SECRET_JWT, CLIENT_PRIVATE_KEY_JWT, CLIENT_TLS};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct ask_house a;
        const char *head;

        ask_house_open(&a, METHOD_APP_PASSWORD);
        a.h.conf.client_auth = all[i];
        a.h.conf.token_scope = (char *)"openid ssh:login";
        a.h.conf.token_resource = (char *)"ssh://host";
        exchange_of(&a, 500, NULL, NULL);
        assert_string_equal(
            http_server_last_body(a.h.server, "/token"),
            "grant_type=client_credentials&client_id=host&username=alice&"
            "password=app+Pass%2Bw%26rd%3D&scope=openid+ssh%3Alogin&"
            "resource=ssh%3A%2F%2Fhost");
        head = http_server_last(a.h.server, "/token");
        assert_memory_equal(head, "POST /token HTTP/", 17);
        assert_null(strstr(head, "Authorization"));
        assert_null(strstr(head, "Pass"));
        ask_house_close(&a);
    }
}

static void
without_a_name_or_a_password_nothing_is_sent(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_APP_PASSWORD);
    assert_null(ask_house_begin(&a, ASK_EXCHANGE, "", "", PASSWORD));
    assert_int_equal(a.asked.calls, 1);
    assert_reason(a.asked.reason, REASON_PASSWORD);
    assert_null(ask_house_begin(&a, ASK_EXCHANGE, "alice", "", ""));
    assert_reason(a.asked.reason, REASON_PASSWORD);
    assert_null(ask_house_begin(&a, ASK_EXCHANGE, "alice", "", "a\nb"));
    assert_reason(a.asked.reason, REASON_FORM);
    assert_int_equal(http_server_count(a.h.server, NULL), 0);
    ask_house_close(&a);
}

static void
only_invalid_grant_is_a_wrong_password(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum reason reason;
    } all[] = {
        {400, "{\"error\":\"invalid_grant\"}", REASON_PASSWORD},
        {401, "{\"error\":\"invalid_grant\"}", REASON_PASSWORD},
        {403, "{\"error\":\"invalid_grant\"}", REASON_PROVIDER_ANSWER},
        {200, "{\"error\":\"invalid_grant\"}", REASON_PROVIDER_ANSWER},
        {500, "{\"error\":\"invalid_grant\"}", REASON_PROVIDER},
        {400, "{\"error\":\"INVALID_GRANT\"}", REASON_PROVIDER_ANSWER},
        {400, "{\"error\":[\"invalid_grant\"]}", REASON_PROVIDER_ANSWER},
        {400, "{\"error\":\"invalid_scope\",\"error\":\"invalid_grant\"}",
         REASON_PROVIDER_ANSWER},
        {400, "invalid_grant", REASON_PROVIDER_ANSWER},
        {400, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED},
        {401, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED},
        {400, "{\"error\":\"unauthorized_client\"}", REASON_CLIENT_REFUSED},
        {401, NULL, REASON_CLIENT_REFUSED},
        {400, "{\"error\":\"unsupported_grant_type\"}", REASON_PROVIDER_ANSWER},
        {400, "{\"error\":\"invalid_scope\"}", REASON_PROVIDER_ANSWER},
        {400, "{\"error\":\"invalid_request\"}", REASON_PROVIDER_ANSWER},
        {400, NULL, REASON_PROVIDER_ANSWER},
    };
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_APP_PASSWORD);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        enum reason found =
            exchange_of(&a, all[i].status, JSON_TYPE, all[i].body);

        if (found != all[i].reason)
            fail_msg("%d %s: %s", all[i].status, all[i].body,
                     reason_name(found));
        assert_string_equal(a.asked.token, "");
    }
    ask_house_close(&a);
}

static void
the_problem_names_the_error(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_APP_PASSWORD);
    exchange_of(&a, 400, JSON_TYPE,
                "{\"error\":\"invalid_scope\","
                "\"error_description\":\"no \\u001b[31mscope\"}");
    assert_string_equal(
        a.asked.problem,
        "localhost answered HTTP 400, invalid_scope (no \\x1b[31mscope)");
    ask_house_close(&a);
}

static void
what_is_no_usable_token_is_the_providers_fault(void **state)
{
    static const char *const bodies[] = {
        "{\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":7,\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"a\\n\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"\\u00e4\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"a\"}",
        "{\"access_token\":\"a\",\"token_type\":\"DPoP\"}",
        "{\"access_token\":\"a\",\"token_type\":\"Bearer2\"}",
        "{\"access_token\":\"a\",\"token_type\":null}",
        ("{\"access_token\":\"a\",\"access_token\":\"b\","
         "\"token_type\":\"Bearer\"}"),
        "[]",
    };
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_APP_PASSWORD);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        if (exchange_of(&a, 200, JSON_TYPE, bodies[i]) !=
            REASON_PROVIDER_ANSWER)
            fail_msg("%s", bodies[i]);
        assert_string_equal(a.asked.token, "");
    }
    ask_house_close(&a);
}

static void
faults_on_the_way_are_the_providers(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_APP_PASSWORD);
    ask_house_faults(&a, "/token", ASK_EXCHANGE);
    ask_house_close(&a);
}

/* A password must not count as tried twice. */
static void
it_is_asked_once(void **state)
{
    struct http_script closes = {.behaviour = HTTP_CLOSES};
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_APP_PASSWORD);
    http_server_script(a.h.server, "/token", &closes);
    assert_reason(exchange(&a), REASON_PROVIDER);
    assert_int_equal(http_server_count(a.h.server, "/token"), 1);
    ask_house_close(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_password_gives_a_token),
        cmocka_unit_test(no_client_authentication_goes_with_it),
        cmocka_unit_test(without_a_name_or_a_password_nothing_is_sent),
        cmocka_unit_test(only_invalid_grant_is_a_wrong_password),
        cmocka_unit_test(the_problem_names_the_error),
        cmocka_unit_test(what_is_no_usable_token_is_the_providers_fault),
        cmocka_unit_test(faults_on_the_way_are_the_providers),
        cmocka_unit_test(it_is_asked_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
