/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login of httpauth-token leaves behind, and who may change it. */
#include "tests/unit/token_house.h"

#include <fcntl.h>
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

    assert_int_equal(saved_load(ISSUER, until_ms, true, &saved), wanted);
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
    assert_int_equal(saved_load(ISSUER, UNTIL, true, &saved), SAVED_FOUND);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
