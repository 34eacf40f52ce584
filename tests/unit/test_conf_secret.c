/* SPDX-License-Identifier: BSD-2-Clause */
/* Secret files: whose they are, who may read them, when they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/base/clock.h"
#include "helper/conf/secret.h"

static char folder[64], path[96], spare[96];
static int64_t now;
static struct secret s;
static struct buffer why = BUFFER_INIT(1024);

/* The test's own, in place of the house's. */
int64_t
clock_boot_ms(void)
{
    return now;
}

int64_t
clock_wall(void)
{
    return now / 1000;
}

static int
set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/test_secret.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/secret", folder);
    snprintf(spare, sizeof(spare), "%s/spare", folder);
    now = 5000000;
    secret_init(&s, path);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    secret_free(&s);
    buffer_free(&why);
    unlink(path);
    unlink(spare);
    rmdir(folder);
    return 0;
}

static void
write_bytes(const char *name, const void *bytes, size_t len, mode_t mode)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(name, mode), 0);
}

static void
put(const char *text, mode_t mode)
{
    write_bytes(spare, text, strlen(text), mode);
    assert_int_equal(rename(spare, path), 0);
}

static void
gets(const char *wanted)
{
    struct span content;

    buffer_clear(&why);
    if (!secret_get(&s, &content, &why))
        fail_msg("refused: %s", why.data);
    assert_true(span_is(content, wanted));
    assert_int_equal(why.len, 0);
}

static void
refuses(const char *words)
{
    struct span content;

    buffer_clear(&why);
    assert_false(secret_get(&s, &content, &why));
    assert_int_equal(content.len, 0);
    if (strstr(why.data, words) == NULL || strstr(why.data, path) == NULL)
        fail_msg("\"%s\" is not in: %s", words, why.data);
}

static void
a_file_of_ours_that_only_the_group_reads_is_taken(void **state)
{
    static const mode_t good[] = {0400, 0440, 0600, 0640, 0700};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        put("geheim", good[i]);
        now += 1000;
        gets("geheim");
    }
}

static void
a_file_that_others_could_read_or_change_is_refused(void **state)
{
    static const mode_t bad[] = {0644, 0604, 0602, 0601, 0660,
                                 0620, 0650, 0666, 0777, 0444};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        put("geheim", bad[i]);
        now += 1000;
        refuses((bad[i] & 030) != 0 ? "its group" : "everybody");
        assert_null(strstr(why.data, "geheim"));
    }
}

static void
a_file_of_another_user_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    put("geheim", 0600);
    assert_int_equal(chown(path, 12345, 0), 0);
    refuses("neither to root nor");
    /* Whose group it is does not matter. */
    assert_int_equal(chown(path, 0, 12345), 0);
    gets("geheim");
}

static void
a_link_is_not_followed(void **state)
{
    (void)state;
    write_bytes(spare, "geheim", 6, 0600);
    assert_int_equal(symlink(spare, path), 0);
    refuses("symbolic link");
}

static void
what_is_no_plain_file_is_refused_and_does_not_hold_us(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    refuses("regular file");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    refuses("regular file");
    rmdir(path);
    refuses("does not exist");
    secret_free(&s);
    secret_init(&s, NULL);
    assert_false(secret_get(&s, &(struct span){NULL, 0}, &why));
}

static void
a_file_may_be_as_large_as_the_bound(void **state)
{
    static char large[SECRET_BYTES_MAX + 1];
    struct span content;

    (void)state;
    memset(large, 'x', sizeof(large));
    write_bytes(path, large, SECRET_BYTES_MAX, 0600);
    assert_true(secret_get(&s, &content, &why));
    assert_int_equal(content.len, SECRET_BYTES_MAX);
    write_bytes(path, large, sizeof(large), 0600);
    now += 1000;
    refuses("too large");
}

static void
bytes_are_bytes(void **state)
{
    static const char bytes[] = "a\0b\n\xff";
    struct span content;

    (void)state;
    write_bytes(path, bytes, sizeof(bytes) - 1, 0600);
    assert_true(secret_get(&s, &content, &why));
    assert_true(span_equal(content, (struct span){bytes, sizeof(bytes) - 1}));
}

static void
a_new_file_is_seen_after_a_second_and_not_before(void **state)
{
    uint64_t version;

    (void)state;
    put("first", 0600);
    gets("first");
    version = s.version;
    put("second", 0600);
    now += 999;
    gets("first");
    assert_int_equal(s.version, version);
    now += 1;
    gets("second");
    assert_true(s.version > version);
}

static void
a_file_that_is_only_touched_is_no_new_version(void **state)
{
    uint64_t version;

    (void)state;
    put("same", 0600);
    gets("same");
    version = s.version;
    put("same", 0640);
    now += 1000;
    gets("same");
    assert_int_equal(s.version, version);
}

static void
a_secret_that_became_readable_for_all_serves_no_more(void **state)
{
    uint64_t version;

    (void)state;
    put("geheim", 0600);
    gets("geheim");
    version = s.version;
    assert_int_equal(chmod(path, 0644), 0);
    now += 1000;
    refuses("everybody");
    assert_null(s.content.data);
    assert_true(s.version > version);
    /* Repaired: seen at once, for nothing is held. */
    assert_int_equal(chmod(path, 0600), 0);
    gets("geheim");
}

static void
line_is(const char *text, const char *wanted)
{
    struct span line;

    put(text, 0600);
    now += 1000;
    buffer_clear(&why);
    if (!secret_line(&s, &line, &why)) {
        assert_null(wanted);
        assert_int_equal(line.len, 0);
        assert_non_null(strstr(why.data, path));
        return;
    }
    assert_non_null(wanted);
    assert_true(span_is(line, wanted));
}

static void
a_line_loses_its_one_end_and_nothing_else(void **state)
{
    (void)state;
    line_is("geheim", "geheim");
    line_is("geheim\n", "geheim");
    line_is("geheim\r\n", "geheim");
    line_is(" a b \n", " a b ");
    line_is("\xc3\xa4\n", "\xc3\xa4");
    line_is("", NULL);
    line_is("\n", NULL);
    line_is("\r\n", NULL);
    line_is("geheim\n\n", NULL);
    line_is("a\nb\n", NULL);
    line_is("a\tb", NULL);
    line_is("geheim\r", NULL);
    line_is("geheim\x7f", NULL);
}

static void
a_secret_without_its_line_feed(void **state)
{
    (void)state;
    assert_true(span_is(secret_chomp(span_of("a\n")), "a"));
    assert_true(span_is(secret_chomp(span_of("a\n\n")), "a\n"));
    assert_true(span_is(secret_chomp(span_of("a\r\n")), "a\r"));
    assert_int_equal(secret_chomp(span_of("")).len, 0);
}

static void
resolves(const char *file, const char *wanted)
{
    char *found = secret_path(file);

    if (wanted == NULL)
        assert_null(found);
    else
        assert_string_equal(found, wanted);
    free(found);
}

static void
a_credential_is_found_where_systemd_puts_it(void **state)
{
    (void)state;
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    resolves("credential:secret", path);
    resolves("/etc/x", "/etc/x");
    secret_free(&s);
    secret_init(&s, "credential:secret");
    put("geheim", 0400);
    gets("geheim");
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void
a_credential_leaves_its_folder_by_no_name(void **state)
{
    static const char *const bad[] = {
        "credential:",    "credential:.",      "credential:..",
        "credential:a/b", "credential:../etc", "credential:a b",
        "credential:/a",  "credential:a\n",    "credential:\xc3\xa4"};

    (void)state;
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/run/c", 1), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        resolves(bad[i], NULL);
    resolves("credential:.a-b_C.9", "/run/c/.a-b_C.9");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "relative", 1), 0);
    resolves("credential:a", NULL);
    unsetenv("CREDENTIALS_DIRECTORY");
    resolves("credential:a", NULL);
    secret_free(&s);
    secret_init(&s, "credential:a");
    assert_false(secret_get(&s, &(struct span){NULL, 0}, &why));
    assert_non_null(strstr(why.data, "credential:a names no credential"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_file_of_ours_that_only_the_group_reads_is_taken),
        TEST(a_file_that_others_could_read_or_change_is_refused),
        TEST(a_file_of_another_user_is_refused),
        TEST(a_link_is_not_followed),
        TEST(what_is_no_plain_file_is_refused_and_does_not_hold_us),
        TEST(a_file_may_be_as_large_as_the_bound),
        TEST(bytes_are_bytes),
        TEST(a_new_file_is_seen_after_a_second_and_not_before),
        TEST(a_file_that_is_only_touched_is_no_new_version),
        TEST(a_secret_that_became_readable_for_all_serves_no_more),
        TEST(a_line_loses_its_one_end_and_nothing_else),
        TEST(a_secret_without_its_line_feed),
        TEST(a_credential_is_found_where_systemd_puts_it),
        TEST(a_credential_leaves_its_folder_by_no_name),
    };

    return cmocka_run_group_tests_name("conf_secret", tests, NULL, NULL);
}
