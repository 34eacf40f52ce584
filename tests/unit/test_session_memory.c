/* SPDX-License-Identifier: BSD-2-Clause */
/* What a helper that stops leaves to the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/session/login.h"
#include "helper/session/memory.h"
#include "helper/session/sessions.h"
#include "helper/session/verdict.h"

#define NOW_MS 1000000
#define NOW 3000

static char dir[64], file[128], key_file[128];

static bool
may_keep(struct span facts)
{
    return facts.len > 0 && facts.data[0] != '!';
}

static bool
are_facts(struct span facts)
{
    return (uintptr_t)facts.data % 8 == 0 && facts.len > 0 &&
           facts.data[0] != '?';
}

static struct memory_tables
tables_new(void)
{
    struct memory_tables t = {verdicts_new(100), logins_new(100),
                              logins_new(100),   sessions_new(100),
                              may_keep,          are_facts};

    assert_non_null(t.verdicts);
    assert_non_null(t.logins);
    assert_non_null(t.guests);
    assert_non_null(t.sessions);
    return t;
}

static void
tables_free(struct memory_tables *t)
{
    verdicts_free(t->verdicts);
    logins_free(t->logins);
    logins_free(t->guests);
    sessions_free(t->sessions);
}

static int
in_a_folder(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/httpauth-memory-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(file, sizeof(file), "%s/memory", dir);
    (void)snprintf(key_file, sizeof(key_file), "%s/key", dir);
    return 0;
}

static int
clean_up(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static struct verdict_key
key_for(struct memory_tables *t, const char *credential)
{
    static const unsigned char section[32];
    const struct verdict_name name = {.kind = "jwt",
                                      .issuer = span_of("work"),
                                      .section = section,
                                      .user = span_of("alice"),
                                      .credential = span_of(credential)};
    struct verdict_key key;

    assert_true(verdict_key(t->verdicts, &name, &key));
    return key;
}

static void
add_verdict(struct memory_tables *t, const char *credential, const char *facts)
{
    struct verdict_key key = key_for(t, credential);

    assert_true(
        verdict_add(t->verdicts, &key, span_of(facts), NOW_MS, NOW_MS + 9000));
}

static bool
has_verdict(struct memory_tables *t, const char *credential, const char *facts)
{
    struct verdict_key key = key_for(t, credential);
    struct span found = verdict_find(t->verdicts, &key, NOW_MS, 5000);

    return found.data != NULL && span_is(found, facts);
}

static const struct login login = {.user = {"alice", 5},
                                   .service = {"sshd", 4},
                                   .rhost = {"192.0.2.1", 9},
                                   .ends = 4000,
                                   .facts = {"F1", 2}};

static bool
is_alices(void *context, const struct session *session)
{
    (void)context;
    return span_is(session->user, "alice") && session->audit_session == 7;
}

static void
fill(struct memory_tables *t, unsigned char id[LOGIN_ID_LEN],
     unsigned char guest[LOGIN_ID_LEN])
{
    struct session session = {.user = span_of("alice"),
                              .service = span_of("sshd"),
                              .rhost = span_of("192.0.2.1"),
                              .facts = span_of("F3"),
                              .ends = 4000,
                              .opened_ms = 77,
                              .audit_session = 7,
                              .login_uid = 1000,
                              .incident = 99};

    add_verdict(t, "token", "F0");
    assert_true(login_add(t->logins, &login, id));
    assert_true(login_add(t->guests, &login, guest));
    memcpy(session.id, id, LOGIN_ID_LEN);
    assert_true(sessions_add(t->sessions, &session, 0));
}

static void
save(struct memory_tables *t)
{
    memory_save(dir, t, (struct memory_now){NOW_MS, NOW});
}

/* So much later, by the one clock and by the other. */
static bool
restore_after(struct memory_tables *t, int64_t boot_ms, int64_t wall)
{
    return memory_restore(dir, t,
                          (struct memory_now){NOW_MS + boot_ms, NOW + wall});
}

static bool
restore(struct memory_tables *t)
{
    return restore_after(t, 1, 0);
}

static void
the_next_one_goes_on(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();
    unsigned char id[LOGIN_ID_LEN], guest[LOGIN_ID_LEN];
    struct session session;
    struct login found;
    struct stat st;

    (void)state;
    fill(&a, id, guest);
    save(&a);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(key_file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(restore(&b));
    assert_true(has_verdict(&b, "token", "F0"));
    assert_false(has_verdict(&b, "other", "F0"));
    assert_true(login_find(b.logins, id, &found));
    assert_true(span_is(found.user, "alice"));
    assert_true(span_is(found.service, "sshd"));
    assert_true(span_is(found.rhost, "192.0.2.1"));
    assert_true(span_is(found.facts, "F1"));
    assert_int_equal(found.ends, 4000);
    assert_false(login_find(b.logins, guest, &found));
    assert_true(login_find(b.guests, guest, &found));
    assert_true(sessions_find(b.sessions, is_alices, NULL, &session));
    assert_memory_equal(session.id, id, LOGIN_ID_LEN);
    assert_true(span_is(session.facts, "F3"));
    assert_int_equal(session.opened_ms, 77);
    assert_int_equal(session.login_uid, 1000);
    assert_int_equal(session.incident, 99);
    tables_free(&a);
    tables_free(&b);
}

/* An old one must not come back after a crash. */
static void
it_is_taken_once(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();
    unsigned char id[LOGIN_ID_LEN], guest[LOGIN_ID_LEN];

    (void)state;
    fill(&a, id, guest);
    save(&a);
    assert_true(restore(&b));
    assert_int_equal(access(file, F_OK), -1);
    assert_false(restore(&b));
    tables_free(&a);
    tables_free(&b);
}

/* Or it would be taken again by every one that comes after a crash. */
static void
what_cannot_be_taken_away_is_not_taken(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();
    unsigned char id[LOGIN_ID_LEN], guest[LOGIN_ID_LEN];
    bool root = geteuid() == 0, restored;

    (void)state;
    fill(&a, id, guest);
    save(&a);
    assert_int_equal(chmod(dir, 0500), 0);
    if (root) { /* whom no mode stops */
        assert_int_equal(chown(dir, 65534, (gid_t)-1), 0);
        assert_int_equal(chown(file, 65534, (gid_t)-1), 0);
        assert_int_equal(chown(key_file, 65534, (gid_t)-1), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    restored = restore(&b);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(dir, 0700), 0);
    assert_int_equal(access(file, F_OK), 0);
    assert_false(restored);
    assert_false(has_verdict(&b, "token", "F0"));
    tables_free(&a);
    tables_free(&b);
}

static void
the_last_used_verdicts_stay_the_last_used(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();

    (void)state;
    verdicts_limit(b.verdicts, 2);
    add_verdict(&a, "one", "1");
    add_verdict(&a, "two", "2");
    add_verdict(&a, "three", "3");
    assert_true(has_verdict(&a, "one", "1"));
    save(&a);
    assert_true(restore(&b));
    assert_true(has_verdict(&b, "one", "1"));
    assert_false(has_verdict(&b, "two", "2"));
    assert_true(has_verdict(&b, "three", "3"));
    tables_free(&a);
    tables_free(&b);
}

static void
what_may_not_lie_in_a_file_does_not(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();

    (void)state;
    add_verdict(&a, "password", "!secret");
    add_verdict(&a, "token", "F0");
    save(&a);
    assert_true(restore(&b));
    assert_true(has_verdict(&b, "token", "F0"));
    assert_false(has_verdict(&b, "password", "!secret"));
    tables_free(&a);
    tables_free(&b);
}

static size_t
read_file(char *out, size_t size)
{
    int fd = open(file, O_RDONLY);
    ssize_t got = read(fd, out, size);

    assert_true(got > 0);
    close(fd);
    return (size_t)got;
}

static void
write_file(const char *data, size_t len)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_int_equal(write(fd, data, len), len);
    close(fd);
}

static void
each_byte_counts(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();
    unsigned char id[LOGIN_ID_LEN], guest[LOGIN_ID_LEN];
    static char content[4096];
    size_t len, i;

    (void)state;
    fill(&a, id, guest);
    save(&a);
    len = read_file(content, sizeof(content));
    assert_null(memmem(content, len, "alice", 5));
    for (i = 0; i < len; i++) {
        content[i] ^= 1;
        write_file(content, len);
        assert_false(restore(&b));
        content[i] ^= 1;
        write_file(content, i);
        assert_false(restore(&b));
    }
    assert_false(has_verdict(&b, "token", "F0"));
    write_file(content, len);
    assert_true(restore(&b));
    tables_free(&a);
    tables_free(&b);
}

static void
another_key_or_boot_is_foreign(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();

    (void)state;
    add_verdict(&a, "token", "F0");
    save(&a);
    assert_false(restore_after(&b, -1, 0));
    save(&a);
    assert_int_equal(unlink(key_file), 0);
    assert_false(restore(&b));
    save(&a);
    assert_int_equal(chmod(key_file, 0640), 0);
    assert_false(restore(&b));
    assert_false(has_verdict(&b, "token", "F0"));
    /* A key that others could read is made anew. */
    save(&a);
    assert_true(restore(&b));
    tables_free(&a);
    tables_free(&b);
}

/* The machine started anew within the minute, and has been up for longer than
 * before: by audit sessions and logins of then it must not be fooled. */
static void
clocks_that_parted_are_another_boot(void **state)
{
    static const struct {
        int64_t boot_ms, wall;
        bool same;
    } rows[] = {{0, 0, true},           {3000, 3, true},   {3000, 12, true},
                {3000, -6, true},       {3000, 15, false}, {3000, -8, false},
                {5000, 60, false},      {-1, 0, false},    {-1000, 60, false},
                {86400000, 86400, true}};
    struct memory_tables a = tables_new(), b = tables_new();
    size_t i;

    (void)state;
    add_verdict(&a, "token", "F0");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        save(&a);
        assert_int_equal(restore_after(&b, rows[i].boot_ms, rows[i].wall),
                         rows[i].same);
    }
    tables_free(&a);
    tables_free(&b);
}

/* However far it came. */
static void
what_is_broken_inside_leaves_nothing(void **state)
{
    static const char *const broken[] = {"verdict", "login", "guest",
                                         "session"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct memory_tables a = tables_new(), b = tables_new();
        unsigned char id[LOGIN_ID_LEN], guest[LOGIN_ID_LEN];
        struct login bad = login;
        struct session session = {.user = span_of("bob"),
                                  .service = span_of("sshd"),
                                  .rhost = span_of(""),
                                  .facts = span_of("?"),
                                  .ends = 4000};

        fill(&a, id, guest);
        bad.facts = span_of("?");
        if (i == 0)
            add_verdict(&a, "other", "?");
        else if (i < 3)
            assert_true(login_add(i == 1 ? a.logins : a.guests, &bad, id));
        else
            assert_true(sessions_add(a.sessions, &session, 0));
        save(&a);
        b.may_keep = are_facts;
        assert_false(restore(&b));
        assert_false(has_verdict(&b, "token", "F0"));
        assert_int_equal(verdicts_count(b.verdicts).verdicts, 0);
        assert_int_equal(logins_count(b.logins), 0);
        assert_int_equal(logins_count(b.guests), 0);
        assert_int_equal(sessions_count(b.sessions), 0);
        tables_free(&a);
        tables_free(&b);
    }
}

static void
what_has_ended_is_not_kept(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();
    unsigned char id[LOGIN_ID_LEN], guest[LOGIN_ID_LEN];
    struct login ended = login;
    struct session session = {.user = span_of("bob"),
                              .service = span_of("sshd"),
                              .rhost = span_of(""),
                              .facts = span_of("F"),
                              .ends = NOW - LEEWAY_S};

    (void)state;
    fill(&a, id, guest);
    ended.ends = NOW - LEEWAY_S;
    assert_true(login_add(a.logins, &ended, id));
    assert_true(login_add(a.guests, &ended, id));
    assert_true(sessions_add(a.sessions, &session, 0));
    assert_int_equal(sessions_count(a.sessions), 2);
    memory_save(dir, &a, (struct memory_now){NOW_MS + 9000, NOW});
    assert_true(restore_after(&b, 9001, 0));
    assert_int_equal(verdicts_count(b.verdicts).verdicts, 0);
    assert_int_equal(logins_count(b.logins), 1);
    assert_int_equal(logins_count(b.guests), 1);
    assert_int_equal(sessions_count(b.sessions), 1);
    tables_free(&a);
    tables_free(&b);
}

/* Every record is counted: there is room for all but the oldest two verdicts.
 */
static void
without_room_the_oldest_verdicts_are_left_out(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();
    struct buffer all = BUFFER_INIT(1 << 20), some;
    char name[16];
    int i;

    (void)state;
    for (i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof(name), "%d", i);
        add_verdict(&a, name, "F");
    }
    verdicts_save(a.verdicts, may_keep, NOW_MS, &all);
    assert_false(all.failed);
    some = (struct buffer)BUFFER_INIT(all.len - 100);
    verdicts_save(a.verdicts, may_keep, NOW_MS, &some);
    assert_false(some.failed);
    assert_in_range(some.len, 1, all.len - 100);
    assert_true(some.len < all.len);
    /* The last ones are there, byte for byte. */
    assert_memory_equal(some.data + some.len - 100, all.data + all.len - 100,
                        100);
    buffer_free(&all);
    buffer_free(&some);
    tables_free(&a);
    tables_free(&b);
}

static void
a_record_without_room_harms_no_other(void **state)
{
    struct buffer out = BUFFER_INIT(64);

    (void)state;
    assert_true(memory_put(&out, MEMORY_LOGIN, span_of("a"), span_of("b")));
    assert_false(
        memory_put(&out, MEMORY_LOGIN, span_of("a"), (struct span){dir, 60}));
    assert_false(out.failed);
    assert_true(memory_put(&out, MEMORY_LOGIN, span_of("a"), span_of("b")));
    assert_int_equal(out.len, 2 * memory_record_len(1, 1));
    buffer_free(&out);
}

static void
a_link_is_not_followed(void **state)
{
    struct memory_tables a = tables_new(), b = tables_new();
    char elsewhere[160];

    (void)state;
    add_verdict(&a, "token", "F0");
    save(&a);
    (void)snprintf(elsewhere, sizeof(elsewhere), "%s.x", file);
    assert_int_equal(rename(file, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, file), 0);
    assert_false(restore(&b));
    tables_free(&a);
    tables_free(&b);
}

static void
without_one_nothing_is_said(void **state)
{
    struct memory_tables b = tables_new();

    (void)state;
    assert_false(restore(&b));
    tables_free(&b);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, in_a_folder, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(the_next_one_goes_on),
        TEST(it_is_taken_once),
        TEST(what_cannot_be_taken_away_is_not_taken),
        TEST(the_last_used_verdicts_stay_the_last_used),
        TEST(what_may_not_lie_in_a_file_does_not),
        TEST(each_byte_counts),
        TEST(another_key_or_boot_is_foreign),
        TEST(clocks_that_parted_are_another_boot),
        TEST(what_is_broken_inside_leaves_nothing),
        TEST(what_has_ended_is_not_kept),
        TEST(without_room_the_oldest_verdicts_are_left_out),
        TEST(a_record_without_room_harms_no_other),
        TEST(a_link_is_not_followed),
        TEST(without_one_nothing_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
