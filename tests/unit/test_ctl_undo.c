/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes to files: planned, saved, made, and taken back exactly. */
#include "tests/unit/ctl_capture.h"

#include <fcntl.h>

#include "helper/ctl/undo.h"

#define TEXT_MAX 4096

static struct capture c;
static char dir[64], record[128];
static char text[TEXT_MAX];

static const char *
in(const char *name)
{
    static char path[4][160];
    static unsigned next;
    char *out = path[next++ % 4];

    (void)snprintf(out, sizeof(path[0]), "%s/%s", dir, name);
    return out;
}

static void
put(const char *name, const char *content)
{
    FILE *file = fopen(in(name), "w");

    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *
get(const char *name)
{
    FILE *file = fopen(in(name), "r");

    text[0] = '\0';
    if (file == NULL)
        return NULL;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static int
set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/httpauth-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(record, sizeof(record), "%s/undo", dir);
    return 0;
}

static int
tear_down(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static void
plan(struct changes *changes, const char *name, const char *content)
{
    assert_true(
        changes_add(changes, in(name), span_of(content), 0644, CHANGE_PLAIN));
}

/* A run of setup that changes `name`, or two. */
static void
run(const char *name, const char *content, const char *other,
    const char *other_content)
{
    struct changes changes = {NULL, 0};
    struct undo undo;

    plan(&changes, name, content);
    if (other != NULL)
        plan(&changes, other, other_content);
    assert_true(undo_open(&undo, record));
    assert_true(undo_record(&undo, &changes, NULL));
    for (size_t i = 0; i < changes.count; i++)
        assert_true(change_make(&changes.item[i]));
    undo_close(&undo);
    changes_free(&changes);
}

static json_t *disabled, *stopped;
static bool units_fail;

static bool
disable(const json_t *profiles)
{
    disabled = (json_t *)profiles;
    return true;
}

static bool
stop(const json_t *units)
{
    stopped = (json_t *)units;
    return !units_fail;
}

static bool
take_back(void)
{
    struct undo undo;
    bool done;

    capture_begin(&c, span_of(""));
    done = undo_open(&undo, record);
    if (done)
        done = undo_run(&undo, disable, stop);
    undo_close(&undo);
    capture_end(&c);
    return done;
}

static void
what_is_so_already_is_no_change(void **state)
{
    struct changes changes = {NULL, 0};

    (void)state;
    put("a", "same\n");
    plan(&changes, "a", "same\n");
    assert_int_equal(changes.count, 0);
    changes_free(&changes);
}

static void
a_file_keeps_its_mode_and_undo_brings_every_byte_back(void **state)
{
    struct stat st;

    (void)state;
    put("a", "was\r\nno newline");
    assert_int_equal(chmod(in("a"), 0640), 0);
    run("a", "is\n", "b", "new\n");
    assert_string_equal(get("a"), "is\n");
    assert_string_equal(get("b"), "new\n");
    assert_int_equal(stat(in("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_true(take_back());
    assert_string_equal(get("a"), "was\r\nno newline");
    assert_null(get("b"));
    assert_int_equal(stat(in("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    /* Nothing is left of it. */
    assert_int_not_equal(access(record, F_OK), 0);
}

static void
what_was_changed_since_is_named_and_nothing_is_touched(void **state)
{
    (void)state;
    put("a", "was\n");
    run("a", "is\n", "b", "new\n");
    put("b", "by hand\n");
    assert_false(take_back());
    assert_non_null(strstr(c.err, in("b")));
    assert_non_null(strstr(c.err, "changed since"));
    assert_null(strstr(c.err, in("a")));
    assert_string_equal(get("a"), "is\n");
    assert_string_equal(get("b"), "by hand\n");
    put("b", "new\n");
    assert_true(take_back());
    assert_string_equal(get("a"), "was\n");
}

static void
a_second_run_is_undone_to_before_the_first(void **state)
{
    (void)state;
    put("a", "was\n");
    run("a", "first\n", NULL, NULL);
    run("a", "second\n", "b", "new\n");
    assert_true(take_back());
    assert_string_equal(get("a"), "was\n");
    assert_null(get("b"));
}

static void
a_change_by_hand_between_two_runs_is_what_undo_brings_back(void **state)
{
    (void)state;
    put("a", "was\n");
    run("a", "first\n", NULL, NULL);
    put("a", "by hand\n");
    run("a", "second\n", NULL, NULL);
    assert_true(take_back());
    assert_string_equal(get("a"), "by hand\n");
}

static void
a_crash_between_two_changes_can_be_undone(void **state)
{
    struct changes changes = {NULL, 0};
    struct undo undo;

    (void)state;
    put("a", "was\n");
    plan(&changes, "a", "is\n");
    plan(&changes, "b", "new\n");
    assert_true(undo_open(&undo, record));
    assert_true(undo_record(&undo, &changes, NULL));
    assert_true(change_make(&changes.item[0]));
    undo_close(&undo);
    changes_free(&changes);
    assert_true(take_back());
    assert_string_equal(get("a"), "was\n");
    assert_null(get("b"));
}

static void
an_original_that_was_tampered_with_is_not_used(void **state)
{
    char command[256];

    (void)state;
    put("a", "was\n");
    run("a", "is\n", NULL, NULL);
    (void)snprintf(command, sizeof(command),
                   "for f in %s/original-*; do echo evil >\"$f\"; done",
                   record);
    assert_int_equal(system(command), 0);
    assert_false(take_back());
    assert_non_null(strstr(c.err, "cannot be used"));
    assert_string_equal(get("a"), "is\n");
}

static void
a_record_that_others_may_write_is_not_used(void **state)
{
    (void)state;
    put("a", "was\n");
    run("a", "is\n", NULL, NULL);
    assert_int_equal(chmod(record, 0777), 0);
    assert_false(take_back());
    assert_string_equal(get("a"), "is\n");
    assert_int_equal(chmod(record, 0700), 0);
}

static void
one_setup_at_a_time(void **state)
{
    struct undo one, two;

    (void)state;
    assert_true(undo_open(&one, record));
    capture_begin(&c, span_of(""));
    assert_false(undo_open(&two, record));
    undo_close(&two);
    capture_end(&c);
    assert_non_null(strstr(c.err, "another httpauthctl setup"));
    undo_close(&one);
}

static void
a_link_is_not_followed(void **state)
{
    struct changes changes = {NULL, 0};

    (void)state;
    put("target", "was\n");
    assert_int_equal(symlink(in("target"), in("link")), 0);
    capture_begin(&c, span_of(""));
    assert_false(
        changes_add(&changes, in("link"), span_of("is\n"), 0644, CHANGE_PLAIN));
    capture_end(&c);
    assert_non_null(strstr(c.err, "link"));
    assert_string_equal(get("target"), "was\n");
    changes_free(&changes);
}

static void
what_changes_after_it_was_shown_is_noticed(void **state)
{
    struct changes changes = {NULL, 0};

    (void)state;
    put("a", "was\n");
    plan(&changes, "a", "is\n");
    assert_true(changes_are_current(&changes));
    put("a", "meanwhile\n");
    capture_begin(&c, span_of(""));
    assert_false(changes_are_current(&changes));
    capture_end(&c);
    assert_non_null(strstr(c.err, in("a")));
    changes_free(&changes);
}

static void
a_stack_that_its_program_cleaned_is_left_as_that_left_it(void **state)
{
    struct changes changes = {NULL, 0};
    json_t *beside = json_pack("{s:[s]}", "profiles", "httpauth");
    struct undo undo;

    (void)state;
    put("common-auth", "was\n");
    assert_true(changes_add(&changes, in("common-auth"), span_of("ours\nwas\n"),
                            0644, CHANGE_FOREIGN));
    assert_true(undo_open(&undo, record));
    assert_true(undo_record(&undo, &changes, beside));
    assert_true(change_make(&changes.item[0]));
    assert_string_equal(get("common-auth"), "was\n"); /* not ours to make */
    undo_close(&undo);
    changes_free(&changes);
    json_decref(beside);
    put("common-auth", "ours\nanother's\nwas\n");
    disabled = NULL;
    assert_true(take_back());
    assert_non_null(disabled);
    assert_string_equal(get("common-auth"), "ours\nanother's\nwas\n");
}

static void
units_that_cannot_be_disabled_stay_on_record(void **state)
{
    struct changes changes = {NULL, 0};
    json_t *beside = json_pack("{s:[s]}", "units", "httpauthd.socket");
    struct undo undo;

    (void)state;
    put("a", "was\n");
    plan(&changes, "a", "is\n");
    assert_true(undo_open(&undo, record));
    assert_true(undo_record(&undo, &changes, beside));
    assert_true(change_make(&changes.item[0]));
    undo_close(&undo);
    changes_free(&changes);
    json_decref(beside);
    units_fail = true;
    assert_false(take_back());
    assert_string_equal(get("a"), "was\n");
    units_fail = false;
    stopped = disabled = NULL;
    assert_true(take_back());
    assert_non_null(stopped);
    assert_null(disabled); /* of which there were none */
    assert_int_not_equal(access(record, F_OK), 0);
}

static void
a_secret_is_not_shown_and_control_characters_do_not_pass(void **state)
{
    struct changes changes = {NULL, 0};

    (void)state;
    assert_true(changes_add(&changes, in("key"), span_of("hunter2\n"), 0600,
                            CHANGE_SECRET));
    put("a", "x\033[2Jy\tz\n");
    plan(&changes, "a", "is\n");
    capture_begin(&c, span_of(""));
    changes_show(&changes, false);
    capture_end(&c);
    assert_null(strstr(c.out, "hunter2"));
    assert_non_null(strstr(c.out, "-x\\x1b[2Jy\tz\n+is\n"));
    changes_free(&changes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(what_is_so_already_is_no_change),
        TEST(a_file_keeps_its_mode_and_undo_brings_every_byte_back),
        TEST(what_was_changed_since_is_named_and_nothing_is_touched),
        TEST(a_second_run_is_undone_to_before_the_first),
        TEST(units_that_cannot_be_disabled_stay_on_record),
        TEST(a_change_by_hand_between_two_runs_is_what_undo_brings_back),
        TEST(a_crash_between_two_changes_can_be_undone),
        TEST(an_original_that_was_tampered_with_is_not_used),
        TEST(a_record_that_others_may_write_is_not_used),
        TEST(one_setup_at_a_time),
        TEST(a_link_is_not_followed),
        TEST(what_changes_after_it_was_shown_is_noticed),
        TEST(a_stack_that_its_program_cleaned_is_left_as_that_left_it),
        TEST(a_secret_is_not_shown_and_control_characters_do_not_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
