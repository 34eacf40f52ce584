/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes to files of this host, planned as a whole, shown, and then made one
 * by one: each file is the old or the new one at any time (temporary name,
 * fsync, rename, fsync of the folder), with the owner, mode and SELinux label
 * that it had.
 */
#ifndef HELPER_CTL_CHANGE_H
#define HELPER_CTL_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define CHANGE_BYTES_MAX ((size_t)1024 * 1024)
#define CHANGE_DIGEST_SIZE 65 /* SHA-256 in hexadecimal, and the end */
#define CHANGE_ABSENT "absent"

/* A file as it is, or shall be. */
struct file_state {
    bool there;
    struct buffer content;
    mode_t mode;
    uid_t uid;
    gid_t gid;
};
#define FILE_STATE_INIT                                                        \
    {                                                                          \
        .content = BUFFER_INIT(CHANGE_BYTES_MAX)                               \
    }

/* False, told why, for what is no plain file of root's or ours (a link, for
 * example).  file_state_clear() after any result. */
bool file_state_read(const char *path, struct file_state *);
/* Makes it so; removes what shall not be there.  False: told why. */
bool file_state_write(const char *path, const struct file_state *);
void file_state_clear(struct file_state *);
/* CHANGE_ABSENT when it is not there. */
bool file_state_digest(const struct file_state *, char out[CHANGE_DIGEST_SIZE]);

struct change {
    char *path; /* owned */
    struct file_state before, after;
    bool secret;  /* what it holds is not shown */
    bool foreign; /* another program of the system makes the change */
};

struct changes {
    struct change *item; /* owned */
    size_t count;
};

enum change_kind { CHANGE_PLAIN, CHANGE_SECRET, CHANGE_FOREIGN };

/*
 * That file shall hold `content`; nothing is planned when it does.  A new one
 * gets `mode` and is root's (or ours).  False: told why.
 */
bool changes_add(struct changes *, const char *path, struct span content,
                 mode_t mode, enum change_kind);
/* Those behind the first `count` are not planned any more. */
void changes_drop(struct changes *, size_t count);
void changes_free(struct changes *);

/* Unified diffs, to stdout; with `colour` by the terminal's means. */
void changes_show(const struct changes *, bool colour);

/* Is each file still what it was when the change was planned?  Names those
 * that are not. */
bool changes_are_current(const struct changes *);

/* Those of other programs are left to them.  False: told why. */
bool change_make(const struct change *);
/* What was before the first `count` changes, the last one first: of those that
 * are ours, or those of other programs. */
bool changes_revert(const struct changes *, size_t count, bool foreign);

#endif
