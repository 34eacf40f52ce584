/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/pam/answerer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pam/fake.h"

#define PATIENCE_MS 10000
#define FULL_TRIES 64

struct serving {
    const char *path;
    int listener;
    int control;
    FILE *report;
    int last;             /* the connection that a helper dies with, or -1 */
    int held[FULL_TRIES]; /* connections that stay open */
    size_t held_count;
};

static void complain(struct serving *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
complain(struct serving *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(s->report, format, args);
    va_end(args);
    fputc('\n', s->report);
}

static struct sockaddr_un
address(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    return at;
}

static int
listen_at(const char *path, int backlog)
{
    struct sockaddr_un at = address(path);
    int size = 2 * WIRE_PACKET_MAX;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        chmod(path, 0666) != 0 || (backlog >= 0 && listen(fd, backlog) != 0)) {
        perror(path);
        _exit(1);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    return fd;
}

/* The next connection, or -1 when the test is over. */
static int
accept_one(struct serving *s)
{
    struct pollfd both[2] = {{.fd = s->listener, .events = POLLIN},
                             {.fd = s->control, .events = POLLIN}};

    if (poll(both, 2, PATIENCE_MS) <= 0 || !(both[0].revents & POLLIN))
        return -1;
    return accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
}

static void
compare(struct serving *s, const char *what, const char *wanted, size_t len,
        struct span found)
{
    if (wanted != NULL && !span_equal((struct span){wanted, len}, found))
        complain(s, "the helper was asked with another %s: \"%.*s\" (%zu)",
                 what, found.len > 80 ? 80 : (int)found.len,
                 found.data != NULL ? found.data : "", found.len);
}

static void
compare_text(struct serving *s, const char *what, const char *wanted,
             struct span found)
{
    compare(s, what, wanted, wanted != NULL ? strlen(wanted) : 0, found);
}

static bool
read_request(struct serving *s, int fd, const struct step *step)
{
    static char packet[WIRE_PACKET_MAX + 1];
    struct wire_request got;
    size_t i;
    ssize_t len = recv(fd, packet, sizeof(packet), 0);

    if (len <= 0 ||
        !wire_get_request((struct span){packet, (size_t)len}, &got)) {
        complain(s, "what came (%zd bytes) is no request", len);
        return false;
    }
    if (step->type != 0 && step->type != got.type)
        complain(s, "the helper was asked the other question");
    if (got.uid != getuid())
        complain(s, "the helper was told another real uid: %u", got.uid);
    if (got.ms_left > 60000)
        complain(s, "more time than there can be: %u", got.ms_left);
    compare_text(s, "user", step->user, got.user);
    compare_text(s, "service", step->service, got.service);
    compare_text(s, "rhost", step->rhost, got.rhost);
    compare(s, "credential", step->credential, step->credential_len,
            got.credential);
    if (step->cut >= 0 && step->cut != (int)got.may_be_cut)
        complain(s, "the helper was told the other thing about its length");
    for (i = 0; step->login >= 0 && i < WIRE_LOGIN_LEN; i++)
        if (got.login[i] != step->login) {
            complain(s, "the helper was asked about another login");
            break;
        }
    return true;
}

static void
send_verdict(struct serving *s, int fd, const struct step *step)
{
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);

    if (step->ms > 0)
        (void)poll(NULL, 0, (int)step->ms);
    if (!wire_put_verdict(&packet, &step->verdict))
        complain(s, "the script's verdict cannot be expressed");
    else
        (void)send(fd, packet.data, packet.len, MSG_NOSIGNAL);
    buffer_free(&packet);
}

static void
meet(struct serving *s, const struct step *step, bool dies)
{
    int fd = accept_one(s);

    if (fd < 0) {
        complain(s, "the helper was asked too seldom");
        return;
    }
    if (step->kind != STEP_RESET && !read_request(s, fd, step)) {
        close(fd);
        return;
    }
    if (step->kind == STEP_ANSWER)
        send_verdict(s, fd, step);
    if (step->kind == STEP_RAW)
        (void)send(fd, step->raw, step->raw_len, MSG_NOSIGNAL);
    /* Nothing may be held against a process that ends. */
    if (step->kind == STEP_HANG && s->held_count < FULL_TRIES)
        s->held[s->held_count++] = fd;
    else if (dies)
        s->last = fd;
    else
        close(fd);
}

/* As when a process ends: first nobody can come any more, then those who
 * came are left alone. */
static void
go_away(struct serving *s, unsigned ms)
{
    close(s->listener);
    unlink(s->path);
    if (s->last >= 0)
        close(s->last);
    s->last = -1;
    (void)poll(NULL, 0, (int)ms);
    s->listener = listen_at(s->path, 128);
}

static void
take(struct serving *s, const struct step *step, bool dies)
{
    unsigned i, count = step->count > 0 ? step->count : 1;

    if (step->kind == STEP_GONE) {
        go_away(s, step->ms);
        return;
    }
    for (i = 0; i < count; i++)
        meet(s, step, dies);
}

static void
fill_backlog(struct serving *s)
{
    struct sockaddr_un at = address(s->path);

    while (s->held_count < FULL_TRIES) {
        int fd =
            socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        s->held[s->held_count++] = fd;
        if (connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
            return;
    }
}

static void
serve(struct serving *s, enum listening how, const struct step *steps,
      size_t count, int ready)
{
    int fd;
    size_t i;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (how == LISTEN_FOREIGN && getuid() == 0 &&
        (setresgid(FAKE_FOREIGN_UID, FAKE_FOREIGN_UID, FAKE_FOREIGN_UID) != 0 ||
         setresuid(FAKE_FOREIGN_UID, FAKE_FOREIGN_UID, FAKE_FOREIGN_UID) != 0))
        _exit(1);
    if (how == LISTEN_REFUSED)
        close(listen_at(s->path, -1));
    else if (how != LISTEN_ABSENT)
        s->listener = listen_at(s->path, how == LISTEN_FULL ? 0 : 128);
    if (how == LISTEN_FULL)
        fill_backlog(s);
    (void)!write(ready, "r", 1);
    close(ready);
    if (how == LISTEN_NORMAL) {
        for (i = 0; i < count; i++)
            take(s, &steps[i], i + 1 < count && steps[i + 1].kind == STEP_GONE);
        if ((fd = accept_one(s)) >= 0)
            complain(s, "the helper was asked once too often");
    } else if (how == LISTEN_FOREIGN) {
        char byte;

        if ((fd = accept_one(s)) >= 0 && recv(fd, &byte, 1, 0) > 0)
            complain(s, "somebody else was told");
    }
    (void)!read(s->control, &fd, 1);
    fclose(s->report);
    _exit(0);
}

bool
answerer_start(struct answerer *a, const char *path, enum listening how,
               const struct step *steps, size_t count)
{
    struct serving s = {.path = path, .listener = -1, .last = -1};
    int control[2], report[2], ready[2];
    char byte;

    if (pipe2(control, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0 ||
        pipe2(ready, O_CLOEXEC) != 0)
        return false;
    a->pid = fork();
    if (a->pid < 0)
        return false;
    if (a->pid == 0) {
        close(control[1]);
        close(report[0]);
        close(ready[0]);
        s.control = control[0];
        s.report = fdopen(report[1], "w");
        serve(&s, how, steps, count, ready[1]);
    }
    close(control[0]);
    close(report[1]);
    close(ready[1]);
    a->control = control[1];
    a->report = report[0];
    byte = 0;
    (void)!read(ready[0], &byte, 1);
    close(ready[0]);
    return byte == 'r';
}

char *
answerer_stop(struct answerer *a)
{
    char *text = calloc(1, 4096);
    size_t used = 0;
    ssize_t got;
    int status = 0;

    close(a->control);
    while (text != NULL && used < 4095 &&
           (got = read(a->report, text + used, 4095 - used)) > 0)
        used += (size_t)got;
    close(a->report);
    waitpid(a->pid, &status, 0);
    if (text != NULL && status != 0)
        snprintf(text + used, 4096 - used, "the helper died: %d\n", status);
    if (text != NULL && text[0] == '\0') {
        free(text);
        text = NULL;
    }
    return text;
}

void
step_free(struct step *step)
{
    free(step->raw);
    free(step->user);
    free(step->service);
    free(step->rhost);
    free(step->credential);
    free(step->reason);
    free(step->text);
    free(step->names);
    memset(step, 0, sizeof(*step));
}
