/* SPDX-License-Identifier: BSD-2-Clause */
/* The credential inside this process: where it comes from, what shape it
 * must have to leave, where it may stay. */
#ifndef PAM_HTTPAUTH_ASK_H
#define PAM_HTTPAUTH_ASK_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stddef.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/span.h"
#include "pam_httpauth/args.h"

struct answer {
    struct span text;    /* data is NULL when there was nothing to take */
    char *owned;         /* the reply to our prompt; NULL when PAM_AUTHTOK */
    struct buffer parts; /* what `text` is, once there were more replies */
    size_t last;         /* bytes of the last reply */
};

/* One reply too many, so that it is seen to be over its limit. */
#define ANSWER_MAX (2 * LIMIT_CREDENTIAL)
#define ANSWER_INIT                                                            \
    {                                                                          \
        {NULL, 0}, NULL, BUFFER_INIT(ANSWER_MAX), 0                            \
    }

/*
 * Takes PAM_AUTHTOK or asks, as the arguments say.  False when the
 * conversation failed; no answer (use_first_pass without a password) is
 * true with nothing in it.  pha_answer_end() in either case.
 */
bool pha_ask(pam_handle_t *, const struct args *, struct answer *);

/* The shape gate: NULL, or why this never leaves the process. */
const char *pha_answer_fault(const struct answer *);

/* Begins like a token or an app password of ours: no Unix password, so no
 * other module shall have it. */
bool pha_answer_is_ours(const struct answer *);

/* Longer than any password: no other module could use it. */
bool pha_answer_is_long(const struct answer *);

/* Is its last reply of a length at which programs cut? */
bool pha_answer_may_be_cut(const struct answer *);

enum parts {
    PARTS_MORE,  /* another one was added */
    PARTS_WHOLE, /* the user says that this is all */
    PARTS_CUT,   /* it was cut, and the rest cannot be asked for */
    PARTS_FAILED /* the conversation did */
};

/*
 * Asks for the rest of an answer that may be cut, by a prompt that says how
 * much there is, so that a program that answers it need not remember.  An
 * empty reply says that nothing is missing; that it is too long by now, too,
 * is to be said of the whole.
 */
enum parts pha_ask_more(pam_handle_t *, struct answer *);

/*
 * Erases the reply.  `keep` leaves it in PAM_AUTHTOK for the next module,
 * unless an earlier module's password is there or it is none that another
 * module could use.
 */
void pha_answer_end(pam_handle_t *, struct answer *, bool keep);

#endif
