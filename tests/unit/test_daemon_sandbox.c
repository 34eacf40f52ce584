/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each test is a child process that enters the sandbox and then does one
 * thing; what it lives through, and what kills it, is the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "config.h"
#include "helper/daemon/sandbox.h"

#define NOT_ENTERED 99

/* The exit status, or minus the signal. */
static int
inside(int (*deed)(void))
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};

        (void)setrlimit(RLIMIT_CORE, &none);
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(NOT_ENTERED);
        if (!sandbox_enter())
            _exit(NOT_ENTERED);
        _exit(deed());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* --- what a helper does --- */

static void *
thread(void *flag)
{
    *(int *)flag = 1;
    return NULL;
}

static int
start_threads(void)
{
    pthread_t id;
    int flag = 0;

    if (pthread_create(&id, NULL, thread, &flag) != 0 ||
        pthread_join(id, NULL) != 0)
        return 1;
    return flag == 1 ? 0 : 2;
}

static int
resolve_names(void)
{
    struct addrinfo *found = NULL;
    const struct addrinfo want = {.ai_socktype = SOCK_STREAM,
                                  .ai_flags = AI_ADDRCONFIG};
    int result = getaddrinfo("localhost", "443", &want, &found);

    if (result == 0)
        freeaddrinfo(found);
    return result == 0 ? 0 : 1;
}

static int
look_up_users(void)
{
    errno = 0;
    return getpwnam("root") != NULL && getpwnam("no-such-user-here") == NULL &&
                   errno != ENOSYS
               ? 0
               : 1;
}

static int
write_files(void)
{
    char path[] = "/tmp/httpauth-sandbox-XXXXXX", new[64];
    int fd = mkstemp(path), result = 1;

    if (fd < 0)
        return 2;
    strcpy(new, path);
    strcat(new, ".new");
    if (write(fd, "x", 1) == 1 && fsync(fd) == 0 && ftruncate(fd, 0) == 0 &&
        rename(path, new) == 0 && access(new, R_OK) == 0)
        result = 0;
    (void)close(fd);
    (void)unlink(new);
    (void)unlink(path);
    return result;
}

static int
use_syslog(void)
{
    openlog("test", LOG_NDELAY, LOG_AUTHPRIV);
    syslog(LOG_DEBUG, "a line of a test");
    closelog();
    return 0;
}

static int
use_sockets(void)
{
    int one = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int two = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;

    return one >= 0 && two >= 0 && ioctl(two, FIONBIO, &yes) == 0 ? 0 : 1;
}

static int
abort_itself(void)
{
    abort();
}

static void
what_a_helper_does_it_may_do(void **state)
{
    (void)state;
    assert_int_equal(inside(start_threads), 0);
    assert_int_equal(inside(resolve_names), 0);
    assert_int_equal(inside(look_up_users), 0);
    assert_int_equal(inside(write_files), 0);
    assert_int_equal(inside(use_syslog), 0);
    assert_int_equal(inside(use_sockets), 0);
    assert_int_equal(inside(abort_itself), -SIGABRT);
}

/* --- what it may not --- */

#ifndef WITHOUT_SECCOMP

#define KILLED (-SIGSYS)

static int
run_a_program(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}

static int
fork_a_process(void)
{
    /* glibc's fork() is clone() without CLONE_THREAD. */
    return fork() < 0 && errno == ENOSYS ? 0 : 1;
}

static int
trace_a_process(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
mount_something(void)
{
    return mount("none", "/", "tmpfs", 0, NULL);
}

static int
become_root(void)
{
    return setuid(0);
}

static int
enter_a_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}

static int
ask_the_keyring(void)
{
    return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING,
                   0) < 0 &&
                   errno == ENOSYS
               ? 0
               : 1;
}

static int
open_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == ENOSYS ? 0 : 1;
}

static int
push_input(void)
{
    char c = 'x';

    return ioctl(STDIN_FILENO, TIOCSTI, &c) < 0 && errno == ENOSYS ? 0 : 1;
}

static void
what_only_an_intruder_does_kills(void **state)
{
    (void)state;
    assert_int_equal(inside(run_a_program), KILLED);
    assert_int_equal(inside(trace_a_process), KILLED);
    assert_int_equal(inside(mount_something), KILLED);
    assert_int_equal(inside(become_root), KILLED);
    assert_int_equal(inside(enter_a_namespace), KILLED);
}

static void
what_else_is_not_on_the_list_does_not_exist(void **state)
{
    (void)state;
    assert_int_equal(inside(fork_a_process), 0);
    assert_int_equal(inside(ask_the_keyring), 0);
    assert_int_equal(inside(open_netlink), 0);
    assert_int_equal(inside(push_input), 0);
}

#endif /* WITHOUT_SECCOMP */

/* --- privileges --- */

static int
look_at_limits(void)
{
    struct rlimit core;

    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
        return 1;
    return getuid() != 0 && geteuid() != 0 ? 0 : 2;
}

static void
nothing_is_left_to_lose(void **state)
{
    (void)state;
    assert_int_equal(inside(look_at_limits), 0);
}

static void
root_is_refused(void **state)
{
    (void)state;
    assert_int_equal(sandbox_user_ok(), getuid() != 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_helper_does_it_may_do),
#ifndef WITHOUT_SECCOMP
        cmocka_unit_test(what_only_an_intruder_does_kills),
        cmocka_unit_test(what_else_is_not_on_the_list_does_not_exist),
#endif
        cmocka_unit_test(nothing_is_left_to_lose),
        cmocka_unit_test(root_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
