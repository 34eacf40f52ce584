/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secrets of this host: client secrets, keys, proxy passwords.  Only from
 * files, named in the configuration: a path (absolute by then), or
 * "credential:NAME" for $CREDENTIALS_DIRECTORY/NAME (systemd.exec(5)).
 *
 * Opened with O_NOFOLLOW; a plain file of root's or of the helper's own user,
 * not writable by the group, nothing for others (0640 root:httpauthd, 0600),
 * at most SECRET_BYTES_MAX.  Read again when it changes (device, inode, size,
 * mtime, ctime; looked at most once a second), so that a secret is rotated
 * without a restart.
 */
#ifndef HELPER_CONF_SECRET_H
#define HELPER_CONF_SECRET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define SECRET_BYTES_MAX 65536
#define SECRET_CREDENTIAL "credential:"

struct secret {
    const char *file; /* as configured; not owned */
    struct buffer content;
    struct stat mark;  /* of what `content` came from */
    int64_t looked_at; /* boot time, ms */
    bool there;
    uint64_t version; /* grows whenever the content changed */
};

void secret_init(struct secret *, const char *file);
void secret_free(struct secret *);

/*
 * The content now; `why` gets a sentence when there is none (the file's name
 * in it, never its content).  Valid until the next call.
 */
bool secret_get(struct secret *, struct span *content, struct buffer *why);
/* The same without the one line end that editors put behind a text, and
 * refused when empty or when control characters are left. */
bool secret_line(struct secret *, struct span *content, struct buffer *why);

/* The real path of a configured file name: resolves "credential:"; free() it.
 * NULL when there is no such directory, or without memory. */
char *secret_path(const char *file);

/* Without the one line feed at the end, if there is one. */
struct span secret_chomp(struct span);

/* The rules above, for who opens such a file otherwise: what is wrong with a
 * file of that state (NULL: nothing), or what an errno of open() means; words
 * that follow the file's name. */
const char *secret_problem(const struct stat *);
const char *secret_open_problem(int error);

#endif
