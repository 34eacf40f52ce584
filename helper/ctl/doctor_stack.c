/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The doctor on the control words around our lines.  They are not compared
 * with the ones that the manual recommends: what the stack answers is tried,
 * for each of our own answers, so that a stack that is written otherwise and
 * right is not complained about.
 */
#include <security/_pam_types.h>
#include <stdio.h>
#include <string.h>

#include "helper/ctl/doctor.h"
#include "helper/ctl/pamrun.h"

#define OURS "pam_httpauth.so"
#define NOBODY ((size_t)-1)

/* Who asks for a credential of his own and says no to what is not it. */
static const char *const judges[] = {
    "pam_unix.so",
    "pam_unix2.so",
    "pam_sss.so",
    "pam_ldap.so",
    "pam_krb5.so",
    "pam_winbind.so",
    "pam_userdb.so",
    "pam_systemd_home.so",
    "pam_tcb.so",
    "pam_himmelblau.so",
    "pam_fprintd.so",
    "pam_u2f.so",
    "pam_google_authenticator.so",
};

/* Who says yes to everybody who is a usual user at a usual time. */
static const char *const nodders[] = {
    "pam_permit.so",     "pam_localuser.so", "pam_usertype.so",
    "pam_succeed_if.so", "pam_listfile.so",  "pam_access.so",
    "pam_securetty.so",  "pam_shells.so",    "pam_time.so",
    "pam_nologin.so",    "pam_faildelay.so",
};

/* Who says no, or fails here: to root alone is said yes. */
static const char *const refusers[] = {"pam_deny.so", "pam_rootok.so"};

struct scene {
    int ours;
    size_t accepting; /* the number of the judge that accepts, or NOBODY */
    size_t met;       /* judges so far */
    bool ended;       /* the others' account has ended */
};

static bool
is_one_of(const struct pamd_line *line, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pamd_is(line, names[i]))
            return true;
    return false;
}

static bool
is_judge(const struct pamd_line *line)
{
    return is_one_of(line, judges, sizeof(judges) / sizeof(judges[0]));
}

/* pam_faillock comes three times, each with another meaning. */
static int
faillock(const struct pamd_line *line)
{
    return pamd_has_argument(line, "authfail") ? PAM_AUTH_ERR : PAM_SUCCESS;
}

static int
auth_answer(void *context, const struct pamd_line *line)
{
    struct scene *scene = context;

    if (pamd_is(line, OURS))
        return scene->ours;
    if (is_judge(line))
        return scene->met++ == scene->accepting ? PAM_SUCCESS : PAM_AUTH_ERR;
    if (pamd_is(line, "pam_faillock.so"))
        return faillock(line);
    if (is_one_of(line, refusers, sizeof(refusers) / sizeof(refusers[0])))
        return PAM_AUTH_ERR;
    if (is_one_of(line, nodders, sizeof(nodders) / sizeof(nodders[0])))
        return PAM_SUCCESS;
    return PAM_IGNORE;
}

static int
account_answer(void *context, const struct pamd_line *line)
{
    const struct scene *scene = context;

    if (pamd_is(line, OURS))
        return scene->ours;
    if (pamd_is(line, "pam_deny.so"))
        return PAM_PERM_DENIED;
    if (scene->ended && is_judge(line))
        return PAM_ACCT_EXPIRED;
    return PAM_SUCCESS;
}

static bool
admits(const struct doctor_stack *s, int ours, size_t accepting)
{
    struct scene scene = {.ours = ours, .accepting = accepting};

    return pamrun(&s->stack, PAMD_AUTH, auth_answer, &scene) == PAM_SUCCESS;
}

/* Judges in front of that line; of all, where it is NULL. */
static size_t
count_judges(const struct pamd *stack, const struct pamd_line *before)
{
    size_t count = 0;

    for (size_t i = 0; i < stack->count && &stack->line[i] != before; i++)
        if (stack->line[i].phase == PAMD_AUTH && is_judge(&stack->line[i]))
            count++;
    return count;
}

/* Somebody whom another module knows, the first that is asked about or a later
 * one. */
static bool
admits_from(const struct doctor_stack *s, int ours, size_t first)
{
    size_t count = count_judges(&s->stack, NULL);

    for (size_t i = first; i < count; i++)
        if (admits(s, ours, i))
            return true;
    return false;
}

static bool
admits_others(const struct doctor_stack *s, int ours)
{
    return admits_from(s, ours, 0);
}

static bool
admits_account(const struct doctor_stack *s, int ours, bool ended)
{
    struct scene scene = {.ours = ours, .ended = ended};

    return pamrun(&s->stack, PAMD_ACCOUNT, account_answer, &scene) ==
           PAM_SUCCESS;
}

/* --- what follows from it --- */

static void
mark(void *context, const char *wrong, const char *argument)
{
    (void)wrong;
    if (argument != NULL)
        *(bool *)context = true;
}

/* An argument that the module knows, in whatever company. */
static bool
is_understood(const char *argument)
{
    struct args args;
    bool wrong = false;

    arguments_read("", 1, &argument, &args, mark, &wrong);
    return !wrong;
}

static const char *
cured_auth(const struct pamd_line *line)
{
    static char text[1024];
    size_t len;

    snprintf(text, sizeof(text), "auth %s %s", DOCTOR_CONTROL, line->module);
    for (int i = 0; i < line->arguments; i++) {
        if (!is_understood(line->argument[i]))
            continue;
        len = strlen(text);
        snprintf(text + len, sizeof(text) - len,
                 strchr(line->argument[i], ' ') != NULL ? " [%s]" : " %s",
                 line->argument[i]);
    }
    return text;
}

static json_t *
find(struct doctor *d, const struct doctor_stack *s,
     const struct pamd_line *line, enum severity severity, const char *key,
     const char *what)
{
    json_t *finding;

    if (doctor_again(d, key, line->file, line->number, s->service))
        return NULL;
    finding = doctor_find(d, severity, key, "%s %s", s->service, what);
    doctor_for(finding, s->service);
    doctor_at(finding, line->file, line->number);
    return finding;
}

static void
tell_control(struct doctor *d, const struct doctor_stack *s,
             const struct pamd_line *line, enum severity severity,
             const char *key, const char *what, const char *why)
{
    json_t *finding = find(d, s, line, severity, key, what);

    if (finding == NULL)
        return;
    doctor_why(finding, "%s", why);
    doctor_cure(finding, CURE_REPLACE, "%s", cured_auth(line));
}

/* Everything that would let somebody in whom nobody has accepted. */
static bool
judge_refusals(struct doctor *d, const struct doctor_stack *s,
               const struct pamd_line *line)
{
    static const int refusals[] = {PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_MAXTRIES};
    static const int passed_on[] = {PAM_CRED_INSUFFICIENT, PAM_AUTHINFO_UNAVAIL,
                                    PAM_SERVICE_ERR};

    for (size_t i = 0; i < 3; i++) {
        if (!admits(s, refusals[i], NOBODY) && !admits(s, passed_on[i], NOBODY))
            continue;
        tell_control(d, s, line, DOCTOR_FAULT, "pam-lets-in",
                     "lets in whom nobody has accepted.",
                     "When we do not accept, the lines behind ours say yes "
                     "(pam_permit.so, mostly): any password, or none, does.");
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        if (!admits_from(s, refusals[i], count_judges(&s->stack, line)))
            continue;
        tell_control(d, s, line, DOCTOR_WARNING, "pam-refusal-not-final",
                     "goes on after a refusal of ours.",
                     "Whom the provider or a rule refuses is tried as a Unix "
                     "password next, and a denied login asks us several "
                     "times.");
        return true;
    }
    return false;
}

static void
judge_outages(struct doctor *d, const struct doctor_stack *s,
              const struct pamd_line *line)
{
    if (!admits_others(s, PAM_CRED_INSUFFICIENT))
        tell_control(d, s, line, DOCTOR_WARNING, "pam-passwords-refused",
                     "lets nobody in by a Unix password.",
                     "What is no credential of ours must go on to the next "
                     "module.  If tokens alone shall open it, take the other "
                     "modules out: they do nothing.");
    else if (!admits_others(s, PAM_AUTHINFO_UNAVAIL) ||
             !admits_others(s, PAM_SERVICE_ERR))
        tell_control(d, s, line, DOCTOR_WARNING, "pam-outage-locks-out",
                     "lets nobody in while our helper or its provider is "
                     "down.",
                     "An outage or a mistake in our configuration must not "
                     "lock out those who have a Unix password: the "
                     "administrator is one of them.");
    else if (!admits_others(s, PAM_IGNORE))
        tell_control(d, s, line, DOCTOR_FAULT, "pam-ignore-missing",
                     "refuses those who came by another way.",
                     "Without ignore=ignore our line fails pam_setcred() for "
                     "logins that are not ours: by an ssh key, by a Unix "
                     "password, cron's.");
}

static void
judge_auth(struct doctor *d, const struct doctor_stack *s)
{
    const struct pamd_line *line = pamd_next(&s->stack, PAMD_AUTH, OURS, NULL);
    bool alone = admits(s, PAM_SUCCESS, NOBODY);

    if (line == NULL || judge_refusals(d, s, line))
        return;
    if (!alone && !admits_others(s, PAM_SUCCESS)) {
        tell_control(d, s, line, DOCTOR_FAULT, "pam-nobody",
                     "lets nobody in, by whatever credential.",
                     "Even after we accept, the stack says no.");
        return;
    }
    if (!alone &&
        count_judges(&s->stack, line) < count_judges(&s->stack, NULL)) {
        tell_control(d, s, line, DOCTOR_WARNING, "pam-both-needed",
                     "wants a Unix password behind every token.",
                     "Our success does not end the stack.  If both shall be "
                     "needed, say so by putting our line last.");
        return;
    }
    if (alone && count_judges(&s->stack, NULL) > 0)
        judge_outages(d, s, line);
}

static void
judge_account(struct doctor *d, const struct doctor_stack *s)
{
    const struct pamd_line *line =
        pamd_next(&s->stack, PAMD_ACCOUNT, OURS, NULL);
    json_t *finding = NULL;

    if (line == NULL)
        return;
    if (admits_account(s, PAM_PERM_DENIED, false)) {
        finding = find(d, s, line, DOCTOR_FAULT, "pam-account-ignored",
                       "does not heed our account line.");
        if (finding != NULL)
            doctor_why(finding, "A login that was revoked goes on, and rules "
                                "that refuse are not heard.");
    } else if (!admits_account(s, PAM_IGNORE, false)) {
        finding = find(d, s, line, DOCTOR_FAULT, "pam-account-locks-out",
                       "refuses everybody who did not come by a token.");
        if (finding != NULL)
            doctor_why(finding, "Our account line ignores them, and that "
                                "counts as no.");
    } else if (admits_account(s, PAM_SUCCESS, true) &&
               !admits_account(s, PAM_IGNORE, true)) {
        finding = find(d, s, line, DOCTOR_WARNING, "pam-account-skips",
                       "lets accounts in that have ended.");
        if (finding != NULL)
            doctor_why(finding, "Our success skips the account lines behind: "
                                "an expired account is not noticed.");
    }
    if (finding != NULL)
        doctor_cure(finding, CURE_REPLACE, "account %s %s", DOCTOR_ACCOUNT,
                    line->module);
}

void
doctor_judge(struct doctor *d, const struct doctor_stack *s)
{
    judge_auth(d, s);
    judge_account(d, s);
}
