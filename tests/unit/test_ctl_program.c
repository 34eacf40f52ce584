/* SPDX-License-Identifier: BSD-2-Clause */
/* Other programs, and ourselves without privileges: bounded, whatever they
 * do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/ctl/program.h"

#define LONG_MS 60000
#define SHORT_MS 100

static int
run(const char *script, unsigned timeout_ms, struct buffer *out)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct program p = {.argv = argv, .stream = -1, .timeout_ms = timeout_ms};

    return program_run(&p, out);
}

static void
what_it_says_and_how_it_ends_is_told(void **state)
{
    struct buffer out = BUFFER_INIT(64);

    (void)state;
    assert_int_equal(run("echo one; echo two >&2; exit 7", LONG_MS, &out), 7);
    assert_string_equal(out.data, "one\ntwo\n");
    buffer_free(&out);
}

static void
who_hangs_is_ended(void **state)
{
    struct buffer out = BUFFER_INIT(64);

    (void)state;
    assert_int_equal(run("sleep 1000", SHORT_MS, &out), -1);
    buffer_free(&out);
}

static void
who_says_no_more_and_hangs_is_ended(void **state)
{
    struct buffer out = BUFFER_INIT(64);

    (void)state;
    assert_int_equal(run("exec >/dev/null 2>&1; sleep 1000", SHORT_MS, &out),
                     -1);
    buffer_free(&out);
}

static void
who_says_too_much_is_ended(void **state)
{
    struct buffer out = BUFFER_INIT(64);

    (void)state;
    assert_int_equal(run("yes", LONG_MS, &out), -1);
    buffer_free(&out);
}

/* --- without privileges --- */

static json_t *
look_around(void *context)
{
    char target[3][64] = {""};

    for (int fd = 0; fd < 3; fd++) {
        char link[32];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, target[fd], sizeof(target[fd]) - 1);
        target[fd][n > 0 ? n : 0] = '\0';
    }
    return json_pack("{s:b, s:b, s:[s, s, s]}", "root",
                     geteuid() == 0 || setuid(0) == 0, "own",
                     getsid(0) == getpid() && context == NULL, "fd", target[0],
                     target[1], target[2]);
}

static void
he_has_neither_root_nor_our_terminal(void **state)
{
    json_t *found = program_as("nobody", look_around, NULL, LONG_MS, NULL), *fd;
    size_t i;

    (void)state;
    assert_non_null(found);
    assert_true(json_is_false(json_object_get(found, "root")));
    assert_true(json_is_true(json_object_get(found, "own")));
    json_array_foreach(json_object_get(found, "fd"), i, fd)
        assert_string_equal(json_string_value(fd), "/dev/null");
    json_decref(found);
}

static json_t *
hang(void *context)
{
    (void)context;
    for (int fd = 3; fd < 64; fd++)
        close(fd);
    while (pause() != 0)
        continue;
    return NULL;
}

static void
nor_our_time(void **state)
{
    (void)state;
    assert_null(program_as("nobody", hang, NULL, SHORT_MS, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_says_and_how_it_ends_is_told),
        cmocka_unit_test(who_hangs_is_ended),
        cmocka_unit_test(who_says_no_more_and_hangs_is_ended),
        cmocka_unit_test(who_says_too_much_is_ended),
        cmocka_unit_test(he_has_neither_root_nor_our_terminal),
        cmocka_unit_test(nor_our_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
