/* SPDX-License-Identifier: BSD-2-Clause */
/* The credential inside this process: where it comes from, what shape it
 * must have to leave, where it may stay. */
#ifndef PAM_HTTPAUTH_ASK_H
#define PAM_HTTPAUTH_ASK_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stddef.h>

#include "helper/base/span.h"
#include "pam_httpauth/args.h"

struct answer {
    struct span text; /* data is NULL when there was nothing to take */
    char *owned;      /* the reply to our prompt; NULL when PAM_AUTHTOK */
};

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

/* A length at which the caller's program is known to cut answers. */
bool pha_answer_may_be_cut(const struct answer *);

/*
 * Erases the reply.  `keep` leaves it in PAM_AUTHTOK for the next module,
 * unless an earlier module's password is there or it is none that another
 * module could use.
 */
void pha_answer_end(pam_handle_t *, struct answer *, bool keep);

#endif
