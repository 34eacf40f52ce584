/* SPDX-License-Identifier: BSD-2-Clause */
/* A stack as libpam goes through it: what it is before our lines, and whether
 * the other lines still mean the same beside them. */
#include <security/_pam_types.h>
#include <stdio.h>

#include "helper/ctl/out.h"
#include "helper/ctl/pamd.h"
#include "helper/ctl/pamrun.h"
#include "helper/ctl/setup.h"

#define MODULE "pam_httpauth.so"
#define COMMON "/etc/pam.d/common-auth"
#define SHOWN_BYTES 512

static const struct pamd_line *
ours(const struct pamd *stack, enum pamd_phase phase)
{
    return pamd_next(stack, phase, MODULE, NULL);
}

static bool
opens_root(const struct pamd *stack)
{
    for (size_t i = 0; i < stack->count; i++) {
        const struct pamd_line *line = &stack->line[i];

        if (pamd_is(line, MODULE) && pamd_has_argument(line, "allow_root")) {
            out_error("%s:%u lets tokens open root: take allow_root out first",
                      line->file, line->number);
            return true;
        }
    }
    return false;
}

enum setup_stack
setup_stack_of(const char *service)
{
    enum setup_stack found = SETUP_STACK_BAD;
    enum pamd_result result;
    struct pamd stack;

    result = pamd_read(pamd_folders, service, &stack);
    if (result == PAMD_ABSENT)
        out_error("there is no /etc/pam.d/%s: --service names the program that "
                  "tokens shall open",
                  service);
    else if (result == PAMD_FAILED)
        out_error("/etc/pam.d/%s cannot be read", service);
    else if (opens_root(&stack))
        found = SETUP_STACK_BAD;
    else if (ours(&stack, PAMD_AUTH) != NULL)
        found = SETUP_STACK_CALLS;
    else
        found = list_has(&stack.files, span_of(COMMON)) ? SETUP_STACK_COMMON
                                                        : SETUP_STACK_OWN;
    pamd_free(&stack);
    return found;
}

/* --- beside our lines --- */

static bool
refuse(const char *service, const struct pamd_line *line, const char *what)
{
    char safe[SHOWN_BYTES];

    out_error("the stack of %s: %s", service, what);
    (void)fprintf(stderr, "  %s\n",
                  out_safe(span_of(line->text), safe, sizeof(safe)));
    (void)fprintf(stderr, "pam_httpauth(8) has our lines, to be put in by "
                          "hand.\n");
    return false;
}

static int
longest_jump(const struct pamd_line *line)
{
    int most = 0;

    for (int code = 0; line->module != NULL && code < PAMD_CODES; code++)
        if (line->action[code] > most)
            most = line->action[code];
    return most;
}

/* Of those in front of ours, one that jumps over it would land a line too
 * early: on pam_unix perhaps, which it was there to jump over. */
static bool
keeps_jumps(const struct pamd *stack, enum pamd_phase phase,
            const char *service)
{
    const struct pamd_line *line = ours(stack, phase);
    unsigned level = line != NULL ? line->level : 0;
    int distance = 1;

    for (; line != NULL && line-- > stack->line;) {
        if (line->phase != phase || line->level != level)
            continue;
        if (longest_jump(line) >= distance)
            return refuse(service, line,
                          "this line skips some of those behind it, and would "
                          "skip ours in the place of one");
        distance++;
    }
    return true;
}

/* Its no is that of a password, or of nobody. */
static bool
is_usual(const struct pamd *stack, const struct pamd_line *line)
{
    static const char *const modules[] = {
        "pam_unix.so",      "pam_sss.so",      "pam_ldap.so", "pam_krb5.so",
        "pam_winbind.so",   "pam_deny.so",     "pam_env.so",  "pam_permit.so",
        "pam_faildelay.so", "pam_faillock.so",
    };

    for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
        if (pamd_is(line, modules[i]))
            return true;
    return pamd_is(line, "pam_nologin.so") &&
           pamd_next(stack, PAMD_ACCOUNT, "pam_nologin.so", NULL) != NULL;
}

/* A login: what ours says to it, one other line, and all others that are not
 * usual. */
struct login {
    const struct pamd *stack;
    const struct pamd_line *ours, *line;
    int ours_says, line_says, others_say;
    bool asked; /* that line was */
};

/* Who exempts somebody in front of ours exempts nobody here. */
static int
answer(void *context, const struct pamd_line *line)
{
    struct login *login = context;
    bool denies = pamd_is(line, "pam_deny.so");

    login->asked = login->asked || line == login->line;
    if (line == login->ours)
        return login->ours_says;
    if (line < login->ours)
        return denies || line->action[PAM_SUCCESS] == PAMD_DONE ? PAM_IGNORE
                                                                : PAM_SUCCESS;
    if (line == login->line)
        return login->line_says;
    if (denies)
        return PAM_AUTH_ERR;
    return is_usual(login->stack, line) ? PAM_SUCCESS : login->others_say;
}

/* By a password. */
static bool
decides(struct login login, int others_say)
{
    bool yes;

    login.ours_says = PAM_IGNORE;
    login.others_say = others_say;
    login.line_says = PAM_SUCCESS;
    yes = pamrun(login.stack, PAMD_AUTH, answer, &login) == PAM_SUCCESS;
    login.line_says = PAM_AUTH_ERR;
    return yes && pamrun(login.stack, PAMD_AUTH, answer, &login) != PAM_SUCCESS;
}

/* Also without a no of its own, as pam_duo's guide has it: "success=1" in front
 * of pam_deny. */
static bool
has_a_say(struct login login)
{
    int no = login.line->action[PAM_AUTH_ERR];

    return no == PAMD_BAD || no == PAMD_DIE || decides(login, PAM_SUCCESS) ||
           decides(login, PAM_AUTH_ERR);
}

static bool
a_token_asks(struct login login)
{
    login.ours_says = login.line_says = login.others_say = PAM_SUCCESS;
    (void)pamrun(login.stack, PAMD_AUTH, answer, &login);
    return login.asked;
}

/* A token ends the phase, or jumps: who has a say behind ours (a second factor,
 * a list of users) may not be asked. */
static bool
keeps_rules(const struct pamd *stack, const char *service)
{
    struct login login = {.stack = stack, .ours = ours(stack, PAMD_AUTH)};
    const struct pamd_line *end = stack->line + stack->count;

    if (login.ours == NULL)
        return true;
    for (login.line = login.ours + 1; login.line < end; login.line++)
        if (login.line->phase == PAMD_AUTH && login.line->module != NULL &&
            !is_usual(stack, login.line) && !a_token_asks(login) &&
            has_a_say(login))
            return refuse(service, login.line,
                          "a token would be enough, without what this line "
                          "asks for");
    return true;
}

bool
setup_stack_keeps(const char *const *folders, const char *service)
{
    struct pamd stack;
    bool keeps = pamd_read(folders, service, &stack) == PAMD_READ &&
                 keeps_jumps(&stack, PAMD_AUTH, service) &&
                 keeps_jumps(&stack, PAMD_ACCOUNT, service) &&
                 keeps_jumps(&stack, PAMD_SESSION, service) &&
                 keeps_rules(&stack, service);

    pamd_free(&stack);
    return keeps;
}
