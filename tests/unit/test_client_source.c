/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/client: where a token comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/base/clock.h"
#include "helper/base/limits.h"
#include "helper/client/command.h"
#include "helper/client/source.h"

static char *const nothing[] = {NULL};

static int
in_a_folder(void **state)
{
    char *dir = strdup("/tmp/httpauth-source-XXXXXX");

    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    unsetenv("HTTPAUTH_TOKEN");
    unsetenv("BEARER_TOKEN");
    unsetenv("BEARER_TOKEN_FILE");
    assert_int_equal(setenv("XDG_RUNTIME_DIR", dir, 1), 0);
    *state = dir;
    return 0;
}

static int
clean_up(void **state)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(system(command), 0);
    free(*state);
    return 0;
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
    FILE *to = fopen(path, "w");

    assert_non_null(to);
    assert_true(fputs(text, to) >= 0);
    assert_int_equal(fclose(to), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* NULL: there is none. */
static void
assert_source(char *const command[], const char *wanted)
{
    struct buffer token = BUFFER_INIT(LIMIT_CREDENTIAL + 4096);
    const char *where = "";
    bool found = source_token(command, &token, &where);

    if (wanted == NULL) {
        assert_false(found);
        assert_int_equal(token.len, 0);
    } else {
        assert_true(found);
        assert_true(span_is(buffer_span(&token), wanted));
        assert_true((where == NULL) == (command[0] != NULL));
    }
    buffer_free(&token);
}

static void
the_environment_is_asked_in_the_order_of_the_discovery(void **state)
{
    char runtime[64];

    (void)state;
    (void)snprintf(runtime, sizeof(runtime), "bt_u%lu",
                   (unsigned long)getuid());
    write_file(runtime, "runtime\n", 0600);
    assert_source(nothing, "runtime");
    write_file("named", "  named\r\n", 0600);
    setenv("BEARER_TOKEN_FILE", "named", 1);
    assert_source(nothing, "named");
    setenv("BEARER_TOKEN", "bearer", 1);
    assert_source(nothing, "bearer");
    setenv("HTTPAUTH_TOKEN", "own", 1);
    assert_source(nothing, "own");
    setenv("HTTPAUTH_TOKEN", "", 1);
    assert_source(nothing, "bearer");
    assert_true(source_is_there());
}

static void
a_file_must_be_ours_and_nobody_elses(void **state)
{
    (void)state;
    setenv("BEARER_TOKEN_FILE", "named", 1);
    assert_source(nothing, NULL); /* named, and not there */
    write_file("named", "token", 0640);
    assert_source(nothing, NULL);
    assert_int_equal(chmod("named", 0604), 0);
    assert_source(nothing, NULL);
    assert_int_equal(chmod("named", 0400), 0);
    assert_source(nothing, "token");
    assert_int_equal(rename("named", "other"), 0);
    assert_int_equal(symlink("other", "named"), 0);
    assert_source(nothing, NULL);
    assert_int_equal(unlink("named"), 0);
    assert_int_equal(mkfifo("named", 0600), 0);
    assert_source(nothing, NULL);
    assert_int_equal(unlink("named"), 0);
    assert_int_equal(mkdir("named", 0700), 0);
    assert_source(nothing, NULL);
    if (getuid() == 0) {
        assert_int_equal(chown("other", 1, 1), 0);
        setenv("BEARER_TOKEN_FILE", "other", 1);
        assert_source(nothing, NULL);
    }
}

static void
what_is_no_token_is_not_sent(void **state)
{
    static const char *const bad[] = {" ",    "two words", "two\nlines",
                                      "a\tb", "a\x01",     "gr\xc3\xbcn"};
    static char text[LIMIT_CREDENTIAL + 2];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        setenv("HTTPAUTH_TOKEN", bad[i], 1);
        assert_source(nothing, NULL);
    }
    memset(text, 'x', LIMIT_CREDENTIAL);
    setenv("HTTPAUTH_TOKEN", text, 1);
    assert_source(nothing, text);
    text[LIMIT_CREDENTIAL] = 'x';
    setenv("HTTPAUTH_TOKEN", text, 1);
    assert_source(nothing, NULL);
}

#define SHELL(text)                                                            \
    (char *const[])                                                            \
    {                                                                          \
        (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",                    \
            (char *)(uintptr_t)(text), NULL                                    \
    }

static void
a_command_prints_the_token_and_nothing_else(void **state)
{
    (void)state;
    setenv("HTTPAUTH_TOKEN", "from-the-environment", 1);
    assert_source(SHELL("echo token"), "token");
    assert_source(SHELL("printf '\\ntoken\\n\\n'"), "token");
    assert_source(SHELL("cat; echo token"), "token"); /* nothing to read */
    assert_source(SHELL("echo one; echo two"), NULL);
    assert_source(SHELL("echo token; exit 1"), NULL);
    assert_source(SHELL("echo token; kill -9 $$"), NULL);
    assert_source(SHELL(":"), NULL);
    assert_source(SHELL("head -c 1000000 /dev/zero | tr '\\0' x"), NULL);
    assert_source((char *const[]){(char *)(uintptr_t) "/nowhere/no-such", NULL},
                  NULL);
}

static void
no_shell_sees_the_words_of_a_command(void **state)
{
    (void)state;
    assert_source((char *const[]){(char *)(uintptr_t) "printf",
                                  (char *)(uintptr_t) "%s",
                                  (char *)(uintptr_t) "$(id);>x", NULL},
                  "$(id);>x");
    assert_int_not_equal(access("x", F_OK), 0);
}

/* Is there a process that waits in that folder? */
static bool
is_gone(const char *pid_file)
{
    FILE *from = fopen(pid_file, "r");
    long pid = 0;
    char path[64];
    int tries;

    assert_non_null(from);
    assert_int_equal(fscanf(from, "%ld", &pid), 1);
    assert_int_equal(fclose(from), 0);
    (void)snprintf(path, sizeof(path), "/proc/%ld/root", pid);
    for (tries = 0; tries < 500 && access(path, F_OK) == 0; tries++)
        (void)usleep(10000);
    return access(path, F_OK) != 0;
}

static void
a_command_that_hangs_is_ended_with_all_that_it_began(void **state)
{
    static const char *const hangs[] = {
        "echo $$ >pid; sleep 60 & sleep 60", /* holds its output */
        "echo $$ >pid; exec >/dev/null; exec sleep 60",
        "echo $$ >pid; trap '' TERM; while :; do echo; sleep 0.01; done"};
    struct buffer out = BUFFER_INIT(64);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(hangs) / sizeof(hangs[0]); i++) {
        int64_t began = clock_boot_ms();

        buffer_clear(&out);
        assert_int_equal(command_run(SHELL(hangs[i]), 300, &out), -1);
        assert_true(clock_boot_ms() - began < 20000);
        assert_true(is_gone("pid"));
    }
    buffer_free(&out);
}

static void
what_a_command_that_ends_leaves_behind_is_its_own(void **state)
{
    struct buffer out = BUFFER_INIT(64);
    FILE *from;
    long pid = 0;

    (void)state;
    assert_int_equal(
        command_run(SHELL("sleep 60 >/dev/null & echo $! >pid; echo token"),
                    10000, &out),
        0);
    from = fopen("pid", "r");
    assert_non_null(from);
    assert_int_equal(fscanf(from, "%ld", &pid), 1);
    assert_int_equal(fclose(from), 0);
    assert_int_equal(kill((pid_t)pid, 0), 0);
    assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
    buffer_free(&out);
}

static void
a_command_has_no_signal_of_ours_ignored(void **state)
{
    struct buffer out = BUFFER_INIT(64);

    (void)state;
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    assert_int_equal(command_run(SHELL("kill -PIPE $$; :"), 10000, &out), -1);
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    buffer_free(&out);
}

#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, in_a_folder, clean_up)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_environment_is_asked_in_the_order_of_the_discovery),
        IN_FOLDER(a_file_must_be_ours_and_nobody_elses),
        IN_FOLDER(what_is_no_token_is_not_sent),
        IN_FOLDER(a_command_prints_the_token_and_nothing_else),
        IN_FOLDER(no_shell_sees_the_words_of_a_command),
        IN_FOLDER(a_command_that_hangs_is_ended_with_all_that_it_began),
        IN_FOLDER(what_a_command_that_ends_leaves_behind_is_its_own),
        IN_FOLDER(a_command_has_no_signal_of_ours_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
