/* SPDX-License-Identifier: BSD-2-Clause */
/* From an outcome to what PAM, the log and the user get of it: the table of
 * pam_httpauth(8). */
#ifndef PAM_HTTPAUTH_OUTCOME_H
#define PAM_HTTPAUTH_OUTCOME_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "pam_httpauth/args.h"
#include "pam_httpauth/helper.h"
#include "pam_httpauth/user.h"

/* The code to return. */
int pha_outcome_auth(const struct result *);
int pha_outcome_account(const struct result *);

/* The password may stay in PAM_AUTHTOK for the next module. */
bool pha_outcome_passes_on(const struct result *);

/* A refusal by us: pam_fail_delay and a failure line belong to it. */
bool pha_outcome_is_refusal(const struct result *);

/* The one line for the user, or NULL. */
const char *pha_outcome_text(const struct result *);

#endif
