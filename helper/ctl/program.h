/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other programs of this host, and a part of our own work that is done without
 * privileges: in a process of its own, bounded in time and in what it says.
 */
#ifndef HELPER_CTL_PROGRAM_H
#define HELPER_CTL_PROGRAM_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/buffer.h"

/* A program of that name in the folders of administrators, not of $PATH;
 * NULL when there is none.  Static, until the next call. */
const char *program_find(const char *name);

struct program {
    const char *const *argv; /* argv[0]: the whole path */
    const char *const *more; /* beside PATH and LC_ALL=C, or NULL */
    int stream;              /* its stdin and stdout; -1: null and `said` */
    unsigned timeout_ms;
    const volatile sig_atomic_t *stop; /* ends it, too, once set; or NULL */

    pid_t child; /* of program_start() */
    int said;    /* what it writes to stderr, and to stdout if it is not
                    `stream` */
};

/* Begins it, in a session of its own: what is typed at our terminal does not
 * reach it.  `child` is -1 when it does not run; program_end() in any case. */
void program_start(struct program *);
/* Appends what it says to `out` until it ends, or is ended.  Its exit status,
 * -1 when it did not run, did not end by itself, or said too much. */
int program_end(struct program *, struct buffer *out);

/* Both in one. */
int program_run(struct program *, struct buffer *out);

/*
 * Runs `work` as the user of that name, who never becomes root again, in a
 * process of its own and without our terminal, and returns what it returned (an
 * object or array; a new reference).  Who is not root does it as himself.  NULL
 * when that is not possible.
 */
json_t *program_as(const char *user, json_t *(*work)(void *), void *context,
                   unsigned timeout_ms, const volatile sig_atomic_t *stop);

#endif
