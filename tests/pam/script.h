/* SPDX-License-Identifier: BSD-2-Clause */
/* clang-format off */
/*
 * The text scripts in tests/pam/scripts, one or more tests in each:
 *
 *   test NAME                     begins one; TAP shows the name
 *   user NAME | user -            PAM_USER (- for none; default alice)
 *   service, rhost, tty, ruser X  PAM items (service: sshd)
 *   args ARG...                   of the module's line; socket= is added
 *   control [...]                 of the module's line; `control manual` is
 *                                 the one of pam_httpauth(8); the default
 *                                 lets every code through unchanged
 *   before ARG..., after ARG...   pam_peek's arguments in front of and
 *                                 behind it (pam_peek.c); the default behind
 *                                 it is reached by an IGNORE alone
 *   listen absent|refused|foreign|full
 *   helper answer OUTCOME [id=N] [login=BYTE] [reason=R] [text="..."]
 *       [names=U] [files=yes] [asked]
 *   helper close|reset|hang [asked]
 *   helper raw HEX [*N] [asked]
 *   helper gone MS
 *       one per connection, in order; [asked] is what the request must be:
 *       type=auth|account|open|close|resume|present|collect|device|poll user=U service=S
 *       rhost=A credential=EXPR cut=yes|no logged=BYTE
 *   call ENTRY [silent] = CODE    what pam_ENTRY returns, without "PAM_"
 *     prompt "..." -> EXPR        what the module must ask for, unseen,
 *     ask "..." -> EXPR           or seen, and the answer
 *     prompt "..." -> none        a conversation that succeeds with nothing
 *     prompt "..." -> fail [EXPR] one that fails, perhaps with an answer
 *     error "..."                 what the module must show
 *     log LEVEL TEXT              what it must log; another module's lines
 *                                 with their prefix
 *     becomes NAME                the program changes PAM_USER while it
 *                                 answers the line before
 *     delay                       it must ask for a delay
 *     within MS, after MS         how long it may and must take
 *   setuser NAME                  the program changes PAM_USER
 *   putenv NAME=VALUE             the program sets the PAM environment
 *   env absent | env VALUE        HTTPAUTH_LOGIN in the PAM environment
 *   name NAME                     PAM_USER as the program finds it
 *
 * EXPR is "text" with \n \r \b \xNN \\ \", perhaps * N, perhaps + EXPR.  In
 * args and log lines %{socket}, %{logname}, %{uid} and %{euid} are replaced.
 * What is not written must not happen: no other prompt, text, log line,
 * delay, request, and after each call no other open file than before.
 */
/* clang-format on */
#ifndef TESTS_PAM_SCRIPT_H
#define TESTS_PAM_SCRIPT_H

#include <stdbool.h>
#include <stdio.h>

#include "tests/pam/answerer.h"

#define STEPS_MAX 20
#define ACTIONS_MAX 16
#define EVENTS_MAX 24

struct event {
    int style;  /* PAM_PROMPT_ECHO_OFF ... */
    char *text; /* owned, as all the strings here */
    char *answer;
    size_t answer_len;
    int code;   /* of the conversation */
    char *user; /* `becomes`; NULL for no change */
};

struct action {
    enum { CALL, SETUSER, PUTENV, CHECKENV, CHECKUSER } kind;
    char *text; /* of all but the first; NULL for `env absent` */
    const struct entry *entry;
    int flags;
    int result;
    bool delay;
    unsigned within_ms, after_ms;
    struct event events[EVENTS_MAX];
    size_t event_count;
    char *logs[EVENTS_MAX]; /* "LEVEL text" */
    size_t log_count;
    unsigned line;
};

struct test {
    char *name;
    char *user, *service, *rhost, *tty, *ruser;
    char *args, *control, *before, *after;
    enum listening listening;
    struct step steps[STEPS_MAX];
    size_t step_count;
    struct action actions[ACTIONS_MAX];
    size_t action_count;
};

/* pam_authenticate and its sisters by name. */
struct pam_handle;
struct entry {
    const char *name;
    const char *phase; /* as in the prefix of log lines */
    int (*call)(struct pam_handle *, int flags);
};

/* The next test of the file: 1, 0 at its end, -1 for a mistake, which is
 * told on stderr with file and line.  `line` counts on. */
int script_next(FILE *, const char *path, unsigned *line, struct test *);
void script_free(struct test *);

/* "AUTH_ERR" and back; NULL and -1 for none. */
const char *code_name(int code);
int code_number(const char *name);

#endif
