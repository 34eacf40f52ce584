/* SPDX-License-Identifier: BSD-2-Clause */
/* pam_sm_setcred, pam_sm_open_session, pam_sm_close_session: was it ours? */
#include <string.h>

#include "pam_httpauth/args.h"
#include "pam_httpauth/login.h"
#include "pam_httpauth/phases.h"
#include "pam_httpauth/user.h"

/*
 * SUCCESS only for a login of ours: in sshd's keyboard-interactive the
 * setcred chain is not frozen, and with `[success=done ...]` a SUCCESS for a
 * stranger would skip the setcred of the module that accepted him.  PAM_USER
 * is not compared: sudo calls this with the target's name.
 */
int
pha_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct login_mark mark;
    struct args args;

    (void)flags;
    if (!pha_login_find(pamh, &mark))
        return PAM_IGNORE;
    if (!pha_args_read(pamh, argc, argv, &args))
        return PAM_SERVICE_ERR;
    return PAM_SUCCESS;
}

/* The session is the accepted user's own, not one that he opens for another
 * as with sudo. */
static bool
is_own_session(pam_handle_t *pamh)
{
    const char *name = pha_user_item(pamh);
    struct login_mark mark;

    return pha_login_find(pamh, &mark) && name != NULL &&
           strcmp(name, mark.user) == 0;
}

static int
session(pam_handle_t *pamh, int argc, const char **argv)
{
    struct args args;

    if (!is_own_session(pamh))
        return PAM_IGNORE;
    if (!pha_args_read(pamh, argc, argv, &args))
        return PAM_SERVICE_ERR;
    return PAM_SUCCESS;
}

int
pha_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags;
    /* First of all: the id is no business of the session's programs. */
    if (!pha_login_move(pamh))
        return PAM_SERVICE_ERR;
    return session(pamh, argc, argv);
}

int
pha_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags;
    return session(pamh, argc, argv);
}
