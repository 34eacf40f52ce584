/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/wire: what a caller sends, WIRE_AUTH and WIRE_ACCOUNT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/wire/wire.h"

static char big[LIMIT_CREDENTIAL + 1];

static struct wire_request
auth_request(void)
{
    return (struct wire_request){.type = WIRE_AUTH,
                                 .ms_left = 9500,
                                 .uid = 1000,
                                 .user = span_of("alice"),
                                 .service = span_of("sshd"),
                                 .rhost = span_of("192.0.2.7"),
                                 .credential = span_of("eyJ.a.b")};
}

static struct wire_request
account_request(void)
{
    struct wire_request r = auth_request();

    r.type = WIRE_ACCOUNT;
    r.credential = (struct span){NULL, 0};
    memset(r.login, 0xa5, sizeof(r.login));
    return r;
}

static void
assert_same(const struct wire_request *a, const struct wire_request *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->ms_left, b->ms_left);
    assert_int_equal(a->uid, b->uid);
    assert_true(span_equal(a->user, b->user));
    assert_true(span_equal(a->service, b->service));
    assert_true(span_equal(a->rhost, b->rhost));
    assert_true(span_equal(a->credential, b->credential));
    assert_memory_equal(a->login, b->login, WIRE_LOGIN_LEN);
    assert_int_equal(a->audit_session, b->audit_session);
    assert_int_equal(a->login_uid, b->login_uid);
}

static void
round_trip(const struct wire_request *r)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_request got;

    assert_true(wire_put_request(&b, r));
    assert_int_equal(wire_type_of(buffer_span(&b)), r->type);
    assert_true(wire_get_request(buffer_span(&b), &got));
    assert_same(r, &got);
    assert_int_equal(got.may_be_cut, r->may_be_cut);
    buffer_free(&b);
}

static void
assert_unsendable(const struct wire_request *r)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    assert_false(wire_put_request(&b, r));
    assert_int_equal(b.len, 0);
    buffer_free(&b);
}

/* A decoder sees a heap block of exactly that size, so that ASan sees one
 * byte too many; `out` must come back zeroed. */
static bool
accepts(const char *data, size_t len)
{
    struct wire_request got, zero;
    char *copy = malloc(len == 0 ? 1 : len);
    bool ok;

    assert_non_null(copy);
    memcpy(copy, data, len);
    memset(&zero, 0, sizeof(zero));
    memset(&got, 0x5a, sizeof(got));
    ok = wire_get_request((struct span){copy, len}, &got);
    if (!ok)
        assert_memory_equal(&got, &zero, sizeof(zero));
    free(copy);
    return ok;
}

static struct wire_request
kernel_request(enum wire_type type)
{
    struct wire_request r = account_request();

    r.type = type;
    r.audit_session = 17;
    r.login_uid = 1000;
    if (type == WIRE_RESUME)
        memset(r.login, 0, sizeof(r.login));
    return r;
}

static void
only_a_credential_may_be_cut(void **state)
{
    struct wire_request r = auth_request();

    (void)state;
    r.may_be_cut = true;
    round_trip(&r);
    r = account_request();
    r.may_be_cut = true;
    assert_unsendable(&r);
    r = kernel_request(WIRE_OPEN);
    r.may_be_cut = true;
    assert_unsendable(&r);
}

static void
what_becomes_of_a_login_arrives_as_it_was_sent(void **state)
{
    struct wire_request r = kernel_request(WIRE_OPEN);

    (void)state;
    round_trip(&r);
    r.audit_session = r.login_uid = WIRE_UNSET;
    round_trip(&r);
    r = kernel_request(WIRE_RESUME);
    round_trip(&r);
    r = account_request();
    r.type = WIRE_CLOSE;
    round_trip(&r);
    memset(r.login, 0, sizeof(r.login));
    r.type = WIRE_PRESENT;
    round_trip(&r);
}

static void
what_the_kernel_says_goes_with_its_questions_only(void **state)
{
    static const enum wire_type types[] = {WIRE_OPEN, WIRE_CLOSE, WIRE_RESUME,
                                           WIRE_PRESENT, WIRE_ACCOUNT};
    struct wire_request r;
    size_t i;

    (void)state;
    r = auth_request();
    r.login_uid = 1;
    assert_unsendable(&r);
    r = account_request();
    r.audit_session = 1;
    assert_unsendable(&r);
    r.type = WIRE_CLOSE;
    assert_unsendable(&r);
    r.type = WIRE_PRESENT;
    memset(r.login, 0, sizeof(r.login));
    assert_unsendable(&r);
    /* A process in no login has nothing to resume. */
    r = kernel_request(WIRE_RESUME);
    r.audit_session = WIRE_UNSET;
    assert_unsendable(&r);
    r = kernel_request(WIRE_RESUME);
    r.login_uid = WIRE_UNSET;
    assert_unsendable(&r);
    r = kernel_request(WIRE_RESUME);
    r.login[0] = 1;
    assert_unsendable(&r);
    r = kernel_request(WIRE_OPEN);
    memset(r.login, 0, sizeof(r.login));
    assert_unsendable(&r);
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        r = kernel_request(types[i]);
        r.credential = span_of("x");
        assert_unsendable(&r);
        r = kernel_request(types[i]);
        r.user = span_of("");
        assert_unsendable(&r);
    }
}

static void
a_question_arrives_as_it_was_sent(void **state)
{
    struct wire_request r = auth_request();

    (void)state;
    round_trip(&r);
    r.rhost = span_of("");
    round_trip(&r);
    r.credential = span_of("pass w\xc3\xb6rd");
    round_trip(&r);
    r = account_request();
    round_trip(&r);
}

static void
the_largest_question_arrives(void **state)
{
    struct wire_request r = auth_request();
    char user[LIMIT_USER], service[LIMIT_SERVICE], rhost[LIMIT_RHOST];

    (void)state;
    memset(user, 'u', sizeof(user));
    memset(service, 's', sizeof(service));
    memset(rhost, 'r', sizeof(rhost));
    memset(big, 'c', sizeof(big));
    r.ms_left = TIMEOUT_MAX_MS;
    r.user = (struct span){user, sizeof(user)};
    r.service = (struct span){service, sizeof(service)};
    r.rhost = (struct span){rhost, sizeof(rhost)};
    r.credential = (struct span){big, LIMIT_CREDENTIAL};
    round_trip(&r);
    r.credential.len++;
    assert_unsendable(&r);
}

static void
the_layout_is_the_published_one(void **state)
{
    static const char want[] = "\x01\x01\0\0\0\0\0\x3f"
                               "\0\0\x25\x1c"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\x03\xe8"
                               "\0\x05\0\x04\0\x03\0\0\0\0\0\x07"
                               "alice"
                               "sshd"
                               "::1"
                               "eyJ.a.b";
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    r.rhost = span_of("::1");
    assert_true(wire_put_request(&b, &r));
    assert_int_equal(b.len, sizeof(want) - 1);
    assert_memory_equal(b.data, want, b.len);
    buffer_free(&b);
}

static void
time_left_has_its_bounds(void **state)
{
    struct wire_request r = auth_request();

    (void)state;
    r.ms_left = 1;
    round_trip(&r);
    r.ms_left = 0;
    assert_unsendable(&r);
    r.ms_left = TIMEOUT_MAX_MS + 1;
    assert_unsendable(&r);
    r.ms_left = UINT32_MAX;
    assert_unsendable(&r);
}

static void
names_that_break_their_rule_are_not_sent(void **state)
{
    static const char *const users[] = {"-a", "1000", "a b", "a/b", "..", " "};
    struct wire_request r;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        r = auth_request();
        r.user = span_of(users[i]);
        assert_unsendable(&r);
    }
    r = auth_request();
    r.service = span_of("");
    assert_unsendable(&r);
    r.service = span_of("a b");
    assert_unsendable(&r);
    r = auth_request();
    r.rhost = span_of("a\nb");
    assert_unsendable(&r);
    r.rhost = (struct span){big, LIMIT_RHOST + 1};
    memset(big, 'r', sizeof(big));
    assert_unsendable(&r);
}

static void
only_auth_may_leave_the_user_to_the_token(void **state)
{
    struct wire_request r = auth_request();

    (void)state;
    r.user = span_of("");
    round_trip(&r);
    r = account_request();
    r.user = span_of("");
    assert_unsendable(&r);
}

static void
every_uid_but_nobody_travels(void **state)
{
    struct wire_request r = auth_request();

    (void)state;
    r.uid = 0;
    round_trip(&r);
    r.uid = UINT32_MAX - 1;
    round_trip(&r);
    r.uid = UINT32_MAX;
    assert_unsendable(&r);
    r = account_request();
    r.uid = 4242;
    round_trip(&r);
    r.uid = UINT32_MAX;
    assert_unsendable(&r);
}

static void
control_bytes_in_a_credential_are_not_sent(void **state)
{
    struct wire_request r = auth_request();
    char text[3] = "a?b";
    int c;

    (void)state;
    r.credential = (struct span){text, 3};
    for (c = 0; c < 256; c++) {
        text[1] = (char)c;
        if (c < 0x20 || c == 0x7f)
            assert_unsendable(&r);
        else
            round_trip(&r);
    }
}

static void
auth_has_a_credential_and_no_login(void **state)
{
    struct wire_request r = auth_request();

    (void)state;
    r.credential = span_of("");
    assert_unsendable(&r);
    r = auth_request();
    r.login[15] = 1;
    assert_unsendable(&r);
}

static void
account_has_a_login_and_no_credential(void **state)
{
    struct wire_request r = account_request();

    (void)state;
    r.credential = span_of("x");
    assert_unsendable(&r);
    r = account_request();
    memset(r.login, 0, sizeof(r.login));
    assert_unsendable(&r);
    r.login[0] = 1;
    round_trip(&r);
}

static void
other_types_are_no_questions(void **state)
{
    struct wire_request r;
    int type;

    (void)state;
    for (type = 0; type < 256; type++) {
        if (type == WIRE_AUTH || type == WIRE_ACCOUNT || type == WIRE_CLOSE ||
            type == WIRE_OPEN || type == WIRE_COLLECT || type == WIRE_POLL)
            continue;
        r = auth_request();
        r.type = (enum wire_type)type;
        assert_unsendable(&r);
        r = account_request();
        r.type = (enum wire_type)type;
        assert_unsendable(&r);
    }
}

static void
a_buffer_in_use_is_left_alone(void **state)
{
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    assert_true(buffer_text(&b, "x"));
    assert_false(wire_put_request(&b, &r));
    assert_string_equal(b.data, "x");
    buffer_free(&b);
}

static void
a_buffer_that_is_too_small_is_told(void **state)
{
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(50);

    (void)state;
    assert_false(wire_put_request(&b, &r));
    buffer_free(&b);
}

static void
every_truncation_is_refused(void **state)
{
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t len;

    (void)state;
    assert_true(wire_put_request(&b, &r));
    assert_true(accepts(b.data, b.len));
    for (len = 0; len < b.len; len++) {
        assert_false(accepts(b.data, len));
        /* the same with a header that owns up to it */
        if (len >= WIRE_HEADER_LEN) {
            char saved = b.data[7];

            b.data[7] = (char)len;
            assert_false(accepts(b.data, len));
            b.data[7] = saved;
        }
    }
    buffer_free(&b);
}

static void
trailing_bytes_are_refused(void **state)
{
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    assert_true(wire_put_request(&b, &r));
    assert_true(buffer_add(&b, "x", 1));
    assert_false(accepts(b.data, b.len));
    b.data[7]++;
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
bytes_that_must_be_zero_are_looked_at(void **state)
{
    static const size_t zeros[] = {2, 3, 39};
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t i;

    (void)state;
    assert_true(wire_put_request(&b, &r));
    for (i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++) {
        b.data[zeros[i]] = 1;
        assert_false(accepts(b.data, b.len));
        b.data[zeros[i]] = 0;
    }
    assert_true(accepts(b.data, b.len));
    b.data[38] = 2; /* neither cut nor whole */
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
other_versions_are_refused(void **state)
{
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    int version;

    (void)state;
    assert_true(wire_put_request(&b, &r));
    for (version = 0; version < 256; version++) {
        b.data[0] = (char)version;
        assert_int_equal(accepts(b.data, b.len), version == WIRE_VERSION);
        assert_int_equal(wire_type_of(buffer_span(&b)),
                         version == WIRE_VERSION ? WIRE_AUTH : 0);
    }
    buffer_free(&b);
}

static void
lengths_that_point_outside_are_refused(void **state)
{
    static const size_t lengths[] = {32, 34, 36, 40, 42};
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t i;

    (void)state;
    assert_true(wire_put_request(&b, &r));
    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *at = b.data + lengths[i];
        char saved[2] = {at[0], at[1]};

        memset(at, 0xff, 2);
        assert_false(accepts(b.data, b.len));
        memset(at, 0, 2);
        if (saved[1] != 0)
            assert_false(accepts(b.data, b.len));
        memcpy(at, saved, 2);
    }
    assert_true(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
a_received_field_must_keep_its_rule(void **state)
{
    static const struct {
        size_t at;
        char byte;
    } edits[] = {{44, '-'},  {45, ' '},  {46, '\0'}, {49, '/'},
                 {53, '\n'}, {62, '\0'}, {64, 0x7f}, {27, 1}};
    struct wire_request r = auth_request();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t i;

    (void)state;
    assert_true(wire_put_request(&b, &r));
    for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        char saved = b.data[edits[i].at];

        b.data[edits[i].at] = edits[i].byte;
        assert_false(accepts(b.data, b.len));
        b.data[edits[i].at] = saved;
    }
    memset(b.data + 8, 0, 4); /* no time left */
    assert_false(accepts(b.data, b.len));
    memset(b.data + 8, 0xff, 4);
    assert_false(accepts(b.data, b.len));
    memcpy(b.data + 8, "\0\0\0\1", 4);
    assert_true(accepts(b.data, b.len));
    memset(b.data + 28, 0xff, 4); /* nobody's uid */
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
a_packet_over_the_cap_is_refused(void **state)
{
    static char packet[WIRE_PACKET_MAX + 1];
    size_t len = sizeof(packet);

    (void)state;
    packet[0] = WIRE_VERSION;
    packet[1] = WIRE_AUTH;
    packet[5] = (char)(len >> 16);
    packet[6] = (char)(len >> 8 & 0xff);
    packet[7] = (char)(len & 0xff);
    assert_int_equal(wire_type_of((struct span){packet, len}), 0);
    assert_false(accepts(packet, len));
    assert_int_equal(wire_type_of((struct span){NULL, 0}), 0);
}

static void
an_answer_is_no_question(void **state)
{
    struct wire_verdict v = {.outcome = OUTCOME_WRONG,
                             .reason = span_of("signature")};
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    assert_true(wire_put_verdict(&b, &v));
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_arrives_as_it_was_sent),
        cmocka_unit_test(what_becomes_of_a_login_arrives_as_it_was_sent),
        cmocka_unit_test(what_the_kernel_says_goes_with_its_questions_only),
        cmocka_unit_test(the_largest_question_arrives),
        cmocka_unit_test(the_layout_is_the_published_one),
        cmocka_unit_test(time_left_has_its_bounds),
        cmocka_unit_test(names_that_break_their_rule_are_not_sent),
        cmocka_unit_test(only_auth_may_leave_the_user_to_the_token),
        cmocka_unit_test(every_uid_but_nobody_travels),
        cmocka_unit_test(control_bytes_in_a_credential_are_not_sent),
        cmocka_unit_test(auth_has_a_credential_and_no_login),
        cmocka_unit_test(account_has_a_login_and_no_credential),
        cmocka_unit_test(other_types_are_no_questions),
        cmocka_unit_test(only_a_credential_may_be_cut),
        cmocka_unit_test(a_buffer_in_use_is_left_alone),
        cmocka_unit_test(a_buffer_that_is_too_small_is_told),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(trailing_bytes_are_refused),
        cmocka_unit_test(bytes_that_must_be_zero_are_looked_at),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(lengths_that_point_outside_are_refused),
        cmocka_unit_test(a_received_field_must_keep_its_rule),
        cmocka_unit_test(a_packet_over_the_cap_is_refused),
        cmocka_unit_test(an_answer_is_no_question),
    };

    return cmocka_run_group_tests_name("wire_request", tests, NULL, NULL);
}
