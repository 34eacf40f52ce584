/* SPDX-License-Identifier: BSD-2-Clause */
/* pam_sm_acct_mgmt: may the login that we accepted go on? */
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "pam_httpauth/args.h"
#include "pam_httpauth/helper.h"
#include "pam_httpauth/login.h"
#include "pam_httpauth/outcome.h"
#include "pam_httpauth/phases.h"
#include "pam_httpauth/report.h"
#include "pam_httpauth/user.h"

static int
settle(pam_handle_t *pamh, int flags, const struct args *args,
       const struct user *user, const struct result *result)
{
    const char *text = pha_outcome_text(result);

    pha_report_result(pamh, args, user, result);
    if (text != NULL && ((unsigned)flags & PAM_SILENT) == 0)
        (void)pam_error(pamh, "%s", text);
    return pha_outcome_account(result);
}

static int
check(pam_handle_t *pamh, int flags, const struct args *args,
      const struct user *user, const struct login_mark *mark)
{
    struct wire_request request = {
        .type = WIRE_ACCOUNT,
        .user = span_of(user->name),
    };
    struct result result;

    memcpy(request.login, mark->id, sizeof(request.login));
    pha_helper_ask(pamh, args, &request, &result);
    if (args->end_with_token && result.outcome == OUTCOME_ACCEPTED &&
        !pha_login_limit(pamh, mark)) {
        result.outcome = OUTCOME_BROKEN;
        result.cause = "no memory";
    }
    return settle(pamh, flags, args, user, &result);
}

/*
 * account=session: who came by an ssh key, say, is admitted while he has a
 * login of ours open here.  Root is not asked about, nor who is out of range:
 * his cron must go on.
 */
static int
check_presence(pam_handle_t *pamh, int flags, const struct args *args,
               const char *name)
{
    struct user user = pha_user_find(pamh, args, name);
    struct wire_request request = {
        .type = WIRE_PRESENT,
        .user = span_of(user.name),
    };
    struct result result;

    if (!user.exists || !user.in_range)
        return PAM_IGNORE;
    pha_helper_ask(pamh, args, &request, &result);
    return settle(pamh, flags, args, &user, &result);
}

int
pha_account(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const char *name = pha_user_item(pamh);
    struct login_mark mark;
    struct args args;
    struct user user;
    bool understood = pha_args_read(pamh, argc, argv, &args);
    enum login_found found = pha_login_look(pamh, &mark);

    /* By another method: no look-up, no socket.  With arguments that are not
     * understood we cannot know that this is all that was wanted. */
    if (found == LOGIN_ABSENT && understood)
        return args.account == ACCOUNT_IGNORE
                   ? PAM_IGNORE
                   : check_presence(pamh, flags, &args, name);
    user = pha_user_find(pamh, &args, name);
    /* We admitted one user and another goes on. */
    if (found == LOGIN_OURS && (name == NULL || strcmp(name, mark.user) != 0)) {
        pam_syslog(pamh, LOG_NOTICE,
                   "refused: user=%s: the accepted user was another",
                   pha_user_shown(&user));
        return PAM_PERM_DENIED;
    }
    /* Not ours to judge, whatever else is wrong: root's cron must go on. */
    if (user.exists && !user.in_range)
        return PAM_IGNORE;
    if (!understood)
        return PAM_SERVICE_ERR;
    if (found != LOGIN_OURS) {
        pam_syslog(pamh, LOG_ERR,
                   "HTTPAUTH_LOGIN in the PAM environment is not from us");
        return PAM_SERVICE_ERR;
    }
    return check(pamh, flags, &args, &user, &mark);
}
