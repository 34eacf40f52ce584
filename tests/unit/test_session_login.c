/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: who was let in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/session/login.h"

#define BYTES(literal) ((struct span){(literal), sizeof(literal) - 1})

static const unsigned char zero[LOGIN_ID_LEN];

static void
add(struct logins *logins, int64_t ends, unsigned char id[LOGIN_ID_LEN])
{
    const struct login login = {.user = BYTES("alice"),
                                .service = BYTES("sshd"),
                                .ends = ends,
                                .facts = BYTES("f\0cts")};

    assert_true(login_add(logins, &login, id));
}

static void
a_login_is_found_by_its_id(void **state)
{
    struct logins *logins = logins_new(4);
    unsigned char id[LOGIN_ID_LEN];
    struct login found;

    (void)state;
    assert_non_null(logins);
    add(logins, 1234, id);
    assert_memory_not_equal(id, zero, sizeof id);
    assert_true(login_find(logins, id, &found));
    assert_memory_equal(found.id, id, sizeof id);
    assert_true(span_is(found.user, "alice"));
    assert_true(span_is(found.service, "sshd"));
    assert_true(span_equal(found.facts, BYTES("f\0cts")));
    assert_int_equal(found.ends, 1234);
    assert_int_equal((uintptr_t)found.facts.data % 8, 0);
    assert_int_equal(logins_count(logins), 1);
    logins_free(logins);
}

static void
another_id_is_unknown(void **state)
{
    struct logins *logins = logins_new(4);
    unsigned char id[LOGIN_ID_LEN];
    struct login found;
    size_t bit;

    (void)state;
    assert_non_null(logins);
    add(logins, 1, id);
    for (bit = 0; bit < 8 * sizeof id; bit++) {
        id[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_false(login_find(logins, id, &found));
        assert_null(found.user.data);
        id[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    assert_false(login_find(logins, zero, &found));
    logins_free(logins);
}

static void
every_login_has_an_id_of_its_own(void **state)
{
    struct logins *logins = logins_new(100);
    unsigned char id[100][LOGIN_ID_LEN];
    struct login found;
    size_t i, j;

    (void)state;
    assert_non_null(logins);
    for (i = 0; i < 100; i++)
        add(logins, (int64_t)i, id[i]);
    for (i = 0; i < 100; i++) {
        for (j = 0; j < i; j++)
            assert_memory_not_equal(id[i], id[j], LOGIN_ID_LEN);
        assert_true(login_find(logins, id[i], &found));
        assert_int_equal(found.ends, i);
    }
    logins_free(logins);
}

static void
the_oldest_login_goes_first_even_if_it_was_asked_for(void **state)
{
    struct logins *logins = logins_new(2);
    unsigned char a[LOGIN_ID_LEN], b[LOGIN_ID_LEN], c[LOGIN_ID_LEN];
    struct login found;

    (void)state;
    assert_non_null(logins);
    add(logins, 1, a);
    add(logins, 2, b);
    assert_true(login_find(logins, a, &found));
    add(logins, 3, c);
    assert_false(login_find(logins, a, &found));
    assert_true(login_find(logins, b, &found));
    assert_true(login_find(logins, c, &found));
    assert_int_equal(logins_count(logins), 2);
    logins_free(logins);
}

static void
fields_beyond_the_wire_are_refused(void **state)
{
    struct logins *logins = logins_new(2);
    char text[LIMIT_SERVICE + 2] = "";
    struct login login = {.user = BYTES("alice"), .service = BYTES("sshd")};
    unsigned char id[LOGIN_ID_LEN];

    (void)state;
    assert_non_null(logins);
    login.user = (struct span){text, LIMIT_USER + 1};
    assert_false(login_add(logins, &login, id));
    assert_memory_equal(id, zero, sizeof id);
    login.user = BYTES("alice");
    login.service = (struct span){text, LIMIT_SERVICE + 1};
    assert_false(login_add(logins, &login, id));
    login.service = (struct span){NULL, 0};
    assert_true(login_add(logins, &login, id));
    logins_free(logins);
}

static void
no_room_gives_no_id(void **state)
{
    struct logins *logins = logins_new(0);
    const struct login login = {.user = BYTES("alice"),
                                .service = BYTES("sshd")};
    unsigned char id[LOGIN_ID_LEN];

    (void)state;
    assert_non_null(logins);
    assert_false(login_add(logins, &login, id));
    assert_memory_equal(id, zero, sizeof id);
    logins_free(logins);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_is_found_by_its_id),
        cmocka_unit_test(another_id_is_unknown),
        cmocka_unit_test(every_login_has_an_id_of_its_own),
        cmocka_unit_test(the_oldest_login_goes_first_even_if_it_was_asked_for),
        cmocka_unit_test(fields_beyond_the_wire_are_refused),
        cmocka_unit_test(no_room_gives_no_id)};

    return cmocka_run_group_tests_name("logins", tests, NULL, NULL);
}
