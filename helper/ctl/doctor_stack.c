/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The doctor on the control words around our lines.  They are not compared
 * with the ones that the manual recommends: what the stack answers is tried,
 * for each of our own answers, so that a stack that is written otherwise and
 * right is not complained about.
 */
#include <security/_pam_types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/ctl/doctor.h"
#include "helper/ctl/pamd_parse.h"
#include "helper/ctl/pamrun.h"

#define OURS "pam_httpauth.so"
#define NOBODY ((size_t)-1)
#define EVERYBODY ((size_t)-2)

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

/* Who says yes to those whom its arguments or its file name, unless all of
 * pam_succeed_if's users are meant. */
static const char *const exempters[] = {"pam_listfile.so", "pam_access.so",
                                        "pam_succeed_if.so"};
static const char *const namings[] = {"ingroup", "innetgr", "in", "=", "eq"};

struct scene {
    int ours;
    size_t accepting; /* the number of the judge that accepts, or NOBODY, or
                         EVERYBODY from `first` on */
    size_t first;
    size_t met; /* judges so far */
    bool ended; /* the others' account has ended */
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

/* Where its yes ends the stack, as lightdm has it for a group of those without
 * a password: nobody usual is meant. */
static bool
is_exemption(const struct pamd_line *line)
{
    bool named = !pamd_is(line, "pam_succeed_if.so");

    for (size_t i = 0; i < sizeof(namings) / sizeof(namings[0]); i++)
        named = named || pamd_has_argument(line, namings[i]);
    return named && line->action[PAM_SUCCESS] == PAMD_DONE &&
           is_one_of(line, exempters, sizeof(exempters) / sizeof(exempters[0]));
}

static int
judge_answer(struct scene *scene)
{
    size_t number = scene->met++;
    bool accepts = scene->accepting == EVERYBODY ? number >= scene->first
                                                 : number == scene->accepting;

    return accepts ? PAM_SUCCESS : PAM_AUTH_ERR;
}

static int
auth_answer(void *context, const struct pamd_line *line)
{
    struct scene *scene = context;

    if (pamd_is(line, OURS))
        return scene->ours;
    if (is_judge(line))
        return judge_answer(scene);
    if (pamd_is(line, "pam_faillock.so"))
        return faillock(line);
    if (is_one_of(line, refusers, sizeof(refusers) / sizeof(refusers[0])) ||
        is_exemption(line))
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

/* Somebody whom another module knows, the first that is asked about, a later
 * one, or all of them. */
static bool
admits_from(const struct doctor_stack *s, int ours, size_t first)
{
    size_t count = count_judges(&s->stack, NULL);
    struct scene scene = {.ours = ours, .accepting = EVERYBODY, .first = first};

    for (size_t i = first; i < count; i++)
        if (admits(s, ours, i))
            return true;
    return first < count &&
           pamrun(&s->stack, PAMD_AUTH, auth_answer, &scene) == PAM_SUCCESS;
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

/* --- what can be wrong --- */

typedef bool flaw(const struct doctor_stack *, const struct pamd_line *ours);

static bool
is_enough(const struct doctor_stack *s)
{
    return admits(s, PAM_SUCCESS, NOBODY);
}

/* Whatever it is that we answer, or libpam in our place. */
static bool
lets_in(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    for (int code = PAM_SUCCESS + 1; code < PAMD_CODES; code++)
        if (code != PAM_NEW_AUTHTOK_REQD && admits(s, code, NOBODY))
            return true;
    return false;
}

static bool
goes_on(const struct doctor_stack *s, const struct pamd_line *ours)
{
    size_t behind = count_judges(&s->stack, ours);

    return admits_from(s, PAM_AUTH_ERR, behind) ||
           admits_from(s, PAM_PERM_DENIED, behind) ||
           admits_from(s, PAM_MAXTRIES, behind);
}

static bool
admits_none(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    return !is_enough(s) && !admits_others(s, PAM_SUCCESS);
}

static bool
needs_both(const struct doctor_stack *s, const struct pamd_line *ours)
{
    return !is_enough(s) &&
           count_judges(&s->stack, ours) < count_judges(&s->stack, NULL);
}

/* Others can let somebody in, and we alone as well: what of them when we do
 * not? */
static bool
locks_others_out(const struct doctor_stack *s, int ours)
{
    return is_enough(s) && count_judges(&s->stack, NULL) > 0 &&
           !admits_others(s, ours);
}

static bool
refuses_passwords(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    return locks_others_out(s, PAM_CRED_INSUFFICIENT);
}

static bool
falls_with_us(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    return locks_others_out(s, PAM_AUTHINFO_UNAVAIL) ||
           locks_others_out(s, PAM_SERVICE_ERR);
}

static bool
refuses_strangers(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    return locks_others_out(s, PAM_IGNORE);
}

struct flaw_row {
    flaw *is;
    enum severity severity;
    const char *key, *what, *why;
};

/* In this order; one is told. */
static const struct flaw_row auth_flaws[] = {
    {lets_in, DOCTOR_FAULT, "pam-lets-in", "lets in whom nobody has accepted.",
     "When we do not accept, other lines say yes all the same (pam_permit.so, "
     "mostly): any password, or none, does."},
    {goes_on, DOCTOR_WARNING, "pam-refusal-not-final",
     "goes on after a refusal of ours.",
     "Whom the provider or a rule refuses is tried as a Unix password next, "
     "and a denied login asks us several times."},
    {admits_none, DOCTOR_FAULT, "pam-nobody",
     "lets nobody in, by whatever credential.",
     "Even after we accept, the stack says no."},
    {needs_both, DOCTOR_WARNING, "pam-both-needed",
     "wants a Unix password behind every token.",
     "Our success does not end the stack.  If both shall be needed, say so by "
     "putting our line last."},
    {refuses_passwords, DOCTOR_WARNING, "pam-passwords-refused",
     "lets nobody in by a Unix password.",
     "What is no credential of ours must go on to the next module.  If tokens "
     "alone shall open it, take the other modules out: they do nothing."},
    {falls_with_us, DOCTOR_WARNING, "pam-outage-locks-out",
     "lets nobody in while our helper or its provider is down.",
     "An outage or a mistake in our configuration must not lock out those who "
     "have a Unix password: the administrator is one of them."},
    {refuses_strangers, DOCTOR_FAULT, "pam-ignore-missing",
     "refuses those who came by another way.",
     "Without ignore=ignore our line fails pam_setcred() for logins that are "
     "not ours: by an ssh key, by a Unix password, cron's."},
};

/* Would that control, in the place of the one that the line has, do away with
 * it?  What would not is not advised: the cause stands in another line. */
static bool
would_help(const struct doctor_stack *s, const struct pamd_line *line,
           const char *control, flaw *is)
{
    size_t at = (size_t)(line - s->stack.line);
    size_t bytes = s->stack.count * sizeof(*line);
    struct doctor_stack changed = *s;
    bool helps = false;

    changed.stack.line = malloc(bytes);
    if (changed.stack.line != NULL) {
        memcpy(changed.stack.line, s->stack.line, bytes);
        (void)pamd_control(span_of(control), changed.stack.line[at].action);
        helps = !is(&changed, &changed.stack.line[at]);
    }
    free(changed.stack.line);
    return helps;
}

/* The first that the line has; NULL: none, or told already.  `finding` is
 * then a new one. */
static const struct flaw_row *
find_flaw(struct doctor *d, const struct doctor_stack *s,
          const struct pamd_line *line, const struct flaw_row *rows,
          size_t count, json_t **finding)
{
    for (size_t i = 0; line != NULL && i < count; i++) {
        if (!rows[i].is(s, line))
            continue;
        *finding =
            find(d, s, line, rows[i].severity, rows[i].key, rows[i].what);
        return *finding != NULL ? &rows[i] : NULL;
    }
    return NULL;
}

static void
judge_auth(struct doctor *d, const struct doctor_stack *s)
{
    const struct pamd_line *line = pamd_next(&s->stack, PAMD_AUTH, OURS, NULL);
    json_t *finding;
    const struct flaw_row *row =
        find_flaw(d, s, line, auth_flaws,
                  sizeof(auth_flaws) / sizeof(auth_flaws[0]), &finding);

    if (row == NULL)
        return;
    doctor_why(finding, "%s", row->why);
    if (would_help(s, line, DOCTOR_CONTROL, row->is))
        doctor_cure(finding, CURE_REPLACE, "%s", cured_auth(line));
}

/* --- account --- */

static bool
is_unheard(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    return admits_account(s, PAM_PERM_DENIED, false);
}

static bool
refuses_others(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    return !admits_account(s, PAM_IGNORE, false);
}

static bool
skips_others(const struct doctor_stack *s, const struct pamd_line *ours)
{
    (void)ours;
    return admits_account(s, PAM_SUCCESS, true) &&
           !admits_account(s, PAM_IGNORE, true);
}

static const struct flaw_row account_flaws[] = {
    {is_unheard, DOCTOR_FAULT, "pam-account-ignored",
     "does not heed our account line.",
     "A login that was revoked goes on, and rules that refuse are not heard."},
    {refuses_others, DOCTOR_FAULT, "pam-account-locks-out",
     "refuses everybody who did not come by a token.",
     "Our account line ignores them, and that counts as no."},
    {skips_others, DOCTOR_WARNING, "pam-account-skips",
     "lets accounts in that have ended.",
     "Our success skips the account lines behind: an expired account is not "
     "noticed."},
};

static void
judge_account(struct doctor *d, const struct doctor_stack *s)
{
    const struct pamd_line *line =
        pamd_next(&s->stack, PAMD_ACCOUNT, OURS, NULL);
    json_t *finding;
    const struct flaw_row *row =
        find_flaw(d, s, line, account_flaws,
                  sizeof(account_flaws) / sizeof(account_flaws[0]), &finding);
    bool helps;

    if (row == NULL)
        return;
    helps = would_help(s, line, DOCTOR_ACCOUNT, row->is);
    doctor_why(finding, "%s%s", row->why,
               helps ? ""
                     : "  It belongs above the account lines that end the "
                       "stack.");
    if (helps)
        doctor_cure(finding, CURE_REPLACE, "account %s %s", DOCTOR_ACCOUNT,
                    line->module);
}

void
doctor_judge(struct doctor *d, const struct doctor_stack *s)
{
    judge_auth(d, s);
    judge_account(d, s);
}
