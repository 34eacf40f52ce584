/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys in a file: how it is opened, and how one sees that it changed.  Links
 * to a key set are followed on purpose: in /etc they are an administrator's
 * tool.
 */
#ifndef HELPER_ISSUER_KEYFILE_H
#define HELPER_ISSUER_KEYFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "helper/base/buffer.h"

/* What tells two states of a file apart; all zero when there is none. */
struct keyfile_mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
};

/* Looks without opening; returns whether it differs from `known`. */
bool keyfile_differs(const char *path, const struct keyfile_mark *known);

enum keyfile_kind {
    KEYFILE_PUBLIC, /* must not be writable by everybody */
    KEYFILE_SECRET, /* nor readable by everybody */
    KEYFILE_RAW     /* a shared secret itself: the rules of conf/secret.h */
};

/*
 * Reads the whole file into `out` (whose cap is the limit) and its state
 * into `mark`, as far as that is known on a failure.  NULL when it went
 * well, else a static text why not.
 */
const char *keyfile_read(const char *path, enum keyfile_kind,
                         struct buffer *out, struct keyfile_mark *mark);

#endif
