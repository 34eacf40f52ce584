/* SPDX-License-Identifier: BSD-2-Clause */
/* A session from its opening to its end: what it collects, what a clock that
 * jumps does to it, and that only root opens one. */
#include "helper/daemon/session.h"
#include "tests/unit/daemon_house.h"

#define SECRETS HOUSE_FILE_KEYS "\nsecrets = pw:password"
#define FILES(value) HOUSE_SERVICE "session_files = " value "\n"
#define PW ",\"pw\":\"tr0ub4dor\""

static int
setup_files(void **state)
{
    (void)house_setup_empty(state);
    house_configure(*state, SECRETS, FILES("token secrets"));
    house_start(*state, HELPER_KEEPS_STATE);
    return 0;
}

static char *
token_of(struct house *house)
{
    const struct token_spec spec = {.more = PW};

    return house_token(house, &spec);
}

static enum reason
log_in(struct house *house, const char *token, uid_t caller,
       unsigned char login[LOGIN_ID_LEN])
{
    struct attempt_request request = house_request("alice", token);
    enum reason reason;

    request.caller = caller;
    reason = house_ask_with(house, &request);
    memcpy(login, house->result.login, LOGIN_ID_LEN);
    return reason;
}

static enum reason
ask(struct house *house, enum wire_type type, const char *user, uid_t caller,
    const unsigned char login[LOGIN_ID_LEN])
{
    struct wire_request r = {
        .type = type, .user = span_of(user), .service = span_of("sshd")};

    memcpy(r.login, login, LOGIN_ID_LEN);
    session_ask(&house->helper, caller, &r, &house->result);
    return house->result.reason;
}

static enum reason
opens(struct house *house, const unsigned char login[LOGIN_ID_LEN])
{
    return ask(house, WIRE_OPEN, "alice", 0, login);
}

static enum reason
collects(struct house *house, const unsigned char login[LOGIN_ID_LEN])
{
    return ask(house, WIRE_COLLECT, "alice", 0, login);
}

/* The files of that login: "NAME=CONTENT NAME=CONTENT", "" for none. */
static void
assert_files(struct house *house, const unsigned char login[LOGIN_ID_LEN],
             const char *wanted)
{
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct buffer text = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_files files;
    size_t i;

    assert_true(
        parcels_take(house->helper.parcels, login, clock_boot_ms(), &packet));
    assert_true(wire_get_files(buffer_span(&packet), &files));
    assert_memory_equal(files.login, login, LOGIN_ID_LEN);
    for (i = 0; i < files.count; i++) {
        if (i > 0)
            buffer_text(&text, " ");
        buffer_add(&text, files.file[i].name.data, files.file[i].name.len);
        buffer_text(&text, "=");
        buffer_add(&text, files.file[i].content.data,
                   files.file[i].content.len);
    }
    assert_string_equal(text.data, wanted);
    buffer_free(&packet);
    buffer_free(&text);
}

static void
what_is_kept_is_collected_once_by_the_session(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];
    char *token = token_of(house), wanted[1024];

    (void)snprintf(wanted, sizeof(wanted), "=%s password=tr0ub4dor", token);
    assert_reason(log_in(house, token, 0, login), REASON_ACCEPTED);
    assert_reason(collects(house, login), REASON_LOGIN_UNKNOWN);
    assert_reason(opens(house, login), REASON_ACCEPTED);
    assert_true(house->result.files);
    assert_reason(ask(house, WIRE_COLLECT, "bob", 0, login),
                  REASON_LOGIN_UNKNOWN);
    assert_reason(ask(house, WIRE_COLLECT, "alice", 2001, login),
                  REASON_CALLER);
    assert_reason(collects(house, login), REASON_ACCEPTED);
    assert_files(house, login, wanted);
    assert_reason(collects(house, login), REASON_LOGIN_UNKNOWN);
    assert_reason(opens(house, login), REASON_ACCEPTED); /* a second line */
    assert_false(house->result.files);
    free(token);
}

static void
a_remembered_verdict_has_no_secrets_so_it_is_verified_anew(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];
    char *token = token_of(house), wanted[1024];

    (void)snprintf(wanted, sizeof(wanted), "=%s password=tr0ub4dor", token);
    assert_reason(log_in(house, token, 0, login), REASON_ACCEPTED);
    assert_reason(log_in(house, token, 0, login), REASON_ACCEPTED);
    assert_false(house->result.cached);
    assert_files(house, login, wanted);
    house_configure(house, SECRETS, FILES("token"));
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    assert_reason(log_in(house, token, 0, login), REASON_ACCEPTED);
    assert_true(house->result.cached);
    (void)snprintf(wanted, sizeof(wanted), "=%s", token);
    assert_files(house, login, wanted);
    free(token);
}

static void
nothing_is_kept_for_callers_that_are_not_root(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];
    char *token = token_of(house);

    assert_reason(log_in(house, token, 2001, login), REASON_ACCEPTED);
    assert_int_equal(parcels_sweep(house->helper.parcels, clock_boot_ms()), 0);
    free(token);
}

static void
nothing_is_kept_of_who_is_refused(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];
    char *token = token_of(house);

    house_configure(house, SECRETS,
                    FILES("token secrets") "deny_user = alice\n");
    assert_true(helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY));
    assert_reason(log_in(house, token, 0, login), REASON_USER_RULE);
    assert_int_equal(parcels_sweep(house->helper.parcels, clock_boot_ms()), 0);
    free(token);
}

static void
a_session_that_closed_collects_nothing(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];
    char *token = token_of(house);

    assert_reason(ask(house, WIRE_CLOSE, "alice", 0,
                      (const unsigned char *)"0123456789abcdef"),
                  REASON_LOGIN_UNKNOWN);
    assert_reason(log_in(house, token, 0, login), REASON_ACCEPTED);
    assert_reason(opens(house, login), REASON_ACCEPTED);
    assert_reason(ask(house, WIRE_CLOSE, "alice", 0, login), REASON_ACCEPTED);
    assert_reason(ask(house, WIRE_CLOSE, "alice", 0, login),
                  REASON_LOGIN_UNKNOWN);
    assert_reason(collects(house, login), REASON_LOGIN_UNKNOWN);
    assert_int_equal(parcels_sweep(house->helper.parcels, clock_boot_ms()), 0);
    free(token);
}

static void
what_was_revoked_meanwhile_collects_nothing(void **state)
{
    struct house *house = *state;
    const struct revocation mark = {REVOKE_USER, span_of("alice"), span_of("")};
    unsigned char login[LOGIN_ID_LEN];
    char *token = token_of(house);

    assert_reason(log_in(house, token, 0, login), REASON_ACCEPTED);
    assert_reason(opens(house, login), REASON_ACCEPTED);
    assert_int_equal(
        revocations_mark(house->helper.revocations, &mark, clock_wall()),
        REVOCATION_DONE);
    assert_reason(collects(house, login), REASON_REVOKED);
    assert_int_equal(parcels_sweep(house->helper.parcels, clock_boot_ms()), 0);
    free(token);
}

static void
a_clock_that_jumps_opens_nothing(void **state)
{
    struct house *house = *state;
    unsigned char first[LOGIN_ID_LEN], second[LOGIN_ID_LEN];
    char *token = token_of(house);

    assert_reason(log_in(house, token, 0, first), REASON_ACCEPTED);
    assert_reason(log_in(house, token, 0, second), REASON_ACCEPTED);
    assert_reason(opens(house, first), REASON_ACCEPTED);
    house_clock_offset = -3600; /* an hour back */
    assert_reason(opens(house, second), REASON_CLOCK);
    assert_reason(collects(house, first), REASON_CLOCK);
    assert_reason(ask(house, WIRE_PRESENT, "alice", 0, (unsigned char[16]){0}),
                  REASON_CLOCK);
    house_clock_offset = 0; /* set right again: nothing was lost */
    assert_reason(ask(house, WIRE_PRESENT, "alice", 0, (unsigned char[16]){0}),
                  REASON_ACCEPTED);
    house_clock_offset = 3600; /* an hour forward: tokens have ended */
    assert_reason(opens(house, second), REASON_TOKEN_ENDED);
    assert_reason(collects(house, first), REASON_TOKEN_ENDED);
    assert_reason(ask(house, WIRE_PRESENT, "alice", 0, (unsigned char[16]){0}),
                  REASON_NOT_PRESENT);
    house_clock_offset = 0; /* back behind what was seen */
    assert_reason(opens(house, second), REASON_CLOCK);
    assert_reason(ask(house, WIRE_CLOSE, "alice", 0, first), REASON_ACCEPTED);
    free(token);
}

#define IN_HOUSE(test)                                                         \
    cmocka_unit_test_setup_teardown(test, setup_files, house_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_HOUSE(what_is_kept_is_collected_once_by_the_session),
        IN_HOUSE(a_remembered_verdict_has_no_secrets_so_it_is_verified_anew),
        IN_HOUSE(nothing_is_kept_for_callers_that_are_not_root),
        IN_HOUSE(nothing_is_kept_of_who_is_refused),
        IN_HOUSE(a_session_that_closed_collects_nothing),
        IN_HOUSE(what_was_revoked_meanwhile_collects_nothing),
        IN_HOUSE(a_clock_that_jumps_opens_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
