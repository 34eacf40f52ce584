/* SPDX-License-Identifier: BSD-2-Clause */
/* pam_sm_setcred, pam_sm_open_session, pam_sm_close_session: was it ours? */
#include <string.h>
#include <unistd.h>

#include "helper/base/buffer.h"
#include "pam_httpauth/args.h"
#include "pam_httpauth/files.h"
#include "pam_httpauth/helper.h"
#include "pam_httpauth/kernel.h"
#include "pam_httpauth/login.h"
#include "pam_httpauth/phases.h"
#include "pam_httpauth/report.h"
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

    if (!pha_login_find(pamh, &mark))
        return PAM_IGNORE;
    if (!pha_args_read(pamh, argc, argv, &args))
        return PAM_SERVICE_ERR;
    /* sshd's keyboard-interactive: what the account phase has set is gone, it
     * was another process; and pam_systemd comes after us. */
    if (args.end_with_token && ((unsigned)flags & PAM_DELETE_CRED) == 0 &&
        !pha_login_limit(pamh, &mark))
        return PAM_BUF_ERR;
    return PAM_SUCCESS;
}

/* The session is the accepted user's own, not one that he opens for another
 * as with sudo. */
static bool
is_own_session(pam_handle_t *pamh, struct login_mark *mark)
{
    const char *name = pha_user_item(pamh);

    return pha_login_find(pamh, mark) && name != NULL &&
           strcmp(name, mark->user) == 0;
}

/* What the wire has let through: names of ours, a line each. */
static bool
set_environment(pam_handle_t *pamh, char *lines)
{
    char *line, *end;

    for (line = lines; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (pam_putenv(pamh, line) != PAM_SUCCESS)
            return false;
    }
    return true;
}

/* Within what the opening has left of the time.  False: as pha_files_write().
 */
static bool
collect(pam_handle_t *pamh, const struct args *args,
        const struct wire_request *opened, const struct user *user,
        int64_t left_ms)
{
    struct wire_request request = {.type = WIRE_COLLECT, .user = opened->user};
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_files files;
    struct result result;
    bool root = true;

    memcpy(request.login, opened->login, sizeof(request.login));
    pha_helper_collect(pamh, args, left_ms, &request, &result, &files, &packet);
    pha_report_result(pamh, args, user, &result);
    if (result.outcome == OUTCOME_ACCEPTED)
        root = pha_files_write(pamh, user->name, &files);
    buffer_free(&packet);
    return root;
}

/*
 * Tells the helper, which keeps account of who is in.  That it cannot be
 * reached, or knows nothing of the login any more, costs the user a password
 * at the next sudo, and not his session; that the login was revoked meanwhile
 * costs him that.
 */
static int
tell(pam_handle_t *pamh, const struct args *args, enum wire_type type,
     const struct login_mark *mark)
{
    struct user user = pha_user_find(pamh, args, mark->user);
    struct wire_request request = {.type = type, .user = span_of(mark->user)};
    struct kernel_login kernel = pha_kernel_login();
    struct result result;

    if (geteuid() != 0)
        return PAM_SUCCESS;
    if (type == WIRE_CLOSE)
        pha_files_remove(pamh);
    memcpy(request.login, mark->id, sizeof(request.login));
    if (type == WIRE_OPEN) {
        request.audit_session = kernel.audit_session;
        request.login_uid = kernel.login_uid;
    }
    pha_helper_ask_briefly(pamh, args, &request, &result);
    pha_report_result(pamh, args, &user, &result);
    if (result.outcome == OUTCOME_ENDED ||
        !set_environment(pamh, result.environment))
        return PAM_SESSION_ERR;
    if (result.outcome == OUTCOME_ACCEPTED && result.files &&
        !collect(pamh, args, &request, &user, result.left_ms))
        return PAM_SESSION_ERR;
    return PAM_SUCCESS;
}

static int
session(pam_handle_t *pamh, int argc, const char **argv, enum wire_type type)
{
    struct login_mark mark;
    struct args args;

    if (!is_own_session(pamh, &mark))
        return PAM_IGNORE;
    if (!pha_args_read(pamh, argc, argv, &args))
        return PAM_SERVICE_ERR;
    return tell(pamh, &args, type, &mark);
}

int
pha_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags;
    /* First of all: the id is no business of the session's programs. */
    if (!pha_login_move(pamh))
        return PAM_SERVICE_ERR;
    return session(pamh, argc, argv, WIRE_OPEN);
}

int
pha_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags;
    return session(pamh, argc, argv, WIRE_CLOSE);
}
