/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper that does what it is told: a process that listens on a socket and
 * meets each connection with the next step.  What it did not expect is told
 * by answerer_stop().
 */
#ifndef TESTS_PAM_ANSWERER_H
#define TESTS_PAM_ANSWERER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "helper/wire/wire.h"

enum step_kind {
    STEP_ANSWER, /* read the request, send `verdict` after `ms` */
    STEP_CLOSE,  /* read the request, close */
    STEP_RESET,  /* close at once: what was sent stays unread */
    STEP_HANG,   /* read the request, say nothing, stay */
    STEP_RAW,    /* read the request, send `raw` */
    STEP_GONE    /* no connection: stop listening for `ms`, then come back */
};

struct step {
    enum step_kind kind;
    unsigned count; /* connections that this step meets; 0 is 1 */
    unsigned ms;
    struct wire_verdict verdict;
    char *raw; /* owned */
    size_t raw_len;
    /* What the request must be; NULL is not looked at. */
    enum wire_type type;                       /* 0 is not looked at */
    char *user, *service, *rhost, *credential; /* owned */
    size_t credential_len;
    int cut;   /* may_be_cut of the request: 0, 1; -1: not looked at */
    int login; /* the byte that the login consists of; -1: not looked at */
    char *reason, *text, *names; /* owned; behind the spans of `verdict` */
};

enum listening {
    LISTEN_NORMAL,
    LISTEN_ABSENT,  /* there is no such file */
    LISTEN_REFUSED, /* a file, and nobody behind it */
    LISTEN_FOREIGN, /* as a user that is not the helper's */
    LISTEN_FULL     /* a backlog that is full and stays so */
};

struct answerer {
    pid_t pid;
    int control; /* closing it ends the process */
    int report;
};

/* Returns when it listens at `path`. */
bool answerer_start(struct answerer *, const char *path, enum listening,
                    const struct step *, size_t count);

/* NULL when everything went as the steps said, else what did not: free() */
char *answerer_stop(struct answerer *);

void step_free(struct step *);

#endif
