/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decision as a record, for machines, beside its line for people: to the
 * journal with a field each, by its native protocol, and as a line of JSON
 * into a file.  Neither waits for anybody.
 */
#ifndef HELPER_BASE_RECORD_H
#define HELPER_BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#define RECORD_JOURNAL "/run/systemd/journal/socket"

enum record_kind {
    RECORD_WORD, /* no blanks */
    RECORD_TEXT, /* foreign: quoted in the line for people */
    RECORD_BARE  /* a number: no quotes in JSON */
};

struct record_field {
    const char *name; /* a-z and _ */
    const char *text; /* printable ASCII; NULL: left out */
    enum record_kind kind;
};

/* Before the sandbox.  False: there is no journal at `path`. */
bool record_open_journal(const char *path);

/*
 * In place of the file that was open; NULL closes it.  The folder must be
 * there.  False, with errno, when it cannot be opened, is no regular file of
 * ours or can be written by others; then none is open.
 */
bool record_open_file(const char *path);

/* False: the journal did not take it, or there is none. */
bool record_to_journal(int priority, const char *program, const char *message,
                       const struct record_field *, size_t count);
/* False: it could not be written, see errno.  True also without a file. */
bool record_to_file(const struct record_field *, size_t count);

#endif
