/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/base: erase, buffer, list. */
#undef _FORTIFY_SOURCE /* explicit_bzero() is replaced below */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/buffer.h"
#include "helper/base/erase.h"
#include "helper/base/list.h"

/* Every erasure of the library ends here, so that a test can see what was
 * erased before it was freed. */
static struct {
    const void *at;
    size_t len;
} erased[16];
static size_t erasures;

void __explicit_bzero_chk(void *data, size_t len, size_t size);

void
explicit_bzero(void *data, size_t len)
{
    volatile unsigned char *at = data;
    size_t i;

    for (i = 0; i < len; i++)
        at[i] = 0;
    if (erasures < sizeof(erased) / sizeof(erased[0])) {
        erased[erasures].at = data;
        erased[erasures].len = len;
    }
    erasures++;
}

void
__explicit_bzero_chk(void *data, size_t len, size_t size)
{
    assert_true(len <= size);
    explicit_bzero(data, len);
}

static int
forget_erasures(void **state)
{
    (void)state;
    erasures = 0;
    return 0;
}

static void
erase_overwrites_every_byte(void **state)
{
    char secret[] = "secret";

    (void)state;
    erase(secret, sizeof(secret));
    assert_memory_equal(secret, "\0\0\0\0\0\0", sizeof(secret));
}

static void
erase_takes_null(void **state)
{
    (void)state;
    erase(NULL, 0);
    erase(NULL, 5);
    erase_free(NULL, 5);
    erase_free_text(NULL);
    assert_int_equal(erasures, 0);
}

static void
erase_free_text_erases_the_whole_string(void **state)
{
    char *text = strdup("secret");

    (void)state;
    assert_non_null(text);
    erase_free_text(text);
    assert_int_equal(erasures, 1);
    assert_int_equal(erased[0].len, 6);
}

static void
a_buffer_joins_what_is_added(void **state)
{
    struct buffer b = BUFFER_INIT(100);

    (void)state;
    assert_true(buffer_text(&b, "one "));
    assert_true(buffer_add(&b, "t\0o", 3));
    assert_true(buffer_printf(&b, " %d%s", 3, "!"));
    assert_int_equal(b.len, 10);
    assert_memory_equal(b.data, "one t\0o 3!", 11);
    assert_true(span_equal(buffer_span(&b), (struct span){"one t\0o 3!", 10}));
    buffer_free(&b);
}

static void
a_buffer_is_terminated_once_anything_was_added(void **state)
{
    struct buffer b = BUFFER_INIT(10);

    (void)state;
    assert_null(b.data);
    assert_true(buffer_add(&b, NULL, 0));
    assert_string_equal(b.data, "");
    buffer_free(&b);
    assert_true(buffer_text(&b, ""));
    assert_string_equal(b.data, "");
    buffer_free(&b);
    assert_true(buffer_printf(&b, "%s", ""));
    assert_string_equal(b.data, "");
    buffer_free(&b);
}

static void
a_buffer_holds_its_cap_and_no_byte_more(void **state)
{
    struct buffer b = BUFFER_INIT(5);

    (void)state;
    assert_true(buffer_text(&b, "12345"));
    assert_string_equal(b.data, "12345");
    assert_false(buffer_text(&b, "6"));
    assert_true(b.failed);
    assert_string_equal(b.data, "12345");
    buffer_clear(&b);
    assert_true(buffer_printf(&b, "%d", 12345));
    assert_false(buffer_printf(&b, "%d", 6));
    assert_string_equal(b.data, "12345");
    buffer_free(&b);
}

static void
a_failed_buffer_stays_failed_until_it_is_cleared(void **state)
{
    struct buffer b = BUFFER_INIT(5);

    (void)state;
    assert_false(buffer_text(&b, "123456"));
    assert_false(buffer_text(&b, "1"));
    assert_false(buffer_printf(&b, "1"));
    assert_false(buffer_add(&b, NULL, 0));
    buffer_clear(&b);
    assert_false(b.failed);
    assert_true(buffer_text(&b, "1"));
    buffer_free(&b);
}

static void
a_length_that_would_wrap_is_refused(void **state)
{
    struct buffer b = BUFFER_INIT(SIZE_MAX);

    (void)state;
    assert_true(buffer_text(&b, "x"));
    assert_false(buffer_add(&b, "y", SIZE_MAX - 1));
    assert_true(b.failed);
    assert_int_equal(b.len, 1);
    buffer_clear(&b);
    assert_false(buffer_add(&b, "y", SIZE_MAX));
    buffer_free(&b);
}

static void
a_buffer_of_cap_zero_holds_only_nothing(void **state)
{
    struct buffer b = BUFFER_INIT(0);

    (void)state;
    assert_true(buffer_text(&b, ""));
    assert_false(buffer_text(&b, "x"));
    assert_string_equal(b.data, "");
    buffer_free(&b);
}

static void
growth_erases_the_block_that_it_leaves(void **state)
{
    struct buffer b = BUFFER_INIT(100000);
    char fill[1000];
    const void *first;
    size_t size;

    (void)state;
    memset(fill, 'f', sizeof(fill));
    assert_true(buffer_text(&b, "secret"));
    first = b.data;
    size = b.size;
    assert_true(buffer_add(&b, fill, sizeof(fill)));
    assert_int_equal(erasures, 1);
    assert_ptr_equal(erased[0].at, first);
    assert_int_equal(erased[0].len, size);
    assert_memory_equal(b.data, "secretfff", 9);
    buffer_free(&b);
}

static void
growth_by_single_bytes_keeps_the_content(void **state)
{
    struct buffer b = BUFFER_INIT(5000);
    size_t i;

    (void)state;
    for (i = 0; i < 5000; i++)
        assert_true(buffer_add(&b, &"0123456789"[i % 10], 1));
    assert_false(buffer_text(&b, "x"));
    assert_int_equal(b.len, 5000);
    for (i = 0; i < 5000; i++)
        assert_int_equal(b.data[i], '0' + (int)(i % 10));
    assert_true(b.size <= b.cap + 1);
    buffer_free(&b);
}

static void
clearing_erases_and_keeps_the_allocation(void **state)
{
    struct buffer b = BUFFER_INIT(100);
    const char *data;
    size_t i;

    (void)state;
    assert_true(buffer_text(&b, "secret"));
    data = b.data;
    buffer_clear(&b);
    assert_ptr_equal(b.data, data);
    assert_int_equal(b.len, 0);
    for (i = 0; i < b.size; i++)
        assert_int_equal(b.data[i], 0);
    buffer_free(&b);
}

static void
freeing_erases_and_leaves_a_usable_buffer(void **state)
{
    struct buffer b = BUFFER_INIT(100);
    const void *data;

    (void)state;
    assert_true(buffer_text(&b, "secret"));
    data = b.data;
    buffer_free(&b);
    assert_int_equal(erasures, 1);
    assert_ptr_equal(erased[0].at, data);
    assert_true(erased[0].len >= 7);
    assert_null(b.data);
    buffer_free(&b);
    assert_true(buffer_text(&b, "again"));
    assert_string_equal(b.data, "again");
    buffer_free(&b);
}

static void
a_list_keeps_copies_in_order(void **state)
{
    struct list list = {NULL, 0};
    char name[] = "item-00";
    size_t i;

    (void)state;
    for (i = 0; i < 50; i++) {
        name[5] = (char)('0' + i / 10);
        name[6] = (char)('0' + i % 10);
        assert_true(list_add(&list, (struct span){name, 7}));
    }
    assert_int_equal(list.count, 50);
    assert_string_equal(list.item[0], "item-00");
    assert_string_equal(list.item[49], "item-49");
    assert_true(list_has(&list, span_of("item-33")));
    list_clear(&list);
    assert_int_equal(list.count, 0);
    list_clear(&list);
}

static void
list_membership_is_exact(void **state)
{
    struct list list = {NULL, 0};

    (void)state;
    assert_false(list_has(&list, span_of("")));
    assert_true(list_add(&list, span_of("admin")));
    assert_true(list_has(&list, span_of("admin")));
    assert_false(list_has(&list, span_of("Admin")));
    assert_false(list_has(&list, span_of("admi")));
    assert_false(list_has(&list, span_of("admins")));
    assert_false(list_has(&list, span_of("")));
    assert_false(list_has(&list, (struct span){"admin\0x", 7}));
    list_clear(&list);
}

static void
a_list_refuses_an_item_with_a_nul(void **state)
{
    struct list list = {NULL, 0};

    (void)state;
    assert_false(list_add(&list, (struct span){"admin\0x", 7}));
    assert_false(list_has(&list, span_of("admin")));
    assert_int_equal(list.count, 0);
    assert_true(list_add(&list, (struct span){NULL, 0}));
    assert_true(list_has(&list, span_of("")));
    list_clear(&list);
}

#define TEST(name) cmocka_unit_test_setup(name, forget_erasures)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(erase_overwrites_every_byte),
        TEST(erase_takes_null),
        TEST(erase_free_text_erases_the_whole_string),
        TEST(a_buffer_joins_what_is_added),
        TEST(a_buffer_is_terminated_once_anything_was_added),
        TEST(a_buffer_holds_its_cap_and_no_byte_more),
        TEST(a_failed_buffer_stays_failed_until_it_is_cleared),
        TEST(a_length_that_would_wrap_is_refused),
        TEST(a_buffer_of_cap_zero_holds_only_nothing),
        TEST(growth_erases_the_block_that_it_leaves),
        TEST(growth_by_single_bytes_keeps_the_content),
        TEST(clearing_erases_and_keeps_the_allocation),
        TEST(freeing_erases_and_leaves_a_usable_buffer),
        TEST(a_list_keeps_copies_in_order),
        TEST(list_membership_is_exact),
        TEST(a_list_refuses_an_item_with_a_nul),
    };

    return cmocka_run_group_tests_name("base_buffer", tests, NULL, NULL);
}
