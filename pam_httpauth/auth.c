/* SPDX-License-Identifier: BSD-2-Clause */
/* pam_sm_authenticate: ask, gate, hand over, translate. */
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "pam_httpauth/args.h"
#include "pam_httpauth/ask.h"
#include "pam_httpauth/helper.h"
#include "pam_httpauth/login.h"
#include "pam_httpauth/outcome.h"
#include "pam_httpauth/phases.h"
#include "pam_httpauth/report.h"
#include "pam_httpauth/user.h"

/* libpam waits about this long before the program hears of a refusal. */
#define REFUSAL_DELAY_US 2000000

/*
 * Everything that ends here, without a word to the helper.  Whether the user
 * is one of ours comes first, and makes no difference to what is seen: the
 * same prompts went before.
 */
static bool
gate(const struct args *args, const struct user *user,
     const struct answer *answer, struct result *result)
{
    const char *fault = pha_answer_fault(answer);

    if (!pha_user_is_served(user, args))
        fault = "the user is not served";
    if (fault == NULL)
        return true;
    result->cause = fault;
    result->outcome =
        pha_answer_is_ours(answer) ? OUTCOME_WRONG : OUTCOME_NOT_OURS;
    return false;
}

static void
ask_helper(pam_handle_t *pamh, const struct args *args, const struct user *user,
           const struct answer *answer, struct result *result)
{
    struct wire_request request = {
        .type = WIRE_AUTH,
        .user = span_of(user->name),
        .credential = answer->text,
    };

    pha_helper_ask(pamh, args, &request, result);
    /* Without its mark the account phase would take an accepted login for
     * somebody else's and not look at it. */
    if (result->outcome == OUTCOME_ACCEPTED &&
        !pha_login_leave(pamh, result->login, user->name)) {
        result->outcome = OUTCOME_BROKEN;
        result->cause = "no memory";
    }
}

/* Tells log and user about it; returns the code. */
static int
settle(pam_handle_t *pamh, int flags, const struct args *args,
       const struct user *user, const struct answer *answer,
       const struct result *result)
{
    const char *text = pha_outcome_text(result);

    if (pha_outcome_is_refusal(result)) {
        (void)pam_fail_delay(pamh, REFUSAL_DELAY_US);
        pha_report_failure(pamh, user);
    }
    pha_report_result(pamh, args, user, result, pha_answer_may_be_cut(answer));
    if (text != NULL && ((unsigned)flags & PAM_SILENT) == 0)
        (void)pam_error(pamh, "%s", text);
    return pha_outcome_auth(result);
}

static bool
has_user(pam_handle_t *pamh)
{
    const char *name = NULL;
    int code = pam_get_user(pamh, &name, NULL);

    if (code != PAM_SUCCESS)
        pam_syslog(pamh, LOG_NOTICE, "no user name: %s",
                   pam_strerror(pamh, code));
    return code == PAM_SUCCESS;
}

int
pha_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct result result = {.outcome = OUTCOME_BROKEN};
    struct answer answer = {{NULL, 0}, NULL};
    struct args args;
    struct user user;
    int code = PAM_SERVICE_ERR;

    /* What an earlier attempt left must not vouch for this one. */
    pha_login_drop(pamh);
    if (!pha_args_read(pamh, argc, argv, &args))
        return PAM_SERVICE_ERR;
    /* A conversation that fails is a user who left, or a program that cannot
     * ask: refused, and no other module shall try, but nobody failed. */
    if (!has_user(pamh) || !pha_ask(pamh, &args, &answer)) {
        result.outcome = OUTCOME_WRONG;
        code = PAM_AUTH_ERR;
        goto done;
    }
    /* Only now: the program may set another name while it asks. */
    user = pha_user_find(pamh, &args, pha_user_item(pamh));
    if (gate(&args, &user, &answer, &result))
        ask_helper(pamh, &args, &user, &answer, &result);
    code = settle(pamh, flags, &args, &user, &answer, &result);
done:
    pha_answer_end(pamh, &answer, pha_outcome_passes_on(&result));
    return code;
}
