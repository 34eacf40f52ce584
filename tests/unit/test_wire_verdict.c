/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/wire: what the helper answers on pam.sock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/wire/wire.h"

static struct wire_verdict
accepted(void)
{
    struct wire_verdict v = {.outcome = OUTCOME_ACCEPTED,
                             .ends = 1700000000,
                             .incident = 0x0102030405060708,
                             .reason = span_of("accepted")};

    memset(v.login, 0x11, sizeof(v.login));
    return v;
}

static struct wire_verdict
refused(void)
{
    return (struct wire_verdict){.outcome = OUTCOME_WRONG,
                                 .incident = UINT64_MAX,
                                 .reason = span_of("expired"),
                                 .text = span_of("token expired")};
}

static void
round_trip(const struct wire_verdict *v)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_verdict got;

    assert_true(wire_put_verdict(&b, v));
    assert_int_equal(wire_type_of(buffer_span(&b)), WIRE_VERDICT);
    assert_true(wire_get_verdict(buffer_span(&b), &got));
    assert_int_equal(got.outcome, v->outcome);
    assert_memory_equal(got.login, v->login, WIRE_LOGIN_LEN);
    assert_true(got.ends == v->ends);
    assert_true(got.incident == v->incident);
    assert_true(span_equal(got.reason, v->reason));
    assert_true(span_equal(got.text, v->text));
    assert_true(span_equal(got.user, v->user));
    assert_true(span_equal(got.environment, v->environment));
    assert_int_equal(got.files, v->files);
    buffer_free(&b);
}

static void
assert_unsendable(const struct wire_verdict *v)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    assert_false(wire_put_verdict(&b, v));
    assert_int_equal(b.len, 0);
    buffer_free(&b);
}

static bool
accepts(const char *data, size_t len)
{
    struct wire_verdict got, zero;
    char *copy = malloc(len == 0 ? 1 : len);
    bool ok;

    assert_non_null(copy);
    memcpy(copy, data, len);
    memset(&zero, 0, sizeof(zero));
    memset(&got, 0x5a, sizeof(got));
    ok = wire_get_verdict((struct span){copy, len}, &got);
    if (!ok)
        assert_memory_equal(&got, &zero, sizeof(zero));
    free(copy);
    return ok;
}

static void
a_verdict_arrives_as_it_was_sent(void **state)
{
    struct wire_verdict v = accepted();

    (void)state;
    round_trip(&v);
    v.ends = INT64_MAX;
    round_trip(&v);
    v.user = span_of("alice");
    round_trip(&v);
    v.files = true;
    round_trip(&v);
    v = refused();
    round_trip(&v);
    v.text = span_of("");
    v.incident = 0;
    round_trip(&v);
}

static void
every_reason_of_the_table_can_be_sent(void **state)
{
    int r;

    (void)state;
    for (r = 0; r < REASON_COUNT; r++) {
        const char *text = reason_user_text((enum reason)r);
        struct wire_verdict v = accepted();

        if (r != REASON_ACCEPTED)
            v = refused();
        v.outcome = reason_outcome((enum reason)r);
        v.reason = span_of(reason_name((enum reason)r));
        v.text = span_of(text);
        round_trip(&v);
    }
}

static void
the_layout_is_the_published_one(void **state)
{
    static const char want[] = "\x01\x03\0\0\0\0\0\x43"
                               "\x01\0\0\0"
                               "\x11\x11\x11\x11\x11\x11\x11\x11"
                               "\x11\x11\x11\x11\x11\x11\x11\x11"
                               "\0\0\0\0\x65\x53\xf1\0"
                               "\x01\x02\x03\x04\x05\x06\x07\x08"
                               "\0\x08\0\x02\0\x05\0\0"
                               "accepted"
                               "hi"
                               "alice";
    struct wire_verdict v = accepted();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    v.text = span_of("hi");
    v.user = span_of("alice");
    assert_true(wire_put_verdict(&b, &v));
    assert_int_equal(b.len, sizeof(want) - 1);
    assert_memory_equal(b.data, want, b.len);
    buffer_free(&b);
}

static void
only_real_outcomes_travel(void **state)
{
    int outcome;

    (void)state;
    for (outcome = -1; outcome < 300; outcome++) {
        struct wire_verdict v = refused();

        if (outcome == OUTCOME_ACCEPTED)
            continue;
        v.outcome = (enum outcome)outcome;
        if (outcome > OUTCOME_NONE && outcome < OUTCOME_COUNT)
            round_trip(&v);
        else
            assert_unsendable(&v);
    }
}

static void
acceptance_needs_a_login_and_an_end(void **state)
{
    struct wire_verdict v = accepted();

    (void)state;
    memset(v.login, 0, sizeof(v.login));
    assert_unsendable(&v);
    v = accepted();
    v.ends = 0;
    assert_unsendable(&v);
    v.ends = -1;
    assert_unsendable(&v);
}

static void
a_refusal_carries_neither_login_nor_end(void **state)
{
    struct wire_verdict v = refused();

    (void)state;
    v.login[7] = 1;
    assert_unsendable(&v);
    v = refused();
    v.files = true;
    assert_unsendable(&v);
    v = refused();
    v.ends = 1;
    assert_unsendable(&v);
    v.ends = -1;
    assert_unsendable(&v);
}

static void
a_refusal_names_no_user(void **state)
{
    int outcome;

    (void)state;
    for (outcome = OUTCOME_ACCEPTED + 1; outcome < OUTCOME_COUNT; outcome++) {
        struct wire_verdict v = refused();

        v.outcome = (enum outcome)outcome;
        round_trip(&v);
        v.user = span_of("alice");
        assert_unsendable(&v);
    }
}

static void
the_user_of_a_token_is_a_name_and_not_root(void **state)
{
    static const char *const bad[] = {"root", "-a",  "@a", "1000",
                                      "a b",  "a/b", "..", "a\n"};
    struct wire_verdict v = accepted();
    char name[LIMIT_USER + 1];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        v.user = span_of(bad[i]);
        assert_unsendable(&v);
    }
    v.user = (struct span){"a\0b", 3};
    assert_unsendable(&v);
    v.user = span_of("rooted");
    round_trip(&v);
    memset(name, 'u', sizeof(name));
    v.user = (struct span){name, LIMIT_USER};
    round_trip(&v);
    v.user.len++;
    assert_unsendable(&v);
}

static void
reasons_are_plain_names(void **state)
{
    static const char *const bad[] = {"",    "Expired", "a b", "a_b", "a\n",
                                      "a.b", "a/b",     "{",   "`",   ":"};
    char name[33];
    struct wire_verdict v = refused();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        v.reason = span_of(bad[i]);
        assert_unsendable(&v);
    }
    memset(name, 'r', sizeof(name));
    v.reason = (struct span){name, 32};
    round_trip(&v);
    v.reason.len = 33;
    assert_unsendable(&v);
}

static void
texts_for_the_user_are_printable_ascii(void **state)
{
    char text[LIMIT_USER_TEXT + 1];
    struct wire_verdict v = refused();
    int c;

    (void)state;
    memset(text, 't', sizeof(text));
    v.text = (struct span){text, LIMIT_USER_TEXT};
    round_trip(&v);
    v.text.len++;
    assert_unsendable(&v);
    v.text.len = 3;
    for (c = 0; c < 256; c++) {
        text[1] = (char)c;
        if (c >= 0x20 && c <= 0x7e)
            round_trip(&v);
        else
            assert_unsendable(&v);
    }
}

static void
every_truncation_is_refused(void **state)
{
    struct wire_verdict v = accepted();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t len;

    (void)state;
    v.text = span_of("welcome");
    assert_true(wire_put_verdict(&b, &v));
    for (len = 0; len < b.len; len++) {
        assert_false(accepts(b.data, len));
        if (len >= WIRE_HEADER_LEN) {
            char saved = b.data[7];

            b.data[7] = (char)len;
            assert_false(accepts(b.data, len));
            b.data[7] = saved;
        }
    }
    assert_true(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
no_single_changed_byte_makes_a_refusal_an_acceptance(void **state)
{
    struct wire_verdict v = refused(), got;
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t at;
    int c;

    (void)state;
    assert_true(wire_put_verdict(&b, &v));
    for (at = 0; at < b.len; at++) {
        char saved = b.data[at];

        for (c = 0; c < 256; c++) {
            b.data[at] = (char)c;
            if (wire_get_verdict(buffer_span(&b), &got))
                assert_int_not_equal(got.outcome, OUTCOME_ACCEPTED);
        }
        b.data[at] = saved;
    }
    buffer_free(&b);
}

static void
an_environment_has_names_of_ours_and_one_line_each(void **state)
{
    static char largest[WIRE_ENVIRONMENT_MAX + 2];
    static const char *const good[] = {
        "HTTPAUTH_A=x\n", "HTTPAUTH_A_9=x=y z\nHTTPAUTH_B=\xc3\xbc\n"};
    static const char *const bad[] = {
        "HTTPAUTH_A=x",
        "HTTPAUTH_A\n",
        "HTTPAUTH_A=\n",
        "HTTPAUTH_=x\n",
        "HTTPAUTH_a=x\n",
        "HTTPAUTH_A-B=x\n",
        "HTTPAUTH_LOGIN=x\n",
        "LD_PRELOAD=x\n",
        "PATH=x\n",
        "\n",
        "=x\n",
        "HTTPAUTH_A=\x1b[2J\n",
        "HTTPAUTH_A=\xff\n",
        " HTTPAUTH_A=x\n",
        "HTTPAUTH_A=x\n\n",
        "HTTPAUTH_A=x\rB=y\n",
        "XHTTPAUTH_A=x\n",
        "HTTPAUTH_A =x\n",
        "HTTPAUTH_A\nB=x\n",
    };
    struct wire_verdict v = accepted();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        v.environment = span_of(good[i]);
        round_trip(&v);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        v.environment = span_of(bad[i]);
        assert_unsendable(&v);
    }
    v.environment = (struct span){"HTTPAUTH_A=\0x\n", 14};
    assert_unsendable(&v);
    memset(largest, 'x', sizeof(largest));
    memcpy(largest, "HTTPAUTH_A=", 11);
    largest[WIRE_ENVIRONMENT_MAX - 1] = '\n';
    v.environment = (struct span){largest, WIRE_ENVIRONMENT_MAX};
    round_trip(&v);
    largest[WIRE_ENVIRONMENT_MAX - 1] = 'x';
    largest[WIRE_ENVIRONMENT_MAX] = '\n';
    v.environment.len++;
    assert_unsendable(&v);
    /* Who is not let in has no session. */
    v = refused();
    v.environment = span_of(good[0]);
    assert_unsendable(&v);
}

static void
bytes_that_must_be_zero_are_looked_at(void **state)
{
    static const size_t zeros[] = {2, 3, 10, 11};
    struct wire_verdict v = accepted();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t i;

    (void)state;
    assert_true(wire_put_verdict(&b, &v));
    for (i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++) {
        b.data[zeros[i]] = 1;
        assert_false(accepts(b.data, b.len));
        b.data[zeros[i]] = 0;
    }
    b.data[9] = 2; /* neither with files nor without */
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
trailing_bytes_are_refused(void **state)
{
    struct wire_verdict v = accepted();
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    assert_true(wire_put_verdict(&b, &v));
    assert_true(buffer_add(&b, "x", 1));
    assert_false(accepts(b.data, b.len));
    b.data[7]++;
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_arrives_as_it_was_sent),
        cmocka_unit_test(every_reason_of_the_table_can_be_sent),
        cmocka_unit_test(the_layout_is_the_published_one),
        cmocka_unit_test(only_real_outcomes_travel),
        cmocka_unit_test(acceptance_needs_a_login_and_an_end),
        cmocka_unit_test(a_refusal_carries_neither_login_nor_end),
        cmocka_unit_test(a_refusal_names_no_user),
        cmocka_unit_test(the_user_of_a_token_is_a_name_and_not_root),
        cmocka_unit_test(reasons_are_plain_names),
        cmocka_unit_test(texts_for_the_user_are_printable_ascii),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_single_changed_byte_makes_a_refusal_an_acceptance),
        cmocka_unit_test(an_environment_has_names_of_ours_and_one_line_each),
        cmocka_unit_test(bytes_that_must_be_zero_are_looked_at),
        cmocka_unit_test(trailing_bytes_are_refused),
    };

    return cmocka_run_group_tests_name("wire_verdict", tests, NULL, NULL);
}
