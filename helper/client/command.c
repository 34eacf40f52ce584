/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/client/say.h"

static void __attribute__((noreturn)) become(char *const argv[], int out)
{
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)signal(SIGPIPE, SIG_DFL); /* only ours ignore it */
    /* Its own group, so that its children go with it. */
    if (setpgid(0, 0) == 0 && in >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
        dup2(out, STDOUT_FILENO) >= 0)
        execvp(argv[0], argv);
    say("%s: %s", argv[0], strerror(errno));
    _exit(COMMAND_ABSENT);
}

enum state { MORE, ENDED, STOPPED };

static enum state
read_some(const char *name, int fd, int64_t until, struct buffer *out)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int64_t left = until - clock_boot_ms();
    enum state state = MORE;
    char some[4096];
    ssize_t got;
    int ready;

    ready = left <= 0 ? 0 : poll(&one, 1, left > INT_MAX ? INT_MAX : (int)left);
    if (ready == 0) {
        say("%s: does not end in time", name);
        return STOPPED;
    }
    got = ready > 0 ? read(fd, some, sizeof(some)) : -1;
    if (got < 0 && errno != EINTR) {
        say("%s: %s", name, strerror(errno));
        state = STOPPED;
    } else if (got == 0) {
        state = ENDED;
    } else if (got > 0 && !buffer_add(out, some, (size_t)got)) {
        say("%s: prints more than a token", name);
        state = STOPPED;
    }
    erase(some, sizeof(some));
    return state;
}

/* Also one that has closed its output and goes on. */
static bool
wait_for(pid_t pid, int64_t until, int *status)
{
    pid_t ended;

    while ((ended = waitpid(pid, status, WNOHANG)) == 0) {
        if (clock_boot_ms() >= until)
            return false;
        (void)poll(NULL, 0, 10);
    }
    return ended == pid;
}

static int
finish(const char *name, pid_t pid, enum state state, int64_t until)
{
    int status = 0;

    if (state == ENDED && !wait_for(pid, until, &status)) {
        say("%s: does not end in time", name);
        state = STOPPED;
    }
    if (state == STOPPED) {
        (void)kill(-pid, SIGKILL);
        (void)waitpid(pid, &status, 0);
        return -1;
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    say("%s: ended by signal %d", name, WTERMSIG(status));
    return -1;
}

int
command_run(char *const argv[], int64_t ms, struct buffer *out)
{
    int64_t until = clock_boot_ms() + ms;
    enum state state = MORE;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        say("pipe: %s", strerror(errno));
        return -1;
    }
    pid = fork();
    if (pid == 0)
        become(argv, ends[1]);
    (void)close(ends[1]);
    if (pid < 0) {
        say("fork: %s", strerror(errno));
        (void)close(ends[0]);
        return -1;
    }
    (void)setpgid(pid, pid); /* whoever comes first */
    while (state == MORE)
        state = read_some(argv[0], ends[0], until, out);
    (void)close(ends[0]);
    return finish(argv[0], pid, state, until);
}
