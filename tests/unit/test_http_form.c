/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/form.h"

static void
encodes(struct span value, const char *expected)
{
    struct buffer out = BUFFER_INIT(4096);

    assert_true(form_encode(&out, value));
    assert_string_equal(out.data == NULL ? "" : out.data, expected);
    buffer_free(&out);
}

static void
unreserved_characters_stay(void **state)
{
    (void)state;
    encodes(span_of("azAZ09-._~"), "azAZ09-._~");
    encodes(span_of(""), "");
}

static void
a_blank_is_a_plus_and_the_rest_is_percent_encoded(void **state)
{
    (void)state;
    encodes(span_of("a b"), "a+b");
    encodes(span_of("a+b&c=d%"), "a%2Bb%26c%3Dd%25");
    encodes(span_of("*'()!/:@"), "%2A%27%28%29%21%2F%3A%40");
    encodes(span_of("\xc3\xa4"), "%C3%A4");
    encodes((struct span){"\0\r\n\x7f", 4}, "%00%0D%0A%7F");
}

/* RFC 6749 appendix B. */
static void
the_example_of_the_rfc_comes_out(void **state)
{
    (void)state;
    encodes(span_of(" %&+\xc2\xa3\xe2\x82\xac"), "+%25%26%2B%C2%A3%E2%82%AC");
}

static void
fields_are_joined(void **state)
{
    struct buffer out = BUFFER_INIT(4096);

    (void)state;
    assert_true(form_add(&out, "grant_type", span_of("client_credentials")));
    assert_true(form_add(&out, "scope", span_of("a b")));
    assert_true(form_add(&out, "empty", span_of("")));
    assert_string_equal(out.data,
                        "grant_type=client_credentials&scope=a+b&empty=");
    buffer_free(&out);
}

/* A value cannot make a field of its own. */
static void
a_value_stays_one_field(void **state)
{
    struct buffer out = BUFFER_INIT(4096);

    (void)state;
    assert_true(form_add(&out, "username", span_of("a&password=b")));
    assert_string_equal(out.data, "username=a%26password%3Db");
    buffer_free(&out);
}

static void
what_does_not_fit_fails_as_a_whole(void **state)
{
    struct buffer out = BUFFER_INIT(5);

    (void)state;
    assert_true(form_add(&out, "a", span_of("1")));
    assert_false(form_add(&out, "b", span_of("2")));
    assert_false(form_encode(&out, span_of("")));
    buffer_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unreserved_characters_stay),
        cmocka_unit_test(a_blank_is_a_plus_and_the_rest_is_percent_encoded),
        cmocka_unit_test(the_example_of_the_rfc_comes_out),
        cmocka_unit_test(fields_are_joined),
        cmocka_unit_test(a_value_stays_one_field),
        cmocka_unit_test(what_does_not_fit_fails_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
