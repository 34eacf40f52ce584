/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: device logins that wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/session/devices.h"

#define NOW INT64_C(1000000)

static struct device
device_of(const char *origin)
{
    struct device d = {.user = "alice",
                       .service = "sshd",
                       .issuer = "work",
                       .code = (char *)(uintptr_t) "the-code",
                       .interval_ms = 5000};

    (void)snprintf(d.origin, sizeof(d.origin), "%s", origin);
    return d;
}

static struct device *
add(struct devices *all, const char *origin, int64_t expires_s)
{
    struct device d = device_of(origin);

    return devices_add(all, &d, expires_s, NOW);
}

static void
one_is_found_by_its_id_until_its_time_is_over(void **state)
{
    struct devices *all = devices_new();
    struct device *one = add(all, "192.0.2.1", 60), *found;
    unsigned char id[LOGIN_ID_LEN], other[LOGIN_ID_LEN] = {1};

    (void)state;
    assert_non_null(one);
    assert_string_equal(one->code, "the-code");
    memcpy(id, one->id, sizeof(id));
    found = devices_find(all, id, NOW + 59999);
    assert_non_null(found);
    assert_int_equal(found->next_ms, NOW + 5000);
    assert_null(devices_find(all, other, NOW));
    assert_null(devices_find(all, id, NOW + 60000));
    assert_null(devices_find(all, id, NOW)); /* it is gone */
    devices_free(all);
    devices_free(NULL);
}

static void
a_sweep_takes_those_whose_time_is_over(void **state)
{
    struct devices *all = devices_new();

    (void)state;
    assert_non_null(add(all, "192.0.2.1", 60));
    assert_non_null(add(all, "192.0.2.1", 30));
    assert_non_null(add(all, "192.0.2.1", 90));
    assert_int_equal(devices_sweep(all, NOW + 29999), 3);
    assert_int_equal(devices_sweep(all, NOW + 60000), 1);
    assert_int_equal(devices_sweep(all, NOW + 90000), 0);
    devices_free(all);
}

static void
none_lives_longer_than_two_minutes(void **state)
{
    struct devices *all = devices_new();
    struct device *one = add(all, "192.0.2.1", INT64_C(1000000000));

    (void)state;
    assert_non_null(one);
    assert_int_equal(one->ends_ms, NOW + DEVICE_LIFE_S * 1000);
    devices_free(all);
}

static void
an_address_has_a_few_and_all_together_have_a_bound(void **state)
{
    struct devices *all = devices_new();
    char origin[32];
    int i;

    (void)state;
    for (i = 0; i < DEVICES_PER_ORIGIN; i++)
        assert_non_null(add(all, "192.0.2.1", 60));
    assert_int_equal(devices_room(all, "192.0.2.1", NOW), REASON_THROTTLED);
    assert_null(add(all, "192.0.2.1", 60));
    assert_int_equal(devices_room(all, "192.0.2.2", NOW), REASON_ACCEPTED);
    for (; i < DEVICES_MAX; i++) {
        (void)snprintf(origin, sizeof(origin), "198.51.100.%d", i);
        assert_non_null(add(all, origin, 60));
    }
    assert_int_equal(devices_room(all, "192.0.2.2", NOW), REASON_OVERLOAD);
    assert_null(add(all, "192.0.2.2", 60));
    assert_int_equal(devices_room(all, "192.0.2.1", NOW + 60000),
                     REASON_ACCEPTED);
    devices_free(all);
}

static void
the_provider_says_how_often_it_may_be_asked(void **state)
{
    struct devices *all = devices_new();
    struct device *one = add(all, "192.0.2.1", 120);
    unsigned char id[LOGIN_ID_LEN];

    (void)state;
    memcpy(id, one->id, sizeof(id));
    one->asking = true;
    devices_answered(all, id, REASON_PENDING, NOW + 6000);
    assert_false(one->asking);
    assert_int_equal(one->next_ms, NOW + 11000);
    devices_answered(all, id, REASON_SLOW_DOWN, NOW + 12000);
    assert_int_equal(one->next_ms, NOW + 22000);
    devices_answered(all, id, REASON_PENDING, NOW + 23000);
    assert_int_equal(one->next_ms, NOW + 33000); /* it stays slower */
    devices_answered(all, id, REASON_ACCEPTED, NOW + 34000);
    assert_null(devices_find(all, id, NOW + 34000));
    devices_answered(all, id, REASON_PENDING, NOW + 34000);
    devices_free(all);
}

static void
any_other_answer_ends_it(void **state)
{
    static const enum reason reasons[] = {REASON_DENIED, REASON_USER_MISMATCH,
                                          REASON_PROVIDER, REASON_SIGNATURE};
    struct devices *all = devices_new();
    unsigned char id[LOGIN_ID_LEN];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        struct device *one = add(all, "192.0.2.1", 120);

        memcpy(id, one->id, sizeof(id));
        devices_answered(all, id, reasons[i], NOW);
        assert_null(devices_find(all, id, NOW));
    }
    devices_free(all);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_found_by_its_id_until_its_time_is_over),
        cmocka_unit_test(a_sweep_takes_those_whose_time_is_over),
        cmocka_unit_test(none_lives_longer_than_two_minutes),
        cmocka_unit_test(an_address_has_a_few_and_all_together_have_a_bound),
        cmocka_unit_test(the_provider_says_how_often_it_may_be_asked),
        cmocka_unit_test(any_other_answer_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
