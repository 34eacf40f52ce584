/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login of httpauth-token leaves behind, and who may change it. */
#include "tests/unit/token_house.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/client/saved.h"

#define ISSUER "https://idp.example"
#define NAME "httpauth/https%3A%2F%2Fidp.example"
#define UNTIL (house_boot_ms + 10000)

static int
begin(void **state)
{
    char *folder = strdup("/tmp/httpauth-saved-XXXXXX");

    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(setenv("XDG_STATE_HOME", folder, 1), 0);
    memset(&keyring, 0, sizeof(keyring));
    house_look = NULL;
    *state = folder;
    return 0;
}

static int
end(void **state)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(system(command), 0);
    free(keyring.text);
    free(*state);
    return 0;
}

static bool
store(const char *token)
{
    struct saved saved = SAVED_INIT;
    bool done;

    saved.root = json_pack("{s:s, s:s, s:s}", "issuer", ISSUER, "access_token",
                           token, "refresh_token", "again");
    assert_non_null(saved.root);
    done = saved_store(&saved);
    saved_clear(&saved);
    return done;
}

static void
assert_loaded(int64_t until_ms, enum saved_found wanted, const char *token)
{
    struct saved saved;

    assert_int_equal(saved_load(ISSUER, until_ms, &saved), wanted);
    if (token != NULL)
        assert_string_equal(saved_text(&saved, "access_token"), token);
    assert_true((saved.fd >= 0) == (until_ms > 0 && wanted == SAVED_FOUND));
    saved_clear(&saved);
}

static void
what_is_stored_is_loaded_and_nobody_elses(void **state)
{
    struct stat info;

    (void)state;
    assert_loaded(0, SAVED_NONE, NULL);
    assert_loaded(UNTIL, SAVED_NONE, NULL);
    assert_true(store("first"));
    assert_loaded(0, SAVED_FOUND, "first");
    assert_loaded(UNTIL, SAVED_FOUND, "first");
    assert_int_equal(stat(NAME, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

/* As those of NFS do. */
static void
a_lock_can_be_had_where_it_needs_the_right_to_write(void **state)
{
    struct saved saved;

    (void)state;
    assert_true(store("first"));
    assert_int_equal(saved_load(ISSUER, UNTIL, &saved), SAVED_FOUND);
    assert_int_equal(fcntl(saved.fd, F_GETFL) & O_ACCMODE, O_RDWR);
    saved_clear(&saved);
}

static void
a_lock_of_another_one_is_not_waited_for_for_ever(void **state)
{
    int fd;

    (void)state;
    assert_true(store("first"));
    fd = open(NAME, O_RDONLY);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_loaded(UNTIL, SAVED_FAULT, NULL);
    assert_loaded(0, SAVED_FOUND, "first");
    close(fd);
    assert_loaded(UNTIL, SAVED_FOUND, "first");
}

/* --- what another one does while we wait --- */

static int other = -1;

static void
wait_for_another(void (*what_it_does)(void))
{
    assert_true(store("first"));
    other = open(NAME, O_RDONLY);
    assert_int_equal(flock(other, LOCK_EX), 0);
    house_look = what_it_does;
}

/* NFS keeps the old one under a name, too. */
static void
renew(void)
{
    house_look = NULL;
    assert_int_equal(link(NAME, "old"), 0);
    assert_true(store("second"));
    close(other);
}

static void
log_out(void)
{
    house_look = NULL;
    assert_int_equal(link(NAME, "old"), 0);
    assert_int_equal(unlink(NAME), 0);
    close(other);
}

static void
what_another_one_has_renewed_is_loaded(void **state)
{
    (void)state;
    wait_for_another(renew);
    assert_loaded(UNTIL, SAVED_FOUND, "second");
}

static void
what_another_one_has_removed_is_not(void **state)
{
    (void)state;
    wait_for_another(log_out);
    assert_loaded(UNTIL, SAVED_NONE, NULL);
}

/* --- writing --- */

static volatile sig_atomic_t interrupted;
static bool press_ctrl_c;

static void
on_signal(int number)
{
    interrupted = number;
}

/* In place of libc's. */
int
rename(const char *from, const char *to)
{
    if (press_ctrl_c) {
        assert_int_equal(raise(SIGINT), 0);
        assert_int_equal(interrupted, 0);
    }
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static void
an_interruption_waits_until_it_is_in_place(void **state)
{
    struct sigaction mine = {.sa_handler = on_signal}, before;

    (void)state;
    interrupted = 0;
    assert_int_equal(sigaction(SIGINT, &mine, &before), 0);
    press_ctrl_c = true;
    assert_true(store("first"));
    press_ctrl_c = false;
    assert_int_equal(sigaction(SIGINT, &before, NULL), 0);
    assert_int_equal(interrupted, SIGINT);
    assert_loaded(0, SAVED_FOUND, "first");
}

static void
make_file(const char *path, int64_t age_s)
{
    const struct timespec times[2] = {{WALL - age_s, 0}, {WALL - age_s, 0}};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static void
what_earlier_ones_left_goes_with_the_next(void **state)
{
    (void)state;
    assert_true(store("first"));
    make_file("httpauth/.new.old", 3601);
    make_file("httpauth/.new.young", 3600); /* it may be in use */
    make_file("httpauth/.other", 3601);
    assert_true(store("second"));
    assert_int_equal(access("httpauth/.new.old", F_OK), -1);
    assert_int_equal(access("httpauth/.new.young", F_OK), 0);
    assert_int_equal(access("httpauth/.other", F_OK), 0);
    assert_loaded(0, SAVED_FOUND, "second");
}

static void
what_could_not_be_read_again_is_not_stored(void **state)
{
    char *text = calloc(1, SAVED_BYTES_MAX + 1);

    (void)state;
    assert_non_null(text);
    assert_true(store("first"));
    memset(text, 'x', SAVED_BYTES_MAX);
    assert_false(store(text));
    assert_loaded(0, SAVED_FOUND, "first");
    text[SAVED_BYTES_MAX - 4096] = '\0';
    assert_true(store(text));
    assert_loaded(0, SAVED_FOUND, text);
    free(text);
}

/* --- the keyring --- */

static bool
store_in_keyring(const char *token)
{
    struct saved saved = SAVED_INIT;
    bool done;

    saved.root = json_pack("{s:s, s:s, s:b}", "issuer", ISSUER, "access_token",
                           token, "keyring", 1);
    assert_non_null(saved.root);
    done = saved_store(&saved);
    assert_string_equal(saved_text(&saved, "access_token"), token);
    saved_clear(&saved);
    return done;
}

static void
the_keyring_has_the_tokens_and_the_file_has_not(void **state)
{
    struct saved saved;

    (void)state;
    assert_true(store_in_keyring("secret"));
    assert_int_equal(saved_load(ISSUER, 0, &saved), SAVED_FOUND);
    assert_null(saved_text(&saved, "access_token"));
    assert_true(saved_take_secrets(&saved));
    assert_string_equal(saved_text(&saved, "access_token"), "secret");
    assert_true(saved_remove(&saved));
    saved_clear(&saved);
    assert_null(keyring.text);
    assert_loaded(0, SAVED_NONE, NULL);
}

static void
a_keyring_that_has_lost_them_keeps_nobody_logged_in(void **state)
{
    struct saved saved;

    (void)state;
    assert_true(store_in_keyring("secret"));
    free(keyring.text);
    keyring.text = NULL;
    assert_int_equal(saved_load(ISSUER, UNTIL, &saved), SAVED_FOUND);
    assert_false(saved_take_secrets(&saved));
    assert_true(saved_remove(&saved));
    saved_clear(&saved);
    assert_loaded(0, SAVED_NONE, NULL);
}

static void
one_that_is_locked_keeps_both(void **state)
{
    struct saved saved;

    (void)state;
    assert_true(store_in_keyring("secret"));
    keyring.locked = true;
    assert_false(store_in_keyring("other"));
    assert_int_equal(saved_load(ISSUER, UNTIL, &saved), SAVED_FOUND);
    assert_false(saved_take_secrets(&saved));
    assert_false(saved_remove(&saved));
    saved_clear(&saved);
    assert_loaded(0, SAVED_FOUND, NULL);
}

static void
any_number_may_be_said_to_be_its_end(void **state)
{
    static const struct {
        int64_t expires, left;
    } rows[] = {{INT64_MIN, 0}, {-1, 0},       {0, 0},
                {WALL, 0},      {WALL + 1, 1}, {INT64_MAX, INT64_MAX - WALL}};
    struct saved saved = SAVED_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        saved.root = json_pack("{s:I}", "expires", (json_int_t)rows[i].expires);
        assert_int_equal(saved_left(&saved), rows[i].left);
        saved_clear(&saved);
    }
    assert_int_equal(saved_left(&saved), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_stored_is_loaded_and_nobody_elses),
        TEST(a_lock_can_be_had_where_it_needs_the_right_to_write),
        TEST(a_lock_of_another_one_is_not_waited_for_for_ever),
        TEST(what_another_one_has_renewed_is_loaded),
        TEST(what_another_one_has_removed_is_not),
        TEST(an_interruption_waits_until_it_is_in_place),
        TEST(what_earlier_ones_left_goes_with_the_next),
        TEST(what_could_not_be_read_again_is_not_stored),
        TEST(the_keyring_has_the_tokens_and_the_file_has_not),
        TEST(a_keyring_that_has_lost_them_keeps_nobody_logged_in),
        TEST(one_that_is_locked_keeps_both),
        TEST(any_number_may_be_said_to_be_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
