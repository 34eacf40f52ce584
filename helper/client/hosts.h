/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * To whom a token may be sent: ~/.config/httpauth/hosts, a line each,
 *
 *     USER@HOST [COMMAND [ARGUMENT ...]]
 *
 * where USER and HOST may hold * and ?, and COMMAND prints the token; with a !
 * in front of it, the destination never gets one.  The first line that fits
 * counts.  Words are divided by blanks, a line that begins with # is a comment.
 */
#ifndef HELPER_CLIENT_HOSTS_H
#define HELPER_CLIENT_HOSTS_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/client/prompt.h"

#define HOSTS_BYTES_MAX (256 * 1024)
#define HOSTS_LINE_MAX 4096
#define HOSTS_WORDS_MAX 64

enum hosts_found {
    HOSTS_NOT_LISTED,
    HOSTS_LISTED,
    HOSTS_NEVER,
    HOSTS_FAULT /* it has been told why the file cannot be used */
};

/* A line that fits, in words; `command` ends in NULL and may be empty. */
struct hosts_line {
    char text[HOSTS_LINE_MAX + 1];
    char *command[HOSTS_WORDS_MAX + 1];
    bool never;
};

/* The first line of `content` for that destination.  `fault` is set to the
 * number of a line that is none, 0 when there is none. */
bool hosts_match(struct span content, const struct prompt *,
                 struct hosts_line *out, unsigned *fault);

/* Does `name` fit the pattern?  Hosts without regard to case. */
bool hosts_fits(struct span pattern, struct span name, bool fold);

/* $XDG_CONFIG_HOME/httpauth/hosts or ~/.config/httpauth/hosts, with the
 * folders in front of the last one if `create`; false: told why. */
bool hosts_path(struct buffer *path, bool create);

/* Reads that file, which must be ours and nobody else's to write. */
enum hosts_found hosts_find(const struct prompt *, struct hosts_line *out);

/* Appends the destination, as one that never gets a token if `never`; false:
 * told why. */
bool hosts_add(const struct prompt *, bool never);

#endif
