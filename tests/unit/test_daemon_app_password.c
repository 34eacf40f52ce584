/* SPDX-License-Identifier: BSD-2-Clause */
/* Who makes, sees, replaces and revokes app passwords of this machine. */
#include "tests/unit/daemon_house.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>

#include "helper/daemon/app_password.h"

#define ALICE 1000

/* The issuer's tokens prove who somebody is; app passwords are on. */
#define SERVICES                                                               \
    "[issuer local]\naccept = host-password\n"                                 \
    "app_password_lifetime = 365d\napp_password_self_lifetime = 30d\n"         \
    "[service app-password]\nissuers = work\n"                                 \
    "[service sshd]\nissuers = work local\n"

struct stage {
    struct house house;
    struct helper *helper;
    unsigned answers;
    enum wire_status status;
    json_t *body;
    char password[HOSTPW_TEXT_MAX], id[HOSTPW_ID_LEN + 1];
    FILE *log;
    int stderr_before;
    char log_text[65536];
};

static void
start(struct stage *stage, const char *services)
{
    house_configure(&stage->house, HOUSE_FILE_KEYS, services);
    house_start(&stage->house, HELPER_KEEPS_STATE);
    stage->helper = &stage->house.helper;
    if (stage->helper->config == NULL)
        fail_msg("%s", stage->helper->complaints.data);
}

static int
setup_with(void **state, const char *services)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    assert_non_null(stage);
    house_open(&stage->house);
    start(stage, services);
    stage->log = tmpfile();
    assert_non_null(stage->log);
    stage->stderr_before = dup(STDERR_FILENO);
    assert_true(dup2(fileno(stage->log), STDERR_FILENO) >= 0);
    *state = stage;
    return 0;
}

static int
setup(void **state)
{
    return setup_with(state, SERVICES);
}

static int
setup_off(void **state)
{
    return setup_with(state, HOUSE_SERVICE);
}

static int
setup_closed(void **state)
{
    return setup_with(state, "[issuer local]\naccept = host-password\n"
                             "app_password_self_lifetime = 30d\n");
}

static int
teardown(void **state)
{
    struct stage *stage = *state;

    json_decref(stage->body);
    house_close(&stage->house);
    assert_true(dup2(stage->stderr_before, STDERR_FILENO) >= 0);
    close(stage->stderr_before);
    (void)fclose(stage->log);
    free(stage);
    return 0;
}

static const char *
logged(struct stage *stage)
{
    ssize_t n = pread(fileno(stage->log), stage->log_text,
                      sizeof(stage->log_text) - 1, 0);

    stage->log_text[n > 0 ? n : 0] = '\0';
    return stage->log_text;
}

/* --- asking --- */

static const char *
text(const struct stage *stage, const char *name)
{
    const char *value = json_string_value(json_object_get(stage->body, name));

    return value != NULL ? value : "";
}

static void
answered(void *context, enum wire_status status, struct span body)
{
    struct stage *stage = context;

    stage->answers++;
    stage->status = status;
    json_decref(stage->body);
    stage->body = json_loadb(body.data, body.len, 0, NULL);
    assert_non_null(stage->body);
    if (text(stage, "password")[0] == '\0')
        return;
    (void)snprintf(stage->password, sizeof(stage->password), "%s",
                   text(stage, "password"));
    (void)snprintf(stage->id, sizeof(stage->id), "%s", text(stage, "id"));
}

static enum wire_status
ask(struct stage *stage, uid_t uid, enum wire_operation operation,
    const char *user, const char *argument, const char *credential)
{
    const struct wire_control c = {
        .operation = operation,
        .ms_left = 5000,
        .user = span_of(user),
        .argument = span_of(argument),
        .credential = span_of(credential),
    };

    stage->answers = 0;
    (void)app_password_start(stage->helper, uid, &c, answered, stage);
    while (stage->answers == 0 && uv_run(&stage->house.loop, UV_RUN_ONCE) != 0)
        ;
    assert_int_equal(stage->answers, 1);
    return stage->status;
}

#define assert_says(stage, wanted, words)                                      \
    do {                                                                       \
        assert_int_equal((stage)->status, (wanted));                           \
        if (strstr(text((stage), "error"), (words)) == NULL)                   \
            fail_msg("it says: %s", text((stage), "error"));                   \
    } while (0)

static enum wire_status
create(struct stage *stage, uid_t uid, const char *user, const char *order)
{
    char *token = house_good_token(&stage->house);
    enum wire_status status = ask(stage, uid, WIRE_OP_APP_PASSWORD_CREATE, user,
                                  order, uid == 0 ? "" : token);

    free(token);
    return status;
}

/* An order about the last one. */
static enum wire_status
about(struct stage *stage, uid_t uid, enum wire_operation operation,
      const char *user)
{
    char order[64];

    (void)snprintf(order, sizeof(order), "{\"id\":\"%s\"}", stage->id);
    return ask(stage, uid, operation, user, order, "");
}

static size_t
listed(struct stage *stage, uid_t uid, const char *user)
{
    assert_int_equal(ask(stage, uid, WIRE_OP_APP_PASSWORD_LIST, user, "", ""),
                     WIRE_DONE);
    return json_array_size(json_object_get(stage->body, "app_passwords"));
}

/* --- root --- */

static void
root_makes_one_that_opens(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(create(stage, 0, "alice",
                            "{\"name\":\"backup job\",\"services\":[\"sshd\"],"
                            "\"scopes\":[\"ssh:login\"],"
                            "\"networks\":[\"192.0.2.0/24\"]}"),
                     WIRE_DONE);
    assert_memory_equal(stage->password, "hap_", 4);
    assert_reason(house_ask(&stage->house, "alice", stage->password),
                  REASON_ACCEPTED);
    assert_reason(house_ask(&stage->house, "bob", stage->password),
                  REASON_PASSWORD);
    assert_int_equal(about(stage, 0, WIRE_OP_APP_PASSWORD_SHOW, ""), WIRE_DONE);
    assert_string_equal(text(stage, "name"), "backup job");
    assert_false(json_is_true(json_object_get(stage->body, "self_made")));
    assert_null(json_object_get(stage->body, "hash"));
    assert_null(json_object_get(stage->body, "password"));
}

static int64_t
life(struct stage *stage)
{
    const struct hostpw *key =
        hostpws_find(stage->helper->hostpws, span_of(stage->id));

    assert_non_null(key);
    return key->expires - key->created;
}

static void
a_lifetime_has_its_bounds(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(create(stage, 0, "alice", "{}"), WIRE_DONE);
    assert_int_equal(life(stage), APP_PASSWORD_LIFETIME_S);
    assert_int_equal(create(stage, 0, "alice", "{\"lifetime\":31536000}"),
                     WIRE_DONE);
    assert_int_equal(life(stage), 365 * 86400);
    create(stage, 0, "alice", "{\"lifetime\":31536001}");
    assert_says(stage, WIRE_FAILED, "365d at most (app_password_lifetime)");
    assert_int_equal(create(stage, ALICE, "alice", "{}"), WIRE_DONE);
    assert_int_equal(life(stage), 30 * 86400);
    create(stage, ALICE, "alice", "{\"lifetime\":2592001}");
    assert_says(stage, WIRE_FAILED, "30d at most (app_password_self_lifetime)");
}

static void
an_order_that_is_not_understood_makes_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"network\":[\"192.0.2.0/24\"]}",
        "{\"networks\":[]}",
        "{\"networks\":\"192.0.2.0/24\"}",
        "{\"services\":[\"\"]}",
        "{\"services\":[7]}",
        "{\"lifetime\":0}",
        "{\"lifetime\":-1}",
        "{\"lifetime\":\"90d\"}",
        "{\"lifetime\":1.5}",
        "{\"lifetime\":99999999999}",
        "{\"name\":\"\"}",
        "{\"id\":\"0123456789ab\"}",
        "{\"overlap\":5}",
        "{\"lifetime\":5,\"lifetime\":6}",
        "{\"services\":[\"not a service\"]}",
        "{\"networks\":[\"192.0.2.1/8\"]}",
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (create(stage, 0, "alice", bad[i]) != WIRE_FAILED)
            fail_msg("%s", bad[i]);
    assert_int_equal(listed(stage, 0, ""), 0);
}

static void
an_order_about_one_names_it(void **state)
{
    struct stage *stage = *state;

    for (int i = WIRE_OP_APP_PASSWORD_SHOW; i <= WIRE_OP_APP_PASSWORD_ROTATE;
         i++) {
        enum wire_operation operation = (enum wire_operation)i;

        ask(stage, 0, operation, "", "{}", "");
        assert_says(stage, WIRE_FAILED, "no id");
        ask(stage, 0, operation, "", "{\"id\":\"0123456789ab\"}", "");
        assert_says(stage, WIRE_FAILED, "no such");
        ask(stage, 0, operation, "", "{\"id\":\"../../../../etc/pa\"}", "");
        assert_says(stage, WIRE_FAILED, "no such");
    }
}

static void
without_the_method_the_line_to_add_is_told(void **state)
{
    struct stage *stage = *state;

    create(stage, 0, "alice", "{}");
    assert_says(stage, WIRE_FAILED, "accept = jwt host-password");
    assert_int_equal(listed(stage, 0, ""), 0);
}

static void
a_rotation_leaves_both_for_the_overlap(void **state)
{
    struct stage *stage = *state;
    char old[HOSTPW_TEXT_MAX], order[128];

    create(stage, 0, "alice", "{\"services\":[\"sshd\"]}");
    (void)snprintf(old, sizeof(old), "%s", stage->password);
    (void)snprintf(order, sizeof(order), "{\"id\":\"%s\",\"overlap\":3600}",
                   stage->id);
    assert_int_equal(ask(stage, 0, WIRE_OP_APP_PASSWORD_ROTATE, "", order, ""),
                     WIRE_DONE);
    assert_string_not_equal(stage->password, old);
    assert_reason(house_ask(&stage->house, "alice", old), REASON_ACCEPTED);
    assert_reason(house_ask(&stage->house, "alice", stage->password),
                  REASON_ACCEPTED);
    house_clock_offset = 3601;
    assert_reason(house_ask(&stage->house, "alice", old), REASON_EXPIRED);
    assert_reason(house_ask(&stage->house, "alice", stage->password),
                  REASON_ACCEPTED);
    house_clock_offset = 0;
}

static void
a_revoked_one_opens_nothing(void **state)
{
    struct stage *stage = *state;

    create(stage, 0, "alice", "{}");
    assert_reason(house_ask(&stage->house, "alice", stage->password),
                  REASON_ACCEPTED);
    assert_int_equal(about(stage, 0, WIRE_OP_APP_PASSWORD_REVOKE, ""),
                     WIRE_DONE);
    assert_reason(house_ask(&stage->house, "alice", stage->password),
                  REASON_PASSWORD);
    about(stage, 0, WIRE_OP_APP_PASSWORD_REVOKE, "");
    assert_says(stage, WIRE_FAILED, "no such");
}

/* --- everybody else --- */

static void
one_makes_his_own_with_a_fresh_credential(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(create(stage, ALICE, "alice", "{\"name\":\"laptop\"}"),
                     WIRE_DONE);
    assert_reason(house_ask(&stage->house, "alice", stage->password),
                  REASON_ACCEPTED);
    assert_int_equal(about(stage, ALICE, WIRE_OP_APP_PASSWORD_SHOW, "alice"),
                     WIRE_DONE);
    assert_true(json_is_true(json_object_get(stage->body, "self_made")));
    assert_true(seen_last(stage->helper->seen, span_of("alice")) > 0);
}

static void
self_service(struct stage *stage, const char *credential,
             enum wire_status status, const char *words)
{
    ask(stage, ALICE, WIRE_OP_APP_PASSWORD_CREATE, "alice", "{}", credential);
    assert_says(stage, status, words);
    assert_int_equal(listed(stage, 0, ""), 0);
}

static void
a_credential_is_needed_and_must_be_good(void **state)
{
    static const struct token_spec of_bob = {.sub = "bob"};
    static const struct token_spec elsewhere = {.aud = "ssh://other.example"};
    struct stage *stage = *state;
    char *token = house_token(&stage->house, &of_bob);

    self_service(stage, "", WIRE_REFUSED, "show a credential");
    self_service(stage, "secret", WIRE_FAILED, "not accepted");
    self_service(stage, "eyJ.x.y", WIRE_FAILED, "not accepted");
    self_service(stage, token, WIRE_FAILED, "not accepted");
    free(token);
    token = house_token(&stage->house, &elsewhere);
    self_service(stage, token, WIRE_FAILED, "(audience)");
    free(token);
    token = house_good_token(&stage->house);
    house_clock_offset = 3600;
    self_service(stage, token, WIRE_FAILED, "(expired)");
    house_clock_offset = 0;
    free(token);
}

/* The cache would still say yes. */
static void
a_verdict_from_before_is_no_proof(void **state)
{
    struct stage *stage = *state;
    char *token = house_good_token(&stage->house);
    struct attempt_request request = house_request("alice", token);

    request.service = span_of(APP_PASSWORD_SERVICE);
    assert_reason(house_ask_with(&stage->house, &request), REASON_ACCEPTED);
    assert_reason(house_ask_with(&stage->house, &request), REASON_ACCEPTED);
    assert_true(stage->house.result.cached);
    house_clock_offset = 3600;
    self_service(stage, token, WIRE_FAILED, "(expired)");
    house_clock_offset = 0;
    free(token);
}

static void
an_app_password_makes_no_others(void **state)
{
    struct stage *stage = *state;
    char password[HOSTPW_TEXT_MAX];

    create(stage, 0, "alice", "{}");
    memcpy(password, stage->password, sizeof(password));
    ask(stage, ALICE, WIRE_OP_APP_PASSWORD_CREATE, "alice", "{}", password);
    assert_says(stage, WIRE_REFUSED, "makes no others");
    assert_int_equal(listed(stage, 0, ""), 1);
}

static void
without_a_section_nobody_makes_his_own(void **state)
{
    struct stage *stage = *state;

    create(stage, ALICE, "alice", "{}");
    assert_says(stage, WIRE_FAILED, "(no-service)");
    assert_int_equal(create(stage, 0, "alice", "{}"), WIRE_DONE);
}

static void
one_gives_himself_no_scopes(void **state)
{
    struct stage *stage = *state;

    create(stage, ALICE, "alice", "{\"scopes\":[\"admin\"]}");
    assert_says(stage, WIRE_REFUSED, "scopes");
    assert_int_equal(listed(stage, 0, ""), 0);
}

static void
a_shared_account_has_none_of_its_own(void **state)
{
    struct stage *stage = *state;

    house_write(&stage->house, "users.map", "alice work sub=alice\n");
    assert_true(
        helper_reload(stage->helper, stage->house.conf, CONFIG_FILE_ONLY));
    create(stage, ALICE, "alice", "{}");
    assert_says(stage, WIRE_REFUSED, "shared accounts");
}

static void
one_sees_and_revokes_his_own_only(void **state)
{
    struct stage *stage = *state;

    create(stage, 0, "bob", "{}");
    assert_int_equal(listed(stage, ALICE, "alice"), 0);
    assert_int_equal(listed(stage, 0, ""), 1);
    about(stage, ALICE, WIRE_OP_APP_PASSWORD_SHOW, "alice");
    assert_says(stage, WIRE_FAILED, "no such");
    about(stage, ALICE, WIRE_OP_APP_PASSWORD_REVOKE, "alice");
    assert_says(stage, WIRE_FAILED, "no such");
    about(stage, ALICE, WIRE_OP_APP_PASSWORD_REVOKE, "");
    assert_says(stage, WIRE_REFUSED, "only root");
    ask(stage, ALICE, WIRE_OP_APP_PASSWORD_LIST, "", "", "");
    assert_says(stage, WIRE_REFUSED, "only root");
    create(stage, 0, "alice", "{}");
    assert_int_equal(listed(stage, ALICE, "alice"), 1);
    assert_int_equal(about(stage, ALICE, WIRE_OP_APP_PASSWORD_REVOKE, "alice"),
                     WIRE_DONE);
    assert_int_equal(listed(stage, 0, ""), 1);
}

static enum wire_status
rotate_own(struct stage *stage)
{
    char order[64], *token = house_good_token(&stage->house);
    enum wire_status status;

    (void)snprintf(order, sizeof(order), "{\"id\":\"%s\"}", stage->id);
    status =
        ask(stage, ALICE, WIRE_OP_APP_PASSWORD_ROTATE, "alice", order, token);
    free(token);
    return status;
}

static void
one_replaces_what_he_made_and_nothing_else(void **state)
{
    struct stage *stage = *state;

    create(stage, ALICE, "alice", "{}");
    about(stage, ALICE, WIRE_OP_APP_PASSWORD_ROTATE, "alice");
    assert_says(stage, WIRE_REFUSED, "show a credential");
    assert_int_equal(rotate_own(stage), WIRE_DONE);
    assert_int_equal(life(stage), 30 * 86400);
    create(stage, 0, "alice", "{\"scopes\":[\"admin\"]}");
    rotate_own(stage);
    assert_says(stage, WIRE_REFUSED, "only root replaces it");
    create(stage, 0, "bob", "{}");
    rotate_own(stage);
    assert_says(stage, WIRE_FAILED, "no such");
}

/* --- what is told --- */

static void
who_did_what_is_logged_and_no_secret(void **state)
{
    struct stage *stage = *state;
    char line[256], secret[17], *token = house_good_token(&stage->house);

    create(stage, ALICE, "alice", "{}");
    (void)snprintf(line, sizeof(line),
                   "app password created id=%s user=alice uid=1000", stage->id);
    assert_non_null(strstr(logged(stage), line));
    (void)snprintf(secret, sizeof(secret), "%s",
                   stage->password + 4 + HOSTPW_ID_LEN + 1);
    about(stage, ALICE, WIRE_OP_APP_PASSWORD_REVOKE, "alice");
    (void)snprintf(line, sizeof(line),
                   "app password revoked id=%s user=alice uid=1000", stage->id);
    assert_non_null(strstr(logged(stage), line));
    create(stage, ALICE, "alice", "{\"scopes\":[\"a\"]}");
    assert_non_null(strstr(logged(stage), "app password refused "
                                          "operation=create user=alice"));
    ask(stage, ALICE, WIRE_OP_APP_PASSWORD_CREATE, "alice", "{\"x\":1}", token);
    assert_null(strstr(logged(stage), secret));
    assert_null(strstr(logged(stage), token));
    free(token);
}

static void
a_long_list_is_cut_and_says_so(void **state)
{
    struct stage *stage = *state;
    char user[32];
    size_t shown;

    for (int i = 0; i < 600; i++) {
        (void)snprintf(user, sizeof(user), "user%d", i);
        assert_int_equal(
            create(stage, 0, user,
                   "{\"name\":\"a name of some length for the list\"}"),
            WIRE_DONE);
    }
    shown = listed(stage, 0, "");
    assert_true(shown > 0 && shown < 600);
    assert_int_equal(
        json_integer_value(json_object_get(stage->body, "not_shown")),
        600 - shown);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STAGED(root_makes_one_that_opens),
        STAGED(a_lifetime_has_its_bounds),
        STAGED(an_order_that_is_not_understood_makes_nothing),
        STAGED(an_order_about_one_names_it),
        cmocka_unit_test_setup_teardown(
            without_the_method_the_line_to_add_is_told, setup_off, teardown),
        STAGED(a_rotation_leaves_both_for_the_overlap),
        STAGED(a_revoked_one_opens_nothing),
        STAGED(one_makes_his_own_with_a_fresh_credential),
        STAGED(a_credential_is_needed_and_must_be_good),
        STAGED(a_verdict_from_before_is_no_proof),
        STAGED(an_app_password_makes_no_others),
        cmocka_unit_test_setup_teardown(without_a_section_nobody_makes_his_own,
                                        setup_closed, teardown),
        STAGED(one_gives_himself_no_scopes),
        STAGED(a_shared_account_has_none_of_its_own),
        STAGED(one_sees_and_revokes_his_own_only),
        STAGED(one_replaces_what_he_made_and_nothing_else),
        STAGED(who_did_what_is_logged_and_no_secret),
        STAGED(a_long_list_is_cut_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
