/* SPDX-License-Identifier: BSD-2-Clause */
/* The work behind the entry points; each returns a PAM code. */
#ifndef PAM_HTTPAUTH_PHASES_H
#define PAM_HTTPAUTH_PHASES_H

#include <security/pam_modules.h>

int pha_authenticate(pam_handle_t *, int flags, int argc, const char **argv);
int pha_account(pam_handle_t *, int flags, int argc, const char **argv);
int pha_setcred(pam_handle_t *, int flags, int argc, const char **argv);
int pha_open_session(pam_handle_t *, int flags, int argc, const char **argv);
int pha_close_session(pam_handle_t *, int flags, int argc, const char **argv);

#endif
