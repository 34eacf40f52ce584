/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/wire: the files of a session, and the question for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/wire/wire.h"

static struct wire_files
two(void)
{
    struct wire_files f = {.count = 2,
                           .file = {{span_of(""), span_of("eyJ.a.b")},
                                    {span_of("basic-user"), span_of("x y")}}};

    memset(f.login, 0x11, sizeof(f.login));
    return f;
}

static bool
sendable(const struct wire_files *f)
{
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    bool ok = wire_put_files(&b, f);

    buffer_free(&b);
    return ok;
}

static bool
accepts(const char *data, size_t len)
{
    struct wire_files got, zero;
    char *copy = malloc(len == 0 ? 1 : len);
    bool ok;

    assert_non_null(copy);
    memcpy(copy, data, len);
    memset(&zero, 0, sizeof(zero));
    memset(&got, 0x5a, sizeof(got));
    ok = wire_get_files((struct span){copy, len}, &got);
    if (!ok)
        assert_memory_equal(&got, &zero, sizeof(zero));
    free(copy);
    return ok;
}

static void
the_layout_is_the_published_one(void **state)
{
    static const char wanted[] = "\1\x0b\0\0\0\0\0\x40"
                                 "\2\0\0\0"
                                 "\x11\x11\x11\x11\x11\x11\x11\x11"
                                 "\x11\x11\x11\x11\x11\x11\x11\x11"
                                 "\0\0\0\0\0\0\0\7"
                                 "\0\x0a\0\0\0\0\0\3"
                                 "eyJ.a.b"
                                 "basic-userx y";
    struct wire_files f = two(), got;
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);
    size_t i;

    (void)state;
    assert_true(wire_put_files(&b, &f));
    assert_int_equal(b.len, sizeof(wanted) - 1);
    assert_memory_equal(b.data, wanted, b.len);
    assert_int_equal(wire_type_of(buffer_span(&b)), WIRE_FILES);
    assert_true(wire_get_files(buffer_span(&b), &got));
    assert_int_equal(got.count, 2);
    assert_memory_equal(got.login, f.login, WIRE_LOGIN_LEN);
    for (i = 0; i < 2; i++) {
        assert_true(span_equal(got.file[i].name, f.file[i].name));
        assert_true(span_equal(got.file[i].content, f.file[i].content));
    }
    for (i = 0; i < b.len; i++)
        assert_false(accepts(b.data, i));
    for (i = 9; i < 12; i++) { /* bytes that are zero */
        b.data[i] = 1;
        assert_false(accepts(b.data, b.len));
        b.data[i] = 0;
    }
    b.data[8] = 9;
    assert_false(accepts(b.data, b.len));
    b.data[8] = 0;
    assert_false(accepts(b.data, b.len));
    buffer_free(&b);
}

static void
every_rule_of_a_file_is_kept(void **state)
{
    static const char *const names[] = {"A",
                                        "a_b",
                                        "a.b",
                                        "../x",
                                        "a/b",
                                        "a b",
                                        "0123456789012345678901234567890123"};
    static const char *const contents[] = {"", "a\nb", "\x1b[m", "a\x7f"};
    struct wire_files f = two();
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        f.file[1].name = span_of(names[i]);
        assert_false(sendable(&f));
    }
    f = two();
    f.file[1].name = span_of(""); /* a token, and not the first */
    assert_false(sendable(&f));
    f = two();
    for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        f.file[1].content = span_of(contents[i]);
        assert_false(sendable(&f));
        f = two();
        f.file[0].content = span_of(contents[i]);
        assert_false(sendable(&f));
        f = two();
    }
    f.file[1].content = (struct span){"a\0b", 3};
    assert_false(sendable(&f));
    f = two();
    f.file[0].name = f.file[1].name; /* two alike */
    assert_false(sendable(&f));
    f = two();
    f.count = 0;
    assert_false(sendable(&f));
    f.count = WIRE_FILES_MAX + 1;
    assert_false(sendable(&f));
    f = two();
    memset(f.login, 0, sizeof(f.login));
    assert_false(sendable(&f));
}

static void
the_largest_fit_a_packet(void **state)
{
    static char token[LIMIT_CREDENTIAL + 1], secret[WIRE_SECRET_MAX + 1];
    static char names[WIRE_FILES_MAX][WIRE_FILE_NAME_MAX + 1];
    struct wire_files f = {.count = WIRE_FILES_MAX};
    size_t i;

    (void)state;
    memset(f.login, 1, sizeof(f.login));
    memset(token, 'e', sizeof(token));
    memset(secret, 's', sizeof(secret));
    f.file[0].content = (struct span){token, LIMIT_CREDENTIAL};
    for (i = 1; i < f.count; i++) {
        memset(names[i], 'a' + (int)i, WIRE_FILE_NAME_MAX);
        f.file[i].name = (struct span){names[i], WIRE_FILE_NAME_MAX};
        f.file[i].content = (struct span){secret, WIRE_SECRET_MAX};
    }
    assert_true(sendable(&f));
    f.file[0].content.len++;
    assert_false(sendable(&f));
    f.file[0].content.len--;
    f.file[1].content.len++;
    assert_false(sendable(&f));
}

static void
the_question_names_a_login_and_nothing_else(void **state)
{
    struct wire_request r = {.type = WIRE_COLLECT,
                             .ms_left = 2000,
                             .user = span_of("alice"),
                             .service = span_of("sshd")},
                        got;
    struct buffer b = BUFFER_INIT(WIRE_PACKET_MAX);

    (void)state;
    assert_false(wire_put_request(&b, &r));
    memset(r.login, 7, sizeof(r.login));
    assert_true(wire_put_request(&b, &r));
    assert_true(wire_get_request(buffer_span(&b), &got));
    assert_int_equal(got.type, WIRE_COLLECT);
    buffer_clear(&b);
    r.credential = span_of("x");
    assert_false(wire_put_request(&b, &r));
    r.credential = span_of("");
    r.audit_session = 1;
    assert_false(wire_put_request(&b, &r));
    r.audit_session = 0;
    r.type = WIRE_FILES;
    assert_false(wire_put_request(&b, &r));
    buffer_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_the_published_one),
        cmocka_unit_test(every_rule_of_a_file_is_kept),
        cmocka_unit_test(the_largest_fit_a_packet),
        cmocka_unit_test(the_question_names_a_login_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
