/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/wire: device login, its two questions and the challenge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/wire/wire.h"

static struct wire_challenge
good(void)
{
    struct wire_challenge c = {.seconds = 120, .text = span_of("open x\n")};

    memset(c.id, 0x11, sizeof(c.id));
    return c;
}

static bool
sendable(const struct wire_challenge *c)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    bool ok = wire_put_challenge(&b, c);

    buffer_free(&b);
    return ok;
}

static bool
accepts(const char *data, size_t len)
{
    struct wire_challenge got, zero;

    memset(&zero, 0, sizeof(zero));
    memset(&got, 0x5a, sizeof(got));
    if (wire_get_challenge((struct span){data, len}, &got))
        return true;
    assert_memory_equal(&got, &zero, sizeof(zero));
    return false;
}

static void
the_layout_is_the_published_one(void **state)
{
    static const char wanted[] = "\1\x0d\0\0\0\0\0\x27\0\0\0\x78"
                                 "\x11\x11\x11\x11\x11\x11\x11\x11"
                                 "\x11\x11\x11\x11\x11\x11\x11\x11"
                                 "\0\7\0\0open x\n";
    struct wire_challenge c = good(), got;
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t i;

    (void)state;
    assert_true(wire_put_challenge(&b, &c));
    assert_int_equal(b.len, sizeof(wanted) - 1);
    assert_memory_equal(b.data, wanted, b.len);
    assert_true(wire_get_challenge(buffer_span(&b), &got));
    assert_int_equal(got.seconds, 120);
    assert_memory_equal(got.id, c.id, WIRE_LOGIN_LEN);
    assert_true(span_equal(got.text, c.text));
    for (i = 0; i < b.len; i++)
        assert_false(accepts(b.data, i));
    b.data[31] = 1;
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
its_code_is_a_square_of_light_and_dark(void **state)
{
    static const size_t sides[] = {21, 25, 29};
    static char map[34 * 34];
    struct wire_challenge c = good(), got;
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(map); i++)
        map[i] = i % 3 == 0 ? '1' : '0';
    for (i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
        buffer_clear(&b);
        c.code = (struct span){map, sides[i] * sides[i]};
        assert_true(wire_put_challenge(&b, &c));
        assert_true(wire_get_challenge(buffer_span(&b), &got));
        assert_true(span_equal(got.code, c.code));
        assert_true(span_equal(got.text, c.text));
        c.code.len++;
        assert_false(sendable(&c));
        c.code.len -= 2;
        assert_false(sendable(&c));
    }
    c.code.len = 33 * 33;
    assert_false(sendable(&c));
    c.code.len = 1;
    assert_false(sendable(&c));
    c.code.len = 21 * 21;
    map[440] = '\n';
    assert_false(sendable(&c));
    buffer_free(&b);
}

static void
its_text_is_lines_for_a_terminal(void **state)
{
    static const char *const bad[] = {
        "", "x", "x\n\x1b[2J\n", "x\r\n", "a\tb\n", "gr\xc3\xbcn\n", "\x7f\n"};
    static char longest[WIRE_CHALLENGE_MAX + 1];
    struct wire_challenge c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        c = good();
        c.text = span_of(bad[i]);
        assert_false(sendable(&c));
    }
    memset(longest, 'x', sizeof(longest));
    longest[WIRE_CHALLENGE_MAX - 1] = longest[WIRE_CHALLENGE_MAX] = '\n';
    c.text = (struct span){longest, WIRE_CHALLENGE_MAX};
    assert_true(sendable(&c));
    c.text.len++;
    assert_false(sendable(&c));
    c = good();
    c.text = (struct span){"a\0\n", 3};
    assert_false(sendable(&c));
    c = good();
    c.seconds = 0;
    assert_false(sendable(&c));
    c = good();
    memset(c.id, 0, sizeof(c.id));
    assert_false(sendable(&c));
}

static void
its_questions_have_a_user_or_none_and_no_credential(void **state)
{
    static const enum wire_type types[] = {WIRE_DEVICE, WIRE_POLL};
    size_t i, named;

    (void)state;
    for (i = 0; i < 2; i++)
        for (named = 0; named < 2; named++) {
            struct wire_request r = {.type = types[i],
                                     .ms_left = 5000,
                                     .user = span_of(named ? "alice" : ""),
                                     .service = span_of("sshd")},
                                got;
            struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

            if (types[i] == WIRE_POLL)
                memset(r.login, 7, sizeof(r.login));
            assert_true(wire_put_request(&b, &r));
            assert_true(wire_get_request(buffer_span(&b), &got));
            assert_int_equal(got.type, types[i]);
            buffer_clear(&b);
            r.credential = span_of("x");
            assert_false(wire_put_request(&b, &r));
            r.credential = span_of("");
            r.may_be_cut = true;
            assert_false(wire_put_request(&b, &r));
            r.may_be_cut = false;
            if (types[i] == WIRE_POLL)
                memset(r.login, 0, sizeof(r.login));
            else
                r.login[3] = 1;
            assert_false(wire_put_request(&b, &r));
            buffer_free(&b);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_the_published_one),
        cmocka_unit_test(its_text_is_lines_for_a_terminal),
        cmocka_unit_test(its_code_is_a_square_of_light_and_dark),
        cmocka_unit_test(its_questions_have_a_user_or_none_and_no_credential),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
