/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to the running helper on control.sock. */
#ifndef HELPER_CTL_ASK_H
#define HELPER_CTL_ASK_H

#include <jansson.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/wire/wire.h"

#define ASK_TIMEOUT_MS 10000

enum ask_result {
    ASK_UNREACHABLE, /* no answer, and `problem` says why */
    ASK_DONE,
    ASK_REFUSED, /* not permitted to this caller */
    ASK_FAILED   /* tried and failed */
};

struct ask {
    const char *socket;           /* NULL: the usual one */
    struct wire_control question; /* ms_left too */
    json_t *answer;    /* the body, a new reference; NULL when there is none */
    char problem[512]; /* "" after ASK_DONE */
};

/* ask_clear() after any result. */
enum ask_result ask(struct ask *);
void ask_clear(struct ask *);

/* Tells the problem and what to do about it; returns the exit status. */
int ask_explain(const struct ask *, enum ask_result);

#endif
