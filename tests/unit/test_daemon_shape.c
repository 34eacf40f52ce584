/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way a credential goes, by its shape alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "helper/daemon/shape.h"

static void
shapes_are_told_apart_without_decoding(void **state)
{
    static const struct {
        const char *text;
        enum shape shape;
    } rows[] = {
        {"eyJh.eyJz.sig", SHAPE_JWT},
        {"a.b.c", SHAPE_JWT},
        {"..", SHAPE_JWT},
        {"a.b", SHAPE_OTHER},
        {"a.b.c.d", SHAPE_OTHER},
        {"a b.c.d", SHAPE_OTHER},
        {"eyJhbGci", SHAPE_DAMAGED},
        {"eyJh.eyJz", SHAPE_DAMAGED},
        {"eyJh.e yJ.s", SHAPE_DAMAGED},
        {" eyJh.eyJz.sig", SHAPE_DAMAGED},
        {"  hap_x", SHAPE_DAMAGED},
        {" ", SHAPE_OTHER},
        {"hap_x", SHAPE_HOST_PASSWORD},
        {"hap_a.b.c", SHAPE_HOST_PASSWORD},
        {"correct horse", SHAPE_OTHER},
        {"", SHAPE_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(shape_of(span_of(rows[i].text)), rows[i].shape);
}

static char *token_pattern[] = {(char *)"opq_:alnum:4-8"};
static char *password_pattern[] = {(char *)"pw-:alnum:4-8"};

static struct issuer_conf
issuer(int64_t accept)
{
    return (struct issuer_conf){
        .accept = accept,
        .token_pattern = {token_pattern, 1},
        .password_pattern = {password_pattern, 1},
        .user_from = (char *)"header:X-User",
    };
}

static struct way
way(const struct issuer_conf *conf, const char *text)
{
    return shape_way(conf, shape_of(span_of(text)), span_of(text));
}

#define JWT "eyJh.eyJz.sig"
#define TOKEN "opq_abcd"
#define PASSWORD "pw-abcd"
#define HOST "hap_abcd"

static void
each_method_takes_its_own_shapes_and_no_other(void **state)
{
    static const struct {
        int64_t accept;
        const char *text;
        enum method method;
        bool asks;
        enum ask_kind kind;
    } rows[] = {
        {METHOD_JWT, JWT, METHOD_JWT, false, 0},
        {METHOD_JWT, TOKEN, METHOD_NONE, false, 0},
        {METHOD_JWT, PASSWORD, METHOD_NONE, false, 0},
        {METHOD_JWT, HOST, METHOD_NONE, false, 0},
        {METHOD_INTROSPECTION, JWT, METHOD_INTROSPECTION, true,
         ASK_INTROSPECTION},
        {METHOD_INTROSPECTION, TOKEN, METHOD_INTROSPECTION, true,
         ASK_INTROSPECTION},
        {METHOD_INTROSPECTION, PASSWORD, METHOD_NONE, false, 0},
        {METHOD_INTROSPECTION | METHOD_JWT, JWT, METHOD_JWT, false, 0},
        {METHOD_USERINFO, TOKEN, METHOD_USERINFO, true, ASK_USERINFO},
        {METHOD_USERINFO, PASSWORD, METHOD_NONE, false, 0},
        {METHOD_APP_PASSWORD, PASSWORD, METHOD_APP_PASSWORD, true,
         ASK_EXCHANGE},
        {METHOD_APP_PASSWORD, TOKEN, METHOD_NONE, false, 0},
        {METHOD_APP_PASSWORD, JWT, METHOD_NONE, false, 0},
        {METHOD_HTTP, TOKEN, METHOD_HTTP, true, ASK_HTTP_TOKEN},
        {METHOD_HTTP, PASSWORD, METHOD_HTTP, true, ASK_HTTP_PASSWORD},
        {METHOD_HTTP | METHOD_INTROSPECTION, TOKEN, METHOD_INTROSPECTION, true,
         ASK_INTROSPECTION},
        {METHOD_HTTP | METHOD_INTROSPECTION, PASSWORD, METHOD_HTTP, true,
         ASK_HTTP_PASSWORD},
        {METHOD_HTTP | METHOD_APP_PASSWORD, PASSWORD, METHOD_APP_PASSWORD, true,
         ASK_EXCHANGE},
        {METHOD_HOST_PASSWORD, HOST, METHOD_NONE, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct issuer_conf conf = issuer(rows[i].accept);
        struct way got = way(&conf, rows[i].text);

        assert_int_equal(got.method, rows[i].method);
        assert_int_equal(got.asks, rows[i].asks);
        if (got.asks)
            assert_int_equal(got.kind, rows[i].kind);
    }
}

static void
host_passwords_are_a_matter_of_the_local_issuer(void **state)
{
    struct issuer_conf conf = issuer(METHOD_HOST_PASSWORD);

    (void)state;
    conf.local = true;
    assert_int_equal(way(&conf, HOST).method, METHOD_HOST_PASSWORD);
    conf.accept = METHOD_JWT;
    assert_int_equal(way(&conf, HOST).method, METHOD_NONE);
}

static void
check_says_who_is_asked_about_a_jwt(void **state)
{
    struct issuer_conf conf = issuer(METHOD_JWT | METHOD_INTROSPECTION);

    (void)state;
    conf.check = CHECK_BOTH;
    assert_int_equal(way(&conf, JWT).method, METHOD_JWT);
    assert_true(way(&conf, JWT).asks);
    conf.check = CHECK_INTROSPECT;
    assert_int_equal(way(&conf, JWT).method, METHOD_INTROSPECTION);
    assert_true(way(&conf, JWT).asks);
}

static void
nothing_of_ours_ever_goes_the_way_of_a_password(void **state)
{
    static char *any[] = {(char *)"any"};
    struct issuer_conf conf = issuer(METHOD_APP_PASSWORD | METHOD_HTTP);

    (void)state;
    conf.password_pattern = (struct list){any, 1};
    conf.token_pattern = (struct list){NULL, 0};
    assert_int_equal(way(&conf, "correct horse").method, METHOD_APP_PASSWORD);
    assert_int_equal(way(&conf, JWT).method, METHOD_NONE);
    assert_int_equal(way(&conf, "a.b.c").method, METHOD_NONE);
    assert_int_equal(way(&conf, HOST).method, METHOD_NONE);
    assert_int_equal(way(&conf, "eyJhbGci").method, METHOD_NONE);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_told_apart_without_decoding),
        cmocka_unit_test(each_method_takes_its_own_shapes_and_no_other),
        cmocka_unit_test(host_passwords_are_a_matter_of_the_local_issuer),
        cmocka_unit_test(check_says_who_is_asked_about_a_jwt),
        cmocka_unit_test(nothing_of_ours_ever_goes_the_way_of_a_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
