/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/base/clock.h"

#define PATH_BYTES 256
#define ENVIRONMENT_MAX 8
#define RESULT_BYTES ((size_t)1024 * 1024)
#define LOOK_MS 200 /* how soon `stop` is noticed when no signal wakes us */
#define REAP_MS 2   /* how soon an end is, that follows the last word */

static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin",
                                      "/usr/sbin",       "/usr/bin",
                                      "/sbin",           "/bin"};
static const char path_variable[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const char *
program_find(const char *name)
{
    static char path[PATH_BYTES];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        int len = snprintf(path, sizeof(path), "%s/%s", folders[i], name);

        if (len > 0 && len < (int)sizeof(path) && access(path, X_OK) == 0)
            return path;
    }
    return NULL;
}

static void
become(const struct program *p, int out)
{
    const char *environment[ENVIRONMENT_MAX + 3] = {path_variable, "LC_ALL=C"};
    int in = p->stream >= 0 ? p->stream : open("/dev/null", O_RDONLY);
    size_t n = 2;

    for (size_t i = 0;
         p->more != NULL && p->more[i] != NULL && n < ENVIRONMENT_MAX + 2; i++)
        environment[n++] = p->more[i];
    (void)setsid();
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    if (in >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
        dup2(p->stream >= 0 ? p->stream : out, STDOUT_FILENO) >= 0 &&
        dup2(out, STDERR_FILENO) >= 0)
        execve(p->argv[0], (char *const *)p->argv, (char *const *)environment);
    _exit(127);
}

void
program_start(struct program *p)
{
    int ends[2];

    p->child = -1;
    p->said = -1;
    if (access(p->argv[0], X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return;
    p->child = fork();
    if (p->child == 0)
        become(p, ends[1]);
    close(ends[1]);
    p->said = ends[0];
}

/* Until when it may go on, and what ends it before. */
struct patience {
    int64_t until;
    const volatile sig_atomic_t *stop;
};

static bool
is_over(const struct patience *p)
{
    return clock_boot_ms() >= p->until || (p->stop != NULL && *p->stop != 0);
}

/* Until the other end is closed; false when it was not in time, or when it is
 * told to stop. */
static bool
listen_to(int fd, const struct patience *p, struct buffer *out)
{
    char part[4096];

    while (!is_over(p)) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left = p->until - clock_boot_ms();
        int polled;
        ssize_t n;

        polled = poll(&ready, 1, left < LOOK_MS ? (int)left : LOOK_MS);
        if (polled == 0 || (polled < 0 && errno == EINTR))
            continue;
        n = polled < 0 ? -1 : read(fd, part, sizeof(part));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        if (!buffer_add(out, part, (size_t)n))
            return false;
    }
    return false;
}

/* Who closes his outputs has not ended yet, and need not ever. */
static int
reap(pid_t child, bool whole, const struct patience *p)
{
    int status = -1;
    pid_t reaped = 0;

    while (whole) {
        reaped = waitpid(child, &status, WNOHANG);
        if (reaped > 0 || (reaped < 0 && errno != EINTR))
            return reaped > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        whole = !is_over(p);
        (void)poll(NULL, 0, whole ? REAP_MS : 0);
    }
    (void)kill(-child, SIGKILL);
    (void)kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return -1;
}

int
program_end(struct program *p, struct buffer *out)
{
    const struct patience patience = {clock_boot_ms() + p->timeout_ms, p->stop};
    int status = -1;

    if (p->child > 0)
        status = reap(p->child, listen_to(p->said, &patience, out), &patience);
    if (p->said >= 0)
        close(p->said);
    p->child = p->said = -1;
    return status;
}

int
program_run(struct program *p, struct buffer *out)
{
    program_start(p);
    return program_end(p, out);
}

/* --- without privileges --- */

/* All of root is given up, for good. */
static bool
become_user(const char *user)
{
    const struct passwd *entry = getpwnam(user);

    return entry != NULL && entry->pw_uid != 0 &&
           initgroups(user, entry->pw_gid) == 0 &&
           setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) == 0 &&
           setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) == 0 &&
           setresuid(0, 0, 0) != 0;
}

/* Who has become somebody else, and speaks with strangers, holds no terminal
 * of root's: he could type there (TIOCSTI), and draw.  He ends with us. */
static bool
leave_terminal(pid_t parent)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    return null >= 0 && setsid() >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
           dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0 &&
           prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

static void
work_and_tell(const char *user, json_t *(*work)(void *), void *context,
              pid_t parent, int out)
{
    json_t *result = NULL;

    /* In this order: who changes his user is spared his parent's death. */
    if ((geteuid() != 0 || become_user(user)) && leave_terminal(parent))
        result = work(context);
    _exit(result != NULL && json_dumpfd(result, out, JSON_COMPACT) == 0 ? 0
                                                                        : 1);
}

json_t *
program_as(const char *user, json_t *(*work)(void *), void *context,
           unsigned timeout_ms, const volatile sig_atomic_t *stop)
{
    const struct patience patience = {clock_boot_ms() + timeout_ms, stop};
    struct buffer text = BUFFER_INIT(RESULT_BYTES);
    pid_t parent = getpid(), child;
    json_t *result = NULL;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return NULL;
    (void)fflush(NULL);
    child = fork();
    if (child == 0)
        work_and_tell(user, work, context, parent, ends[1]);
    close(ends[1]);
    if (child > 0 &&
        reap(child, listen_to(ends[0], &patience, &text), &patience) == 0)
        result = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    close(ends[0]);
    buffer_free(&text);
    return result;
}
