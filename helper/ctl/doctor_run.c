/* SPDX-License-Identifier: BSD-2-Clause */
/* Other processes: programs of this host, and ourselves as the helper. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/ctl/doctor.h"

#define RUN_MS 10000
#define LOOK_MS 120000
#define FINDINGS_BYTES ((size_t)1024 * 1024)

static bool
read_all(int fd, struct buffer *out, int64_t until_ms)
{
    char part[4096];

    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left = until_ms - clock_boot_ms();
        int polled = left > 0 ? poll(&ready, 1, (int)left) : 0;
        ssize_t n;

        if (polled < 0 && errno == EINTR)
            continue;
        if (polled <= 0)
            return false;
        n = read(fd, part, sizeof(part));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        if (!buffer_add(out, part, (size_t)n))
            return false;
    }
}

static int
wait_for(pid_t child, bool kill_it)
{
    int status = -1;

    if (kill_it)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return !kill_it && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
become_program(const char *const *argv, int out)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char locale[] = "LC_ALL=C";
    char *const environment[] = {path, locale, NULL};
    int null = open("/dev/null", O_RDONLY);

    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)
        execve(argv[0], (char *const *)argv, environment);
    _exit(127);
}

int
doctor_run(const char *const *argv, struct buffer *out)
{
    int ends[2], status = -1;
    bool whole;
    pid_t child;

    if (access(argv[0], X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    child = fork();
    if (child == 0)
        become_program(argv, ends[1]);
    close(ends[1]);
    if (child > 0) {
        whole = read_all(ends[0], out, clock_boot_ms() + RUN_MS);
        status = wait_for(child, !whole);
    }
    close(ends[0]);
    return status;
}

/* --- as the helper --- */

/* All of root is given up, for good. */
static bool
become_helper(const struct doctor *d)
{
    const struct passwd *entry = getpwuid(d->helper_uid);

    return entry != NULL && initgroups(entry->pw_name, d->helper_gid) == 0 &&
           setresgid(d->helper_gid, d->helper_gid, d->helper_gid) == 0 &&
           setresuid(d->helper_uid, d->helper_uid, d->helper_uid) == 0 &&
           setresuid(0, 0, 0) != 0 && geteuid() == d->helper_uid;
}

static void
look_and_tell(struct doctor *d, void (*look)(struct doctor *), int out)
{
    bool done = false;

    if (become_helper(d)) {
        json_array_clear(d->findings);
        look(d);
        done = json_dumpfd(d->findings, out, JSON_COMPACT) == 0;
    }
    _exit(done ? 0 : 1);
}

bool
doctor_as_helper(struct doctor *d, void (*look)(struct doctor *))
{
    struct buffer text = BUFFER_INIT(FINDINGS_BYTES);
    json_t *found = NULL;
    bool done = false;
    pid_t child;
    int ends[2];

    if (!d->root || !d->helper_known || d->helper_uid == 0 ||
        pipe2(ends, O_CLOEXEC) != 0)
        return false;
    child = fork();
    if (child == 0)
        look_and_tell(d, look, ends[1]);
    close(ends[1]);
    if (child > 0) {
        done = read_all(ends[0], &text, clock_boot_ms() + LOOK_MS);
        done = wait_for(child, !done) == 0;
    }
    close(ends[0]);
    if (done)
        found = json_loadb(text.data, text.len, 0, NULL);
    done = found != NULL && json_array_extend(d->findings, found) == 0;
    json_decref(found);
    buffer_free(&text);
    return done;
}
