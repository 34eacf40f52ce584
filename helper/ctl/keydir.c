/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/keydir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/base/write.h"
#include "helper/ctl/out.h"

#define NAME_SIZE 64

static bool
failed(const struct keydir *dir, const char *name, const char *what)
{
    out_error("%s/%s: %s: %s", dir->path, name, what, strerror(errno));
    return false;
}

static bool
refused(const struct keydir *dir, const char *name, const char *why)
{
    out_error("%s/%s %s", dir->path, name, why);
    return false;
}

static bool
is_ours(const struct stat *st)
{
    return st->st_uid == 0 || st->st_uid == geteuid();
}

bool
keydir_open(const char *path, bool create, struct keydir *out)
{
    struct stat st;

    *out = (struct keydir){-1, path};
    if (create && mkdir(path, 0755) != 0 && errno != EEXIST) {
        out_error("%s: cannot make the folder: %s", path, strerror(errno));
        return false;
    }
    out->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->fd < 0 || fstat(out->fd, &st) != 0) {
        out_error("%s: cannot open the folder: %s", path, strerror(errno));
        keydir_close(out);
        return false;
    }
    if (is_ours(&st) && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    out_error("%s: others may change this folder; it must belong to root or "
              "to you and be writable by its owner only",
              path);
    keydir_close(out);
    return false;
}

void
keydir_close(struct keydir *dir)
{
    if (dir->fd >= 0)
        close(dir->fd);
    dir->fd = -1;
}

static bool
check_file(const struct keydir *dir, const char *name, int fd,
           enum keydir_rule rule)
{
    mode_t forbidden = rule == KEYDIR_SECRET ? 077 : 022;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return failed(dir, name, "cannot look at it");
    if (!S_ISREG(st.st_mode))
        return refused(dir, name, "is not a regular file");
    if (!is_ours(&st))
        return refused(dir, name, "belongs to somebody else");
    if ((st.st_mode & forbidden) != 0)
        return refused(dir, name,
                       rule == KEYDIR_SECRET
                           ? "is open to others; make it chmod 600.  If "
                             "somebody may have read it, remove it and "
                             "local.jwks, then: httpauthctl issuer init"
                           : "may be written by others; make it chmod 644");
    return true;
}

int
keydir_open_file(const struct keydir *dir, const char *name,
                 enum keydir_rule rule, bool *absent)
{
    /* O_NONBLOCK: nobody makes us wait at a FIFO. */
    int fd = openat(dir->fd, name,
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (absent != NULL)
        *absent = fd < 0 && errno == ENOENT;
    if (fd < 0) {
        if (absent == NULL || !*absent)
            failed(dir, name, "cannot open it");
        return -1;
    }
    if (check_file(dir, name, fd, rule))
        return fd;
    close(fd);
    return -1;
}

bool
keydir_read_fd(const struct keydir *dir, const char *name, int fd,
               struct buffer *out)
{
    char part[4096];
    ssize_t n;

    do {
        n = read(fd, part, sizeof(part));
        if (n > 0)
            buffer_add(out, part, (size_t)n);
    } while ((n > 0 && !out->failed) || (n < 0 && errno == EINTR));
    erase(part, sizeof(part));
    if (n < 0)
        return failed(dir, name, "cannot read it");
    if (out->failed)
        return refused(dir, name, "is too long");
    return true;
}

bool
keydir_has(const struct keydir *dir, const char *name)
{
    struct stat st;

    return fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
           errno != ENOENT;
}

static const char *
new_name(const char *name, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%s.new", name);
    return out;
}

bool
keydir_prepare(const struct keydir *dir, const char *name,
               enum keydir_rule rule, struct span content)
{
    mode_t mode = rule == KEYDIR_SECRET ? 0600 : 0644;
    char temporary[NAME_SIZE];
    bool done;
    int fd;

    fd = openat(dir->fd, new_name(name, temporary),
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return refused(dir, temporary,
                       "is there: another command is at work, or one was "
                       "interrupted; then remove that file");
    if (fd < 0)
        return failed(dir, temporary, "cannot make it");
    done = write_whole(fd, content) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    if (!done)
        failed(dir, temporary, "cannot write it");
    if (close(fd) != 0 && done)
        done = failed(dir, temporary, "cannot write it");
    if (!done)
        unlinkat(dir->fd, temporary, 0);
    return done;
}

void
keydir_discard(const struct keydir *dir, const char *name)
{
    char temporary[NAME_SIZE];

    unlinkat(dir->fd, new_name(name, temporary), 0);
}

bool
keydir_place(const struct keydir *dir, const char *name)
{
    char temporary[NAME_SIZE];

    if (renameat(dir->fd, new_name(name, temporary), dir->fd, name) != 0 ||
        fsync(dir->fd) != 0)
        return failed(dir, name, "cannot replace it");
    return true;
}

bool
keydir_add(const struct keydir *dir, const char *name)
{
    char temporary[NAME_SIZE];

    /* rename() would replace; link() never does. */
    if (linkat(dir->fd, new_name(name, temporary), dir->fd, name, 0) != 0)
        return failed(dir, name, "cannot make it");
    unlinkat(dir->fd, temporary, 0);
    if (fsync(dir->fd) != 0)
        return failed(dir, name, "cannot make it");
    return true;
}
