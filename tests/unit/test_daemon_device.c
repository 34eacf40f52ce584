/* SPDX-License-Identifier: BSD-2-Clause */
/* Device login in the helper: who may begin one, what is shown, and whose it
 * is; the provider is played by inquiry_house.h. */
#include "helper/daemon/device.h"
#include "tests/unit/inquiry_house.h"

#define DEVICES                                                                \
    "accept = jwt device\nclient_id = host\n"                                  \
    "token_endpoint = https://idp.example/token\n"                             \
    "device_authorization_endpoint = https://idp.example/device\n"             \
    "jwks_file = jwks.json\n"
#define NEAR SSHD "device_networks = 192.0.2.0/24 2001:db8::/32\n"

static struct {
    unsigned calls;
    enum reason reason;
    unsigned char id[LOGIN_ID_LEN];
    char text[WIRE_CHALLENGE_MAX + 1];
    uint32_t seconds;
} told;

static void
on_told(void *context, enum reason reason, const struct wire_challenge *c)
{
    (void)context;
    told.calls++;
    told.reason = reason;
    if (reason != REASON_ACCEPTED)
        return;
    memcpy(told.id, c->id, LOGIN_ID_LEN);
    told.seconds = c->seconds;
    (void)snprintf(told.text, sizeof(told.text), "%.*s", (int)c->text.len,
                   c->text.data);
}

static struct attempt_request
request_of(const char *user, const char *rhost)
{
    struct attempt_request request = house_request(user, "");

    request.rhost = span_of(rhost);
    request.believed = true;
    request.credential = span_of("");
    return request;
}

/* How it ends when the provider, if it is asked, gives a code. */
static enum reason
begin(struct many *many, const struct attempt_request *request)
{
    struct ask_answer answer = {
        .reason = REASON_ACCEPTED,
        .device = {.code = span_of("the-code"),
                   .user_code = span_of("WDJB-MJHT"),
                   .uri = span_of("https://idp.example/device"),
                   .expires_s = 600,
                   .interval_s = 5},
    };
    size_t before = asks;

    memset(&told, 0, sizeof(told));
    (void)device_begin(&many->house.helper, request, on_told, NULL);
    if (asks > before) {
        assert_int_equal(asked[before].kind, ASK_DEVICE);
        assert_string_equal(asked[before].credential, "");
        asked[before].done(asked[before].context, &answer);
    }
    assert_int_equal(told.calls, 1);
    return told.reason;
}

static void
open_house(struct many *many, const char *service)
{
    begin_house(many, DEVICES);
    house_configure(&many->house, DEVICES, service);
    assert_true(
        helper_reload(&many->house.helper, many->house.conf, CONFIG_FILE_ONLY));
    load_keys(many);
}

static void
what_is_shown_names_the_host_and_the_address(void **state)
{
    struct many many;
    struct attempt_request request = request_of("alice", "192.0.2.7");
    char host[256], wanted[512];

    (void)state;
    assert_int_equal(gethostname(host, sizeof(host)), 0);
    open_house(&many, NEAR);
    assert_reason(begin(&many, &request), REASON_ACCEPTED);
    (void)snprintf(wanted, sizeof(wanted),
                   "To log in to %s from 192.0.2.7, open\n\n"
                   "    https://idp.example/device\n\n"
                   "and enter the code WDJB-MJHT there.\n"
                   "Do so only if it was you who began this login.\n",
                   host);
    assert_string_equal(told.text, wanted);
    assert_int_equal(told.seconds, DEVICE_LIFE_S);
    request = request_of("", "192.0.2.7"); /* who is not served */
    assert_reason(begin(&many, &request), REASON_ACCEPTED);
    assert_string_equal(told.text, wanted);
    house_close(&many.house);
}

static void
only_from_where_it_is_allowed(void **state)
{
    static const struct {
        const char *service, *rhost;
        enum reason reason;
    } rows[] = {
        {SSHD, "", REASON_ACCEPTED},
        {SSHD, "192.0.2.7", REASON_NETWORK_RULE},
        {NEAR, "192.0.2.7", REASON_ACCEPTED},
        {NEAR, "2001:db8::7", REASON_ACCEPTED},
        {NEAR, "192.0.3.7", REASON_NETWORK_RULE},
        {NEAR, "host.example", REASON_NETWORK_RULE},
        {NEAR "methods = jwt\n", "192.0.2.7", REASON_METHOD_RULE},
        {NEAR "methods = jwt device\n", "192.0.2.7", REASON_ACCEPTED},
        {"[service su]\n", "", REASON_NO_SERVICE},
    };
    struct many many;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct attempt_request request = request_of("alice", rows[i].rhost);

        open_house(&many, rows[i].service);
        assert_reason(begin(&many, &request), rows[i].reason);
        assert_int_equal(asks, rows[i].reason == REASON_ACCEPTED);
        house_close(&many.house);
    }
}

static void
an_address_begins_a_few_at_once(void **state)
{
    struct many many;
    struct attempt_request request = request_of("alice", "192.0.2.7");
    int i;

    (void)state;
    open_house(&many, NEAR);
    for (i = 0; i < DEVICES_PER_ORIGIN; i++)
        assert_reason(begin(&many, &request), REASON_ACCEPTED);
    assert_reason(begin(&many, &request), REASON_THROTTLED);
    assert_int_equal(asks, DEVICES_PER_ORIGIN);
    request = request_of("alice", "192.0.2.8");
    assert_reason(begin(&many, &request), REASON_ACCEPTED);
    house_close(&many.house);
}

static void
it_is_polled_for_by_whom_it_was_begun_for(void **state)
{
    struct many many;
    struct attempt_request begun = request_of("alice", "192.0.2.7"), other;
    unsigned char strange[LOGIN_ID_LEN] = {1};

    (void)state;
    open_house(&many, NEAR);
    assert_reason(begin(&many, &begun), REASON_ACCEPTED);
    other = request_of("bob", "192.0.2.7");
    assert_reason(device_poll(&many.house.helper, told.id, &other),
                  REASON_DENIED);
    other = begun;
    other.service = span_of("su");
    assert_reason(device_poll(&many.house.helper, told.id, &other),
                  REASON_DENIED);
    other = begun;
    other.caller = 2001;
    assert_reason(device_poll(&many.house.helper, told.id, &other),
                  REASON_DENIED);
    assert_reason(device_poll(&many.house.helper, strange, &begun),
                  REASON_DENIED);
    /* Not before the interval is over. */
    assert_reason(device_poll(&many.house.helper, told.id, &begun),
                  REASON_PENDING);
    house_close(&many.house);
}

/* As if the interval were over. */
static void
poll_now(struct many *many, struct attempt_request *request)
{
    struct device *device =
        devices_find(many->house.helper.devices, told.id, clock_boot_ms());

    assert_non_null(device);
    device->next_ms = 0;
    assert_reason(device_poll(&many->house.helper, told.id, request),
                  REASON_ACCEPTED);
    assert_true(span_is(request->credential, "the-code"));
    assert_true(span_is(request->device, "work"));
    /* Another question meanwhile does not ask twice. */
    assert_reason(
        device_poll(&many->house.helper, told.id,
                    &(struct attempt_request){.user = request->user,
                                              .service = request->service}),
        REASON_PENDING);
}

static void
its_token_is_judged_like_any_other(void **state)
{
    static const struct {
        struct token_spec spec;
        enum reason reason;
    } rows[] = {
        {{0}, REASON_ACCEPTED},
        {{.sub = "bob"}, REASON_USER_MISMATCH},
        {{.aud = "ssh://elsewhere"}, REASON_AUDIENCE},
        {{.more = ",\"gty\":\"client-credentials\""}, REASON_CLIENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct many many;
        struct attempt_request request = request_of("alice", "192.0.2.7");
        struct ask_answer answer = {.reason = REASON_ACCEPTED};
        struct verdicts_count count;
        char *token;

        open_house(&many, NEAR);
        token = house_token(&many.house, &rows[i].spec);
        assert_reason(begin(&many, &request), REASON_ACCEPTED);
        poll_now(&many, &request);
        assert_non_null(
            attempt_start(&many.house.helper, &request, on_one, &many));
        assert_int_equal(asked[1].kind, ASK_DEVICE_TOKEN);
        assert_string_equal(asked[1].credential, "the-code");
        answer.token = span_of(token);
        asked[1].done(asked[1].context, &answer);
        turn(&many);
        assert_reason(many.last.reason, rows[i].reason);
        assert_string_equal(many.last.method, "device");
        count = verdicts_count(many.house.helper.verdicts);
        assert_int_equal(count.verdicts + count.negatives, 0);
        device_polled(&many.house.helper, told.id, many.last.reason);
        assert_reason(device_poll(&many.house.helper, told.id, &request),
                      REASON_DENIED);
        free(token);
        house_close(&many.house);
    }
}

static void
waiting_is_no_decision(void **state)
{
    struct many many;
    struct attempt_request request = request_of("alice", "192.0.2.7");

    (void)state;
    open_house(&many, NEAR);
    assert_reason(begin(&many, &request), REASON_ACCEPTED);
    poll_now(&many, &request);
    assert_non_null(attempt_start(&many.house.helper, &request, on_one, &many));
    answer_reason(1, REASON_PENDING);
    turn(&many);
    assert_reason(many.last.reason, REASON_PENDING);
    assert_int_equal(many.house.helper.decided[OUTCOME_NOT_OURS], 0);
    device_polled(&many.house.helper, told.id, REASON_PENDING);
    assert_reason(device_poll(&many.house.helper, told.id, &request),
                  REASON_PENDING);
    house_close(&many.house);
}

static void
one_that_is_given_up_is_not_begun(void **state)
{
    struct many many;
    struct attempt_request request = request_of("alice", "192.0.2.7");
    struct device_start *start;

    (void)state;
    open_house(&many, NEAR);
    memset(&told, 0, sizeof(told));
    start = device_begin(&many.house.helper, &request, on_told, NULL);
    assert_non_null(start);
    device_cancel(start);
    device_cancel(NULL);
    assert_true(asked[0].cancelled);
    assert_int_equal(told.calls, 0);
    house_close(&many.house);
}

static void
a_reload_or_a_stop_ends_those_that_begin(void **state)
{
    struct many many;
    struct attempt_request request = request_of("alice", "192.0.2.7");

    (void)state;
    open_house(&many, NEAR);
    memset(&told, 0, sizeof(told));
    assert_non_null(device_begin(&many.house.helper, &request, on_told, NULL));
    assert_non_null(device_begin(&many.house.helper, &request, on_told, NULL));
    assert_true(
        helper_reload(&many.house.helper, many.house.conf, CONFIG_FILE_ONLY));
    assert_int_equal(told.calls, 2);
    assert_reason(told.reason, REASON_STOPPING);
    assert_true(asked[0].cancelled && asked[1].cancelled);
    assert_non_null(device_begin(&many.house.helper, &request, on_told, NULL));
    house_close(&many.house);
    assert_int_equal(told.calls, 3);
    assert_true(asked[2].cancelled);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shown_names_the_host_and_the_address),
        cmocka_unit_test(only_from_where_it_is_allowed),
        cmocka_unit_test(an_address_begins_a_few_at_once),
        cmocka_unit_test(it_is_polled_for_by_whom_it_was_begun_for),
        cmocka_unit_test(its_token_is_judged_like_any_other),
        cmocka_unit_test(waiting_is_no_decision),
        cmocka_unit_test(one_that_is_given_up_is_not_begun),
        cmocka_unit_test(a_reload_or_a_stop_ends_those_that_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
