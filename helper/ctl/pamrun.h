/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stack would answer if its modules answered so: the rules by which
 * libpam goes through it (pam_dispatch.c). */
#ifndef HELPER_CTL_PAMRUN_H
#define HELPER_CTL_PAMRUN_H

#include "helper/ctl/pamd.h"

/* What that module answers: one of PAM_SUCCESS to PAM_INCOMPLETE. */
typedef int pamrun_answer(void *context, const struct pamd_line *);

/* The answer of the whole phase: what its program gets. */
int pamrun(const struct pamd *, enum pamd_phase, pamrun_answer *,
           void *context);

#endif
