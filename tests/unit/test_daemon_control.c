/* SPDX-License-Identifier: BSD-2-Clause */
/* What httpauthctl may ask, who may, and what it is told. */
#include "tests/unit/daemon_house.h"

#include <jansson.h>

#include "helper/daemon/caller.h"
#include "helper/daemon/control.h"
#include "helper/daemon/report.h"

struct stage {
    struct house house;
    struct daemon daemon; /* its helper is the one in use */
    enum wire_status status;
    json_t *body;
};

static int
setup(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    assert_non_null(stage);
    house_open(&stage->house);
    house_configure(&stage->house, HOUSE_FILE_KEYS, HOUSE_SERVICE);
    stage->daemon.file = stage->house.conf;
    stage->daemon.scope = CONFIG_FILE_ONLY;
    assert_true(helper_init(&stage->daemon.helper, &stage->house.loop,
                            stage->house.conf, CONFIG_FILE_ONLY,
                            HELPER_KEEPS_STATE));
    *state = stage;
    return 0;
}

static int
teardown(void **state)
{
    struct stage *stage = *state;

    json_decref(stage->body);
    helper_close(&stage->daemon.helper);
    house_close(&stage->house);
    free(stage);
    return 0;
}

static void
answered(void *context, enum wire_status status, struct span body)
{
    struct stage *stage = context;

    stage->status = status;
    json_decref(stage->body);
    stage->body = json_loadb(body.data, body.len, 0, NULL);
    assert_non_null(stage->body);
}

static void
ask(struct stage *stage, enum wire_operation operation, const char *user,
    const char *argument)
{
    const struct wire_control c = {
        .operation = operation,
        .ms_left = 1000,
        .user = span_of(user),
        .argument = span_of(argument),
    };

    assert_null(control_start(&stage->daemon, 0, &c, answered, stage));
}

static const char *
text(const struct stage *stage, const char *name)
{
    return json_string_value(json_object_get(stage->body, name));
}

static void
root_may_everything_and_others_only_about_themselves(void **state)
{
    (void)state;
    for (int i = 1; i < WIRE_OP_COUNT; i++) {
        enum wire_operation operation = (enum wire_operation)i;

        assert_int_equal(control_right(operation, 0), CONTROL_YES);
        assert_int_equal(control_right(operation, 1000),
                         operation == WIRE_OP_VERIFY ||
                                 (operation >= WIRE_OP_APP_PASSWORD_CREATE &&
                                  operation <= WIRE_OP_APP_PASSWORD_ROTATE)
                             ? CONTROL_IF_SAME_USER
                             : CONTROL_NO);
    }
    assert_int_equal(control_right(WIRE_OP_COUNT, 0), CONTROL_NO);
    assert_int_equal(control_right((enum wire_operation)0, 0), CONTROL_NO);
}

static void
status_says_what_is_loaded(void **state)
{
    struct stage *stage = *state;
    const json_t *configuration;

    ask(stage, WIRE_OP_STATUS, "", "");
    assert_int_equal(stage->status, WIRE_DONE);
    assert_non_null(text(stage, "version"));
    configuration = json_object_get(stage->body, "configuration");
    assert_string_equal(
        json_string_value(json_object_get(configuration, "state")), "ok");
    assert_int_equal(json_array_size(json_object_get(configuration, "files")),
                     1);
    assert_int_equal(json_array_size(json_object_get(stage->body, "issuers")),
                     1);
    assert_true(json_is_integer(json_object_get(stage->body, "uptime_s")));
    assert_true(json_is_integer(json_object_get(stage->body, "verdicts")));
    assert_true(json_is_integer(
        json_object_get(json_object_get(stage->body, "decisions"),
                        outcome_name(OUTCOME_ACCEPTED))));
}

static void
a_reload_tells_each_fault(void **state)
{
    struct stage *stage = *state;

    ask(stage, WIRE_OP_RELOAD, "", "");
    assert_int_equal(stage->status, WIRE_DONE);
    assert_true(json_is_true(json_object_get(stage->body, "reloaded")));
    house_write(&stage->house, "httpauthd.conf",
                "[httpauthd]\none = 1\ntwo = 2\n");
    ask(stage, WIRE_OP_RELOAD, "", "");
    assert_int_equal(stage->status, WIRE_FAILED);
    assert_non_null(strstr(text(stage, "error"), "running one stays"));
    assert_int_equal(
        json_array_size(json_object_get(stage->body, "complaints")), 2);
    ask(stage, WIRE_OP_STATUS, "", "");
    assert_int_equal(
        json_array_size(json_object_get(
            json_object_get(stage->body, "configuration"), "complaints")),
        2);
}

static void
users_are_listed_and_forgotten_by_issuer_name(void **state)
{
    struct stage *stage = *state;
    struct pins *pins = stage->daemon.helper.pins;

    assert_int_equal(pins_check(pins, span_of("alice"), span_of(HOUSE_ISSUER),
                                span_of("u-1")),
                     PIN_NEW);
    ask(stage, WIRE_OP_USER_LIST, "", "");
    assert_int_equal(json_array_size(json_object_get(stage->body, "users")), 1);
    ask(stage, WIRE_OP_USER_FORGET, "alice", "another");
    assert_int_equal(
        json_integer_value(json_object_get(stage->body, "forgotten")), 0);
    ask(stage, WIRE_OP_USER_FORGET, "alice", "work");
    assert_int_equal(
        json_integer_value(json_object_get(stage->body, "forgotten")), 1);
    ask(stage, WIRE_OP_USER_LIST, "", "");
    assert_int_equal(json_array_size(json_object_get(stage->body, "users")), 0);
}

static void
a_list_that_is_too_long_is_cut_and_says_so(void **state)
{
    struct stage *stage = *state;
    struct pins *pins = stage->daemon.helper.pins;
    char user[32], subject[LIMIT_CLAIM];
    json_int_t shown;

    memset(subject, 's', sizeof(subject) - 1);
    subject[sizeof(subject) - 1] = '\0';
    for (int i = 0; i < 400; i++) {
        (void)snprintf(user, sizeof(user), "user%d", i);
        assert_int_equal(pins_check(pins, span_of(user), span_of(HOUSE_ISSUER),
                                    span_of(subject)),
                         PIN_NEW);
    }
    ask(stage, WIRE_OP_USER_LIST, "", "");
    assert_int_equal(stage->status, WIRE_DONE);
    shown = (json_int_t)json_array_size(json_object_get(stage->body, "users"));
    assert_true(shown > 0 && shown < 400);
    assert_int_equal(
        json_integer_value(json_object_get(stage->body, "not_shown")),
        400 - shown);
}

static void
a_flush_and_a_minted_token_are_acknowledged(void **state)
{
    struct stage *stage = *state;

    ask(stage, WIRE_OP_FLUSH, "", "");
    assert_int_equal(stage->status, WIRE_DONE);
    ask(stage, WIRE_OP_MINTED, "", "user=alice jti=1");
    assert_int_equal(stage->status, WIRE_DONE);
}

static void
app_passwords_are_made_and_listed(void **state)
{
    struct stage *stage = *state;

    ask(stage, WIRE_OP_APP_PASSWORD_CREATE, "alice", "{}");
    assert_int_equal(stage->status, WIRE_FAILED);
    assert_non_null(strstr(text(stage, "error"), "host-password"));
    ask(stage, WIRE_OP_APP_PASSWORD_LIST, "", "");
    assert_int_equal(stage->status, WIRE_DONE);
    assert_int_equal(
        json_array_size(json_object_get(stage->body, "app_passwords")), 0);
}

static void
a_refusal_is_json(void **state)
{
    struct buffer body = BUFFER_INIT(256);
    json_t *parsed;

    (void)state;
    assert_true(control_error(&body, "only root may ask \"that\""));
    parsed = json_loadb(body.data, body.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(parsed, "error")),
                        "only root may ask \"that\"");
    json_decref(parsed);
    buffer_free(&body);
}

static void
complaints_become_one_string_a_line(void **state)
{
    struct buffer complaints = BUFFER_INIT(256);
    json_t *list;

    (void)state;
    list = report_complaints(&complaints);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    assert_true(buffer_text(&complaints, "a:1: one\nb\xff\nlast"));
    list = report_complaints(&complaints);
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(json_string_value(json_array_get(list, 0)), "a:1: one");
    assert_string_equal(json_string_value(json_array_get(list, 2)), "last");
    json_decref(list);
    buffer_free(&complaints);
}

/* --- who is it? --- */

static bool looked_up;

static void
on_looked_up(struct caller_lookup *lookup)
{
    (void)lookup;
    looked_up = true;
}

static bool
is_same(struct stage *stage, uid_t uid, const char *user)
{
    struct caller_lookup lookup;

    looked_up = false;
    assert_true(caller_lookup(&stage->house.loop, &lookup, uid, span_of(user),
                              on_looked_up));
    while (!looked_up)
        (void)uv_run(&stage->house.loop, UV_RUN_ONCE);
    return lookup.same;
}

static void
a_caller_is_himself_by_uid(void **state)
{
    struct stage *stage = *state;
    struct caller_lookup lookup;

    assert_true(is_same(stage, 0, "root"));
    assert_false(is_same(stage, 1000, "root"));
    assert_false(is_same(stage, 1000, "no-such-user-here"));
    assert_false(caller_lookup(&stage->house.loop, &lookup, 0, span_of(""),
                               on_looked_up));
}

static void
only_root_and_trusted_callers_ask_about_anybody(void **state)
{
    struct stage *stage = *state;
    const struct config *config;

    house_write(&stage->house, "httpauthd.conf",
                "[httpauthd]\ntrusted_callers = 1234:dovecot\n");
    ask(stage, WIRE_OP_RELOAD, "", "");
    assert_int_equal(stage->status, WIRE_DONE);
    config = stage->daemon.helper.config;
    assert_true(caller_is_trusted(config, 0, span_of("sshd")));
    assert_true(caller_is_trusted(NULL, 0, span_of("sshd")));
    assert_true(caller_is_trusted(config, 1234, span_of("dovecot")));
    assert_false(caller_is_trusted(config, 1234, span_of("sshd")));
    assert_false(caller_is_trusted(config, 1235, span_of("dovecot")));
    assert_false(caller_is_trusted(NULL, 1234, span_of("dovecot")));
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_may_everything_and_others_only_about_themselves),
        STAGED(status_says_what_is_loaded),
        STAGED(a_reload_tells_each_fault),
        STAGED(users_are_listed_and_forgotten_by_issuer_name),
        STAGED(a_list_that_is_too_long_is_cut_and_says_so),
        STAGED(a_flush_and_a_minted_token_are_acknowledged),
        STAGED(app_passwords_are_made_and_listed),
        cmocka_unit_test(a_refusal_is_json),
        cmocka_unit_test(complaints_become_one_string_a_line),
        STAGED(a_caller_is_himself_by_uid),
        STAGED(only_root_and_trusted_callers_ask_about_anybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
