/* SPDX-License-Identifier: BSD-2-Clause */
/* base64url: item 5, RFC 4648 section 10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/jose/base64url.h"

/* Decodes out of and into memory of exactly the promised sizes. */
static bool
decode(const char *text, size_t len, unsigned char *out, size_t *out_len)
{
    char *in = malloc(len == 0 ? 1 : len);
    unsigned char *room = malloc(BASE64URL_DECODED(len));
    bool good;

    assert_non_null(in);
    assert_non_null(room);
    memcpy(in, text, len);
    good = base64url_decode((struct span){in, len}, room, out_len);
    if (good && out != NULL)
        memcpy(out, room, *out_len);
    free(in);
    free(room);
    return good;
}

static void
decodes_to(const char *text, const char *bytes)
{
    unsigned char out[64];
    size_t len;

    assert_true(decode(text, strlen(text), out, &len));
    assert_int_equal(len, strlen(bytes));
    assert_memory_equal(out, bytes, len);
}

static void
refused(const char *text)
{
    size_t len = 1;

    assert_false(decode(text, strlen(text), NULL, &len));
    assert_int_equal(len, 0);
}

static void
the_vectors_of_the_rfc_decode(void **state)
{
    (void)state;
    decodes_to("", "");
    decodes_to("Zg", "f");
    decodes_to("Zm8", "fo");
    decodes_to("Zm9v", "foo");
    decodes_to("Zm9vYg", "foob");
    decodes_to("Zm9vYmE", "fooba");
    decodes_to("Zm9vYmFy", "foobar");
    decodes_to("-_-_", "\373\377\277");
}

static void
padding_is_refused(void **state)
{
    (void)state;
    refused("Zg==");
    refused("Zm8=");
    refused("Zg=");
    refused("====");
    refused("Zm9v=");
}

static void
the_plain_alphabet_is_refused(void **state)
{
    (void)state;
    refused("+++/");
    refused("Zm9+");
    refused("Zm9/");
}

static void
blanks_and_line_ends_are_refused(void **state)
{
    (void)state;
    refused("Zm9v ");
    refused(" Zm9v");
    refused("Zm\n9v");
    refused("Zm9v\r\n");
    refused("Zm9v\t");
}

static void
a_length_of_4n_and_1_is_refused(void **state)
{
    (void)state;
    refused("Z");
    refused("Zm9vZ");
}

static void
every_spare_bit_must_be_zero(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
                                   "qrstuvwxyz0123456789-_";
    size_t len;

    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        char two[] = {'Z', alphabet[i]}, three[] = {'Z', 'm', alphabet[i]};

        assert_int_equal(decode(two, 2, NULL, &len), i % 16 == 0);
        assert_int_equal(decode(three, 3, NULL, &len), i % 4 == 0);
    }
}

static void
only_the_64_characters_are_accepted_at_any_place(void **state)
{
    size_t len;

    (void)state;
    for (size_t place = 0; place < 8; place++)
        for (unsigned c = 0; c < 256; c++) {
            char text[8] = "AAAAAAAA";
            bool known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                         (c >= '0' && c <= '9') || c == '-' || c == '_';

            text[place] = (char)c;
            assert_int_equal(decode(text, 8, NULL, &len), known);
            /* And in the short last group, where A stays A. */
            if (place < 7 && !known)
                assert_false(decode(text, 7, NULL, &len));
            if (place < 6 && !known)
                assert_false(decode(text, 6, NULL, &len));
        }
}

static void
all_bytes_survive_encoding_and_decoding(void **state)
{
    unsigned char bytes[256], back[256];
    char text[BASE64URL_ENCODED(256)];
    size_t len;

    (void)state;
    for (size_t i = 0; i < 256; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t n = 0; n <= 256; n++) {
        size_t written = base64url_encode(bytes, n, text);

        assert_int_equal(written, strlen(text));
        assert_true(written < BASE64URL_ENCODED(n));
        assert_true(decode(text, written, back, &len));
        assert_int_equal(len, n);
        assert_memory_equal(back, bytes, n);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_decode),
        cmocka_unit_test(padding_is_refused),
        cmocka_unit_test(the_plain_alphabet_is_refused),
        cmocka_unit_test(blanks_and_line_ends_are_refused),
        cmocka_unit_test(a_length_of_4n_and_1_is_refused),
        cmocka_unit_test(every_spare_bit_must_be_zero),
        cmocka_unit_test(only_the_64_characters_are_accepted_at_any_place),
        cmocka_unit_test(all_bytes_survive_encoding_and_decoding),
    };

    return cmocka_run_group_tests_name("base64url", tests, NULL, NULL);
}
