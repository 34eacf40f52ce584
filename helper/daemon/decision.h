/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told about an attempt: one line to the administrator, for every
 * attempt, and perhaps one to the user.
 */
#ifndef HELPER_DAEMON_DECISION_H
#define HELPER_DAEMON_DECISION_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/span.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/judge.h"

/* Weyl sequence: numbers of incidents differ for 2^64 of them and, begun at
 * random, tell nobody how many there were. */
#define DECISION_STEP UINT64_C(0x9e3779b97f4a7c15)

/* What the line says; empty spans are left out, NULL user is "?". */
struct decision {
    const char *phase; /* "auth", "account", "verify", "caller" */
    uid_t caller;      /* named unless root: service and rhost of all others
                          are claims, not facts */
    struct span user, service, rhost, subject, jti;
    int64_t ms;
};

/* The answer of a finished judge, without login and end. */
void decision_result(const struct judge *, struct attempt_result *);

/* Gives it its number, and counts it. */
void decision_count(struct helper *, struct attempt_result *);

/* The line of a decision that has been counted. */
void decision_log(const struct helper *, const struct decision *,
                  const struct attempt_result *);

/*
 * The same in two steps, for who answers in between: what was asked, and by
 * whom, may be gone once it is answered.
 */
#define DECISION_TEXT_MAX 190 /* bytes of a foreign field, escaped */
struct decision_note {
    const char *phase; /* static */
    uid_t caller;
    int64_t ms;
    char user[DECISION_TEXT_MAX], service[DECISION_TEXT_MAX];
    char rhost[DECISION_TEXT_MAX], subject[DECISION_TEXT_MAX];
    char jti[DECISION_TEXT_MAX];
    json_t *checks; /* of a refusal, or NULL; decision_write() takes it */
};
void decision_note_judge(const struct judge *, uid_t caller, int64_t ms,
                         struct decision_note *);
void decision_write(const struct helper *, const struct decision_note *,
                    const struct attempt_result *);

/* What went wrong at an issuer, "" for nothing: once for all who waited. */
void decision_problem(const char *issuer, enum reason, const char *problem);

#endif
