/* SPDX-License-Identifier: BSD-2-Clause */
/* What a restart and a reload do to logins and sessions: who is called
 * otherwise by now goes, and nobody else. */
#include "helper/daemon/session.h"
#include "tests/unit/daemon_house.h"

#define NAMED                                                                  \
    HOUSE_FILE_KEYS "\nusername_claim = preferred_username\n"                  \
                    "required_claims = preferred_username"
#define OTHER                                                                  \
    HOUSE_FILE_KEYS "\nusername_claim = nickname\n"                            \
                    "required_claims = preferred_username"
#define SERVICES HOUSE_SERVICE "[service sudo]\naccept_login = 1h\n"
#define UID 1000
#define AUDIT 17

static void
write_all(struct house *house, const char *issuer, const char *map)
{
    house_write(house, "users.map", map);
    house_configure(house, issuer, SERVICES);
}

static int
setup(void **state)
{
    (void)house_setup_empty(state);
    write_all(*state, NAMED, "deploy work sub=ci\nother work sub=someone\n");
    house_start(*state, HELPER_KEEPS_STATE);
    return 0;
}

static enum reason
ask(struct house *house, enum wire_type type, const char *user,
    const char *service, const unsigned char login[LOGIN_ID_LEN])
{
    struct wire_request r = {.type = type,
                             .user = span_of(user),
                             .service = span_of(service),
                             .uid = UID,
                             .login_uid = UID,
                             .audit_session = AUDIT};

    if (login != NULL)
        memcpy(r.login, login, LOGIN_ID_LEN);
    session_ask(&house->helper, 0, &r, &house->result);
    return house->result.reason;
}

static enum reason
account(struct house *house, const char *user, const unsigned char *login)
{
    const struct account_request request = {span_of(user), span_of("sshd"),
                                            span_of(""), login, 0};

    attempt_account(&house->helper, &request, &house->result);
    return house->result.reason;
}

/* One login that is open, and one that is not yet. */
static void
log_in(struct house *house, const char *user, const char *sub,
       unsigned char login[LOGIN_ID_LEN])
{
    const struct token_spec spec = {
        .sub = sub, .more = ",\"preferred_username\":\"alice\""};
    char *token = house_token(house, &spec);

    assert_reason(house_ask(house, user, token), REASON_ACCEPTED);
    assert_reason(ask(house, WIRE_OPEN, user, "sshd", house->result.login),
                  REASON_ACCEPTED);
    assert_reason(house_ask(house, user, token), REASON_ACCEPTED);
    memcpy(login, house->result.login, LOGIN_ID_LEN);
    free(token);
}

static void
expect(struct house *house, const char *user, const unsigned char *login,
       bool goes_on)
{
    assert_reason(ask(house, WIRE_RESUME, user, "sudo", NULL),
                  goes_on ? REASON_ACCEPTED : REASON_USER_MISMATCH);
    assert_reason(ask(house, WIRE_PRESENT, user, "sshd", NULL),
                  goes_on ? REASON_ACCEPTED : REASON_NOT_PRESENT);
    assert_reason(account(house, user, login),
                  goes_on ? REASON_ACCEPTED : REASON_USER_MISMATCH);
}

static void
reload(struct house *house)
{
    if (!helper_reload(&house->helper, house->conf, CONFIG_FILE_ONLY))
        fail_msg("%s", house->helper.complaints.data);
}

static void
restart(struct house *house)
{
    char folder[96];

    (void)snprintf(folder, sizeof(folder), "%s/run", house->dir);
    (void)mkdir(folder, 0700);
    helper_save(&house->helper, folder);
    helper_close(&house->helper);
    house_start(house, HELPER_KEEPS_STATE);
    helper_restore(&house->helper, folder);
}

static void (*const change[])(struct house *) = {reload, restart};

static void
what_did_not_change_goes_on(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];

    log_in(house, "alice", "a", login);
    for (size_t i = 0; i < 2; i++) {
        change[i](house);
        expect(house, "alice", login, true);
        /* Nor what says nothing of who he is, or of another. */
        write_all(house, NAMED "\nstale_keys = 2d",
                  "deploy work sub=ci\nother work sub=else\n");
        change[i](house);
        expect(house, "alice", login, true);
    }
}

static void
another_username_claim_ends_it(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];

    for (size_t i = 0; i < 2; i++) {
        write_all(house, NAMED, "");
        reload(house);
        log_in(house, "alice", "a", login);
        write_all(house, OTHER, "");
        change[i](house);
        expect(house, "alice", login, false);
    }
}

static void
another_line_of_users_map_ends_it(void **state)
{
    struct house *house = *state;
    unsigned char login[LOGIN_ID_LEN];

    for (size_t i = 0; i < 2; i++) {
        write_all(house, NAMED, "deploy work sub=ci\n");
        reload(house);
        log_in(house, "deploy", "ci", login);
        write_all(house, NAMED, "deploy work sub=ci\nbob work sub=b\n");
        change[i](house);
        expect(house, "deploy", login, true);
        write_all(house, NAMED, "deploy work sub=ci-2\n");
        change[i](house);
        expect(house, "deploy", login, false);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, house_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_did_not_change_goes_on),
        TEST(another_username_claim_ends_it),
        TEST(another_line_of_users_map_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
