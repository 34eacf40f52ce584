/* SPDX-License-Identifier: BSD-2-Clause */
/* Key sets: item 21 and the bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/jose/jwks.h"
#include "tests/lib/forge.h"

static char *good; /* one usable JWK */

static int
setup(void **state)
{
    (void)state;
    good = forge_jwk(forge_key("ed25519"), false, "\"kid\":\"ed\"");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    free(good);
    forge_end();
    return 0;
}

/* Loads and frees the text; the number of usable keys, 0 for no set. */
static size_t
load(char *text, bool single, struct jwks_report *report)
{
    struct jwks *set =
        jwks_load(span_of(text), JWK_PUBLIC_ONLY, single, report);
    size_t count = set == NULL ? 0 : set->count;

    if (set == NULL)
        assert_string_not_equal(report->problem, "");
    assert_int_equal(count, report->usable);
    jwks_free(set);
    free(text);
    return count;
}

static void
refused(const char *text, const char *problem)
{
    struct jwks_report report;

    assert_int_equal(load(forge_text("%s", text), false, &report), 0);
    if (strstr(report.problem, problem) == NULL)
        assert_string_equal(report.problem, problem);
}

static void
bad_keys_are_skipped_and_the_rest_serves(void **state)
{
    struct jwks_report report;

    (void)state;
    assert_int_equal(
        load(forge_text("{\"keys\":[{\"kty\":\"new\"},%s,{\"kty\":\"RSA\"},7]}",
                        good),
             false, &report),
        1);
    assert_int_equal(report.skipped, 3);
    assert_string_equal(report.problem, "key 1: kty is missing or unknown");
    assert_false(report.private_members);
}

static void
private_members_of_any_key_are_reported(void **state)
{
    char *leaked = forge_jwk(forge_key("p256"), true, NULL);
    struct jwks_report report;

    (void)state;
    assert_int_equal(
        load(forge_text("{\"keys\":[%s,%s]}", good, leaked), false, &report),
        2);
    assert_true(report.private_members);
    free(leaked);
    assert_int_equal(load(forge_text("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}"
                                     ",%s]}",
                                     good),
                          false, &report),
                     1);
    assert_true(report.private_members);
}

static void
a_set_without_keys_is_refused(void **state)
{
    (void)state;
    refused("{}", "no member keys");
    refused("{\"Keys\":[]}", "no member keys");
}

static void
keys_that_are_no_array_are_refused(void **state)
{
    (void)state;
    refused("{\"keys\":{}}", "not an array");
    refused("{\"keys\":null}", "not an array");
    refused("{\"keys\":\"x\"}", "not an array");
}

static void
an_empty_set_is_refused(void **state)
{
    (void)state;
    refused("{\"keys\":[]}", "keys is empty");
}

static void
keys_twice_are_refused(void **state)
{
    char *text = forge_text("{\"keys\":[%s],\"keys\":[%s]}", good, good);

    (void)state;
    refused(text, "duplicates");
    free(text);
}

static void
a_member_of_a_key_twice_is_refused(void **state)
{
    char *text =
        forge_text("{\"keys\":[%s,{\"kid\":\"a\",\"kid\":\"b\"}]}", good);

    (void)state;
    refused(text, "duplicates");
    free(text);
}

static void
what_is_no_json_is_refused(void **state)
{
    (void)state;
    refused("", "not one JSON object");
    refused("<html>", "not one JSON object");
    refused("[]", "not one JSON object");
    refused("{\"keys\":[}", "not one JSON object");
}

static void
a_set_of_unusable_keys_only_is_refused(void **state)
{
    (void)state;
    refused("{\"keys\":[{\"kty\":\"oct\",\"k\":"
            "\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\"}]}",
            "key 1: a shared secret");
}

static char *
many(size_t count)
{
    char *text = forge_text("{\"keys\":[%s", good), *more;

    for (size_t i = 1; i < count; i++) {
        more = forge_text("%s,{}", text);
        free(text);
        text = more;
    }
    more = forge_text("%s]}", text);
    free(text);
    return more;
}

static void
a_set_of_100_keys_is_loaded(void **state)
{
    struct jwks_report report;

    (void)state;
    assert_int_equal(load(many(LIMIT_JWKS_KEYS), false, &report), 1);
    assert_int_equal(report.skipped, LIMIT_JWKS_KEYS - 1);
}

static void
a_set_of_101_keys_is_refused(void **state)
{
    struct jwks_report report;

    (void)state;
    assert_int_equal(load(many(LIMIT_JWKS_KEYS + 1), false, &report), 0);
}

static void
a_set_of_10000_keys_is_refused(void **state)
{
    struct jwks_report report;

    (void)state;
    assert_int_equal(load(many(10000), false, &report), 0);
}

static char *
of_size(size_t size)
{
    size_t len = strlen(good) + sizeof("{\"keys\":[]}") - 1;

    return forge_text("{\"keys\":[%s]%*s}", good, (int)(size - len), "");
}

static void
a_document_of_512_kib_is_loaded(void **state)
{
    struct jwks_report report;

    (void)state;
    assert_int_equal(load(of_size(LIMIT_JWKS_BYTES), false, &report), 1);
}

static void
a_document_over_512_kib_is_refused(void **state)
{
    struct jwks_report report;

    (void)state;
    assert_int_equal(load(of_size(LIMIT_JWKS_BYTES + 1), false, &report), 0);
    assert_string_equal(report.problem, "the document is too large");
}

static void
a_deep_document_is_refused(void **state)
{
    char *deep = forge_need(calloc(1, 200001), "calloc");

    (void)state;
    memset(deep, '[', 200000);
    memcpy(deep, "{\"keys\":", 8);
    refused(deep, "not one JSON object");
    free(deep);
}

static void
a_single_jwk_is_a_set_only_where_that_is_asked(void **state)
{
    struct jwks_report report;

    (void)state;
    assert_int_equal(load(forge_text("%s", good), true, &report), 1);
    assert_int_equal(load(forge_text("%s", good), false, &report), 0);
}

static void
a_set_stays_until_the_last_reference_goes(void **state)
{
    char *text = forge_text("{\"keys\":[%s]}", good);
    struct jwks_report report;
    struct jwks *set =
        jwks_load(span_of(text), JWK_PUBLIC_ONLY, false, &report);

    (void)state;
    assert_non_null(set);
    assert_ptr_equal(jwks_hold(set), set);
    jwks_free(set);
    assert_string_equal(set->key[0]->kid, "ed");
    jwks_free(set);
    jwks_free(NULL);
    assert_null(jwks_hold(NULL));
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_keys_are_skipped_and_the_rest_serves),
        cmocka_unit_test(private_members_of_any_key_are_reported),
        cmocka_unit_test(a_set_without_keys_is_refused),
        cmocka_unit_test(keys_that_are_no_array_are_refused),
        cmocka_unit_test(an_empty_set_is_refused),
        cmocka_unit_test(keys_twice_are_refused),
        cmocka_unit_test(a_member_of_a_key_twice_is_refused),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(a_set_of_unusable_keys_only_is_refused),
        cmocka_unit_test(a_set_of_100_keys_is_loaded),
        cmocka_unit_test(a_set_of_101_keys_is_refused),
        cmocka_unit_test(a_set_of_10000_keys_is_refused),
        cmocka_unit_test(a_document_of_512_kib_is_loaded),
        cmocka_unit_test(a_document_over_512_kib_is_refused),
        cmocka_unit_test(a_deep_document_is_refused),
        cmocka_unit_test(a_single_jwk_is_a_set_only_where_that_is_asked),
        cmocka_unit_test(a_set_stays_until_the_last_reference_goes),
    };

    return cmocka_run_group_tests_name("key sets", tests, setup, teardown);
}
