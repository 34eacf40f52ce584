/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/log.h"
#include "helper/base/write.h"

#define FILE_FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define READ_STEP (64 * 1024)

/* At every login the same: said once. */
static void
complain(struct statefile *f, const char *what, const char *why)
{
    if (f->complained)
        return;
    f->complained = true;
    log_error("%s: %s: %s; %s", f->path, what, why, f->kind->read_only);
}

static void
mark_read_only(struct statefile *f, const char *what, const char *why)
{
    complain(f, what, why);
    f->state = STATEFILE_READ_ONLY;
}

static void
mark_broken(struct statefile *f, const char *what)
{
    log_error("%s: %s; %s until it is repaired and the helper restarted",
              f->path == NULL ? f->kind->name : f->path, what, f->kind->broken);
    f->state = STATEFILE_BROKEN;
}

static void
remember_identity(struct statefile *f, const struct stat *st)
{
    f->dev = st->st_dev;
    f->ino = st->st_ino;
    f->size = st->st_size;
}

/* Ours, a file, and nobody else's to write. */
static bool
inspect(struct statefile *f)
{
    struct stat st;

    if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        mark_broken(f, "is not a regular file");
        return false;
    }
    if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        mark_broken(f, "must belong to the helper's user and be writable by "
                       "nobody else");
        return false;
    }
    if (st.st_size > STATEFILE_BYTES_MAX) {
        mark_broken(f, "is too large");
        return false;
    }
    remember_identity(f, &st);
    return true;
}

/* The file cannot be written.  Can it be read, or is there none? */
static void
open_to_read(struct statefile *f, int error)
{
    f->fd = open(f->path, O_RDONLY | FILE_FLAGS);
    if (f->fd >= 0 || errno == ENOENT || errno == ENOTDIR)
        mark_read_only(f, "cannot be written", strerror(error));
    else
        mark_broken(f,
                    errno == ELOOP ? "is a symbolic link" : "cannot be read");
}

void
statefile_open(struct statefile *f, const struct statefile_kind *kind,
               const char *state_dir)
{
    *f = (struct statefile){.kind = kind, .state = STATEFILE_BROKEN, .fd = -1};
    if (asprintf(&f->path, "%s/%s", state_dir, kind->name) < 0) {
        f->path = NULL;
        mark_broken(f, "no memory");
        return;
    }
    f->fd = open(f->path, O_RDWR | O_APPEND | O_CREAT | FILE_FLAGS, 0600);
    if (f->fd >= 0)
        f->state = STATEFILE_USABLE;
    else
        open_to_read(f, errno);
    if (f->fd >= 0 && !inspect(f))
        f->state = STATEFILE_BROKEN;
}

static bool
read_all(struct statefile *f, struct buffer *out)
{
    char *step = NULL;
    off_t at = 0;
    ssize_t n = 0;

    if (f->state == STATEFILE_BROKEN || f->fd < 0)
        return f->state != STATEFILE_BROKEN;
    step = malloc(READ_STEP);
    while (step != NULL && (n = pread(f->fd, step, READ_STEP, at)) > 0) {
        if (!buffer_add(out, step, (size_t)n))
            break;
        at += n;
    }
    free(step);
    if (step == NULL || n != 0 || at != f->size) {
        mark_broken(f, "cannot be read whole");
        return false;
    }
    return true;
}

/* What a write that was interrupted left behind. */
static void
cut(struct statefile *f, size_t size)
{
    if (f->state != STATEFILE_USABLE)
        return;
    if (ftruncate(f->fd, (off_t)size) != 0) {
        mark_read_only(f, "an unfinished record cannot be removed",
                       strerror(errno));
        return;
    }
    f->size = (off_t)size;
    f->dirty = true;
}

static bool
distrust(struct statefile *f, unsigned line, const char *why)
{
    char what[96];

    snprintf(what, sizeof what, "line %u: %s", line, why);
    mark_broken(f, what);
    return false;
}

static bool
each_line(struct statefile *f, struct buffer *content, statefile_line *take,
          void *context)
{
    size_t at = 0;
    unsigned number = 1;

    while (at < content->len) {
        char *line = content->data + at;
        char *end = memchr(line, '\n', content->len - at);
        const char *fault;

        if (end == NULL) {
            log_warning("%s: an unfinished record at its end is dropped",
                        f->path);
            cut(f, at);
            return true;
        }
        fault = take(context, line, (size_t)(end - line));
        if (fault != NULL)
            return distrust(f, number, fault);
        at += (size_t)(end - line) + 1;
        number++;
    }
    return true;
}

bool
statefile_load(struct statefile *f, statefile_line *take, void *context)
{
    struct buffer content = BUFFER_INIT(STATEFILE_BYTES_MAX);
    bool done = read_all(f, &content) && each_line(f, &content, take, context);

    buffer_free(&content);
    return done;
}

/* Whoever wrote to it or put another file there knows pins that we do not;
 * and a record in a file that was removed is no record. */
static bool
still_the_same(struct statefile *f)
{
    struct stat st;

    if (lstat(f->path, &st) == 0 && st.st_dev == f->dev &&
        st.st_ino == f->ino && st.st_size == f->size)
        return true;
    mark_read_only(f, "was changed by somebody else", "restart the helper");
    return false;
}

bool
statefile_append(struct statefile *f, struct span record)
{
    ssize_t n;
    int error;

    if (f->state != STATEFILE_USABLE || !still_the_same(f))
        return false;
    if (record.len > STATEFILE_BYTES_MAX - (size_t)f->size) {
        complain(f, "is full", "forget some");
        return false;
    }
    n = write(f->fd, record.data, record.len);
    if (n >= 0 && (size_t)n == record.len) {
        f->size += n;
        f->dirty = true;
        f->complained = false;
        return true;
    }
    error = n < 0 ? errno : ENOSPC;
    complain(f, "cannot be written", strerror(error));
    if (n > 0)
        cut(f, (size_t)f->size);
    return false;
}

bool
statefile_sync(struct statefile *f)
{
    if (f->state != STATEFILE_USABLE)
        return false;
    if (f->dirty && fdatasync(f->fd) != 0) {
        mark_read_only(f, "cannot be forced to the disk", strerror(errno));
        return false;
    }
    f->dirty = false;
    return true;
}

/* The rename itself must reach the disk, or a power cut brings the old file
 * back, and with it pins that were forgotten.  Those only refuse: no error. */
static void
sync_folder(const char *path)
{
    char *folder = strdup(path);
    int fd = -1;

    if (folder == NULL)
        return;
    *strrchr(folder, '/') = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

bool
statefile_replace(struct statefile *f, struct span content)
{
    struct stat st;
    char *path = NULL;
    bool good = false;
    int fd = -1;

    if (f->state != STATEFILE_USABLE)
        return false;
    if (asprintf(&path, "%s.new", f->path) < 0)
        return false;
    (void)unlink(path); /* what an earlier try left */
    fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | FILE_FLAGS, 0600);
    if (fd < 0 || !write_whole(fd, content) || fsync(fd) != 0 ||
        fstat(fd, &st) != 0 || rename(path, f->path) != 0) {
        log_warning("%s: cannot be written: %s; %s stays as it is", path,
                    strerror(errno), f->path);
        goto done;
    }
    sync_folder(f->path);
    close(f->fd);
    f->fd = fd;
    f->dirty = false;
    remember_identity(f, &st);
    good = true;

done:
    if (!good && fd >= 0) {
        close(fd);
        (void)unlink(path);
    }
    free(path);
    return good;
}

void
statefile_close(struct statefile *f)
{
    if (f->fd >= 0) {
        if (f->dirty)
            (void)fdatasync(f->fd);
        close(f->fd);
    }
    free(f->path);
    *f = (struct statefile){
        .kind = f->kind, .state = STATEFILE_BROKEN, .fd = -1};
}
