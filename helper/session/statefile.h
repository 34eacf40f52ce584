/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of STATE_DIR as bytes: opened with suspicion, appended to, replaced
 * whole.  What stands in its lines is stateline.h and its users' business.
 *
 * An appended record is in the kernel's hands when the answer goes out: it
 * outlives the helper, however that ends.  It is not forced to the disk
 * unless statefile_sync() is called, which stops the loop for every login
 * meanwhile.
 */
#ifndef HELPER_SESSION_STATEFILE_H
#define HELPER_SESSION_STATEFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define STATEFILE_BYTES_MAX (64 * 1024 * 1024)

enum statefile_state {
    STATEFILE_BROKEN,    /* nothing is known, so nothing may be believed */
    STATEFILE_READ_ONLY, /* what it says holds, no more can be said */
    STATEFILE_USABLE
};

/* What it is, and what it means for logins when it cannot be used: ends of
 * log lines.  Static. */
struct statefile_kind {
    const char *name;      /* of the file */
    const char *read_only; /* "no new subject can be pinned" */
    const char *broken;    /* "every login that needs a pin is refused" */
};

struct statefile {
    const struct statefile_kind *kind;
    enum statefile_state state;
    char *path; /* owned */
    int fd;     /* -1: there is no file */
    dev_t dev;
    ino_t ino;
    off_t size; /* what it must still be when we append */
    bool dirty; /* something has not been forced to the disk */
    bool complained;
};

/* Sets the state, and logs why when it is not USABLE. */
void statefile_open(struct statefile *, const struct statefile_kind *,
                    const char *state_dir);

/* Takes one line, which it may change, without its end; NULL, or what is
 * wrong with it: the end of a sentence. */
typedef const char *statefile_line(void *context, char *line, size_t len);

/*
 * Reads it line by line; no file is an empty one.  A last line without its
 * end is a write that was interrupted: nothing was answered on it, so it is
 * cut off.  Any other fault means that we do not know what it said: it is
 * logged, the file is BROKEN from now on, and false is returned.
 */
bool statefile_load(struct statefile *, statefile_line *, void *context);

/* One write, all or nothing.  Refuses to write to a file that somebody else
 * has changed or replaced since: READ_ONLY then. */
bool statefile_append(struct statefile *, struct span record);

/* What was appended is on the disk before this returns true. */
bool statefile_sync(struct statefile *);

/* A new file in the place of the old one, on the disk before this returns.
 * On failure the old one stays, and stays usable. */
bool statefile_replace(struct statefile *, struct span content);

void statefile_close(struct statefile *);

#endif
