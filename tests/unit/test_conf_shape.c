/* SPDX-License-Identifier: BSD-2-Clause */
/* token_pattern and password_pattern: what they match, and that two of them
 * overlap exactly if there is a credential that fits both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/conf/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
a_shape_is_a_prefix_a_set_and_a_range(void **state)
{
    static const struct {
        const char *text;
        const char *why; /* NULL: it is good */
    } shapes[] = {
        {"any", NULL},
        {":visible:1-65536", NULL},
        {"ya29.:base64url:20-2000", NULL},
        {"gl-pat_:alnum:20-20", NULL},
        {":hex:64-64", NULL},
        {":digit:6-8", NULL},
        {":base64:1-9", NULL},
        {"e:base64url:1-9", NULL},
        {"ey:base64url:1-9", NULL},
        {"hap-:base64url:1-9", NULL},
        {"a.b.c.:alnum:1-9", NULL},
        {"", "must be PREFIX:SET:MIN-MAX"},
        {"ANY", "must be PREFIX:SET:MIN-MAX"},
        {"any:", "must be PREFIX:SET:MIN-MAX"},
        {"hex:1-2", "must be PREFIX:SET:MIN-MAX"},
        {":hex:12", "must be PREFIX:SET:MIN-MAX"},
        {":any:1-2", "names no set"},
        {":HEX:1-2", "names no set"},
        {"::1-2", "names no set"},
        {":hex:0-2", "has no good range"},
        {":hex:2-1", "has no good range"},
        {":hex:-2", "has no good range"},
        {":hex:1-", "has no good range"},
        {":hex:1-2-3", "has no good range"},
        {":hex:1-2:", "has no good range"},
        {":hex:01-2", "has no good range"},
        {":hex:1-+2", "has no good range"},
        {":hex:1-65537", "has no good range"},
        {"a:hex:1-65536", "has no good range"},
        {":hex:1-99999999999999999999", "has no good range"},
        {"a b:hex:1-2", "has a prefix with other characters"},
        {"a*:hex:1-2", "has a prefix with other characters"},
        {"gr\xc3\xbcn:hex:1-2", "has a prefix with other characters"},
        {"eyJ:base64url:1-2", "is the form of a JWT"},
        {"eyJhbG:base64url:1-2", "is the form of a JWT"},
        {"hap_:base64url:1-2", "is the form of a JWT"},
        {"hap_x:base64url:1-2", "is the form of a JWT"},
        {"a.b.c:visible:1-2", "is the form of a JWT"},
        {"..:visible:1-2", "is the form of a JWT"},
    };
    struct buffer why = BUFFER_INIT(512);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(shapes); i++) {
        bool good = shape_is_good(span_of(shapes[i].text), &why);

        if (good != (shapes[i].why == NULL))
            fail_msg("%s", shapes[i].text);
        if (!good && strstr(why.data, shapes[i].why) == NULL)
            fail_msg("%s: %s", shapes[i].text, why.data);
        buffer_clear(&why);
    }
    buffer_free(&why);
}

static void
a_credential_matches_by_prefix_set_and_length(void **state)
{
    static const struct {
        const char *shape, *credential;
        bool matches;
    } pairs[] = {
        {"t-:hex:2-4", "t-ab", true},
        {"t-:hex:2-4", "t-ABcd", true},
        {"t-:hex:2-4", "t-a", false},
        {"t-:hex:2-4", "t-abcde", false},
        {"t-:hex:2-4", "t-ag", false},
        {"t-:hex:2-4", "T-ab", false},
        {"t-:hex:2-4", "xt-ab", false},
        {"t-:hex:2-4", "t-", false},
        {"t-:hex:2-4", "t", false},
        {":digit:1-9", "0189", true},
        {":digit:1-9", "01a", false},
        {":alnum:1-9", "azAZ09", true},
        {":alnum:1-9", "a-b", false},
        {":base64url:1-9", "a-b_C", true},
        {":base64url:1-9", "a+b", false},
        {":base64:1-9", "a+b/C==", true},
        {":base64:1-9", "a-b", false},
        {":visible:1-9", "!~\"\\'", true},
        {":visible:1-9", "a b", false},
        {":visible:1-9", "a\xc3\xa9", false},
        {":visible:1-9", "a\x7f", false},
        {":visible:1-9", "\xff", false},
        {"any", "x", true},
        {"any", "correct horse battery", true},
        {"any", "gr\xc3\xbcn", true},
        {"any", "a\tb", false},
        {"any", "a\nb", false},
        {"any", "a\x7f", false},
        {"any", "", false},
        /* What others verify is never sent away. */
        {"any", "hap_", false},
        {"any", "hap_abc", false},
        {"any", "hap-abc", true},
        {"any", "eyJ", false},
        {"any", "eyJhbGciOiJub25lIn0", false},
        {"any", "eyj", true},
        {"any", "a.b.c", false},
        {"any", "..", false},
        {"any", "a.b", true},
        {"any", "a.b.c.d", true},
        {"any", "Well. Done. Yes", true},
        {"any", "  eyJhbGciOiJub25lIn0", false},
        {"any", " hap_abc", false},
        {"any", " a.b.c ", false},
        {"any", " ", true},
        {"any", " a b ", true},
        {":visible:1-99", "a.b.c", false},
        {":visible:1-99", "a.b.c!", true},
        {"ey:base64url:1-9", "eyJa", false},
        {"ey:base64url:1-9", "eyKa", true},
        {"ya29.:visible:1-9", "ya29.c.x", false},
        {"ya29.:visible:1-9", "ya29.cx", true},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(pairs); i++)
        if (shape_matches(span_of(pairs[i].shape),
                          span_of(pairs[i].credential)) != pairs[i].matches)
            fail_msg("%s and %s", pairs[i].shape, pairs[i].credential);
}

static void
bytes_behind_a_nul_count(void **state)
{
    struct span credential = {"abc\0def", 7};

    (void)state;
    assert_false(shape_matches(span_of("any"), credential));
    assert_false(shape_matches(span_of(":visible:1-9"), credential));
    assert_false(shape_matches(span_of(":alnum:1-9"), credential));
    assert_false(shape_matches(span_of("any"), (struct span){NULL, 0}));
}

static void
nothing_longer_than_a_credential_matches(void **state)
{
    size_t len = LIMIT_CREDENTIAL + 1;
    char *text = malloc(len);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', len);
    assert_true(shape_matches(span_of("any"), (struct span){text, len - 1}));
    assert_false(shape_matches(span_of("any"), (struct span){text, len}));
    assert_true(shape_matches(span_of(":hex:65536-65536"),
                              (struct span){text, len - 1}));
    free(text);
}

static void
a_list_matches_if_one_of_it_does(void **state)
{
    struct list list = {NULL, 0};

    (void)state;
    assert_false(shape_list_matches(&list, span_of("12")));
    assert_true(list_add(&list, span_of("a:digit:1-2")));
    assert_true(list_add(&list, span_of(":digit:2-2")));
    assert_true(shape_list_matches(&list, span_of("12")));
    assert_true(shape_list_matches(&list, span_of("a1")));
    assert_false(shape_list_matches(&list, span_of("1")));
    list_clear(&list);
}

/* Every text of up to four letters of a small alphabet that has a letter for
 * each difference between the sets, against all pairs of shapes over it. */
static bool
some_text_matches_both(struct span a, struct span b)
{
    static const char alphabet[] = "1ag-+.";
    size_t letters = sizeof(alphabet) - 1, i, n, total = 1;

    for (i = 0; i < 4; i++)
        total *= letters + 1;
    for (n = 1; n < total; n++) {
        char text[5] = "";
        size_t rest = n, len = 0;

        for (; rest % (letters + 1) != 0 && len < 4; rest /= letters + 1)
            text[len++] = alphabet[rest % (letters + 1) - 1];
        if (shape_matches(a, (struct span){text, len}) &&
            shape_matches(b, (struct span){text, len}))
            return true;
    }
    return false;
}

static void
shapes_overlap_exactly_if_a_credential_matches_both(void **state)
{
    static const char *const shapes[] = {
        "any",          ":digit:1-1",   ":digit:2-3",     ":hex:1-2",
        ":hex:3-4",     ":alnum:1-4",   ":alnum:4-4",     ":base64url:2-2",
        ":base64:1-3",  ":visible:1-1", ":visible:2-4",   "a:digit:1-1",
        "a:digit:2-3",  "a:hex:1-3",    "g:hex:1-3",      "g:digit:2-2",
        "a-:alnum:1-2", "a-:digit:2-2", "a.:visible:1-2", "ag:base64:1-1",
        "ag:hex:2-2",   "-:digit:1-3",  ".:base64:1-3",   "a-1:digit:1-1",
        "g.a:hex:1-1",  "1:alnum:3-3",  "11:base64:2-2",
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT(shapes); i++)
        assert_true(shape_is_good(span_of(shapes[i]), NULL));
    for (i = 0; i < COUNT(shapes); i++)
        for (j = 0; j < COUNT(shapes); j++) {
            struct span a = span_of(shapes[i]), b = span_of(shapes[j]);

            if (shape_overlaps(a, b) != some_text_matches_both(a, b))
                fail_msg("%s and %s", shapes[i], shapes[j]);
        }
}

static void
what_is_no_shape_overlaps_everything_and_matches_nothing(void **state)
{
    (void)state;
    assert_true(shape_overlaps(span_of("x"), span_of("a:hex:1-2")));
    assert_true(shape_overlaps(span_of("a:hex:1-2"), span_of("")));
    assert_false(shape_matches(span_of("x"), span_of("x")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shape_is_a_prefix_a_set_and_a_range),
        cmocka_unit_test(a_credential_matches_by_prefix_set_and_length),
        cmocka_unit_test(bytes_behind_a_nul_count),
        cmocka_unit_test(nothing_longer_than_a_credential_matches),
        cmocka_unit_test(a_list_matches_if_one_of_it_does),
        cmocka_unit_test(shapes_overlap_exactly_if_a_credential_matches_both),
        cmocka_unit_test(
            what_is_no_shape_overlaps_everything_and_matches_nothing),
    };

    return cmocka_run_group_tests_name("conf/shape", tests, NULL, NULL);
}
