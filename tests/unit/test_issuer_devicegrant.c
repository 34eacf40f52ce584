/* SPDX-License-Identifier: BSD-2-Clause */
/* Device login at the provider, RFC 8628: checklist 51. */
#include "tests/unit/ask_house.h"

#define CODE "the-device-code"
#define SENT                                                                   \
    "\"device_code\":\"" CODE "\",\"user_code\":\"WDJB-MJHT\","                \
    "\"verification_uri\":\"https://idp.example/device\",\"expires_in\":600"

struct begun {
    unsigned calls;
    enum reason reason;
    char code[64], user_code[64], uri[64];
    int64_t expires_s, interval_s;
};

static void
copy(char out[64], struct span text)
{
    (void)snprintf(out, 64, "%.*s", (int)text.len,
                   text.data != NULL ? text.data : "");
}

static void
on_begun(void *context, struct ask_answer *answer)
{
    struct begun *begun = context;

    begun->calls++;
    begun->reason = answer->reason;
    copy(begun->code, answer->device.code);
    copy(begun->user_code, answer->device.user_code);
    copy(begun->uri, answer->device.uri);
    begun->expires_s = answer->device.expires_s;
    begun->interval_s = answer->device.interval_s;
}

static void
open_house(struct ask_house *a)
{
    ask_house_open(a, METHOD_DEVICE);
    a->h.conf.token_endpoint = a->token;
    a->h.conf.device_authorization_endpoint = a->introspect;
    a->h.conf.token_scope = (char *)(uintptr_t) "openid ssh:login";
}

static struct begun
begin(struct ask_house *a, int status, const char *body)
{
    const struct ask_request request = {
        .kind = ASK_DEVICE,
        .origin = span_of("192.0.2.1"),
        .timeout_ms = a->timeout_ms,
        .wall = ASK_NOW,
    };
    struct begun begun = {0};

    ask_house_script(a, "/introspect", status, JSON_TYPE, body);
    if (a->h.issuer == NULL)
        a->h.issuer = house_issuer_new(&a->h);
    (void)ask_start(a->h.issuer, &request, on_begun, &begun);
    a->h.ticks = 0;
    while (begun.calls == 0 && a->h.ticks < 2 * PATIENCE_TICKS)
        uv_run(&a->h.loop, UV_RUN_ONCE);
    assert_int_equal(begun.calls, 1);
    return begun;
}

static void
it_begins_with_the_client_and_its_scope(void **state)
{
    struct ask_house a;
    struct begun begun;

    (void)state;
    open_house(&a);
    begun = begin(&a, 200, "{" SENT ",\"interval\":7,\"other\":[1]}");
    assert_reason(begun.reason, REASON_ACCEPTED);
    assert_string_equal(begun.code, CODE);
    assert_string_equal(begun.user_code, "WDJB-MJHT");
    assert_string_equal(begun.uri, "https://idp.example/device");
    assert_int_equal(begun.expires_s, 600);
    assert_int_equal(begun.interval_s, 7);
    assert_string_equal(http_server_last_body(a.h.server, "/introspect"),
                        "scope=openid+ssh%3Alogin&client_id=host&"
                        "client_secret=s3cret+of+the+host");
    ask_house_close(&a);
}

static void
a_client_without_a_secret_says_who_it_is(void **state)
{
    struct ask_house a;

    (void)state;
    open_house(&a);
    a.h.conf.client_auth = CLIENT_NONE;
    a.h.conf.token_scope = NULL;
    assert_reason(begin(&a, 200, "{" SENT "}").reason, REASON_ACCEPTED);
    assert_string_equal(http_server_last_body(a.h.server, "/introspect"),
                        "client_id=host");
    /* RFC 8707: which server the token is for. */
    a.h.conf.token_resource = (char *)(uintptr_t) "ssh://host";
    assert_reason(begin(&a, 200, "{" SENT "}").reason, REASON_ACCEPTED);
    assert_string_equal(http_server_last_body(a.h.server, "/introspect"),
                        "resource=ssh%3A%2F%2Fhost&client_id=host");
    ask_house_close(&a);
}

static void
the_interval_is_a_number_of_seconds_or_five(void **state)
{
    static const struct {
        const char *interval;
        enum reason reason;
        int64_t seconds;
    } rows[] = {
        {"", REASON_ACCEPTED, 5},
        {",\"interval\":0", REASON_ACCEPTED, 5},
        {",\"interval\":1", REASON_ACCEPTED, 1},
        {",\"interval\":1000000000", REASON_ACCEPTED, GRANT_INTERVAL_MAX_S},
        {",\"interval\":-1", REASON_PROVIDER_ANSWER, 0},
        {",\"interval\":\"5\"", REASON_PROVIDER_ANSWER, 0},
        {",\"interval\":5.5", REASON_PROVIDER_ANSWER, 0},
        {",\"interval\":null", REASON_PROVIDER_ANSWER, 0},
    };
    struct ask_house a;

    (void)state;
    open_house(&a);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct begun begun;
        char body[512];

        (void)snprintf(body, sizeof(body), "{" SENT "%s}", rows[i].interval);
        begun = begin(&a, 200, body);
        assert_reason(begun.reason, rows[i].reason);
        if (begun.reason == REASON_ACCEPTED)
            assert_int_equal(begun.interval_s, rows[i].seconds);
    }
    ask_house_close(&a);
}

#define WITH(code, user, uri, end)                                             \
    "{\"device_code\":" code ",\"user_code\":" user                            \
    ",\"verification_uri\":" uri ",\"expires_in\":" end "}"
#define URI "\"https://x.example/\""

static void
what_is_not_whole_or_not_for_a_terminal_is_not_used(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "[]",
        "x",
        "{\"user_code\":\"A\",\"verification_uri\":" URI ",\"expires_in\":60}",
        "{\"device_code\":\"x\",\"verification_uri\":" URI
        ",\"expires_in\":60}",
        "{\"device_code\":\"x\",\"user_code\":\"A\",\"expires_in\":60}",
        "{\"device_code\":\"x\",\"user_code\":\"A\",\"verification_uri\":" URI
        "}",
        WITH("\"\"", "\"A\"", URI, "60"),
        WITH("\"x\"", "\"\"", URI, "60"),
        WITH("\"x\"", "7", URI, "60"),
        WITH("\"x\"", "\"A\\u001b[2J\"", URI, "60"),
        WITH("\"x\"", "\"A B\"", URI, "60"),
        WITH("\"x\"", "\"A\\u0000\"", URI, "60"),
        WITH("\"x\"", "\"\\u00e4\"", URI, "60"),
        WITH("\"x\\n\"", "\"A\"", URI, "60"),
        WITH("\"x\"", "\"A\"", "\"http://x.example/\"", "60"),
        WITH("\"x\"", "\"A\"", "\"javascript:x\"", "60"),
        WITH("\"x\"", "\"A\"", "\"https://x.example/\\u001b[m\"", "60"),
        WITH("\"x\"", "\"A\"", "\"https://u:p@x.example/\"", "60"),
        WITH("\"x\"", "\"A\"", URI, "0"),
        WITH("\"x\"", "\"A\"", URI, "-5"),
        WITH("\"x\"", "\"A\"", URI, "\"60\""),
    };
    struct ask_house a;

    (void)state;
    open_house(&a);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        if (begin(&a, 200, bodies[i]).reason != REASON_PROVIDER_ANSWER)
            fail_msg("%s", bodies[i]);
    assert_reason(begin(&a, 400, "{\"error\":\"invalid_scope\"}").reason,
                  REASON_PROVIDER_ANSWER);
    assert_reason(begin(&a, 401, "{\"error\":\"invalid_client\"}").reason,
                  REASON_CLIENT_REFUSED);
    ask_house_close(&a);
}

static void
its_code_is_exchanged_for_a_token(void **state)
{
    struct ask_house a;

    (void)state;
    open_house(&a);
    ask_house_script(
        &a, "/token", 200, JSON_TYPE,
        "{\"access_token\":\"eyJ.e.s\",\"token_type\":\"Bearer\"}");
    assert_reason(ask_house_ask(&a, ASK_DEVICE_TOKEN, "alice", CODE),
                  REASON_ACCEPTED);
    assert_string_equal(a.asked.token, "eyJ.e.s");
    assert_string_equal(
        http_server_last_body(a.h.server, "/token"),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&"
        "device_code=" CODE "&client_id=host&client_secret=s3cret+of+the+host");
    ask_house_close(&a);
}

static void
the_errors_of_section_3_5_are_told_apart(void **state)
{
    static const struct {
        int status;
        const char *error;
        enum reason reason;
    } rows[] = {
        {400, "authorization_pending", REASON_PENDING},
        {400, "slow_down", REASON_SLOW_DOWN},
        {400, "access_denied", REASON_DENIED},
        {403, "access_denied", REASON_DENIED},
        {400, "expired_token", REASON_DENIED},
        {400, "invalid_grant", REASON_DENIED},
        {400, "invalid_client", REASON_CLIENT_REFUSED},
        {401, "invalid_client", REASON_CLIENT_REFUSED},
        {400, "unauthorized_client", REASON_CLIENT_REFUSED},
        {400, "unsupported_grant_type", REASON_PROVIDER_ANSWER},
        {400, "something_new", REASON_PROVIDER_ANSWER},
        {200, "authorization_pending", REASON_PROVIDER_ANSWER},
        {500, "authorization_pending", REASON_PROVIDER},
    };
    struct ask_house a;

    (void)state;
    open_house(&a);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char body[128];

        (void)snprintf(body, sizeof(body), "{\"error\":\"%s\"}", rows[i].error);
        ask_house_script(&a, "/token", rows[i].status, JSON_TYPE, body);
        assert_reason(ask_house_ask(&a, ASK_DEVICE_TOKEN, "alice", CODE),
                      rows[i].reason);
        ask_house_keeps_secrets(&a, CODE);
    }
    ask_house_close(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_the_client_and_its_scope),
        cmocka_unit_test(a_client_without_a_secret_says_who_it_is),
        cmocka_unit_test(the_interval_is_a_number_of_seconds_or_five),
        cmocka_unit_test(what_is_not_whole_or_not_for_a_terminal_is_not_used),
        cmocka_unit_test(its_code_is_exchanged_for_a_token),
        cmocka_unit_test(the_errors_of_section_3_5_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
