/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/wire: control.sock, both ways, and the table of states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/wire/wire.h"

#define REPLY_BODY_MAX (WIRE_PACKET_MAX - 16)

static char big[WIRE_PACKET_MAX];

static struct wire_control
verify(void)
{
    return (struct wire_control){.operation = WIRE_OP_VERIFY,
                                 .ms_left = 5000,
                                 .user = span_of("alice"),
                                 .service = span_of("sshd"),
                                 .rhost = span_of("192.0.2.7"),
                                 .credential = span_of("eyJ.a.b")};
}

static struct wire_control
bare(int operation)
{
    return (struct wire_control){.operation = (enum wire_operation)operation,
                                 .ms_left = 5000};
}

static void
round_trip(const struct wire_control *c)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_control got;

    assert_true(wire_put_control(&b, c));
    assert_int_equal(wire_type_of(buffer_span(&b)), WIRE_CONTROL);
    assert_true(wire_get_control(buffer_span(&b), &got));
    assert_int_equal(got.operation, c->operation);
    assert_int_equal(got.ms_left, c->ms_left);
    assert_true(span_equal(got.user, c->user));
    assert_true(span_equal(got.service, c->service));
    assert_true(span_equal(got.rhost, c->rhost));
    assert_true(span_equal(got.argument, c->argument));
    assert_true(span_equal(got.credential, c->credential));
    buffer_free(&b);
}

static void
assert_unsendable(const struct wire_control *c)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    assert_false(wire_put_control(&b, c));
    assert_int_equal(b.len, 0);
    buffer_free(&b);
}

static void
reply_round_trip(const struct wire_reply *r)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_reply got;

    assert_true(wire_put_reply(&b, r));
    assert_int_equal(wire_type_of(buffer_span(&b)), WIRE_REPLY);
    assert_true(wire_get_reply(buffer_span(&b), &got));
    assert_int_equal(got.status, r->status);
    assert_true(span_equal(got.body, r->body));
    buffer_free(&b);
}

static void
assert_unsendable_reply(const struct wire_reply *r)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    assert_false(wire_put_reply(&b, r));
    assert_int_equal(b.len, 0);
    buffer_free(&b);
}

static bool
accepts(const char *data, size_t len)
{
    struct wire_control got, zero;
    char *copy = malloc(len == 0 ? 1 : len);
    bool ok;

    assert_non_null(copy);
    memcpy(copy, data, len);
    memset(&zero, 0, sizeof(zero));
    memset(&got, 0x5a, sizeof(got));
    ok = wire_get_control((struct span){copy, len}, &got);
    if (!ok)
        assert_memory_equal(&got, &zero, sizeof(zero));
    free(copy);
    return ok;
}

static bool
accepts_reply(const char *data, size_t len)
{
    struct wire_reply got, zero;
    char *copy = malloc(len == 0 ? 1 : len);
    bool ok;

    assert_non_null(copy);
    memcpy(copy, data, len);
    memset(&zero, 0, sizeof(zero));
    memset(&got, 0x5a, sizeof(got));
    ok = wire_get_reply((struct span){copy, len}, &got);
    if (!ok)
        assert_memory_equal(&got, &zero, sizeof(zero));
    free(copy);
    return ok;
}

static void
every_operation_arrives_as_it_was_sent(void **state)
{
    struct wire_control c = verify();
    int operation;

    (void)state;
    round_trip(&c);
    c.rhost = span_of("");
    c.credential = span_of("");
    round_trip(&c);
    for (operation = WIRE_OP_STATUS; operation <= WIRE_OP_USER_LIST;
         operation++) {
        c = bare(operation);
        round_trip(&c);
    }
    c = bare(WIRE_OP_USER_FORGET);
    c.user = span_of("alice");
    round_trip(&c);
    c.argument = span_of("work");
    round_trip(&c);
    c = bare(WIRE_OP_MINTED);
    c.argument = span_of("uid=0 user=alice jti=1");
    round_trip(&c);
    c = bare(WIRE_OP_APP_PASSWORD_LIST);
    round_trip(&c);
    c.user = span_of("alice");
    round_trip(&c);
    c = bare(WIRE_OP_REVOKE);
    c.argument = span_of("{\"all\":true}");
    round_trip(&c);
    c = bare(WIRE_OP_WHY);
    round_trip(&c);
    c.user = span_of("alice");
    c.argument = span_of("0123456789abcdef");
    round_trip(&c);
    for (operation = WIRE_OP_APP_PASSWORD_CREATE;
         operation <= WIRE_OP_APP_PASSWORD_ROTATE; operation++) {
        if (operation == WIRE_OP_APP_PASSWORD_LIST)
            continue;
        c = bare(operation);
        c.user = span_of("alice");
        c.argument = span_of("{\"id\":\"0123456789ab\"}");
        round_trip(&c);
    }
    c.credential = span_of("eyJ.x.y");
    round_trip(&c);
    c.user = span_of("");
    round_trip(&c);
}

static void
the_layout_is_the_published_one(void **state)
{
    static const char want[] = "\x01\x04\0\0\0\0\0\x25"
                               "\0\x06\0\0"
                               "\0\0\x13\x88"
                               "\0\x05\0\0\0\0\0\x04\0\0\0\0"
                               "alice"
                               "work";
    struct wire_control c = bare(WIRE_OP_USER_FORGET);
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    c.user = span_of("alice");
    c.argument = span_of("work");
    assert_true(wire_put_control(&b, &c));
    assert_int_equal(b.len, sizeof(want) - 1);
    assert_memory_equal(b.data, want, b.len);
    buffer_free(&b);
}

static void
unknown_operations_are_refused(void **state)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_control c = bare(WIRE_OP_STATUS);
    int operation;

    (void)state;
    assert_true(wire_put_control(&b, &c));
    for (operation = WIRE_OP_COUNT; operation < 300; operation++) {
        c = bare(operation);
        assert_unsendable(&c);
        b.data[8] = (char)(operation >> 8);
        b.data[9] = (char)(operation & 0xff);
        assert_false(accepts(b.data, b.len));
    }
    c = bare(0);
    assert_unsendable(&c);
    c = bare(-1);
    assert_unsendable(&c);
    buffer_free(&b);
}

static void
an_operation_has_the_fields_it_needs(void **state)
{
    struct wire_control c = verify();

    (void)state;
    c.user = span_of("");
    assert_unsendable(&c);
    c = verify();
    c.service = span_of("");
    assert_unsendable(&c);
    c = bare(WIRE_OP_USER_FORGET);
    assert_unsendable(&c);
    c = bare(WIRE_OP_MINTED);
    assert_unsendable(&c);
    c = bare(WIRE_OP_APP_PASSWORD_CREATE);
    c.argument = span_of("{}");
    assert_unsendable(&c); /* whose? */
    c = bare(WIRE_OP_APP_PASSWORD_CREATE);
    c.user = span_of("alice");
    assert_unsendable(&c);
    for (int i = WIRE_OP_APP_PASSWORD_SHOW; i <= WIRE_OP_REVOKE; i++) {
        c = bare(i);
        c.user = span_of("alice");
        assert_unsendable(&c);
    }
}

static void
an_operation_has_no_field_that_it_does_not_know(void **state)
{
    struct wire_control c = verify();

    (void)state;
    c.argument = span_of("x");
    assert_unsendable(&c);
    c = bare(WIRE_OP_STATUS);
    c.user = span_of("alice");
    assert_unsendable(&c);
    c = bare(WIRE_OP_RELOAD);
    c.argument = span_of("x");
    assert_unsendable(&c);
    c = bare(WIRE_OP_FLUSH);
    c.credential = span_of("x");
    assert_unsendable(&c);
    c = bare(WIRE_OP_USER_LIST);
    c.service = span_of("sshd");
    assert_unsendable(&c);
    c = bare(WIRE_OP_MINTED);
    c.argument = span_of("x");
    c.rhost = span_of("192.0.2.7");
    assert_unsendable(&c);
    c = bare(WIRE_OP_APP_PASSWORD_LIST);
    c.argument = span_of("{}");
    assert_unsendable(&c);
    c = bare(WIRE_OP_APP_PASSWORD_REVOKE);
    c.argument = span_of("{}");
    c.credential = span_of("x");
    assert_unsendable(&c);
}

static void
control_fields_keep_their_rules(void **state)
{
    struct wire_control c = verify();

    (void)state;
    memset(big, 'x', sizeof(big));
    c.user = span_of("-a");
    assert_unsendable(&c);
    c = verify();
    c.service = span_of("a b");
    assert_unsendable(&c);
    c = verify();
    c.rhost = span_of("a\x1b");
    assert_unsendable(&c);
    c.rhost = (struct span){big, LIMIT_RHOST + 1};
    assert_unsendable(&c);
    c = verify();
    c.credential = (struct span){"a\0b", 3};
    assert_unsendable(&c);
    c.credential = (struct span){big, LIMIT_CREDENTIAL};
    round_trip(&c);
    c.credential.len++;
    assert_unsendable(&c);
    c = bare(WIRE_OP_MINTED);
    c.argument = span_of("one\ntwo");
    assert_unsendable(&c);
    c.argument = (struct span){big, 1024};
    round_trip(&c);
    c.argument.len++;
    assert_unsendable(&c);
    c = bare(WIRE_OP_STATUS);
    c.ms_left = 0;
    assert_unsendable(&c);
    c.ms_left = TIMEOUT_MAX_MS + 1;
    assert_unsendable(&c);
}

static void
every_truncation_is_refused(void **state)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_control c = verify();
    size_t len;

    (void)state;
    assert_true(wire_put_control(&b, &c));
    for (len = 0; len < b.len; len++) {
        assert_false(accepts(b.data, len));
        if (len >= WIRE_HEADER_LEN) {
            char saved = b.data[7];

            b.data[7] = (char)len;
            assert_false(accepts(b.data, len));
            b.data[7] = saved;
        }
    }
    b.data[11] = 1; /* must be zero */
    assert_false(accepts(b.data, b.len));
    b.data[11] = 0;
    assert_true(accepts(b.data, b.len));
    assert_true(buffer_add(&b, "x", 1));
    b.data[7]++;
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
a_reply_arrives_as_it_was_sent(void **state)
{
    struct wire_reply r = {WIRE_DONE, span_of("{\"ok\": true}")};

    (void)state;
    reply_round_trip(&r);
    r.status = WIRE_REFUSED;
    r.body = span_of("{\"error\": \"J\xc3\xbcrgen\"}");
    reply_round_trip(&r);
    r.status = WIRE_FAILED;
    r.body = span_of("");
    reply_round_trip(&r);
}

static void
a_reply_has_its_bounds(void **state)
{
    struct wire_reply r = {WIRE_DONE, {big, REPLY_BODY_MAX}};

    (void)state;
    memset(big, 'x', sizeof(big));
    reply_round_trip(&r);
    r.body.len++;
    assert_unsendable_reply(&r);
    r.body = span_of("\xc3");
    assert_unsendable_reply(&r);
    r.body = span_of("x");
    r.status = (enum wire_status)3;
    assert_unsendable_reply(&r);
    r.status = (enum wire_status) - 1;
    assert_unsendable_reply(&r);
}

static void
a_broken_reply_is_refused(void **state)
{
    struct wire_reply r = {WIRE_DONE, span_of("{}")};
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t len;

    (void)state;
    assert_true(wire_put_reply(&b, &r));
    assert_int_equal(b.len, 18);
    assert_memory_equal(b.data, "\1\5\0\0\0\0\0\x12\0\0\0\0\0\0\0\2{}", 18);
    for (len = 0; len < b.len; len++)
        assert_false(accepts_reply(b.data, len));
    assert_true(accepts_reply(b.data, b.len));
    b.data[8] = 3;
    assert_false(accepts_reply(b.data, b.len));
    b.data[8] = 0;
    b.data[9] = 1;
    assert_false(accepts_reply(b.data, b.len));
    b.data[9] = 0;
    memset(b.data + 12, 0xff, 4);
    assert_false(accepts_reply(b.data, b.len));
    memcpy(b.data + 12, "\0\0\0\1", 4);
    assert_false(accepts_reply(b.data, b.len));
    memcpy(b.data + 12, "\0\0\0\2", 4);
    b.data[17] = (char)0xff;
    assert_false(accepts_reply(b.data, b.len));
    buffer_free(&b);
}

static void
the_state_table_permits_fourteen_steps(void **state)
{
    int from, type, permitted = 0;

    (void)state;
    assert_int_equal(wire_next(WIRE_PAM_IDLE, WIRE_AUTH), WIRE_PAM_BUSY);
    assert_int_equal(wire_next(WIRE_PAM_IDLE, WIRE_ACCOUNT), WIRE_PAM_BUSY);
    for (type = WIRE_OPEN; type <= WIRE_COLLECT; type++)
        assert_int_equal(wire_next(WIRE_PAM_IDLE, (enum wire_type)type),
                         WIRE_PAM_BUSY);
    assert_int_equal(wire_next(WIRE_PAM_BUSY, WIRE_VERDICT), WIRE_PAM_IDLE);
    assert_int_equal(wire_next(WIRE_PAM_IDLE, WIRE_DEVICE), WIRE_PAM_BUSY);
    assert_int_equal(wire_next(WIRE_PAM_IDLE, WIRE_POLL), WIRE_PAM_BUSY);
    assert_int_equal(wire_next(WIRE_PAM_BUSY, WIRE_FILES), WIRE_PAM_IDLE);
    assert_int_equal(wire_next(WIRE_PAM_BUSY, WIRE_CHALLENGE), WIRE_PAM_IDLE);
    assert_int_equal(wire_next(WIRE_CONTROL_IDLE, WIRE_CONTROL),
                     WIRE_CONTROL_BUSY);
    assert_int_equal(wire_next(WIRE_CONTROL_BUSY, WIRE_REPLY),
                     WIRE_CONTROL_IDLE);
    for (from = -1; from <= WIRE_STATE_COUNT; from++)
        for (type = -1; type < 300; type++)
            permitted += wire_next((enum wire_state)from,
                                   (enum wire_type)type) != WIRE_STATE_COUNT;
    assert_int_equal(permitted, 14);
}

static void
nobody_may_ask_twice_at_once(void **state)
{
    (void)state;
    assert_int_equal(wire_next(WIRE_PAM_BUSY, WIRE_AUTH), WIRE_STATE_COUNT);
    assert_int_equal(wire_next(WIRE_PAM_BUSY, WIRE_ACCOUNT), WIRE_STATE_COUNT);
    assert_int_equal(wire_next(WIRE_CONTROL_BUSY, WIRE_CONTROL),
                     WIRE_STATE_COUNT);
}

static void
an_answer_that_nobody_asked_for_is_not_permitted(void **state)
{
    (void)state;
    assert_int_equal(wire_next(WIRE_PAM_IDLE, WIRE_VERDICT), WIRE_STATE_COUNT);
    assert_int_equal(wire_next(WIRE_CONTROL_IDLE, WIRE_REPLY),
                     WIRE_STATE_COUNT);
}

static void
the_two_sockets_do_not_mix(void **state)
{
    (void)state;
    assert_int_equal(wire_next(WIRE_PAM_IDLE, WIRE_CONTROL), WIRE_STATE_COUNT);
    assert_int_equal(wire_next(WIRE_CONTROL_IDLE, WIRE_AUTH), WIRE_STATE_COUNT);
    assert_int_equal(wire_next(WIRE_PAM_BUSY, WIRE_REPLY), WIRE_STATE_COUNT);
    assert_int_equal(wire_next(WIRE_CONTROL_BUSY, WIRE_VERDICT),
                     WIRE_STATE_COUNT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_arrives_as_it_was_sent),
        cmocka_unit_test(the_layout_is_the_published_one),
        cmocka_unit_test(unknown_operations_are_refused),
        cmocka_unit_test(an_operation_has_the_fields_it_needs),
        cmocka_unit_test(an_operation_has_no_field_that_it_does_not_know),
        cmocka_unit_test(control_fields_keep_their_rules),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_reply_arrives_as_it_was_sent),
        cmocka_unit_test(a_reply_has_its_bounds),
        cmocka_unit_test(a_broken_reply_is_refused),
        cmocka_unit_test(the_state_table_permits_fourteen_steps),
        cmocka_unit_test(nobody_may_ask_twice_at_once),
        cmocka_unit_test(an_answer_that_nobody_asked_for_is_not_permitted),
        cmocka_unit_test(the_two_sockets_do_not_mix),
    };

    return cmocka_run_group_tests_name("wire_control", tests, NULL, NULL);
}
