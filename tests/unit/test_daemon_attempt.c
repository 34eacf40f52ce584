/* SPDX-License-Identifier: BSD-2-Clause */
/* One attempt from request to verdict, and what is remembered of it. */
#include "tests/unit/daemon_house.h"

#include "helper/base/log.h"

static void
a_good_token_waits_for_the_first_keys_and_is_accepted(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    assert_non_null(house_begin(house, &request));
    assert_int_equal(house->answers, 0);
    while (house->answers == 0)
        (void)uv_run(&house->loop, UV_RUN_ONCE);
    assert_reason(house->result.reason, REASON_ACCEPTED);
    assert_false(house->result.cached);
    assert_true(house_has_login(house));
    assert_true(house->result.ends > clock_wall());
    assert_string_equal(house->result.issuer, "work");
    assert_string_equal(house->result.method, "jwt");
    assert_string_equal(house->result.text, "");
    free(token);
}

static void
the_second_login_comes_from_the_cache_at_once(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);
    unsigned char first[LOGIN_ID_LEN];

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    memcpy(first, house->result.login, LOGIN_ID_LEN);
    assert_null(house_begin(house, &request));
    assert_int_equal(house->answers, 1);
    assert_reason(house->result.reason, REASON_ACCEPTED);
    assert_true(house->result.cached);
    assert_memory_not_equal(house->result.login, first, LOGIN_ID_LEN);
    assert_int_equal(house->helper.from_cache, 1);
    assert_int_equal(house->helper.decided[OUTCOME_ACCEPTED], 2);
    free(token);
}

static void
a_remembered_token_is_judged_anew_for_another_user_or_service(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    assert_reason(house_ask(house, "bob", token), REASON_USER_MISMATCH);
    assert_false(house->result.cached);
    request.service = span_of("sudo");
    assert_reason(house_ask_with(house, &request), REASON_NO_SERVICE);
    assert_true(house->result.cached);
    assert_false(house_has_login(house));
    assert_int_equal(house->result.ends, 0);
    assert_string_equal(house->result.text, "not allowed for this service");
    free(token);
}

static void
a_token_that_expires_while_remembered_is_refused_with_its_age(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_clock_offset = 600 + LEEWAY_S - 2;
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_clock_offset = 600 + 3 * 60;
    assert_reason(house_ask(house, "alice", token), REASON_EXPIRED);
    assert_true(house->result.cached);
    assert_non_null(strstr(house->result.text, "token expired 3 minute"));
    free(token);
}

static void
an_expired_token_is_refused_with_its_age(void **state)
{
    struct house *house = *state;
    const struct token_spec old = {.life = -300};
    char *token = house_token(house, &old);

    assert_reason(house_ask(house, "alice", token), REASON_EXPIRED);
    /* Keys were absent, so nobody had vouched for it. */
    assert_string_equal(house->result.text, "");
    free(token);
    token = house_good_token(house);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    free(token);
    token = house_token(house, &old);
    assert_reason(house_ask(house, "alice", token), REASON_EXPIRED);
    assert_string_equal(house->result.text, "token expired 5 minutes ago");
    assert_reason(house_ask(house, "alice", token), REASON_EXPIRED);
    assert_true(house->result.cached);
    free(token);
}

static void
a_definite_no_is_remembered(void **state)
{
    struct house *house = *state;
    const struct token_spec other = {.aud = "ssh://other.example"};
    char *good = house_good_token(house), *token = house_token(house, &other);

    assert_reason(house_ask(house, "alice", good), REASON_ACCEPTED);
    assert_reason(house_ask(house, "alice", token), REASON_AUDIENCE);
    assert_false(house->result.cached);
    assert_reason(house_ask(house, "alice", token), REASON_AUDIENCE);
    assert_true(house->result.cached);
    assert_string_equal(house->result.text, "token is not meant for this host");
    free(good);
    free(token);
}

static void
a_forged_signature_is_refused_without_a_word(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    char *last = strrchr(token, '.') + 5;

    *last = *last == 'A' ? 'B' : 'A';
    assert_reason(house_ask(house, "alice", token), REASON_SIGNATURE);
    assert_string_equal(house->result.text, "");
    assert_reason(house_ask(house, "alice", token), REASON_SIGNATURE);
    assert_true(house->result.cached);
    assert_false(house_has_login(house));
    free(token);
}

static void
the_shape_decides_whether_it_is_ours(void **state)
{
    struct house *house = *state;

    assert_reason(house_ask(house, "alice", "hunter2"), REASON_NO_SHAPE);
    assert_reason(house_ask(house, "alice", "a.b.c"), REASON_NO_SHAPE);
    assert_reason(house_ask(house, "alice", "correct horse"), REASON_NO_SHAPE);
    assert_reason(house_ask(house, "alice", "eyJhbGciOiJub25lIn0"),
                  REASON_FORM);
    assert_reason(house_ask(house, "alice", "eyJ with a blank"), REASON_FORM);
    assert_reason(house_ask(house, "alice", "hap_1_2"), REASON_FORM);
    assert_string_equal(house->result.text, "");
}

static void
a_token_of_an_unknown_issuer_is_refused(void **state)
{
    struct house *house = *state;
    const struct token_spec foreign = {.iss = "https://idp.example"};
    char *token = house_token(house, &foreign);

    assert_reason(house_ask(house, "alice", token), REASON_ISSUER);
    free(token);
}

static void
an_issuer_that_may_not_speak_for_the_user_is_not_asked(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    house_configure(house, HOUSE_FILE_KEYS "\nusers = bob c*", HOUSE_SERVICE);
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    assert_null(house_begin(house, &request));
    assert_reason(house->result.reason, REASON_ISSUER);
    assert_string_equal(house->result.issuer, "");
    free(token);
}

static void
without_a_configuration_nothing_is_ours(void **state)
{
    struct house *house = *state;

    house_start(house, HELPER_KEEPS_STATE);
    assert_true(house->helper.absent);
    assert_reason(house_ask(house, "alice", "hunter2"), REASON_NO_ISSUER);
    assert_int_equal(reason_outcome(REASON_NO_ISSUER), OUTCOME_NOT_OURS);
}

static void
without_an_issuer_only_damaged_tokens_are_ours(void **state)
{
    struct house *house = *state;

    house_write(house, "httpauthd.conf", "[httpauthd]\nlog = stderr\n");
    house_start(house, HELPER_KEEPS_STATE);
    assert_non_null(house->helper.config);
    assert_reason(house_ask(house, "alice", "hunter2"), REASON_NO_ISSUER);
    assert_reason(house_ask(house, "alice", "eyJhbGc"), REASON_FORM);
}

static void
a_broken_configuration_refuses_everything(void **state)
{
    struct house *house = *state;

    house_write(house, "httpauthd.conf", "[httpauthd]\nno_such = 1\n");
    house_start(house, HELPER_KEEPS_STATE);
    assert_false(house->helper.absent);
    assert_true(house->helper.complaints.len > 0);
    assert_reason(house_ask(house, "alice", "hunter2"), REASON_CONFIGURATION);
    assert_int_equal(reason_outcome(REASON_CONFIGURATION), OUTCOME_BROKEN);
}

static void
a_clock_that_ran_backwards_lets_nobody_in(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    house_clock_offset = LEEWAY_S;
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_clock_offset = 0;
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    house_clock_offset = -5;
    assert_reason(house_ask(house, "alice", token), REASON_CLOCK);
    assert_reason(house_ask(house, "alice", "hunter2"), REASON_NO_SHAPE);
    house_clock_offset = LEEWAY_S;
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    free(token);
}

static void
a_clock_that_was_never_set_lets_nobody_in(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);

    house_clock_offset = -clock_wall();
    assert_reason(house_ask(house, "alice", token), REASON_CLOCK);
    free(token);
}

static void
verification_for_the_tool_stores_nothing(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    request.trace = trace_new();
    assert_non_null(request.trace);
    assert_reason(house_ask_with(house, &request), REASON_ACCEPTED);
    assert_true(request.trace->count > 5);
    assert_false(house_has_login(house));
    assert_int_equal(logins_count(house->helper.logins), 0);
    trace_free(request.trace);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    assert_false(house->result.cached);
    assert_int_equal(verdicts_count(house->helper.verdicts).verdicts, 1);
    free(token);
}

static void
verification_for_the_tool_does_not_believe_the_cache(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    struct attempt_request request = house_request("alice", token);

    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    request.trace = trace_new();
    assert_reason(house_ask_with(house, &request), REASON_ACCEPTED);
    assert_false(house->result.cached);
    assert_true(request.trace->count > 5);
    for (size_t i = 0; i < request.trace->count; i++)
        assert_true(request.trace->check[i].held);
    trace_free(request.trace);
    free(token);
}

/* What the decision line of the last attempt says. */
static char *
logged_by(struct house *house, uid_t caller, const char *user,
          const char *credential)
{
    struct attempt_request request = house_request(user, credential);
    char path[128], *line = calloc(1, 4096);
    int saved = dup(STDERR_FILENO);
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/log", house->dir);
    file = fopen(path, "w+");
    assert_non_null(file);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    request.caller = caller;
    (void)house_ask_with(house, &request);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(file);
    assert_true(fread(line, 1, 4095, file) > 0);
    (void)fclose(file);
    return line;
}

static char *
logged(struct house *house, const char *user, const char *credential)
{
    return logged_by(house, 0, user, credential);
}

static void
the_line_names_a_caller_who_is_not_root(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    char *line = logged_by(house, 2001, "alice", token);

    assert_non_null(strstr(line, " phase=auth uid=2001 user=alice "));
    free(line);
    free(token);
}

static void
one_line_says_what_was_decided_and_why(void **state)
{
    struct house *house = *state;
    const struct token_spec odd = {.sub = "alice", .more = ",\"x\":1"};
    char *token = house_token(house, &odd), *line;

    line = logged(house, "alice", token);
    assert_non_null(
        strstr(line, " phase=auth user=alice service=sshd rhost=\"192.0.2.1\" "
                     "issuer=work method=jwt sub=\"alice\" jti=\"j1\" "
                     "outcome=accepted reason=accepted cached=no ms="));
    assert_null(strchr(strchr(line, '\n') + 1, '\n'));
    assert_null(strstr(line, token));
    free(line);
    free(token);
}

static void
the_line_of_a_forged_token_repeats_nothing_of_it(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house), *line;

    strrchr(token, '.')[5] ^= 1;
    line = logged(house, "alice", token);
    assert_non_null(strstr(line, "outcome=wrong reason="));
    assert_null(strstr(line, "sub="));
    assert_null(strstr(line, "jti="));
    free(line);
    free(token);
}

static void
a_name_that_no_issuer_speaks_for_is_not_written_down(void **state)
{
    struct house *house = *state;
    char *line;

    house_configure(house, HOUSE_FILE_KEYS "\nusers = bob", HOUSE_SERVICE);
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    line = logged(house, "s3cret", "hunter2");
    assert_non_null(strstr(line, " user=? "));
    assert_null(strstr(line, "s3cret"));
    assert_null(strstr(line, "hunter2"));
    free(line);
}

static enum reason
ask_cut(struct house *house, const char *credential)
{
    struct attempt_request request = house_request("alice", credential);

    request.may_be_cut = true;
    assert_null(house_begin(house, &request)); /* never waits */
    assert_int_equal(house->answers, 1);
    return house->result.reason;
}

static void
a_token_that_may_be_cut_is_accepted_when_it_is_whole(void **state)
{
    struct house *house = *state;
    char *token = house_good_token(house);
    uint64_t decided;

    /* No keys yet: it does not wait for them. */
    assert_reason(ask_cut(house, token), REASON_INCOMPLETE);
    assert_reason(house_ask(house, "alice", token), REASON_ACCEPTED);
    assert_reason(ask_cut(house, token), REASON_ACCEPTED);
    assert_true(house->result.cached && house_has_login(house));
    helper_flush(&house->helper);
    assert_reason(ask_cut(house, token), REASON_ACCEPTED);
    decided = house->helper.decided[OUTCOME_NOT_OURS];
    token[strlen(token) - 2] = '\0';
    assert_reason(ask_cut(house, token), REASON_INCOMPLETE);
    assert_false(house_has_login(house));
    *strrchr(token, '.') = '\0';
    assert_reason(ask_cut(house, token), REASON_INCOMPLETE);
    token[20] = '\0';
    assert_reason(ask_cut(house, token), REASON_INCOMPLETE);
    assert_reason(ask_cut(house, "some-password"), REASON_INCOMPLETE);
    assert_reason(ask_cut(house, "hap_abc"), REASON_INCOMPLETE);
    assert_int_equal(house->helper.decided[OUTCOME_NOT_OURS], decided);
    free(token);
}

static void
a_token_that_may_be_cut_is_refused_when_it_verifies_and_is_not_good(
    void **state)
{
    struct house *house = *state;
    const struct token_spec expired = {.life = -300},
                            other = {.aud = "ssh://elsewhere"},
                            bob = {.sub = "bob"};
    char *good = house_good_token(house);
    char *tokens[] = {house_token(house, &expired), house_token(house, &other),
                      house_token(house, &bob)};

    assert_reason(house_ask(house, "alice", good), REASON_ACCEPTED);
    assert_reason(ask_cut(house, tokens[0]), REASON_EXPIRED);
    assert_reason(ask_cut(house, tokens[1]), REASON_AUDIENCE);
    assert_reason(ask_cut(house, tokens[2]), REASON_USER_MISMATCH);
    for (size_t i = 0; i < 3; i++)
        free(tokens[i]);
    free(good);
}

static void
what_may_be_cut_leaves_no_trace_of_its_refusal(void **state)
{
    struct house *house = *state;
    const struct token_spec unknown = {.kid = "k2"};
    char *good = house_good_token(house), *forged, *newer;
    struct verdicts_count count;

    assert_reason(house_ask(house, "alice", good), REASON_ACCEPTED);
    newer = house_token(house, &unknown);
    assert_reason(ask_cut(house, newer), REASON_INCOMPLETE);
    house_new_key(house);
    forged = house_good_token(house);
    assert_reason(ask_cut(house, forged), REASON_INCOMPLETE);
    count = verdicts_count(house->helper.verdicts);
    assert_int_equal(count.negatives, 0);
    assert_reason(house_ask(house, "alice", forged), REASON_SIGNATURE);
    free(good);
    free(forged);
    free(newer);
}

#define IN_HOUSE(test)                                                         \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
#define IN_EMPTY(test)                                                         \
    cmocka_unit_test_setup_teardown(test, house_setup_empty, house_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_HOUSE(a_good_token_waits_for_the_first_keys_and_is_accepted),
        IN_HOUSE(the_second_login_comes_from_the_cache_at_once),
        IN_HOUSE(a_token_that_may_be_cut_is_accepted_when_it_is_whole),
        IN_HOUSE(
            a_token_that_may_be_cut_is_refused_when_it_verifies_and_is_not_good),
        IN_HOUSE(what_may_be_cut_leaves_no_trace_of_its_refusal),
        IN_HOUSE(a_remembered_token_is_judged_anew_for_another_user_or_service),
        IN_HOUSE(a_token_that_expires_while_remembered_is_refused_with_its_age),
        IN_HOUSE(an_expired_token_is_refused_with_its_age),
        IN_HOUSE(a_definite_no_is_remembered),
        IN_HOUSE(a_forged_signature_is_refused_without_a_word),
        IN_HOUSE(the_shape_decides_whether_it_is_ours),
        IN_HOUSE(a_token_of_an_unknown_issuer_is_refused),
        IN_HOUSE(an_issuer_that_may_not_speak_for_the_user_is_not_asked),
        IN_EMPTY(without_a_configuration_nothing_is_ours),
        IN_EMPTY(without_an_issuer_only_damaged_tokens_are_ours),
        IN_EMPTY(a_broken_configuration_refuses_everything),
        IN_HOUSE(a_clock_that_ran_backwards_lets_nobody_in),
        IN_HOUSE(a_clock_that_was_never_set_lets_nobody_in),
        IN_HOUSE(verification_for_the_tool_stores_nothing),
        IN_HOUSE(verification_for_the_tool_does_not_believe_the_cache),
        IN_HOUSE(the_line_names_a_caller_who_is_not_root),
        IN_HOUSE(one_line_says_what_was_decided_and_why),
        IN_HOUSE(the_line_of_a_forged_token_repeats_nothing_of_it),
        IN_HOUSE(a_name_that_no_issuer_speaks_for_is_not_written_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
