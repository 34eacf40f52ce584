/* SPDX-License-Identifier: BSD-2-Clause */
/* pam_sm_authenticate: ask, gate, hand over, translate. */
#include <security/pam_ext.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "pam_httpauth/args.h"
#include "pam_httpauth/ask.h"
#include "pam_httpauth/device.h"
#include "pam_httpauth/helper.h"
#include "pam_httpauth/kernel.h"
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
 * same prompts went before.  Who bears the reserved name is not known yet.
 */
static bool
gate(const struct args *args, const struct user *user,
     const struct answer *answer, struct result *result)
{
    const char *fault = pha_answer_fault(answer);

    /* The program may hold that account's data already. */
    if (user->reserved && user->exists) {
        result->outcome = OUTCOME_BROKEN;
        result->cause = "the name in map_user is an account's";
        return false;
    }
    if (!user->reserved && !pha_user_is_served(user, args))
        fault = "the user is not served";
    if (fault == NULL)
        return true;
    result->cause = fault;
    result->outcome =
        pha_answer_is_ours(answer) ? OUTCOME_WRONG : OUTCOME_NOT_OURS;
    return false;
}

/* Takes an acceptance back. */
static void
reject(struct result *result, enum outcome outcome, const char *cause)
{
    result->outcome = outcome;
    result->cause = cause;
    result->text[0] = '\0';
}

/* The token's user passes the same checks as one whose name was typed. */
static bool
may_be(pam_handle_t *pamh, const struct args *args, struct user *user,
       struct result *result)
{
    *user = pha_user_find(pamh, args, result->user);
    if (pha_user_may_be_mapped(user, args))
        return true;
    reject(result, OUTCOME_FORBIDDEN, "the user of the token is not served");
    return false;
}

/* Acceptance: leaves the mark of the login, and for a reserved name makes
 * `user` the token's, whose name is in `result`. */
static void
let_in(pam_handle_t *pamh, const struct args *args, struct user *user,
       struct result *result)
{
    bool mapped = user->reserved;

    if (mapped && !may_be(pamh, args, user, result))
        return;
    /* Without its mark the account phase would take an accepted login for
     * somebody else's and not look at it. */
    if (!pha_login_leave(pamh, result->login, result->ends, user->name)) {
        reject(result, OUTCOME_BROKEN, "no memory");
    } else if (mapped &&
               pam_set_item(pamh, PAM_USER, user->name) != PAM_SUCCESS) {
        pha_login_drop(pamh);
        reject(result, OUTCOME_BROKEN, "PAM_USER cannot be set");
    }
}

/* `user` may become another, whose name is in `result`.  While it may be cut,
 * the helper answers from what is at hand. */
static void
ask_helper(pam_handle_t *pamh, const struct args *args, struct user *user,
           const struct answer *answer, bool may_be_cut, struct result *result)
{
    struct wire_request request = {
        .type = WIRE_AUTH,
        .user = user->reserved ? span_of("") : span_of(user->name),
        .credential = answer->text,
        .may_be_cut = may_be_cut,
    };

    if (may_be_cut)
        pha_helper_ask_briefly(pamh, args, &request, result);
    else
        pha_helper_ask(pamh, args, &request, result);
    if (result->outcome == OUTCOME_ACCEPTED)
        let_in(pamh, args, user, result);
}

/* Does it open the door, or is it refused for good, as it is? */
static bool
suffices(pam_handle_t *pamh, const struct args *args, struct user *user,
         const struct answer *answer, struct result *result)
{
    *result = (struct result){.outcome = OUTCOME_BROKEN};
    if (!gate(args, user, answer, result))
        return false;
    ask_helper(pamh, args, user, answer, true, result);
    return result->outcome == OUTCOME_ACCEPTED ||
           pha_outcome_is_refusal(result);
}

static void
judge_whole(pam_handle_t *pamh, const struct args *args, struct user *user,
            const struct answer *answer, bool cut, struct result *result)
{
    *result = (struct result){.outcome = OUTCOME_BROKEN};
    if (!gate(args, user, answer, result)) {
        ;
    } else if (!cut) {
        ask_helper(pamh, args, user, answer, false, result);
    } else {
        reject(result, OUTCOME_WRONG,
               "truncated: the program that asked cuts answers at this length");
        (void)snprintf(result->text, sizeof(result->text),
                       "only the first %zu bytes of the token have come; "
                       "httpauth-askpass(1) sends all of it",
                       answer->text.len);
    }
    /* The next module would ask anew, and only for users whose answer sshd
     * has replaced because it does not admit them. */
    if (result->outcome == OUTCOME_NOT_OURS && pha_answer_is_long(answer))
        result->outcome = OUTCOME_WRONG;
}

/*
 * An empty answer, where device_login says so.  False when none was offered,
 * or the conversation failed (`left`).  Who is not served goes the same way
 * to its end, and is not let in there.
 */
static bool
by_device(pam_handle_t *pamh, const struct args *args, struct user *user,
          struct result *result, bool *left)
{
    bool served =
        user->reserved ? !user->exists : pha_user_is_served(user, args);
    bool named = served && !user->reserved;
    enum device_end end =
        pha_device(pamh, args, named ? user->name : NULL, result);

    *left = end == DEVICE_LEFT;
    if (end != DEVICE_DECIDED)
        return false;
    if (result->outcome == OUTCOME_ACCEPTED && !served)
        reject(result, OUTCOME_WRONG, "the user is not served");
    if (result->outcome == OUTCOME_ACCEPTED)
        let_in(pamh, args, user, result);
    return true;
}

/*
 * Programs cut what they ask for without a word, at lengths that are known: of
 * an answer so long there may be more.  Whether the user is one of ours makes
 * no difference to how often he is asked, unless what he said is good.
 */
static bool
judge(pam_handle_t *pamh, const struct args *args, struct user *user,
      struct answer *answer, struct result *result)
{
    enum parts parts = PARTS_MORE;
    bool left = false;

    if (args->device_login && answer->owned != NULL && answer->text.len == 0 &&
        (by_device(pamh, args, user, result, &left) || left))
        return !left;
    while (parts == PARTS_MORE && pha_answer_may_be_cut(answer)) {
        if (suffices(pamh, args, user, answer, result))
            return true;
        parts = pha_ask_more(pamh, answer);
        /* Only now: the program may set another name while it asks. */
        *user = pha_user_find(pamh, args, pha_user_item(pamh));
    }
    if (parts == PARTS_FAILED)
        return false;
    judge_whole(pamh, args, user, answer, parts == PARTS_CUT, result);
    return true;
}

/*
 * accept_login: he who sits in a login of ours that is open, and asks to pass
 * as himself, need not be asked.  Whatever stands against it only means that
 * he is.  A program that is not root has no say in this.
 */
static bool
resumes(pam_handle_t *pamh, const struct args *args, const struct user *user,
        struct result *result)
{
    struct kernel_login kernel = pha_kernel_login();
    struct wire_request request = {
        .type = WIRE_RESUME,
        .user = span_of(user->name),
        .audit_session = kernel.audit_session,
        .login_uid = kernel.login_uid,
    };

    if (args->use_first_pass || geteuid() != 0 || user->reserved ||
        !pha_user_is_served(user, args) || !pha_kernel_login_is_set(&kernel) ||
        user->uid != getuid() || user->uid != kernel.login_uid)
        return false;
    pha_helper_ask_briefly(pamh, args, &request, result);
    if (result->outcome != OUTCOME_ACCEPTED)
        return false;
    if (pha_login_leave(pamh, result->login, result->ends, user->name))
        return true;
    reject(result, OUTCOME_BROKEN, "no memory");
    return false;
}

/* Tells log and user about it; returns the code. */
static int
settle(pam_handle_t *pamh, int flags, const struct args *args,
       const struct user *user, const struct result *result)
{
    const char *text = pha_outcome_text(result);

    if (pha_outcome_is_refusal(result)) {
        (void)pam_fail_delay(pamh, REFUSAL_DELAY_US);
        pha_report_failure(pamh, user);
    }
    pha_report_result(pamh, args, user, result);
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
    struct answer answer = ANSWER_INIT;
    struct args args;
    struct user user;
    int code = PAM_SERVICE_ERR;

    /* What an earlier attempt left must not vouch for this one. */
    pha_login_drop(pamh);
    if (!pha_args_read(pamh, argc, argv, &args))
        return PAM_SERVICE_ERR;
    /* A conversation that fails is a user who left, or a program that cannot
     * ask: refused, and no other module shall try, but nobody failed. */
    result.outcome = OUTCOME_WRONG;
    code = PAM_AUTH_ERR;
    if (!has_user(pamh))
        goto done;
    user = pha_user_find(pamh, &args, pha_user_item(pamh));
    if (resumes(pamh, &args, &user, &result)) {
        code = settle(pamh, flags, &args, &user, &result);
        goto done;
    }
    result = (struct result){.outcome = OUTCOME_WRONG};
    if (!pha_ask(pamh, &args, &answer))
        goto done;
    /* Only now: the program may set another name while it asks. */
    user = pha_user_find(pamh, &args, pha_user_item(pamh));
    if (judge(pamh, &args, &user, &answer, &result))
        code = settle(pamh, flags, &args, &user, &result);
    else
        result.outcome = OUTCOME_WRONG;
done:
    pha_answer_end(pamh, &answer, pha_outcome_passes_on(&result));
    return code;
}
