/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file STATE_DIR/pins as bytes: opened with suspicion, appended to,
 * replaced whole.  What stands in its lines is pinline.h.
 *
 * An appended record is in the kernel's hands when the answer goes out: it
 * outlives the helper, however that ends.  It is not forced to the disk,
 * which would stop the loop for every login meanwhile; a power cut may
 * forget the pins of the last seconds, and the next login pins them again.
 */
#ifndef HELPER_SESSION_PINFILE_H
#define HELPER_SESSION_PINFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define PINFILE_BYTES_MAX (64 * 1024 * 1024)

enum pinfile_state {
    PINFILE_BROKEN,    /* nothing is known, so nothing may be believed */
    PINFILE_READ_ONLY, /* what it says holds, no more can be said */
    PINFILE_USABLE
};

struct pinfile {
    enum pinfile_state state;
    char *path; /* owned */
    int fd;     /* -1: there is no file */
    dev_t dev;
    ino_t ino;
    off_t size; /* what it must still be when we append */
    bool dirty; /* something has not been forced to the disk */
    bool complained;
};

/* Sets the state, and logs why when it is not USABLE. */
void pinfile_open(struct pinfile *, const char *state_dir);

/* The whole content, empty when there is no file.  False: now BROKEN. */
bool pinfile_read(struct pinfile *, struct buffer *out);

/* Something in it cannot be right: logs, and BROKEN from now on. */
void pinfile_distrust(struct pinfile *, unsigned line, const char *why);

/* Cuts off what a write that was interrupted left behind. */
bool pinfile_cut(struct pinfile *, size_t size);

/* One write, all or nothing.  Refuses to write to a file that somebody else
 * has changed or replaced since: READ_ONLY then. */
bool pinfile_append(struct pinfile *, struct span record);

/* A new file in the place of the old one, on the disk before this returns.
 * On failure the old one stays, and stays usable. */
bool pinfile_replace(struct pinfile *, struct span content);

void pinfile_close(struct pinfile *);

#endif
