/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/base: log, flood, clock. */
#undef _FORTIFY_SOURCE /* syslog() is replaced below */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/base/clock.h"
#include "helper/base/flood.h"
#include "helper/base/log.h"

#define AUTHPRIV (10 << 3) /* LOG_AUTHPRIV; <syslog.h> is not included */

static char syslog_line[2048];
static int syslog_level = -1, syslog_facility = -1;

void openlog(const char *ident, int options, int facility);
void syslog(int priority, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...);

void
openlog(const char *ident, int options, int facility)
{
    (void)ident;
    (void)options;
    syslog_facility = facility;
}

void
syslog(int priority, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(syslog_line, sizeof(syslog_line), format, args);
    va_end(args);
    syslog_level = priority;
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list args;

    (void)flag;
    va_start(args, format);
    (void)vsnprintf(syslog_line, sizeof(syslog_line), format, args);
    va_end(args);
    syslog_level = priority;
}

/* A clock that a test can put forward. */
static time_t boot_ahead_s;

int
clock_gettime(clockid_t clock, struct timespec *now)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, now);

    if (rc == 0 && clock == CLOCK_BOOTTIME)
        now->tv_sec += boot_ahead_s;
    return rc;
}

/* stderr goes to a file while a test logs. */
static char written[65536];
static int real_stderr = -1;
static FILE *capture;

static int
begin(void **state)
{
    (void)state;
    capture = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    if (capture == NULL || real_stderr < 0)
        return -1;
    return dup2(fileno(capture), STDERR_FILENO) < 0 ? -1 : 0;
}

static int
end(void **state)
{
    (void)state;
    (void)dup2(real_stderr, STDERR_FILENO);
    (void)close(real_stderr);
    (void)fclose(capture);
    return 0;
}

static const char *
lines(void)
{
    ssize_t n = pread(fileno(capture), written, sizeof(written) - 1, 0);

    written[n < 0 ? 0 : n] = '\0';
    return written;
}

static size_t
count_of(const char *needle)
{
    size_t n = 0;
    const char *at = lines();

    while ((at = strstr(at, needle)) != NULL) {
        n++;
        at++;
    }
    return n;
}

static void
unopened_it_writes_warnings_and_errors(void **state)
{
    (void)state;
    log_notice("a notice");
    log_warning("a warning");
    log_error("an error");
    assert_string_equal(lines(), "a warning\nan error\n");
}

static void
lines_of_stderr_name_the_program(void **state)
{
    (void)state;
    log_open("tester", LOG_TO_STDERR, LOG_LEVEL_NOTICE);
    log_notice("user %s, %d", "alice", 3);
    log_info("no");
    assert_string_equal(lines(), "tester: user alice, 3\n");
}

static void
lines_of_the_journal_carry_their_level(void **state)
{
    (void)state;
    log_open("tester", LOG_TO_JOURNAL, LOG_LEVEL_DEBUG);
    log_error("e");
    log_warning("w");
    log_notice("n");
    log_info("i");
    log_debug("d");
    log_decision("x");
    assert_string_equal(lines(), "<3>e\n<4>w\n<5>n\n<6>i\n<7>d\n<6>x\n");
}

static void
a_decision_passes_every_filter(void **state)
{
    int i;

    (void)state;
    log_open("tester", LOG_TO_JOURNAL, LOG_LEVEL_ERROR);
    for (i = 0; i < 100; i++)
        log_decision("accepted %d", i);
    log_info("not this");
    assert_int_equal(count_of("<6>accepted "), 100);
    assert_int_equal(count_of("not this"), 0);
}

static void
control_bytes_cannot_begin_another_line(void **state)
{
    (void)state;
    log_open("tester", LOG_TO_JOURNAL, LOG_LEVEL_INFO);
    log_info("a%sb", "\n<0>forged\r\x1b[31m\t\x7f");
    assert_string_equal(lines(), "<6>a?<0>forged??[31m??b\n");
}

static void
a_long_line_is_cut_and_says_so(void **state)
{
    char text[5000];
    size_t len;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_open("tester", LOG_TO_STDERR, LOG_LEVEL_INFO);
    log_info("%s", text);
    len = strlen(lines());
    assert_in_range(len, 1000, 1024);
    assert_string_equal(written + len - 5, "x...\n");
    assert_int_equal(count_of("\n"), 1);
}

static void
a_line_that_just_fits_is_not_cut(void **state)
{
    char text[1024];
    size_t len = 1024 - strlen("tester: ") - 2; /* newline, NUL */

    (void)state;
    memset(text, 'x', len);
    text[len] = '\0';
    log_open("tester", LOG_TO_STDERR, LOG_LEVEL_INFO);
    log_info("%s", text);
    assert_int_equal(count_of("..."), 0);
    assert_int_equal(strlen(lines()), strlen("tester: ") + len + 1);
}

/* ... so that nobody takes the part of a value for all of it. */
static void
a_record_that_does_not_fit_is_seen_to_be_cut(void **state)
{
    char text[1024];
    const struct record_field fields[] = {{"long", text, RECORD_TEXT},
                                          {"more", "than fits", RECORD_WORD}};

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_open("tester", LOG_TO_STDERR, LOG_LEVEL_INFO);
    log_record("decision", fields, 2);
    assert_int_equal(strlen(lines()), 1024);
    assert_non_null(strstr(lines(), "tester: decision long=\"xxx"));
    assert_string_equal(strstr(lines(), "x..."), "x...\n");
}

static void
a_record_says_nothing_in_a_second_line(void **state)
{
    const struct record_field fields[] = {{"text", "a\nb\033", RECORD_TEXT},
                                          {"none", NULL, RECORD_WORD},
                                          {"word", "c", RECORD_WORD}};

    (void)state;
    log_open("tester", LOG_TO_JOURNAL, LOG_LEVEL_INFO);
    log_record("decision", fields, 3);
    assert_string_equal(lines(), "<6>decision text=\"a?b?\" word=c\n");
}

static void
errno_is_kept_and_can_be_printed(void **state)
{
    (void)state;
    log_open("tester", LOG_TO_JOURNAL, LOG_LEVEL_INFO);
    errno = ENOENT;
    log_info("open: %m");
    assert_int_equal(errno, ENOENT);
    log_decision("again: %m");
    assert_int_equal(errno, ENOENT);
    assert_string_equal(lines(), "<6>open: No such file or directory\n"
                                 "<6>again: No such file or directory\n");
}

static void
a_closed_stderr_harms_nobody(void **state)
{
    (void)state;
    log_open("tester", LOG_TO_STDERR, LOG_LEVEL_INFO);
    (void)close(STDERR_FILENO);
    errno = EINTR;
    log_info("lost");
    assert_int_equal(errno, EINTR);
    (void)dup2(fileno(capture), STDERR_FILENO);
    assert_string_equal(lines(), "");
}

static void
syslog_gets_the_facility_of_logins(void **state)
{
    (void)state;
    log_open("tester", LOG_TO_SYSLOG, LOG_LEVEL_INFO);
    assert_int_equal(syslog_facility, AUTHPRIV);
    log_decision("user %%s %s", "a\nb");
    assert_int_equal(syslog_level, LOG_LEVEL_INFO);
    assert_string_equal(syslog_line, "user %s a?b");
    log_error("broken");
    assert_int_equal(syslog_level, LOG_LEVEL_ERROR);
    assert_string_equal(lines(), "");
}

static void
warnings_of_one_kind_are_limited(void **state)
{
    int i;

    (void)state;
    log_open("tester", LOG_TO_JOURNAL, LOG_LEVEL_INFO);
    for (i = 0; i < 500; i++)
        log_warning("flooding %d", i);
    log_warning("of another kind");
    for (i = 0; i < 100; i++)
        log_info("never limited %d", i);
    assert_in_range(count_of("<4>flooding "), FLOOD_MOST, 2 * FLOOD_MOST);
    assert_int_equal(count_of("<4>of another kind"), 1);
    assert_int_equal(count_of("<6>never limited "), 100);
}

static void
the_next_line_tells_what_was_suppressed(void **state)
{
    int i;

    (void)state;
    boot_ahead_s += 1000;
    log_open("tester", LOG_TO_JOURNAL, LOG_LEVEL_INFO);
    for (i = 0; i < FLOOD_MOST + 5; i++)
        log_warning("peer %d left", i);
    assert_int_equal(count_of("suppressed: peer"), 0);
    boot_ahead_s += 1000;
    log_decision("whatever comes next");
    log_decision("and after it");
    assert_true(count_of(" more like this suppressed: peer %d left\n"
                         "<6>whatever comes next\n<6>and after it\n") == 1);
}

static void
a_flood_is_counted_and_told_once(void **state)
{
    struct flood flood = {0};
    const char *format = NULL;
    int i, level = 0;

    (void)state;
    for (i = 0; i < FLOOD_MOST; i++)
        assert_true(flood_admits(&flood, "a", 4, 1000 + i));
    for (i = 0; i < 7; i++)
        assert_false(flood_admits(&flood, "a", 4, 2000));
    assert_int_equal(
        flood_ended(&flood, 1000 + FLOOD_WINDOW_MS - 1, &format, &level), 0);
    assert_int_equal(
        flood_ended(&flood, 1000 + FLOOD_WINDOW_MS, &format, &level), 7);
    assert_string_equal(format, "a");
    assert_int_equal(level, 4);
    assert_int_equal(
        flood_ended(&flood, 1000 + FLOOD_WINDOW_MS, &format, &level), 0);
    assert_true(flood_admits(&flood, "a", 4, 1000 + FLOOD_WINDOW_MS));
}

static void
a_quiet_kind_leaves_nothing_to_tell(void **state)
{
    struct flood flood = {0};
    const char *format = NULL;
    int i, level = 0;

    (void)state;
    for (i = 0; i < FLOOD_MOST; i++)
        assert_true(flood_admits(&flood, "a", 4, 0));
    assert_int_equal(flood_ended(&flood, 10 * FLOOD_WINDOW_MS, &format, &level),
                     0);
    for (i = 0; i < FLOOD_MOST; i++)
        assert_true(flood_admits(&flood, "a", 4, 10 * FLOOD_WINDOW_MS));
    assert_false(flood_admits(&flood, "a", 4, 10 * FLOOD_WINDOW_MS));
}

static void
many_kinds_do_not_overrun_the_table(void **state)
{
    static const char formats[3 * FLOOD_KINDS] = {0};
    struct flood flood = {0};
    int i;

    (void)state;
    for (i = 0; i < 3 * FLOOD_KINDS; i++)
        assert_true(flood_admits(&flood, &formats[i], 4, i));
    /* the newest are still watched */
    for (i = 1; i < FLOOD_MOST; i++)
        assert_true(
            flood_admits(&flood, &formats[3 * FLOOD_KINDS - 1], 4, 1000));
    assert_false(flood_admits(&flood, &formats[3 * FLOOD_KINDS - 1], 4, 1000));
}

static void
a_freed_row_does_not_hide_a_watched_kind(void **state)
{
    struct flood flood = {0};
    const char *format = NULL;
    int i, level = 0;

    (void)state;
    for (i = 0; i <= FLOOD_MOST; i++)
        (void)flood_admits(&flood, "first", 4, 0);
    for (i = 0; i <= FLOOD_MOST; i++)
        (void)flood_admits(&flood, "second", 3, 5000);
    assert_int_equal(flood_ended(&flood, FLOOD_WINDOW_MS, &format, &level), 1);
    assert_string_equal(format, "first");
    assert_false(flood_admits(&flood, "second", 3, FLOOD_WINDOW_MS));
}

static void
the_clocks_run(void **state)
{
    int64_t first = clock_boot_ms();

    (void)state;
    assert_true(first > 0);
    assert_true(clock_boot_ms() >= first);
    assert_true(clock_wall() > 1600000000);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(unopened_it_writes_warnings_and_errors),
        LOG_TEST(lines_of_stderr_name_the_program),
        LOG_TEST(lines_of_the_journal_carry_their_level),
        LOG_TEST(a_decision_passes_every_filter),
        LOG_TEST(control_bytes_cannot_begin_another_line),
        LOG_TEST(a_long_line_is_cut_and_says_so),
        LOG_TEST(a_line_that_just_fits_is_not_cut),
        LOG_TEST(a_record_that_does_not_fit_is_seen_to_be_cut),
        LOG_TEST(a_record_says_nothing_in_a_second_line),
        LOG_TEST(errno_is_kept_and_can_be_printed),
        LOG_TEST(a_closed_stderr_harms_nobody),
        LOG_TEST(syslog_gets_the_facility_of_logins),
        LOG_TEST(warnings_of_one_kind_are_limited),
        LOG_TEST(the_next_line_tells_what_was_suppressed),
        cmocka_unit_test(a_flood_is_counted_and_told_once),
        cmocka_unit_test(a_quiet_kind_leaves_nothing_to_tell),
        cmocka_unit_test(many_kinds_do_not_overrun_the_table),
        cmocka_unit_test(a_freed_row_does_not_hide_a_watched_kind),
        cmocka_unit_test(the_clocks_run),
    };

    return cmocka_run_group_tests_name("base_log", tests, NULL, NULL);
}
