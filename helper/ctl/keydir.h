/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder that holds the local issuer's key: files are opened by a safe
 * recipe, and written so that a crash leaves the old or the new one, whole.
 */
#ifndef HELPER_CTL_KEYDIR_H
#define HELPER_CTL_KEYDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define KEYDIR_STANDARD "/etc/httpauth"
#define KEYDIR_KEY "local.key"
#define KEYDIR_SET "local.jwks"

struct keydir {
    int fd; /* -1: not open */
    const char *path;
};

/* What a file may be to others. */
enum keydir_rule {
    KEYDIR_SECRET, /* no access for group and others; written 0600 */
    KEYDIR_PUBLIC  /* no writing by group and others; written 0644 */
};

/*
 * Opens the folder, which must belong to root or to the caller and be
 * writable by its owner only; `create` makes it (0755).  These functions tell
 * their own failures on stderr.
 */
bool keydir_open(const char *path, bool create, struct keydir *out);
void keydir_close(struct keydir *);

/* Opens a regular file of root's or the caller's for reading, or gives -1;
 * *absent (may be NULL) tells silently that there is none. */
int keydir_open_file(const struct keydir *, const char *name, enum keydir_rule,
                     bool *absent);
/* Reads all of it into an empty buffer; more than its cap is a failure. */
bool keydir_read_fd(const struct keydir *, const char *name, int fd,
                    struct buffer *out);

bool keydir_has(const struct keydir *, const char *name);

/* Writes NAME.new, durably, for keydir_place() or keydir_add(). */
bool keydir_prepare(const struct keydir *, const char *name, enum keydir_rule,
                    struct span content);
void keydir_discard(const struct keydir *, const char *name);
/* NAME.new becomes NAME: place() replaces what is there, add() fails when
 * there is something. */
bool keydir_place(const struct keydir *, const char *name);
bool keydir_add(const struct keydir *, const char *name);

#endif
