/* SPDX-License-Identifier: BSD-2-Clause */
/* The supervisor's protocols: passed sockets, readiness, watchdog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/daemon/listener.h"
#include "helper/daemon/notify.h"

#define SELF 4711

static void
passed_sockets_have_their_names(void **state)
{
    struct notify_socket out[8];

    (void)state;
    assert_int_equal(notify_sockets("4711", "2", "pam:control", SELF, out, 8),
                     2);
    assert_int_equal(out[0].fd, 3);
    assert_string_equal(out[0].name, "pam");
    assert_int_equal(out[1].fd, 4);
    assert_string_equal(out[1].name, "control");
}

static void
sockets_for_another_process_are_not_ours(void **state)
{
    struct notify_socket out[8];

    (void)state;
    assert_int_equal(notify_sockets("4712", "2", "a:b", SELF, out, 8), 0);
    assert_int_equal(notify_sockets(NULL, "2", "a:b", SELF, out, 8), 0);
    assert_int_equal(notify_sockets("4711", NULL, "a:b", SELF, out, 8), 0);
    assert_int_equal(notify_sockets("4711", "0", NULL, SELF, out, 8), 0);
}

static void
numbers_that_are_none_are_refused(void **state)
{
    struct notify_socket out[8];

    (void)state;
    assert_int_equal(notify_sockets("x", "2", "a:b", SELF, out, 8), -1);
    assert_int_equal(notify_sockets("", "2", "a:b", SELF, out, 8), -1);
    assert_int_equal(notify_sockets("4711", "", "a", SELF, out, 8), -1);
    assert_int_equal(notify_sockets("4711", "-1", "a", SELF, out, 8), -1);
    assert_int_equal(notify_sockets("4711", "9", "a", SELF, out, 8), -1);
    assert_int_equal(
        notify_sockets("4711", "99999999999999999999", "a", SELF, out, 8), -1);
}

static void
missing_names_are_empty_and_long_ones_refused(void **state)
{
    struct notify_socket out[8];
    char name[NOTIFY_NAME_MAX + 1];

    (void)state;
    assert_int_equal(notify_sockets("4711", "3", "pam:", SELF, out, 8), 3);
    assert_string_equal(out[0].name, "pam");
    assert_string_equal(out[1].name, "");
    assert_string_equal(out[2].name, "");
    assert_int_equal(notify_sockets("4711", "1", NULL, SELF, out, 8), 1);
    assert_string_equal(out[0].name, "");
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(notify_sockets("4711", "1", name, SELF, out, 8), -1);
}

static void
the_watchdog_is_for_the_process_it_names(void **state)
{
    (void)state;
    assert_int_equal(notify_watchdog_ms("30000000", "4711", SELF), 30000);
    assert_int_equal(notify_watchdog_ms("30000000", NULL, SELF), 30000);
    assert_int_equal(notify_watchdog_ms("30000000", "1", SELF), 0);
    assert_int_equal(notify_watchdog_ms(NULL, "4711", SELF), 0);
    assert_int_equal(notify_watchdog_ms("soon", "4711", SELF), 0);
}

/* What arrives when `send` is called, at a path or an abstract name. */
static void
heard(const char *address, bool (*send)(const char *), const char *text,
      char *out, size_t size)
{
    struct sockaddr_un here = {.sun_family = AF_UNIX};
    size_t len = strlen(address);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ssize_t got;

    memcpy(here.sun_path, address, len);
    if (address[0] == '@')
        here.sun_path[0] = '\0';
    assert_int_equal(
        bind(fd, (struct sockaddr *)&here,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
        0);
    assert_int_equal(setenv("NOTIFY_SOCKET", address, 1), 0);
    assert_true(send(text));
    got = recv(fd, out, size - 1, MSG_DONTWAIT);
    assert_true(got >= 0);
    out[got] = '\0';
    (void)close(fd);
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

static void
readiness_reaches_the_supervisor(void **state)
{
    char dir[] = "/tmp/httpauth-notify-XXXXXX", path[64], name[80], got[256];

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/socket", dir);
    heard(path, notify_send, "READY=1", got, sizeof(got));
    assert_string_equal(got, "READY=1");
    (void)snprintf(name, sizeof(name), "@%s", path);
    heard(name, notify_send, "STOPPING=1", got, sizeof(got));
    assert_string_equal(got, "STOPPING=1");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void
a_status_is_one_line(void **state)
{
    char name[64], got[1024], long_text[2000];

    (void)state;
    (void)snprintf(name, sizeof(name), "@httpauth-status-%d", (int)getpid());
    heard(name, notify_status, "a\tb\nREADY=1", got, sizeof(got));
    assert_string_equal(got, "STATUS=a?b");
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    heard(name, notify_status, long_text, got, sizeof(got));
    assert_true(strlen(got) < 600);
}

static void
without_a_supervisor_nothing_happens(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_true(notify_send("READY=1"));
    assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
    assert_false(notify_send("READY=1"));
    assert_int_equal(setenv("NOTIFY_SOCKET", "/", 1), 0);
    assert_false(notify_send("READY=1"));
    assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
    assert_false(notify_send("READY=1"));
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

static void
some_places_are_for_root_alone(void **state)
{
    (void)state;
    assert_true(listener_admits(0, 10, 1000, 0));
    assert_true(listener_admits(9, 10, 1000, 0));
    assert_false(listener_admits(10, 10, 1000, 0));
    assert_true(listener_admits(10, 10, 0, 10));
    assert_true(listener_admits(9 + CALLERS_RESERVED, 10, 0, 9));
    assert_false(listener_admits(10 + CALLERS_RESERVED, 10, 0, 9));
}

static void
one_uid_has_a_bound_of_its_own(void **state)
{
    (void)state;
    assert_true(listener_admits(100, 1000, 1000, CALLERS_PER_UID - 1));
    assert_false(listener_admits(100, 1000, 1000, CALLERS_PER_UID));
    assert_true(listener_admits(100, 1000, 0, CALLERS_PER_UID));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passed_sockets_have_their_names),
        cmocka_unit_test(sockets_for_another_process_are_not_ours),
        cmocka_unit_test(numbers_that_are_none_are_refused),
        cmocka_unit_test(missing_names_are_empty_and_long_ones_refused),
        cmocka_unit_test(the_watchdog_is_for_the_process_it_names),
        cmocka_unit_test(readiness_reaches_the_supervisor),
        cmocka_unit_test(a_status_is_one_line),
        cmocka_unit_test(without_a_supervisor_nothing_happens),
        cmocka_unit_test(some_places_are_for_root_alone),
        cmocka_unit_test(one_uid_has_a_bound_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
