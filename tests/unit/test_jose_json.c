/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON from strangers: items 6 to 8 and 32, NumericDate, JSON Pointer; and
 * the names of algorithms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/jose/alg.h"
#include "helper/jose/json.h"

static bool
loads_bytes(const char *text, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    json_t *value;
    bool good;

    assert_non_null(copy);
    memcpy(copy, text, len);
    value = json_object_load((struct span){copy, len});
    good = value != NULL;
    assert_true(value == NULL || json_is_object(value));
    json_decref(value);
    free(copy);
    return good;
}

static bool
loads(const char *text)
{
    return loads_bytes(text, strlen(text));
}

static void
an_object_is_loaded(void **state)
{
    (void)state;
    assert_true(loads("{}"));
    assert_true(loads(" {\"a\" : [1, -2.5e3, true, null, \"\\u00e9\"]}\n"));
    assert_true(loads("{\"\\ud83d\\ude00\":\"\360\237\230\200\"}"));
}

static void
other_values_are_refused(void **state)
{
    (void)state;
    assert_false(loads(""));
    assert_false(loads("[]"));
    assert_false(loads("\"a\""));
    assert_false(loads("1"));
    assert_false(loads("true"));
    assert_false(loads("null"));
}

static void
anything_behind_the_object_is_refused(void **state)
{
    (void)state;
    assert_false(loads("{}x"));
    assert_false(loads("{}{}"));
    assert_false(loads("{}]"));
    assert_false(loads_bytes("{}\0", 3));
    assert_false(loads_bytes("{}\0{}", 5));
}

static void
a_nul_anywhere_is_refused(void **state)
{
    (void)state;
    assert_false(loads_bytes("\0{}", 3));
    assert_false(loads_bytes("{\"a\":\"b\0c\"}", 11));
    assert_false(loads_bytes("{\"a\0\":1}", 8));
    assert_false(loads("{\"a\":\"b\\u0000c\"}"));
    assert_false(loads("{\"a\\u0000\":1}"));
}

static void
duplicates_at_any_depth_are_refused(void **state)
{
    (void)state;
    assert_false(loads("{\"a\":1,\"a\":1}"));
    assert_false(loads("{\"a\":1,\"\\u0061\":1}"));
    assert_false(loads("{\"x\":[{\"y\":{\"a\":1,\"a\":2}}]}"));
    assert_true(loads("{\"a\":1,\"A\":1}"));
}

static void
malformed_utf8_is_refused(void **state)
{
    (void)state;
    assert_false(loads("{\"a\":\"\377\"}"));
    assert_false(loads("{\"a\":\"\300\257\"}"));
    assert_false(loads("{\"a\":\"\355\240\200\"}"));
    assert_false(loads("{\"a\":\"\364\220\200\200\"}"));
    assert_false(loads("{\"a\":\"\303\"}"));
    assert_false(loads("{\"a\":\"\\ud800\"}"));
    assert_false(loads("{\"a\":\"\\udc00\\ud800\"}"));
    assert_false(loads("\357\273\277{}"));
}

static void
numbers_that_cannot_be_held_are_refused(void **state)
{
    (void)state;
    assert_false(loads("{\"a\":1e400}"));
    assert_false(loads("{\"a\":99999999999999999999}"));
    assert_false(loads("{\"a\":NaN}"));
    assert_false(loads("{\"a\":01}"));
    assert_false(loads("{\"a\":+1}"));
    assert_false(loads("{\"a\":.5}"));
    assert_false(loads("{\"a\":1.}"));
    assert_true(loads("{\"a\":9223372036854775807}"));
}

/* An object in which arrays bring the nesting to `depth`. */
static char *
nested(size_t depth)
{
    char *text = calloc(1, 2 * depth + 16), *at = text;

    assert_non_null(text);
    at += sprintf(at, "{\"a\":");
    memset(at, '[', depth - 1);
    memset(at + depth - 1, ']', depth - 1);
    strcpy(at + 2 * (depth - 1), "}");
    return text;
}

static void
nesting_of_32_is_accepted_and_33_refused(void **state)
{
    char *most = nested(LIMIT_JSON_DEPTH), *more = nested(LIMIT_JSON_DEPTH + 1);

    (void)state;
    assert_true(loads(most));
    assert_false(loads(more));
    free(most);
    free(more);
}

static void
deep_nesting_does_not_reach_the_parser(void **state)
{
    char *text = nested(1000000);

    (void)state;
    assert_false(loads(text));
    memset(text, '[', 1000000);
    assert_false(loads(text));
    free(text);
}

static void
brackets_in_strings_are_not_nesting(void **state)
{
    (void)state;
    assert_true(loads("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"));
    assert_true(loads("{\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\":1}"));
    assert_true(loads("{\"a\\\\\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"));
    assert_false(loads("{\"a\\\\\":"
                       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"));
    assert_false(loads("{\"a"));
    assert_false(loads("{\"a\\"));
}

static void
ten_thousand_members_and_a_mebibyte_string_are_loaded(void **state)
{
    char *text = calloc(1, 2 * 1024 * 1024), *at = text;

    (void)state;
    assert_non_null(text);
    at += sprintf(at, "{");
    for (int i = 0; i < 10000; i++)
        at += sprintf(at, "\"m%d\":%d,", i, i);
    at += sprintf(at, "\"long\":\"");
    memset(at, 'x', 1024 * 1024);
    strcpy(at + 1024 * 1024, "\"}");
    assert_true(loads(text));
    free(text);
}

static void
text_is_given_with_its_length(void **state)
{
    json_t *object = json_object_load(span_of("{\"a\":\"b\\u00e9\",\"n\":1}"));

    (void)state;
    assert_int_equal(json_text(object, "a").len, 3);
    assert_true(span_is(json_text(object, "a"), "b\303\251"));
    assert_null(json_text(object, "n").data);
    assert_null(json_text(object, "x").data);
    assert_null(json_text(NULL, "x").data);
    json_decref(object);
}

static bool
time_of(const char *text, int64_t *seconds)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    bool good = json_time(value, seconds);

    assert_non_null(value);
    json_decref(value);
    return good;
}

static void
a_numeric_date_is_truncated_down(void **state)
{
    int64_t t = 0;

    (void)state;
    assert_true(time_of("1700000000", &t) && t == 1700000000);
    assert_true(time_of("1700000000.999", &t) && t == 1700000000);
    assert_true(time_of("1e3", &t) && t == 1000);
    assert_true(time_of("-0.5", &t) && t == -1);
    assert_true(time_of("-1", &t) && t == -1);
    assert_true(time_of("9223372036854775807", &t) && t == INT64_MAX);
    assert_true(time_of("-9223372036854775808", &t) && t == INT64_MIN);
    assert_true(time_of("-9223372036854775808.0", &t) && t == INT64_MIN);
}

static void
what_no_integer_holds_is_no_date(void **state)
{
    int64_t t = 0;

    (void)state;
    assert_false(time_of("9223372036854775808.0", &t));
    assert_false(time_of("1e300", &t));
    assert_false(time_of("-1e300", &t));
    assert_false(time_of("\"1700000000\"", &t));
    assert_false(time_of("true", &t));
    assert_false(time_of("null", &t));
    assert_false(time_of("[1]", &t));
    assert_false(time_of("{}", &t));
    assert_false(json_time(NULL, &t));
}

static bool
finds(const char *name, const char *expected)
{
    json_t *object = json_object_load(
        span_of("{\"a\":{\"b/c\":[10,{\"d\":\"x\"}],\"~\":1,\"\":2},"
                "\"https://x/y\":3,\"\":4,\"0\":5}"));
    const json_t *value = json_find(object, name);
    char *text = value == NULL
                     ? NULL
                     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    bool same = (text == NULL) == (expected == NULL) &&
                (text == NULL || strcmp(text, expected) == 0);

    assert_non_null(object);
    free(text);
    json_decref(object);
    return same;
}

static void
a_member_is_found_by_name_and_by_pointer(void **state)
{
    (void)state;
    assert_true(finds("https://x/y", "3"));
    assert_true(finds("0", "5"));
    assert_true(finds("/0", "5"));
    assert_true(finds("/a/b~1c/0", "10"));
    assert_true(finds("/a/b~1c/1/d", "\"x\""));
    assert_true(finds("/a/~0", "1"));
    assert_true(finds("/a/", "2"));
    assert_true(finds("/", "4"));
}

static void
a_pointer_to_nothing_finds_nothing(void **state)
{
    char *long_name = calloc(1, 1000);

    (void)state;
    assert_true(finds("a/b", NULL));
    assert_true(finds("/a/b~1c/2", NULL));
    assert_true(finds("/a/b~1c/-", NULL));
    assert_true(finds("/a/b~1c/01", NULL));
    assert_true(finds("/a/b~1c/", NULL));
    assert_true(finds("/a/b~1c/99999999999999999999999", NULL));
    assert_true(finds("/a/b~2c", NULL));
    assert_true(finds("/a/b~", NULL));
    assert_true(finds("/a/b~1c/0/x", NULL));
    assert_non_null(long_name);
    memset(long_name, 'x', 999);
    long_name[0] = '/';
    assert_true(finds(long_name, NULL));
    free(long_name);
}

static void
algorithms_are_named_exactly(void **state)
{
    static const char *const bad[] = {"",      "none",     "rs256",  "RS256 ",
                                      "RS1",   "HS1",      "ES256K", "Ed448",
                                      "eddsa", "RSA-OAEP", "RS2560"};

    (void)state;
    for (enum alg alg = ALG_RS256; alg < ALG_COUNT; alg++)
        assert_int_equal(alg_named(span_of(alg_name(alg))), alg);
    assert_int_equal(alg_named(span_of("Ed25519")), ALG_EDDSA);
    assert_string_equal(alg_name(ALG_EDDSA), "EdDSA");
    assert_string_equal(alg_name(ALG_UNKNOWN), "unknown");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(alg_named(span_of(bad[i])), ALG_UNKNOWN);
    assert_int_equal(alg_named((struct span){"RS256\0x", 7}), ALG_UNKNOWN);
}

static void
a_list_of_algorithms_is_parsed(void **state)
{
    uint32_t set;

    (void)state;
    assert_true(alg_set_parse("RS256", &set));
    assert_int_equal(set, ALG_BIT(ALG_RS256));
    assert_true(alg_set_parse("RS256,ES256 , Ed25519 HS512", &set));
    assert_int_equal(set, ALG_BIT(ALG_RS256) | ALG_BIT(ALG_ES256) |
                              ALG_BIT(ALG_EDDSA) | ALG_BIT(ALG_HS512));
}

static void
a_list_with_an_unknown_or_empty_name_is_refused(void **state)
{
    static const char *const bad[] = {
        "",     ",",          "RS256,", ",RS256", "RS256,,ES256", "RS256;ES256",
        "none", "RS256,none", "RS256 ", "rs256"};
    uint32_t set;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(alg_set_parse(bad[i], &set));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_loaded),
        cmocka_unit_test(other_values_are_refused),
        cmocka_unit_test(anything_behind_the_object_is_refused),
        cmocka_unit_test(a_nul_anywhere_is_refused),
        cmocka_unit_test(duplicates_at_any_depth_are_refused),
        cmocka_unit_test(malformed_utf8_is_refused),
        cmocka_unit_test(numbers_that_cannot_be_held_are_refused),
        cmocka_unit_test(nesting_of_32_is_accepted_and_33_refused),
        cmocka_unit_test(deep_nesting_does_not_reach_the_parser),
        cmocka_unit_test(brackets_in_strings_are_not_nesting),
        cmocka_unit_test(ten_thousand_members_and_a_mebibyte_string_are_loaded),
        cmocka_unit_test(text_is_given_with_its_length),
        cmocka_unit_test(a_numeric_date_is_truncated_down),
        cmocka_unit_test(what_no_integer_holds_is_no_date),
        cmocka_unit_test(a_member_is_found_by_name_and_by_pointer),
        cmocka_unit_test(a_pointer_to_nothing_finds_nothing),
        cmocka_unit_test(algorithms_are_named_exactly),
        cmocka_unit_test(a_list_of_algorithms_is_parsed),
        cmocka_unit_test(a_list_with_an_unknown_or_empty_name_is_refused),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
