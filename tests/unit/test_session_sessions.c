/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: logins whose session is open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/session/sessions.h"

#define NOW INT64_C(1700000000)

static struct session
session_of(const char *user, unsigned number)
{
    struct session s = {
        .user = span_of(user),
        .service = span_of("sshd"),
        .rhost = span_of("192.0.2.7"),
        .facts = span_of("0123456"),
        .ends = NOW + 600,
        .opened_ms = number,
        .audit_session = number,
        .login_uid = 2001,
        .incident = number,
    };

    memcpy(s.id, &number, sizeof(number));
    s.id[LOGIN_ID_LEN - 1] = 1;
    return s;
}

static bool
is_user(void *context, const struct session *s)
{
    return span_is(s->user, context);
}

static bool
is_any(void *context, const struct session *s)
{
    (void)s;
    ++*(unsigned *)context;
    return false;
}

static bool
find(const struct sessions *sessions, const char *user, struct session *out)
{
    return sessions_find(sessions, is_user, (void *)(uintptr_t)user, out);
}

static void
an_open_session_is_found_until_it_is_closed(void **state)
{
    struct sessions *sessions = sessions_new(4);
    struct session alice = session_of("alice", 1), found;

    (void)state;
    assert_non_null(sessions);
    assert_false(find(sessions, "alice", &found));
    assert_true(sessions_add(sessions, &alice, NOW));
    assert_false(find(sessions, "alic", &found));
    assert_true(find(sessions, "alice", &found));
    assert_true(span_equal(found.service, alice.service));
    assert_true(span_equal(found.rhost, alice.rhost));
    assert_true(span_equal(found.facts, alice.facts));
    assert_int_equal((uintptr_t)found.facts.data % 8, 0);
    assert_int_equal(found.ends, alice.ends);
    assert_int_equal(found.audit_session, 1);
    assert_int_equal(sessions_count(sessions), 1);
    assert_true(sessions_remove(sessions, alice.id));
    assert_false(sessions_remove(sessions, alice.id));
    assert_false(find(sessions, "alice", &found));
    assert_null(found.user.data);
    sessions_free(sessions);
    sessions_free(NULL);
}

static void
the_youngest_is_found_first_and_all_are_looked_at(void **state)
{
    struct sessions *sessions = sessions_new(8);
    struct session one = session_of("alice", 1), two = session_of("bob", 2),
                   three = session_of("alice", 3), found;
    unsigned seen = 0;

    (void)state;
    assert_true(sessions_add(sessions, &one, NOW));
    assert_true(sessions_add(sessions, &two, NOW));
    assert_true(sessions_add(sessions, &three, NOW));
    assert_true(find(sessions, "alice", &found));
    assert_int_equal(found.audit_session, 3);
    assert_false(sessions_find(sessions, is_any, &seen, &found));
    assert_int_equal(seen, 3);
    assert_true(sessions_remove(sessions, three.id));
    assert_true(find(sessions, "alice", &found));
    assert_int_equal(found.audit_session, 1);
    assert_true(find(sessions, "bob", &found));
    sessions_free(sessions);
}

static void
the_same_id_again_takes_the_place_of_the_first(void **state)
{
    struct sessions *sessions = sessions_new(1);
    struct session one = session_of("alice", 1), found;

    (void)state;
    assert_true(sessions_add(sessions, &one, NOW));
    one.ends++;
    assert_true(sessions_add(sessions, &one, NOW));
    assert_int_equal(sessions_count(sessions), 1);
    assert_true(find(sessions, "alice", &found));
    assert_int_equal(found.ends, one.ends);
    sessions_free(sessions);
}

static void
a_full_table_keeps_whom_it_has(void **state)
{
    struct sessions *sessions = sessions_new(2);
    struct session one = session_of("alice", 1), two = session_of("bob", 2),
                   three = session_of("carol", 3), found;

    (void)state;
    assert_true(sessions_add(sessions, &one, NOW));
    assert_true(sessions_add(sessions, &two, NOW));
    assert_false(sessions_add(sessions, &three, NOW));
    assert_true(find(sessions, "alice", &found));
    assert_true(find(sessions, "bob", &found));
    /* Those whose tokens have ended, and who never closed, make room. */
    assert_false(sessions_add(sessions, &three, one.ends + LEEWAY_S - 1));
    assert_true(sessions_add(sessions, &three, one.ends + LEEWAY_S));
    assert_false(find(sessions, "alice", &found));
    assert_true(find(sessions, "carol", &found));
    assert_int_equal(sessions_count(sessions), 1);
    sessions_free(sessions);
}

static void
facts_beyond_their_bound_are_not_kept(void **state)
{
    static char large[64 * 1024 + 1];
    struct sessions *sessions = sessions_new(2);
    struct session one = session_of("alice", 1);

    (void)state;
    one.facts = (struct span){large, sizeof(large)};
    assert_false(sessions_add(sessions, &one, NOW));
    assert_int_equal(sessions_count(sessions), 0);
    sessions_free(sessions);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_session_is_found_until_it_is_closed),
        cmocka_unit_test(the_youngest_is_found_first_and_all_are_looked_at),
        cmocka_unit_test(the_same_id_again_takes_the_place_of_the_first),
        cmocka_unit_test(a_full_table_keeps_whom_it_has),
        cmocka_unit_test(facts_beyond_their_bound_are_not_kept)};

    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
