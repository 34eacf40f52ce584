/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `httpauthctl doctor`: what is wrong with this host, and which line to change.
 *
 * Each subject is looked at by a function of its own, which adds findings.  A
 * finding's key is stable: it is what scripts and httpauthctl(1) go by.
 */
#ifndef HELPER_CTL_DOCTOR_H
#define HELPER_CTL_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/conf/complain.h"
#include "helper/conf/config.h"
#include "helper/conf/option.h"
#include "helper/ctl/pamd.h"
#include "helper/wire/arguments.h"

enum severity {
    DOCTOR_OK,
    DOCTOR_UNSEEN, /* could not be looked at */
    DOCTOR_NOTE,   /* worth knowing, nothing to repair */
    DOCTOR_WARNING,
    DOCTOR_FAULT, /* somebody is let in, kept out or not verified */
    DOCTOR_SEVERITIES
};

/* One service whose stack calls us. */
struct doctor_stack {
    char *service; /* owned */
    struct pamd stack;
    struct args args; /* of its first auth line, else of its first line */
    bool asks;        /* it has an auth line of ours */
};

struct doctor {
    json_t *findings; /* an array of what doctor_find() makes */

    /* What was asked for. */
    const char *user, *service; /* user NULL: of nobody */
    const char *socket;         /* NULL: the usual one */
    struct span token;          /* empty: none */

    /* What was found on the way. */
    bool root;
    bool helper_known; /* ... its user exists */
    uid_t helper_uid;
    gid_t helper_gid;
    bool answered;         /* the helper, when it was asked */
    struct config *config; /* NULL: it could not be loaded */
    struct doctor_stack *stack;
    size_t stacks;
};

/* --- findings --- */

/* A new one, which the doctor owns; never NULL (without memory the program
 * ends).  `what` is one sentence. */
json_t *doctor_find(struct doctor *, enum severity, const char *key,
                    const char *what, ...)
    __attribute__((format(printf, 4, 5)));
/* Why it matters, in a sentence or two. */
void doctor_why(json_t *, const char *why, ...)
    __attribute__((format(printf, 2, 3)));
/* A further sentence of it. */
void doctor_why_more(json_t *, const char *why, ...)
    __attribute__((format(printf, 2, 3)));
/* Where it stands; line 0: the file as a whole. */
void doctor_at(json_t *, const char *file, unsigned line);

enum cure {
    CURE_REPLACE, /* the line that was found is to be this one */
    CURE_ADD,     /* these lines are missing in the file */
    CURE_REMOVE,  /* the line that was found */
    CURE_RUN      /* a command */
};
/* `text`: the line, the lines or the command; of CURE_REMOVE, what stands
 * there. */
void doctor_cure(json_t *, enum cure, const char *text, ...)
    __attribute__((format(printf, 3, 4)));
/* The same thing in one place is told once, for all services that have it:
 * true when there is such a finding already, which then names that one too. */
bool doctor_again(struct doctor *, const char *key, const char *file,
                  unsigned line, const char *service);
void doctor_for(json_t *, const char *service);

/* At the place where an option of a section is written: it is to be that line
 * (a list may also have it as a further one: `more`), or the section lacks it.
 * `line` NULL: only the place. */
void doctor_option(const struct doctor *, json_t *, enum option_section,
                   const char *section, const char *option, const char *line);
void doctor_option_more(const struct doctor *, json_t *, enum option_section,
                        const char *section, const char *option,
                        const char *line);

/* A finding of somebody with fewer privileges, who speaks with strangers:
 * nothing of it but its members is believed, and they are escaped anew. */
void doctor_adopt(struct doctor *, const json_t *found);

/* --- subjects --- */

void doctor_config(struct doctor *); /* loads it */
void doctor_policy(struct doctor *); /* what it says */
void doctor_stacks(struct doctor *); /* reads those that call us */
void doctor_files(struct doctor *);  /* sockets, module */
void doctor_helper(struct doctor *); /* asks it */
void doctor_pam(struct doctor *);    /* judges them */
void doctor_sshd(struct doctor *);
void doctor_provider(struct doctor *); /* secrets, clock, TLS, keys */
void doctor_host(struct doctor *);     /* denials, clock, units */
void doctor_user(struct doctor *);
void doctor_token(struct doctor *);

/* --- what several of them need --- */

/* The stack of that service, NULL when it does not call us. */
const struct doctor_stack *doctor_stack(const struct doctor *,
                                        const char *service);
/* Does its auth phase refuse whom we refuse, and so on: doctor_stack.c. */
void doctor_judge(struct doctor *, const struct doctor_stack *);
/* Runs `look` as the helper's user in a process of its own, and takes over what
 * it finds.  False when that is not possible. */
bool doctor_as_helper(struct doctor *, void (*look)(struct doctor *));

/* A program of this host: what it writes to both outputs, bounded, within ten
 * seconds, without our environment.  Its exit status, -1 when it did not run or
 * end.  `argv[0]` is the whole path. */
int doctor_run(const char *const *argv, struct buffer *out);

/* The auth line that pam_httpauth(8) recommends, up to the module. */
#define DOCTOR_CONTROL                                                         \
    "[success=done ignore=ignore cred_insufficient=ignore "                    \
    "authinfo_unavail=ignore service_err=ignore default=die]"
#define DOCTOR_ACCOUNT "[success=ok ignore=ignore default=bad]"

#endif
