/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes after a good credential: pins, logins, the account phase. */
#include "tests/unit/daemon_house.h"

static enum reason
account(struct house *house, const char *user, const unsigned char *login,
        uid_t caller)
{
    const struct account_request request = {span_of(user), span_of("sshd"),
                                            span_of(""), login, caller};

    attempt_account(&house->helper, &request, &house->result);
    return house->result.reason;
}

static void
log_in(struct house *house, unsigned char login[LOGIN_ID_LEN], uid_t caller)
{
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    request.caller = caller;
    assert_reason(house_ask_with(house, &request), REASON_ACCEPTED);
    memcpy(login, house->result.login, LOGIN_ID_LEN);
    free(token);
}

static void
a_login_goes_on_until_its_token_ends(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];

    log_in(house, login, 0);
    assert_reason(account(house, "alice", login, 0), REASON_ACCEPTED);
    assert_memory_equal(house->result.login, login, LOGIN_ID_LEN);
    assert_true(house->result.ends > clock_wall());
    house_clock_offset = 600 + LEEWAY_S + 1;
    assert_reason(account(house, "alice", login, 0), REASON_TOKEN_ENDED);
    assert_false(house_has_login(house));
    assert_int_equal(house->result.ends, 0);
    assert_string_equal(house->result.text, "your session has ended");
}

static void
a_login_is_known_by_its_id_its_user_and_its_service_only(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN], other[LOGIN_ID_LEN] = {1};
    struct account_request request = {span_of("alice"), span_of("sudo"),
                                      span_of(""), login, 0};

    log_in(house, login, 0);
    assert_reason(account(house, "alice", other, 0), REASON_LOGIN_UNKNOWN);
    assert_reason(account(house, "bob", login, 0), REASON_LOGIN_UNKNOWN);
    attempt_account(&house->helper, &request, &house->result);
    assert_reason(house->result.reason, REASON_LOGIN_UNKNOWN);
}

static void
rules_are_applied_again_in_the_account_phase(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];

    log_in(house, login, 0);
    house_configure(house, HOUSE_FILE_KEYS,
                    HOUSE_SERVICE "deny_user = alice\n");
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    assert_reason(account(house, "alice", login, 0), REASON_USER_RULE);
    house_configure(house, HOUSE_FILE_KEYS "\nusers = bob", HOUSE_SERVICE);
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    assert_int_equal(reason_outcome(account(house, "alice", login, 0)),
                     OUTCOME_FORBIDDEN);
}

static void
logins_of_callers_that_are_not_root_are_kept_apart(void **state)
{
    struct house *house = *state;
    unsigned char ours[LOGIN_ID_LEN], theirs[LOGIN_ID_LEN];

    log_in(house, ours, 0);
    log_in(house, theirs, 2001);
    assert_int_equal(logins_count(house->helper.logins), 1);
    assert_int_equal(logins_count(house->helper.guests), 1);
    assert_reason(account(house, "alice", theirs, 2001), REASON_ACCEPTED);
    assert_reason(account(house, "alice", theirs, 0), REASON_LOGIN_UNKNOWN);
    assert_reason(account(house, "alice", ours, 2001), REASON_LOGIN_UNKNOWN);
}

/* --- pins --- */

#define NAMED                                                                  \
    HOUSE_FILE_KEYS "\nusername_claim = preferred_username\n"                  \
                    "required_claims = preferred_username"
#define ALICE ",\"preferred_username\":\"alice\""

static int
setup_named(void **state)
{
    (void)house_setup_empty(state);
    house_configure(*state, NAMED, HOUSE_SERVICE);
    house_start(*state, HELPER_KEEPS_STATE);
    return 0;
}

static void
the_first_subject_keeps_a_name(void **state)
{
    struct house *house = *state;
    const struct token_spec first = {.sub = "u-1", .more = ALICE};
    const struct token_spec second = {.sub = "u-2", .more = ALICE};
    char *one = house_token(house, &first), *two = house_token(house, &second);

    assert_reason(house_ask(house, "alice", one), REASON_ACCEPTED);
    assert_reason(house_ask(house, "alice", two), REASON_PINNED);
    assert_reason(house_ask(house, "alice", two), REASON_PINNED);
    assert_true(house->result.cached);
    assert_reason(house_ask(house, "alice", one), REASON_ACCEPTED);
    assert_int_equal(
        pins_forget(house->helper.pins, span_of("alice"), span_of("")), 1);
    assert_reason(house_ask(house, "alice", two), REASON_ACCEPTED);
    assert_reason(house_ask(house, "alice", one), REASON_PINNED);
    free(one);
    free(two);
}

static void
a_refused_login_pins_nothing(void **state)
{
    struct house *house = *state;
    const struct token_spec spec = {.sub = "u-1", .more = ALICE};
    char *token = house_token(house, &spec);
    struct attempt_request request = house_request("alice", token);

    request.service = span_of("sudo");
    assert_reason(house_ask_with(house, &request), REASON_NO_SERVICE);
    assert_null(
        pins_find(house->helper.pins, span_of("alice"), span_of(HOUSE_ISSUER))
            .data);
    free(token);
}

static void
verification_for_the_tool_reads_pins_and_writes_none(void **state)
{
    struct house *house = *state;
    const struct token_spec first = {.sub = "u-1", .more = ALICE};
    const struct token_spec second = {.sub = "u-2", .more = ALICE};
    char *one = house_token(house, &first), *two = house_token(house, &second);
    struct attempt_request request = house_request("alice", one);

    request.trace = trace_new();
    assert_reason(house_ask_with(house, &request), REASON_ACCEPTED);
    assert_null(
        pins_find(house->helper.pins, span_of("alice"), span_of(HOUSE_ISSUER))
            .data);
    assert_reason(house_ask(house, "alice", two), REASON_ACCEPTED);
    assert_reason(house_ask_with(house, &request), REASON_PINNED);
    trace_free(request.trace);
    free(one);
    free(two);
}

static void
a_name_that_cannot_be_recorded_is_refused(void **state)
{
    struct house *house = *state;
    const struct token_spec spec = {.sub = "u-1", .more = ALICE};
    char *token = house_token(house, &spec), more[512];

    (void)snprintf(more, sizeof(more),
                   "[httpauthd]\nstate_dir = %s/no/such\n[issuer work]\n"
                   "issuer = " HOUSE_ISSUER "\naudience = " HOUSE_AUDIENCE
                   "\n" NAMED "\n" HOUSE_SERVICE,
                   house->dir);
    house_write(house, "httpauthd.conf", more);
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    assert_reason(house_ask(house, "alice", token), REASON_STATE);
    free(token);
}

static void
names_in_users_map_are_not_pinned(void **state)
{
    struct house *house = *state;
    const struct token_spec first = {.sub = "u-1", .more = ALICE};
    char *one = house_token(house, &first);

    house_write(house, "users.map",
                "deploy work sub=u-1\ndeploy work sub=u-2\n");
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    assert_reason(house_ask(house, "deploy", one), REASON_ACCEPTED);
    assert_null(
        pins_find(house->helper.pins, span_of("deploy"), span_of(HOUSE_ISSUER))
            .data);
    free(one);
}

#define IN_HOUSE(test)                                                         \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
#define NAMED_HOUSE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, setup_named, house_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_HOUSE(a_login_goes_on_until_its_token_ends),
        IN_HOUSE(a_login_is_known_by_its_id_its_user_and_its_service_only),
        IN_HOUSE(rules_are_applied_again_in_the_account_phase),
        IN_HOUSE(logins_of_callers_that_are_not_root_are_kept_apart),
        NAMED_HOUSE(the_first_subject_keeps_a_name),
        NAMED_HOUSE(a_refused_login_pins_nothing),
        NAMED_HOUSE(verification_for_the_tool_reads_pins_and_writes_none),
        NAMED_HOUSE(a_name_that_cannot_be_recorded_is_refused),
        NAMED_HOUSE(names_in_users_map_are_not_pinned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
