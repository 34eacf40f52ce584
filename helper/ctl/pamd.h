/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack of one service, as libpam reads it from pam.d(5): include,
 * substack and Debian's @include are followed, so that what is here is in the
 * order in which modules are called.
 */
#ifndef HELPER_CTL_PAMD_H
#define HELPER_CTL_PAMD_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/list.h"

enum pamd_phase {
    PAMD_AUTH,
    PAMD_ACCOUNT,
    PAMD_SESSION,
    PAMD_PASSWORD,
    PAMD_PHASES
};

/* What is done with what a module returns; above 0: that many modules are
 * skipped. */
enum pamd_action {
    PAMD_IGNORE = 0,
    PAMD_OK = -1,
    PAMD_DONE = -2,
    PAMD_BAD = -3,
    PAMD_DIE = -4,
    PAMD_RESET = -5
};

/* PAM_SUCCESS to PAM_INCOMPLETE of _pam_types.h. */
#define PAMD_CODES 32

struct pamd_line {
    enum pamd_phase phase;
    const char *file; /* owned by struct pamd */
    unsigned number;  /* where it begins */
    char *text;       /* owned; with single blanks, without comment */
    char *control;    /* owned; "required", or all between [ and ] */
    int action[PAMD_CODES];
    unsigned level;  /* how many substacks it stands in */
    char *module;    /* owned; as written.  NULL: a substack begins, whose lines
                        follow one level deeper */
    char **argument; /* owned, each of them; NULL at the end */
    int arguments;
};

/* What libpam would not take: then every login by that stack fails. */
struct pamd_fault {
    const char *file; /* owned by struct pamd */
    unsigned number;
    char *what; /* owned */
};

struct pamd {
    struct list files; /* all that were read; the service's own is first */
    struct pamd_line *line;
    size_t count;
    struct pamd_fault *fault;
    size_t faults;
    bool unreadable; /* a file may not be read by this user */
};

enum pamd_result {
    PAMD_READ,   /* perhaps with faults */
    PAMD_ABSENT, /* no such service: libpam takes "other" */
    PAMD_FAILED  /* errno */
};

/* The folders, the first that has a file wins; NULL at the end. */
extern const char *const pamd_folders[];

/* pamd_free() after any result. */
enum pamd_result pamd_read(const char *const *folders, const char *service,
                           struct pamd *out);
void pamd_free(struct pamd *);

/* The names of all services, sorted; false when no folder can be listed. */
bool pamd_services(const char *const *folders, struct list *out);

/* Is it the module of that name ("pam_unix.so"), in whatever folder? */
bool pamd_is(const struct pamd_line *, const char *module);
bool pamd_has_argument(const struct pamd_line *, const char *argument);
/* The next line of that phase which calls that module; begin with NULL.  NULL
 * when there is none. */
const struct pamd_line *pamd_next(const struct pamd *, enum pamd_phase,
                                  const char *module, const struct pamd_line *);

const char *pamd_phase_name(enum pamd_phase);

#endif
