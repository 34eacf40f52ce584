/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sshd_config(5) and the files that it includes say, each value with its
 * place.  sshd takes the first value of a keyword that it meets, so order is
 * everything.
 */
#ifndef HELPER_CTL_SSHDCONF_H
#define HELPER_CTL_SSHDCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/list.h"
#include "helper/base/span.h"

#define SSHDCONF_FILE "/etc/ssh/sshd_config"

struct sshdconf_value {
    char *keyword;    /* owned; as sshd -T writes it, in lower case */
    char *text;       /* owned; single blanks, no quotes */
    const char *file; /* owned by struct sshdconf; NULL: of sshd -T */
    unsigned line;
    bool conditional; /* below a Match */
};

struct sshdconf {
    struct list files; /* in the order in which they are read */
    struct sshdconf_value *value;
    size_t count;
    bool unreadable; /* a file that is there was not read, or could not be */
};

/* False with errno when the main file cannot be read; the others may be
 * absent.  Each pattern of an Include is a value, too, in front of what it
 * brings, with the whole path.  sshdconf_free() after any result. */
bool sshdconf_read(const char *file, struct sshdconf *out);
/* The lines of `sshd -T`, without places. */
bool sshdconf_parse(struct span text, struct sshdconf *out);
void sshdconf_free(struct sshdconf *);

/* The value that counts outside of every Match, and who comes too late behind
 * `last`; NULL when there is none. */
const struct sshdconf_value *sshdconf_find(const struct sshdconf *,
                                           const char *keyword);
const struct sshdconf_value *sshdconf_next(const struct sshdconf *,
                                           const struct sshdconf_value *last);
/* The first with that text, conditional or not. */
const struct sshdconf_value *
sshdconf_where(const struct sshdconf *, const char *keyword, const char *text);

/* A time of sshd_config(5), "2m" or "1h30m", in seconds; -1: it is none. */
int64_t sshdconf_seconds(const char *text);

#endif
