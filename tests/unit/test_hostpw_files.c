/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of app passwords that come, go, change, break and are not ours. */
#include "tests/unit/hostpw_house.h"

/* Makes one elsewhere, and gives its file's path. */
static const char *
elsewhere(struct house *house)
{
    struct hostpw_order order = house_order("alice");
    const char *moved = house_path(house, "moved.json");

    house_open(house);
    assert_true(house_create(house, &order));
    assert_int_equal(rename(house_file(house, house->id), moved), 0);
    house_open(house);
    assert_check(house, REASON_PASSWORD, .wall = NOW);
    return moved;
}

static void
a_folder_of_our_own_is_made(void **state)
{
    struct house *house = *state;
    struct stat st;

    house_alice(house);
    assert_int_equal(stat(house_path(house, "app-passwords"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(house_file(house, house->id), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_quiet(house);
}

static void
keys_outlive_a_restart(void **state)
{
    struct house *house = *state;

    house_alice(house);
    house_open(house);
    assert_int_equal(hostpws_count(house->keys), 1);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    assert_string_equal(house->key->name, "backup job");
}

static void
a_file_dropped_in_is_used_at_once(void **state)
{
    struct house *house = *state;
    const char *moved = elsewhere(house);

    assert_int_equal(rename(moved, house_file(house, house->id)), 0);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
}

static void
files_are_found_without_being_used(void **state)
{
    struct house *house = *state;
    const char *moved = elsewhere(house);
    json_t *list;

    assert_int_equal(rename(moved, house_file(house, house->id)), 0);
    list = hostpws_list(house->keys, span_of(""));
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
    assert_int_equal(unlink(house_file(house, house->id)), 0);
    list = hostpws_list(house->keys, span_of(""));
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

static void
a_file_that_was_removed_opens_nothing(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    assert_int_equal(unlink(house_file(house, house->id)), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW);
    assert_int_equal(hostpws_count(house->keys), 0);
}

static void
a_file_edited_in_place_counts_at_once(void **state)
{
    struct house *house = *state;

    char text[4096];
    FILE *file;

    house_alice(house);
    (void)house_read(house_file(house, house->id), text, sizeof(text));
    file = fopen(house_file(house, house->id), "w");
    assert_non_null(file);
    (void)fprintf(file, "%.*s \n}", (int)(strrchr(text, '}') - text), text);
    assert_int_equal(fclose(file), 0);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    file = fopen(house_file(house, house->id), "w");
    assert_non_null(file);
    (void)fprintf(file, "{}");
    assert_int_equal(fclose(file), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW);
    assert_logged(house, "it is not used");
}

static void
a_file_that_was_replaced_counts_at_once(void **state)
{
    struct house *house = *state;

    house_alice(house);
    house_edit(house_file(house, house->id), "\"user\": \"alice\"",
               "\"user\": \"carol\"");
    assert_check(house, REASON_PASSWORD, .wall = NOW);
    assert_check(house, REASON_ACCEPTED, .user = span_of("carol"));
}

static void
a_broken_file_is_not_used_and_told_once(void **state)
{
    struct house *house = *state;

    house_alice(house);
    house_edit(house_file(house, house->id), "\"version\"", "\"vision\"");
    assert_check(house, REASON_PASSWORD, .wall = NOW);
    assert_logged(house, "vision; it is not used");
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 2);
    assert_quiet(house);
    house_edit(house_file(house, house->id), "\"vision\"", "\"fiction\"");
    assert_check(house, REASON_PASSWORD, .wall = NOW + 3);
    assert_logged(house, "fiction");
    house_edit(house_file(house, house->id), "\"fiction\"", "\"version\"");
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 3);
    assert_quiet(house);
}

static void
a_file_of_another_name_is_not_used(void **state)
{
    struct house *house = *state;
    const char *moved = elsewhere(house);

    house->id[0] = house->id[0] == '0' ? '1' : '0';
    assert_int_equal(rename(moved, house_file(house, house->id)), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_logged(house, "its id is not the name of the file");
    assert_int_equal(hostpws_count(house->keys), 0);
}

static void
a_link_is_not_followed(void **state)
{
    struct house *house = *state;
    const char *moved = elsewhere(house);

    assert_int_equal(symlink(moved, house_file(house, house->id)), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_logged(house, "is a symbolic link; it is not used");
}

static void
what_is_no_plain_file_is_not_used(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_int_equal(unlink(house_file(house, house->id)), 0);
    assert_int_equal(mkfifo(house_file(house, house->id), 0600), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_logged(house, "is not a plain file");
    assert_int_equal(unlink(house_file(house, house->id)), 0);
    assert_int_equal(mkdir(house_file(house, house->id), 0700), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 2);
    assert_logged(house, "is not a plain file");
}

static void
a_file_that_others_may_write_is_not_used(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_int_equal(chmod(house_file(house, house->id), 0620), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_logged(house, "writable by nobody else");
    assert_int_equal(chmod(house_file(house, house->id), 0602), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 2);
    assert_int_equal(chmod(house_file(house, house->id), 0640), 0);
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 3);
}

static void
a_file_of_another_owner_is_not_used(void **state)
{
    struct house *house = *state;

    if (geteuid() != 0)
        skip();
    house_alice(house);
    assert_int_equal(chown(house_file(house, house->id), 12345, 0), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_logged(house, "must belong to root or to the helper's user");
}

static void
a_folder_that_others_may_write_gives_no_keys(void **state)
{
    struct house *house = *state;
    const char *dir = house_path(house, "app-passwords");

    house_alice(house);
    assert_int_equal(chmod(dir, 0770), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_logged(house, "what it holds is not used");
    assert_int_equal(chmod(dir, 0700), 0);
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 2);
}

static void
a_folder_that_is_a_link_gives_no_keys(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_int_equal(rename(house_path(house, "app-passwords"),
                            house_path(house, "elsewhere")),
                     0);
    assert_int_equal(symlink(house_path(house, "elsewhere"),
                             house_path(house, "app-passwords")),
                     0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_logged(house, "cannot be opened");
}

static void
a_folder_that_was_replaced_is_noticed(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_int_equal(rename(house_path(house, "app-passwords"),
                            house_path(house, "elsewhere")),
                     0);
    assert_int_equal(mkdir(house_path(house, "app-passwords"), 0700), 0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_int_equal(hostpws_count(house->keys), 0);
}

static void
a_folder_that_went_away_is_made_again(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("alice");

    house_alice(house);
    assert_int_equal(rename(house_path(house, "app-passwords"),
                            house_path(house, "elsewhere")),
                     0);
    assert_check(house, REASON_PASSWORD, .wall = NOW + 1);
    assert_true(house_create(house, &order));
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 2);
}

static void
what_a_crash_left_behind_is_nothing(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("alice");
    const char *left;
    struct stat st;

    house_alice(house);
    left = house_path(house, "app-passwords/.new");
    house_write(left, "{\"version\": 1, \"id\": \"half");
    house_open(house);
    assert_int_equal(hostpws_count(house->keys), 1);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    assert_quiet(house);
    assert_true(house_create(house, &order));
    assert_int_equal(stat(left, &st), -1);
    assert_int_equal(hostpws_count(house->keys), 2);
}

static void
a_write_that_fails_leaves_the_old_file(void **state)
{
    struct house *house = *state;
    char before[4096], after[4096], id[HOSTPW_ID_LEN + 1];
    const char *file;

    house_alice(house);
    file = house_file(house, house->id);
    (void)house_read(file, before, sizeof(before));
    /* Where the temporary file would be stands something that cannot be
     * removed like one. */
    assert_int_equal(mkdir(house_path(house, "app-passwords/.new"), 0700), 0);
    buffer_clear(&house->why);
    assert_false(hostpws_rotate(house->keys, span_of(house->id), 60, DAY, NULL,
                                NOW, &house->secret, id, &house->why));
    assert_non_null(strstr(house->why.data, "cannot be written"));
    assert_int_equal(house->secret.len, 0);
    (void)house_read(file, after, sizeof(after));
    assert_string_equal(before, after);
    assert_int_equal(hostpws_count(house->keys), 1);
}

static void
names_that_are_no_ids_are_told_once(void **state)
{
    struct house *house = *state;

    house_alice(house);
    house_write(house_path(house, "app-passwords/backup.json"), "{}");
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 1);
    assert_logged(house, "1 files are not named after an id");
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 2);
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 100);
    assert_quiet(house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_of_our_own_is_made),
        TEST(keys_outlive_a_restart),
        TEST(a_file_dropped_in_is_used_at_once),
        TEST(files_are_found_without_being_used),
        TEST(a_file_that_was_removed_opens_nothing),
        TEST(a_file_edited_in_place_counts_at_once),
        TEST(a_file_that_was_replaced_counts_at_once),
        TEST(a_broken_file_is_not_used_and_told_once),
        TEST(a_file_of_another_name_is_not_used),
        TEST(a_link_is_not_followed),
        TEST(what_is_no_plain_file_is_not_used),
        TEST(a_file_that_others_may_write_is_not_used),
        TEST(a_file_of_another_owner_is_not_used),
        TEST(a_folder_that_others_may_write_gives_no_keys),
        TEST(a_folder_that_is_a_link_gives_no_keys),
        TEST(a_folder_that_was_replaced_is_noticed),
        TEST(a_folder_that_went_away_is_made_again),
        TEST(what_a_crash_left_behind_is_nothing),
        TEST(a_write_that_fails_leaves_the_old_file),
        TEST(names_that_are_no_ids_are_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
