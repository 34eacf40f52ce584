/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/log.h"
#include "helper/base/write.h"

#define FILE_FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define READ_STEP 16384

/* --- marks --- */

static struct folder_mark
mark_of(const struct stat *st)
{
    return (struct folder_mark){
        .there = true,
        .dev = st->st_dev,
        .ino = st->st_ino,
        .size = st->st_size,
        .mode = st->st_mode,
        .uid = st->st_uid,
        .changed = st->st_ctim,
        .modified = st->st_mtim,
    };
}

static bool
same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
folder_same(const struct folder_mark *a, const struct folder_mark *b)
{
    return a->there == b->there && a->dev == b->dev && a->ino == b->ino &&
           a->size == b->size && a->mode == b->mode && a->uid == b->uid &&
           same_time(a->changed, b->changed) &&
           same_time(a->modified, b->modified);
}

static struct folder_mark
mark_at(int fd, const char *name)
{
    struct stat st;

    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return (struct folder_mark){.there = false};
    return mark_of(&st);
}

struct folder_mark
folder_mark(const struct folder *f, const char *name)
{
    if (f->fd < 0)
        return (struct folder_mark){.there = false};
    return mark_at(f->fd, name);
}

/* --- the folder --- */

/* Whoever may write here may make keys to the house. */
static bool
is_trusted(const struct stat *st)
{
    return (st->st_uid == 0 || st->st_uid == geteuid()) &&
           (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void
enter(struct folder *f)
{
    struct stat st;

    if (f->fd >= 0)
        close(f->fd);
    f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (f->fd < 0) {
        log_error("%s: cannot be opened: %s; what it holds is not used",
                  f->path, strerror(errno));
    } else if (fstat(f->fd, &st) != 0 || !is_trusted(&st)) {
        log_error("%s: must belong to root or to the helper's user and be "
                  "writable by nobody else; what it holds is not used",
                  f->path);
        close(f->fd);
        f->fd = -1;
    }
}

bool
folder_open(struct folder *f, const char *path)
{
    *f = (struct folder){.fd = -1};
    f->path = strdup(path);
    if (f->path == NULL)
        return false;
    if (mkdir(f->path, 0700) != 0 && errno != EEXIST)
        log_error("%s: cannot be made: %s", f->path, strerror(errno));
    f->mark = mark_at(AT_FDCWD, f->path);
    f->again = true;
    enter(f);
    return true;
}

void
folder_close(struct folder *f)
{
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    *f = (struct folder){.fd = -1};
}

bool
folder_look(struct folder *f)
{
    struct folder_mark mark = mark_at(AT_FDCWD, f->path);
    bool changed = !folder_same(&mark, &f->mark), again = f->again;

    /* Another one of that name, or other rights. */
    if (mark.ino != f->mark.ino || mark.dev != f->mark.dev ||
        mark.mode != f->mark.mode || mark.uid != f->mark.uid)
        enter(f);
    f->mark = mark;
    f->again = changed;
    return changed || again;
}

/* --- reading --- */

static const char *
why_not(const struct stat *st, size_t most)
{
    if (!S_ISREG(st->st_mode))
        return "is not a plain file";
    if (!is_trusted(st))
        return "must belong to root or to the helper's user and be writable "
               "by nobody else";
    return (size_t)st->st_size > most ? "is too large" : NULL;
}

static bool
read_all(int fd, struct buffer *out)
{
    char part[READ_STEP];
    ssize_t n;

    while ((n = read(fd, part, sizeof(part))) > 0)
        if (!buffer_add(out, part, (size_t)n))
            break;
    return n == 0;
}

bool
folder_read(const struct folder *f, const char *name, struct folder_mark *mark,
            struct buffer *out, struct buffer *why)
{
    int fd = f->fd < 0 ? -1 : openat(f->fd, name, O_RDONLY | FILE_FLAGS);
    const char *wrong = NULL;
    struct stat st;

    *mark = folder_mark(f, name);
    if (fd < 0) {
        buffer_printf(why, "%s",
                      errno == ELOOP ? "is a symbolic link" : strerror(errno));
        return false;
    }
    if (fstat(fd, &st) != 0) {
        wrong = "cannot be looked at";
    } else {
        /* Of what is read, whatever the name may mean by now. */
        *mark = mark_of(&st);
        wrong = why_not(&st, out->cap);
    }
    if (wrong == NULL && !read_all(fd, out))
        wrong = "cannot be read whole";
    close(fd);
    if (wrong != NULL)
        buffer_text(why, wrong);
    return wrong == NULL;
}

/* --- writing --- */

static bool
fail(const struct folder *f, const char *name, const char *what,
     struct buffer *why)
{
    buffer_printf(why, "%s/%s cannot be %s: %s", f->path, name, what,
                  strerror(errno));
    return false;
}

bool
folder_write(struct folder *f, const char *name, struct span content,
             struct buffer *why)
{
    bool good = false;
    int fd = -1;

    if (f->fd < 0 && mkdir(f->path, 0700) == 0)
        (void)folder_look(f);
    if (f->fd < 0) {
        errno = ENOENT;
        return fail(f, name, "written", why);
    }
    (void)unlinkat(f->fd, FOLDER_NEW, 0); /* what an earlier try left */
    fd = openat(f->fd, FOLDER_NEW, O_WRONLY | O_CREAT | O_EXCL | FILE_FLAGS,
                0600);
    good = fd >= 0 && write_whole(fd, content) && fsync(fd) == 0 &&
           renameat(f->fd, FOLDER_NEW, f->fd, name) == 0 && fsync(f->fd) == 0;
    if (!good)
        fail(f, name, "written", why);
    if (fd >= 0)
        close(fd);
    if (!good && fd >= 0)
        (void)unlinkat(f->fd, FOLDER_NEW, 0);
    return good;
}

bool
folder_append(const struct folder *f, const char *name, struct span content,
              struct buffer *why)
{
    int fd = f->fd < 0
                 ? -1
                 : openat(f->fd, name,
                          O_WRONLY | O_APPEND | O_CREAT | FILE_FLAGS, 0600);
    struct stat st;
    bool good = false;

    if (fd >= 0 && (fstat(fd, &st) != 0 || why_not(&st, SIZE_MAX) != NULL))
        errno = EPERM;
    else
        good = fd >= 0 && write_whole(fd, content);
    if (!good)
        fail(f, name, "written", why);
    if (fd >= 0)
        close(fd);
    return good;
}

bool
folder_touch(const struct folder *f, const char *name, struct buffer *why)
{
    if (f->fd < 0)
        errno = ENOENT;
    if (f->fd < 0 || utimensat(f->fd, name, NULL, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(f, name, "written", why);
    return true;
}

bool
folder_remove(const struct folder *f, const char *name, struct buffer *why)
{
    if (f->fd < 0)
        errno = ENOENT;
    if (f->fd < 0 || unlinkat(f->fd, name, 0) != 0 || fsync(f->fd) != 0)
        return fail(f, name, "removed", why);
    return true;
}
