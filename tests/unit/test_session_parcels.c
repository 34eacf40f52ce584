/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: what waits to be collected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/session/parcels.h"

#define NOW INT64_C(1000000)

struct id {
    unsigned char bytes[LOGIN_ID_LEN];
};

static struct id
id_of(unsigned number)
{
    struct id id = {{0}};

    memcpy(id.bytes, &number, sizeof(number));
    id.bytes[LOGIN_ID_LEN - 1] = 1;
    return id;
}

static bool
put(struct parcels *p, unsigned number, const char *text, int64_t now)
{
    return parcels_put(p, id_of(number).bytes, span_of(text), now);
}

static bool
has(const struct parcels *p, unsigned number, int64_t now)
{
    return parcels_has(p, id_of(number).bytes, now);
}

/* Is it there, and is it that? */
static bool
takes(struct parcels *p, unsigned number, const char *text, int64_t now)
{
    struct buffer out = BUFFER_INIT(64);
    bool done = parcels_take(p, id_of(number).bytes, now, &out) &&
                span_is(buffer_span(&out), text);

    buffer_free(&out);
    return done;
}

static void
each_is_given_out_once(void **state)
{
    struct parcels *p = parcels_new();

    (void)state;
    assert_non_null(p);
    assert_true(put(p, 1, "one", NOW));
    assert_true(put(p, 2, "two", NOW));
    assert_true(has(p, 1, NOW));
    assert_false(has(p, 3, NOW));
    assert_false(takes(p, 3, "", NOW));
    assert_true(takes(p, 1, "one", NOW));
    assert_false(has(p, 1, NOW));
    assert_false(takes(p, 1, "one", NOW));
    assert_true(takes(p, 2, "two", NOW));
    parcels_free(p);
    parcels_free(NULL);
}

static void
a_newer_one_of_the_same_login_takes_its_place(void **state)
{
    struct parcels *p = parcels_new();

    (void)state;
    assert_true(put(p, 1, "one", NOW));
    assert_true(put(p, 1, "other", NOW));
    assert_int_equal(parcels_sweep(p, NOW), 1);
    assert_true(takes(p, 1, "other", NOW));
    parcels_free(p);
}

static void
none_lives_for_more_than_a_minute(void **state)
{
    struct parcels *p = parcels_new();

    (void)state;
    assert_true(PARCEL_LIFE_MS + 1000 <= 60000);
    assert_true(put(p, 1, "one", NOW));
    assert_true(put(p, 2, "two", NOW + 10));
    assert_true(has(p, 1, NOW + PARCEL_LIFE_MS - 1));
    assert_false(has(p, 1, NOW + PARCEL_LIFE_MS));
    assert_false(takes(p, 1, "one", NOW + PARCEL_LIFE_MS));
    assert_int_equal(parcels_sweep(p, NOW + PARCEL_LIFE_MS - 1), 2);
    assert_int_equal(parcels_sweep(p, NOW + PARCEL_LIFE_MS), 1);
    assert_true(takes(p, 2, "two", NOW + PARCEL_LIFE_MS));
    assert_int_equal(parcels_sweep(p, NOW + PARCEL_LIFE_MS), 0);
    parcels_free(p);
}

static void
the_oldest_goes_when_there_is_no_room(void **state)
{
    struct parcels *p = parcels_new();
    unsigned i;

    (void)state;
    for (i = 0; i <= PARCELS_MAX; i++)
        assert_true(put(p, i, "x", NOW));
    assert_int_equal(parcels_sweep(p, NOW), PARCELS_MAX);
    assert_false(has(p, 0, NOW));
    assert_true(has(p, 1, NOW));
    assert_true(has(p, PARCELS_MAX, NOW));
    parcels_drop(p, id_of(1).bytes);
    parcels_drop(p, id_of(1).bytes);
    assert_int_equal(parcels_sweep(p, NOW), PARCELS_MAX - 1);
    assert_true(takes(p, 2, "x", NOW));
    parcels_free(p);
}

static void
one_that_the_buffer_cannot_hold_is_gone_all_the_same(void **state)
{
    struct parcels *p = parcels_new();
    struct buffer small = BUFFER_INIT(2);

    (void)state;
    assert_true(put(p, 1, "one", NOW));
    assert_false(parcels_take(p, id_of(1).bytes, NOW, &small));
    assert_false(has(p, 1, NOW));
    buffer_free(&small);
    parcels_free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_given_out_once),
        cmocka_unit_test(a_newer_one_of_the_same_login_takes_its_place),
        cmocka_unit_test(none_lives_for_more_than_a_minute),
        cmocka_unit_test(the_oldest_goes_when_there_is_no_room),
        cmocka_unit_test(one_that_the_buffer_cannot_hold_is_gone_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
