/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/conf/secret.h"

static void
mark_of(const struct stat *st, struct keyfile_mark *mark)
{
    memset(mark, 0, sizeof(*mark));
    mark->device = st->st_dev;
    mark->inode = st->st_ino;
    mark->size = st->st_size;
    mark->modified = st->st_mtim;
    mark->changed = st->st_ctim;
}

static bool
same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
keyfile_differs(const char *path, const struct keyfile_mark *known)
{
    struct keyfile_mark now;
    struct stat st;

    memset(&now, 0, sizeof(now));
    if (stat(path, &st) == 0)
        mark_of(&st, &now);
    return now.device != known->device || now.inode != known->inode ||
           now.size != known->size ||
           !same_time(now.modified, known->modified) ||
           !same_time(now.changed, known->changed);
}

static const char *
state_problem(const struct stat *st, enum keyfile_kind kind, size_t cap)
{
    if (kind == KEYFILE_RAW)
        return secret_problem(st);
    if (!S_ISREG(st->st_mode))
        return "is not a regular file";
    if ((st->st_mode & S_IWOTH) != 0)
        return "can be written by everybody (chmod o-w)";
    if (kind == KEYFILE_SECRET && (st->st_mode & S_IROTH) != 0)
        return "holds secrets and can be read by everybody (chmod o-r)";
    if (st->st_size < 0 || (uintmax_t)st->st_size > cap)
        return "is too large";
    return NULL;
}

static const char *
read_all(int fd, struct buffer *out)
{
    const char *problem = NULL;
    char block[8192];
    ssize_t got;

    for (;;) {
        got = read(fd, block, sizeof(block));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (!buffer_add(out, block, (size_t)got)) {
            problem = "is too large";
            goto done;
        }
    }
    if (got < 0)
        problem = "cannot be read";
done:
    erase(block, sizeof(block));
    return problem;
}

const char *
keyfile_read(const char *path, enum keyfile_kind kind, struct buffer *out,
             struct keyfile_mark *mark)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const char *problem = NULL;
    struct stat st;
    int fd;

    memset(mark, 0, sizeof(*mark));
    /* O_NONBLOCK: a FIFO in its place must not hold us. */
    fd = open(path, kind == KEYFILE_RAW ? flags | O_NOFOLLOW : flags);
    if (fd < 0) {
        problem = secret_open_problem(errno);
        if (stat(path, &st) == 0) /* there, but not for us */
            mark_of(&st, mark);
        goto done;
    }
    if (fstat(fd, &st) != 0) {
        problem = "cannot be looked at";
        goto done;
    }
    mark_of(&st, mark);
    problem = state_problem(&st, kind, out->cap);
    if (problem == NULL)
        problem = read_all(fd, out);
done:
    if (fd >= 0)
        close(fd);
    return problem;
}
