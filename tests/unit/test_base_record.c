/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/base: decisions as records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/base/record.h"

static const struct record_field fields[] = {
    {"id", "00ff", RECORD_WORD},
    {"left_out", NULL, RECORD_WORD},
    {"sub", "a \"b\" \\x1b", RECORD_TEXT},
    {"ms", "7", RECORD_BARE},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

struct place {
    char dir[64], file[96];
};

static int
place_new(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_non_null(place);
    strcpy(place->dir, "/tmp/record-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    snprintf(place->file, sizeof place->file, "%s/audit", place->dir);
    *state = place;
    return 0;
}

static int
place_free(void **state)
{
    struct place *place = *state;

    assert_true(record_open_file(NULL));
    (void)unlink(place->file);
    assert_int_equal(rmdir(place->dir), 0);
    free(place);
    return 0;
}

static const char *
content(const struct place *place)
{
    static char text[4096];
    FILE *f = fopen(place->file, "r");

    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void
a_record_is_a_line_of_json(void **state)
{
    const struct place *place = *state;
    const char *text;

    assert_true(record_to_file(fields, FIELDS)); /* there is none */
    assert_true(record_open_file(place->file));
    assert_true(record_to_file(fields, FIELDS));
    assert_true(record_to_file(fields, 1));
    text = content(place);
    assert_int_equal(strncmp(text, "{\"time\":\"20", 11), 0);
    assert_non_null(strstr(text, "Z\",\"id\":\"00ff\",\"sub\":\"a "
                                 "\\\"b\\\" \\\\x1b\",\"ms\":7}\n{"));
}

static void
what_is_no_file_of_ours_is_not_written_to(void **state)
{
    const struct place *place = *state;
    FILE *f = fopen(place->file, "w");

    assert_non_null(f);
    fclose(f);
    assert_int_equal(chmod(place->file, 0622), 0);
    assert_false(record_open_file(place->file));
    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(symlink("/dev/null", place->file), 0);
    assert_false(record_open_file(place->file));
    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(mkfifo(place->file, 0600), 0);
    assert_false(record_open_file(place->file));
    assert_int_equal(unlink(place->file), 0);
    assert_false(record_open_file("/nowhere/audit"));
    assert_int_equal(errno, ENOENT);
    assert_true(record_to_file(fields, FIELDS)); /* again there is none */
}

static void
half_a_line_is_taken_back(void **state)
{
    const struct place *place = *state;
    struct rlimit before, limit;
    size_t len;

    assert_true(record_open_file(place->file));
    assert_true(record_to_file(fields, FIELDS));
    len = strlen(content(place));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = len + 20; /* as a full disk would have it */
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(record_to_file(fields, FIELDS));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(strlen(content(place)), len);
    assert_true(record_to_file(fields, FIELDS));
    assert_int_equal(strlen(content(place)), 2 * len);
}

static void
the_journal_gets_a_field_a_line(void **state)
{
    const struct place *place = *state;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char got[4096];
    ssize_t len;

    assert_false(record_to_journal(6, "test", "text", fields, FIELDS));
    assert_false(record_open_journal("/nowhere/socket"));
    assert_true(journal >= 0);
    strcpy(at.sun_path, place->file);
    assert_int_equal(bind(journal, (struct sockaddr *)&at, sizeof at), 0);
    assert_true(record_open_journal(place->file));
    assert_true(record_to_journal(6, "test", "text", fields, FIELDS));
    len = recv(journal, got, sizeof got - 1, 0);
    assert_true(len > 0);
    got[len] = '\0';
    assert_string_equal(got, "PRIORITY=6\nSYSLOG_FACILITY=10\n"
                             "SYSLOG_IDENTIFIER=test\nMESSAGE=text\n"
                             "HTTPAUTH_ID=00ff\nHTTPAUTH_SUB=a \"b\" "
                             "\\x1b\nHTTPAUTH_MS=7\n");
    /* A journal that does not read holds nobody up. */
    while (record_to_journal(6, "test", "text", fields, FIELDS))
        continue;
    close(journal);
    assert_false(record_to_journal(6, "test", "text", fields, FIELDS));
}

#define PLACED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, place_new, place_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(a_record_is_a_line_of_json),
        PLACED(what_is_no_file_of_ours_is_not_written_to),
        PLACED(half_a_line_is_taken_back),
        PLACED(the_journal_gets_a_field_a_line)};

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
