/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to verdicts and to those who wait when things change. */
#include "tests/lib/http_server.h"
#include "tests/unit/daemon_house.h"

static bool
reload(struct house *house)
{
    return helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY);
}

/* --- remembered verdicts --- */

static void
verdicts_outlive_a_reload_that_does_not_touch_their_issuer(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_configure(house, "# another text\n" HOUSE_FILE_KEYS,
                    HOUSE_SERVICE "[service sudo]\nissuers = work\n");
    assert_true(reload(house));
    assert_null(house_begin(house, &request));
    assert_reason(house->result.reason, REASON_ACCEPTED);
    assert_true(house->result.cached);
    free(token);
}

static void
verdicts_of_a_changed_issuer_are_forgotten(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_configure(house, HOUSE_FILE_KEYS "\nrequired_claims = email",
                    HOUSE_SERVICE);
    assert_true(reload(house));
    assert_reason(house_ask(house, "alice", token), REASON_CLAIM_MISSING);
    assert_false(house->result.cached);
    free(token);
}

static void
rules_that_changed_hold_for_remembered_tokens(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_configure(house, HOUSE_FILE_KEYS,
                    HOUSE_SERVICE "deny_user = alice\n");
    assert_true(reload(house));
    assert_reason(house_ask(house, "alice", token), REASON_USER_RULE);
    assert_true(house->result.cached);
    free(token);
}

static void
a_broken_reload_leaves_the_running_configuration(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_write(house, "httpauthd.conf", "[service sshd]\nno_such = 1\n");
    assert_false(reload(house));
    assert_non_null(strstr(house->helper.complaints.data, ":2: "));
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    assert_true(house->result.cached);
    assert_int_equal(unlink(house->conf), 0);
    assert_false(reload(house));
    assert_false(house->helper.absent);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    free(token);
}

static void
a_repaired_configuration_serves_after_a_reload(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    house_write(house, "httpauthd.conf", "nonsense\n");
    house_start(house, HELPER_KEEPS_STATE);
    assert_reason(house_ask(house, "alice", token), REASON_CONFIGURATION);
    house_configure(house, HOUSE_FILE_KEYS, HOUSE_SERVICE);
    assert_true(reload(house));
    assert_int_equal(house->helper.complaints.len, 0);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    free(token);
}

static void
run_until_other_keys(struct house *house, const struct jwks *old)
{
    struct issuer *issuer = house->helper.issuer[0].issuer;

    while ((issuer_keys(issuer) == old || issuer_keys(issuer) == NULL) &&
           uv_run(&house->loop, UV_RUN_ONCE) != 0)
        ;
    assert_non_null(issuer_keys(issuer));
    assert_ptr_not_equal(issuer_keys(issuer), old);
}

static void
a_key_that_is_withdrawn_takes_its_verdicts_along(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct issuer *issuer = house->helper.issuer[0].issuer;
    const struct jwks *old;

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    old = issuer_keys(issuer);
    house_new_key(house);
    house_publish(house, "k2");
    issuer_refresh(issuer);
    run_until_other_keys(house, old);
    assert_reason(house_ask(house, "alice", token), REASON_KEY_UNKNOWN);
    assert_false(house->result.cached);
    free(token);
}

static void
an_unknown_key_is_an_outage_while_new_keys_cannot_be_had(void **state)
{
    struct house *house = *state;
    const struct token_spec next = {.kid = "k2"};
    char *good = house_good_token(house), *token;
    struct issuer *issuer = house->helper.issuer[0].issuer;
    const struct jwks *old;

    assert_reason(house_ask(house, "alice", good), REASON_ACCEPTED);
    old = issuer_keys(issuer);
    house_new_key(house);
    token = house_token(house, &next);
    house_write(house, "jwks.json", "<html>");
    assert_reason(house_ask(house, "alice", token), REASON_KEYS_UNAVAILABLE);
    assert_reason(house_ask(house, "alice", good), REASON_ACCEPTED);
    house_publish(house, "k2");
    issuer_refresh(issuer);
    run_until_other_keys(house, old);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    assert_reason(house_ask(house, "alice", good), REASON_KEY_UNKNOWN);
    free(good);
    free(token);
}

static void
a_new_key_ends_the_refusals_under_the_old_ones(void **state)
{
    struct house *house = *state;
    const struct token_spec next = {.kid = "k2"};
    char *good = house_good_token(house), *token;
    struct issuer *issuer = house->helper.issuer[0].issuer;
    const struct jwks *old;

    assert_reason(house_ask(house, "alice", good), REASON_ACCEPTED);
    old = issuer_keys(issuer);
    house_new_key(house);
    token = house_token(house, &next);
    assert_reason(house_ask(house, "alice", token), REASON_KEY_UNKNOWN);
    house_publish(house, "k2");
    issuer_refresh(issuer);
    run_until_other_keys(house, old);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    free(good);
    free(token);
}

static void
a_flush_forgets_every_verdict(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    helper_flush(&house->helper);
    assert_int_equal(verdicts_count(house->helper.verdicts).verdicts, 0);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    assert_false(house->result.cached);
    free(token);
}

/* --- attempts that wait --- */

static int
silent_house(struct house *house)
{
    char option[80];
    int server = house_silent_server(option, sizeof(option));

    house_configure(house, option, HOUSE_SERVICE);
    house_start(house, HELPER_KEEPS_STATE);
    return server;
}

static void
an_attempt_ends_at_its_deadline(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);
    int server = silent_house(house);

    request.ms_left = 40;
    assert_reason(house_ask_with(house, &request), REASON_TIMEOUT);
    assert_null(house->helper.attempts);
    assert_int_equal(reason_outcome(REASON_TIMEOUT), OUTCOME_UNAVAILABLE);
    (void)close(server);
    free(token);
}

static void
an_attempt_that_waits_is_judged_by_the_configuration_that_comes(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);
    int server = silent_house(house);

    assert_non_null(house_begin(house, &request));
    /* The caller's buffer is used again while it waits. */
    memset(token, 'x', strlen(token));
    house_configure(house, HOUSE_FILE_KEYS, HOUSE_SERVICE);
    assert_true(reload(house));
    while (house->answers == 0)
        (void)uv_run(&house->loop, UV_RUN_ONCE);
    assert_reason(house->result.reason, REASON_ACCEPTED);
    (void)close(server);
    free(token);
}

static void
an_attempt_that_waits_survives_a_reload_that_removes_its_issuer(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);
    int server = silent_house(house);

    assert_non_null(house_begin(house, &request));
    house_write(house, "httpauthd.conf", "[httpauthd]\nlog = stderr\n");
    assert_true(reload(house));
    assert_int_equal(house->answers, 1);
    assert_reason(house->result.reason, REASON_ISSUER);
    (void)close(server);
    free(token);
}

static void
a_cancelled_attempt_never_answers(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);
    int server = silent_house(house);

    attempt_cancel(house_begin(house, &request));
    assert_null(house->helper.attempts);
    (void)uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_int_equal(house->answers, 0);
    (void)close(server);
    free(token);
}

static void
those_who_wait_are_answered_at_a_stop(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);
    int server = silent_house(house);

    assert_non_null(house_begin(house, &request));
    assert_non_null(
        attempt_start(&house->helper, &request, house_answered, house));
    helper_close(&house->helper);
    assert_int_equal(house->answers, 2);
    assert_reason(house->result.reason, REASON_STOPPING);
    (void)close(server);
    free(token);
}

static void
a_thousand_that_wait_for_the_same_keys_all_get_in(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    house->answers = 0;
    for (int i = 0; i < 1000; i++)
        assert_non_null(
            attempt_start(&house->helper, &request, house_answered, house));
    while (house->answers < 1000)
        (void)uv_run(&house->loop, UV_RUN_ONCE);
    assert_int_equal(house->helper.decided[OUTCOME_ACCEPTED], 1000);
    assert_int_equal(house->helper.from_cache, 999);
    free(token);
}

/* Over https, with what is in jwks.json. */
static void
serve_keys(struct house *house, struct http_server *server)
{
    char path[128], text[512] = "";
    struct http_script script = {.status = 200, .body = text};
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/jwks.json", house->dir);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    http_server_script(server, "/keys", &script);
}

/* The keys changed in the night, the helper starts in the morning. */
static void
a_key_that_is_newer_than_those_kept_is_looked_for(void **state)
{
    struct house *house = *state;
    struct http_server *server = http_server_new(HTTP_CERTIFICATE_GOOD);
    struct token_spec newer = {.kid = "k2"};
    char option[300], *token = house_good_token(house);

    (void)snprintf(option, sizeof(option), "jwks_uri = %s\nca_file = %s\n",
                   http_server_url(server, "/keys"), http_server_ca(server));
    serve_keys(house, server);
    house_configure(house, option, HOUSE_SERVICE);
    house_start(house, HELPER_KEEPS_STATE);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    free(token);
    helper_close(&house->helper);
    house_new_key(house);
    house_publish(house, "k2");
    serve_keys(house, server);
    house_start(house, HELPER_KEEPS_STATE);
    token = house_token(house, &newer);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    assert_int_equal(http_server_count(server, "/keys"), 2);
    free(token);
    helper_close(&house->helper);
    house->helper.loop = NULL;
    http_server_free(server);
}

#define IN_HOUSE(test)                                                         \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
#define IN_EMPTY(test)                                                         \
    cmocka_unit_test_setup_teardown(test, house_setup_empty, house_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_HOUSE(verdicts_outlive_a_reload_that_does_not_touch_their_issuer),
        IN_HOUSE(verdicts_of_a_changed_issuer_are_forgotten),
        IN_HOUSE(rules_that_changed_hold_for_remembered_tokens),
        IN_HOUSE(a_broken_reload_leaves_the_running_configuration),
        IN_EMPTY(a_repaired_configuration_serves_after_a_reload),
        IN_HOUSE(a_key_that_is_withdrawn_takes_its_verdicts_along),
        IN_HOUSE(a_new_key_ends_the_refusals_under_the_old_ones),
        IN_HOUSE(an_unknown_key_is_an_outage_while_new_keys_cannot_be_had),
        IN_HOUSE(a_flush_forgets_every_verdict),
        IN_EMPTY(an_attempt_ends_at_its_deadline),
        IN_EMPTY(
            an_attempt_that_waits_is_judged_by_the_configuration_that_comes),
        IN_EMPTY(
            an_attempt_that_waits_survives_a_reload_that_removes_its_issuer),
        IN_EMPTY(a_cancelled_attempt_never_answers),
        IN_EMPTY(those_who_wait_are_answered_at_a_stop),
        IN_HOUSE(a_thousand_that_wait_for_the_same_keys_all_get_in),
        IN_EMPTY(a_key_that_is_newer_than_those_kept_is_looked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
