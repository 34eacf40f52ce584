/* SPDX-License-Identifier: BSD-2-Clause */
/* The form of app passwords: what is whole, what is damaged. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/hostpw/password.h"

/* What httpauthctl(1) gives to scanners. */
#define SCANNER                                                                \
    "^hap_([a-z0-9]{1,16}_)?[0-9a-hjkmnp-tv-z]{12}_[0-9a-hjkmnp-tv-z]{39}$"

/* Made by hand: sha256sum of what stands in front of CHECK, its first 35
 * bits in the alphabet. */
#define KNOWN_ID "0123456789ab"
#define KNOWN_SECRET "0123456789abcdefghjkmnpqrstvwxyz"
#define KNOWN "hap_" KNOWN_ID "_" KNOWN_SECRET "sykagqk"

static bool
is_whole(struct span text, const char *environment)
{
    struct span id, secret;

    return password_parse(text, environment, &id, &secret);
}

static void
a_new_one_is_whole_and_known_to_scanners(void **state)
{
    static const char *const environments[] = {NULL, "prod",
                                               "0123456789abcdef"};
    regex_t scanner;

    (void)state;
    assert_int_equal(regcomp(&scanner, SCANNER, REG_EXTENDED | REG_NOSUB), 0);
    for (size_t i = 0; i < 3; i++) {
        struct buffer text = BUFFER_INIT(HOSTPW_TEXT_MAX - 1);
        char made[HOSTPW_ID_LEN + 1];
        struct span id, secret;

        assert_true(password_make(environments[i], &text, made));
        assert_int_equal(regexec(&scanner, text.data, 0, NULL, 0), 0);
        assert_true(
            password_parse(buffer_span(&text), environments[i], &id, &secret));
        assert_true(span_is(id, made));
        assert_int_equal(secret.len, PASSWORD_SECRET_LEN);
        buffer_free(&text);
    }
    regfree(&scanner);
}

static void
no_two_are_alike(void **state)
{
    struct buffer a = BUFFER_INIT(HOSTPW_TEXT_MAX);
    struct buffer b = BUFFER_INIT(HOSTPW_TEXT_MAX);
    char one[HOSTPW_ID_LEN + 1], other[HOSTPW_ID_LEN + 1];
    struct span id, first, second;

    (void)state;
    assert_true(password_make(NULL, &a, one));
    assert_true(password_make(NULL, &b, other));
    assert_string_not_equal(one, other);
    assert_true(password_parse(buffer_span(&a), NULL, &id, &first));
    assert_true(password_parse(buffer_span(&b), NULL, &id, &second));
    assert_false(span_equal(first, second));
    buffer_free(&a);
    buffer_free(&b);
}

static void
the_checksum_is_the_published_one(void **state)
{
    (void)state;
    assert_true(is_whole(span_of(KNOWN), NULL));
}

static void
the_hash_is_the_published_one(void **state)
{
    static const unsigned char want[HOSTPW_HASH_LEN] = {
        0xa1, 0xd2, 0x31, 0xc0, 0x7c, 0xeb, 0x24, 0x84, 0x40, 0xf3, 0xf8,
        0x6b, 0x3d, 0xba, 0xa1, 0x02, 0x7c, 0xf0, 0x0b, 0xfb, 0xdd, 0xa3,
        0x67, 0xd4, 0x11, 0x47, 0x6f, 0xc7, 0xd2, 0x1d, 0x0c, 0xad};
    unsigned char hash[HOSTPW_HASH_LEN];

    (void)state;
    assert_true(password_hash(span_of(KNOWN_ID), span_of(KNOWN_SECRET), hash));
    assert_memory_equal(hash, want, sizeof(want));
}

static void
every_damaged_byte_is_found(void **state)
{
    struct buffer text = BUFFER_INIT(HOSTPW_TEXT_MAX);
    char id[HOSTPW_ID_LEN + 1];

    (void)state;
    assert_true(password_make("prod", &text, id));
    for (size_t i = 0; i < text.len; i++) {
        char before = text.data[i];

        for (int c = 0; c < 256; c++) {
            text.data[i] = (char)c;
            if ((char)c != before && is_whole(buffer_span(&text), "prod"))
                fail_msg("byte %zu may be %d", i, c);
        }
        text.data[i] = before;
    }
    assert_true(is_whole(buffer_span(&text), "prod"));
    buffer_free(&text);
}

static void
every_length_but_one_is_refused(void **state)
{
    struct buffer text = BUFFER_INIT(HOSTPW_TEXT_MAX);
    char id[HOSTPW_ID_LEN + 1];
    size_t len;

    (void)state;
    assert_true(password_make(NULL, &text, id));
    len = text.len;
    for (size_t i = 0; i < len; i++) {
        /* Of exactly that size, so that a sanitizer sees a read behind it. */
        char *cut = malloc(i + 1);

        memcpy(cut, text.data, i);
        assert_false(is_whole((struct span){cut, i}, NULL));
        free(cut);
    }
    assert_true(buffer_text(&text, "0"));
    assert_false(is_whole(buffer_span(&text), NULL));
    assert_false(is_whole((struct span){NULL, 0}, NULL));
    buffer_free(&text);
}

static void
it_is_of_its_environment_only(void **state)
{
    struct buffer text = BUFFER_INIT(HOSTPW_TEXT_MAX);
    char id[HOSTPW_ID_LEN + 1];

    (void)state;
    assert_true(password_make("prod", &text, id));
    assert_false(is_whole(buffer_span(&text), NULL));
    assert_false(is_whole(buffer_span(&text), "test"));
    assert_false(is_whole(buffer_span(&text), "pro"));
    buffer_free(&text);
    assert_true(password_make(NULL, &text, id));
    assert_false(is_whole(buffer_span(&text), "prod"));
    buffer_free(&text);
}

static void
an_id_names_no_path(void **state)
{
    (void)state;
    assert_true(password_is_id(span_of("0123456789ab")));
    assert_false(password_is_id(span_of("0123456789a")));
    assert_false(password_is_id(span_of("0123456789abc")));
    assert_false(password_is_id(span_of("../../../etc")));
    assert_false(password_is_id(span_of("0123456789aB")));
    assert_false(password_is_id(span_of("0123456789il")));
    assert_false(password_is_id((struct span){"0123456789a\0", 12}));
    assert_true(password_is_environment(span_of("prod1")));
    assert_false(password_is_environment(span_of("")));
    assert_false(password_is_environment(span_of("a_b")));
    assert_false(password_is_environment(span_of("0123456789abcdefg")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_one_is_whole_and_known_to_scanners),
        cmocka_unit_test(no_two_are_alike),
        cmocka_unit_test(the_checksum_is_the_published_one),
        cmocka_unit_test(the_hash_is_the_published_one),
        cmocka_unit_test(every_damaged_byte_is_found),
        cmocka_unit_test(every_length_but_one_is_refused),
        cmocka_unit_test(it_is_of_its_environment_only),
        cmocka_unit_test(an_id_names_no_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
