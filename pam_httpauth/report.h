/* SPDX-License-Identifier: BSD-2-Clause */
/* What the administrator reads about one call, in the system's log. */
#ifndef PAM_HTTPAUTH_REPORT_H
#define PAM_HTTPAUTH_REPORT_H

#include <security/pam_modules.h>

#include "pam_httpauth/args.h"
#include "pam_httpauth/helper.h"
#include "pam_httpauth/user.h"

/* pam_unix's failure line, which fail2ban and auditors read. */
void pha_report_failure(pam_handle_t *, const struct user *);

/*
 * Why it ended so: a refusal as notice, a fault as error, the rest only with
 * `debug`.  The id is the one of the helper's own line.
 */
void pha_report_result(pam_handle_t *, const struct args *, const struct user *,
                       const struct result *);

#endif
