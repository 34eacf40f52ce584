/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry points, the only names that the host program sees.  What they
 * return is decided in auth.c, account.c and session.c, each of which starts
 * from failure.
 */
#include <security/pam_modules.h>

#include "pam_httpauth/phases.h"

#define ENTRY __attribute__((visibility("default"))) int

ENTRY
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    int code = pha_authenticate(pamh, flags, argc, argv);

    /* A stack that ends in pam_permit would let an ignored user in. */
    return code == PAM_IGNORE ? PAM_SERVICE_ERR : code;
}

ENTRY
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pha_setcred(pamh, flags, argc, argv);
}

ENTRY
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pha_account(pamh, flags, argc, argv);
}

ENTRY
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pha_open_session(pamh, flags, argc, argv);
}

ENTRY
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pha_close_session(pamh, flags, argc, argv);
}

/* Passwords are changed at the provider. */
ENTRY
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_IGNORE;
}
