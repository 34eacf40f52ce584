/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder whose files somebody else may put there, change and remove: read
 * with suspicion, noticed when they change, written whole (temporary name,
 * fsync, rename, fsync of the folder).
 */
#ifndef HELPER_BASE_FOLDER_H
#define HELPER_BASE_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define FOLDER_NEW ".new" /* what is being written; the next write takes it */

/* What tells one version of a file from the next. */
struct folder_mark {
    bool there;
    dev_t dev;
    ino_t ino;
    off_t size;
    mode_t mode;
    uid_t uid;
    struct timespec changed, modified;
};
bool folder_same(const struct folder_mark *, const struct folder_mark *);

struct folder {
    char *path; /* owned */
    int fd;     /* -1: there is none that may be used */
    struct folder_mark mark;
    bool again; /* see folder_look() */
};

/* False without memory; a folder that cannot be used is told to the log, and
 * may be usable later. */
bool folder_open(struct folder *, const char *path);
void folder_close(struct folder *);

/*
 * Did something come, go or get replaced since the last look?  Time stamps
 * are coarse: what changes within one tick of a look looks the same.  So the
 * look after one that found a change says "changed" once more.
 */
bool folder_look(struct folder *);

/* Zeroed when there is no such file.  Does not follow a link. */
struct folder_mark folder_mark(const struct folder *, const char *name);

/*
 * All of a plain file of root's or our own user, no link, not writable by
 * others, of at most out->cap bytes.  False with a few words in `why`; the
 * mark is set in any case.
 */
bool folder_read(const struct folder *, const char *name,
                 struct folder_mark *mark, struct buffer *out,
                 struct buffer *why);

/* 0600, on the disk before this returns; on failure the old one stays.
 * Makes the folder (0700) when it is not there. */
bool folder_write(struct folder *, const char *name, struct span content,
                  struct buffer *why);
/* Adds to the end of such a file, making it; in the kernel's hands, not
 * forced to the disk. */
bool folder_append(const struct folder *, const char *name, struct span content,
                   struct buffer *why);
/* Its time stamps become now. */
bool folder_touch(const struct folder *, const char *name, struct buffer *why);
/* Also on the disk.  False when there is none, or it cannot be. */
bool folder_remove(const struct folder *, const char *name, struct buffer *why);

#endif
