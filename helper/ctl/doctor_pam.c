/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor on the stacks that call us: their lines, their order, our
 * arguments. */
#include <stdio.h>
#include <string.h>

#include "helper/ctl/doctor.h"

#define OURS "pam_httpauth.so"

static json_t *
find(struct doctor *d, const struct doctor_stack *s, const char *file,
     unsigned number, enum severity severity, const char *key, const char *what)
{
    json_t *finding;

    if (doctor_again(d, key, file, number, s->service))
        return NULL;
    finding = doctor_find(d, severity, key, "%s", what);
    doctor_for(finding, s->service);
    doctor_at(finding, file, number);
    return finding;
}

/* --- what libpam or we ourselves refuse --- */

static void
judge_faults(struct doctor *d, const struct doctor_stack *s)
{
    for (size_t i = 0; i < s->stack.faults; i++) {
        const struct pamd_fault *fault = &s->stack.fault[i];
        json_t *finding =
            find(d, s, fault->file, fault->number, DOCTOR_FAULT, "pam-syntax",
                 "libpam does not take this line of a stack.");

        if (finding != NULL)
            doctor_why(finding,
                       "It says: %s.  The line fails, whoever logs "
                       "in.",
                       fault->what);
    }
}

struct mistakes {
    struct doctor *doctor;
    const struct doctor_stack *stack;
    const struct pamd_line *line;
};

static void
tell_mistake(void *context, const char *wrong, const char *argument)
{
    const struct mistakes *m = context;
    char what[512];
    json_t *finding;

    snprintf(what, sizeof(what), "The module refuses its line: %s%s%s.", wrong,
             argument != NULL ? " " : "", argument != NULL ? argument : "");
    finding = find(m->doctor, m->stack, m->line->file, m->line->number,
                   DOCTOR_FAULT, "pam-argument", what);
    if (finding == NULL)
        return;
    doctor_why(finding, "An argument that is not understood is never ignored: "
                        "nobody gets in by a token.  pam_httpauth(8) has them "
                        "all.");
    if (argument != NULL)
        doctor_cure(finding, CURE_REMOVE, "%s", argument);
}

static void
judge_arguments(struct doctor *d, const struct doctor_stack *s)
{
    for (size_t i = 0; i < s->stack.count; i++) {
        const struct pamd_line *line = &s->stack.line[i];
        struct mistakes m = {d, s, line};
        struct args args;

        if (pamd_is(line, OURS))
            arguments_read(s->service, line->arguments,
                           (const char *const *)line->argument, &args,
                           tell_mistake, &m);
    }
}

/* --- lines that are missing --- */

/* The command that writes the file that it stands in; NULL: somebody's hand. */
static const char *
manager(const struct pamd_line *line)
{
    if (strstr(line->file, "/common-") != NULL)
        return "pam-auth-update --enable httpauth httpauth-session";
    if (strstr(line->file, "/system-auth") != NULL ||
        strstr(line->file, "/password-auth") != NULL)
        return "authselect select httpauth";
    return NULL;
}

static bool
has_phase(const struct pamd *stack, enum pamd_phase phase)
{
    for (size_t i = 0; i < stack->count; i++)
        if (stack->line[i].phase == phase)
            return true;
    return false;
}

static void
judge_phase(struct doctor *d, const struct doctor_stack *s,
            enum pamd_phase phase, const char *key, const char *what,
            const char *why, const char *line)
{
    const struct pamd_line *ours = pamd_next(&s->stack, PAMD_AUTH, OURS, NULL);
    json_t *finding;

    if (ours == NULL || pamd_next(&s->stack, phase, OURS, NULL) != NULL ||
        !has_phase(&s->stack, phase))
        return;
    finding = find(d, s, ours->file, manager(ours) != NULL ? ours->number : 0,
                   DOCTOR_WARNING, key, what);
    if (finding == NULL)
        return;
    doctor_why(finding, "%s", why);
    if (manager(ours) != NULL)
        doctor_cure(finding, CURE_RUN, "%s", manager(ours));
    else
        doctor_cure(finding, CURE_ADD, "%s %s", line, ours->module);
}

static void
judge_missing(struct doctor *d, const struct doctor_stack *s)
{
    judge_phase(d, s, PAMD_ACCOUNT, "pam-account-missing",
                "There is no account line of ours beside the auth line.",
                "Whether a login was revoked, or its token ended, between the "
                "two phases is not asked.  It belongs above the other account "
                "lines.",
                "account " DOCTOR_ACCOUNT);
    judge_phase(d, s, PAMD_SESSION, "pam-session-missing",
                "There is no session line of ours beside the auth line.",
                "The helper does not learn which sessions are open: "
                "accept_login, revoke --kill and files of the session do not "
                "work.  It belongs behind pam_systemd.so.",
                "session optional");
}

/* --- order --- */

static bool
is_password_module(const struct pamd_line *line)
{
    return pamd_is(line, "pam_unix.so") || pamd_is(line, "pam_sss.so") ||
           pamd_is(line, "pam_ldap.so") || pamd_is(line, "pam_krb5.so") ||
           pamd_is(line, "pam_winbind.so");
}

static bool
needs_no_more(const struct pamd_line *line)
{
    return line->action[0] == PAMD_DONE || line->action[0] > 0;
}

/* In front of us, and its success is enough: then each token is a wrong
 * password first. */
static void
judge_order(struct doctor *d, const struct doctor_stack *s)
{
    const struct pamd_line *ours = pamd_next(&s->stack, PAMD_AUTH, OURS, NULL);
    bool asks_again =
        ours != NULL && !s->args.try_first_pass && !s->args.use_first_pass;
    json_t *finding;

    for (size_t i = 0; ours != NULL && &s->stack.line[i] < ours; i++) {
        const struct pamd_line *line = &s->stack.line[i];

        if (line->phase != PAMD_AUTH || !is_password_module(line) ||
            !needs_no_more(line))
            continue;
        finding =
            find(d, s, ours->file, ours->number, DOCTOR_WARNING, "pam-order",
                 "Our auth line stands behind the one of a "
                 "password module.");
        if (finding == NULL)
            return;
        doctor_why(finding,
                   "Every token is tried as a Unix password first: a "
                   "failure in the log, a delay%s.  Move our line "
                   "above %s:%u.",
                   asks_again ? ", a second prompt (try_first_pass is missing)"
                              : "",
                   line->file, line->number);
        return;
    }
}

static void
judge_second_prompt(struct doctor *d, const struct doctor_stack *s)
{
    const struct pamd_line *ours = pamd_next(&s->stack, PAMD_AUTH, OURS, NULL);
    const struct pamd_line *end = s->stack.line + s->stack.count;
    json_t *finding;

    for (const struct pamd_line *line = ours; line != NULL && line < end;
         line++) {
        /* pam_unix takes a password that is there, asked to or not. */
        if (line->phase != PAMD_AUTH || !is_password_module(line) ||
            pamd_is(line, "pam_unix.so") ||
            pamd_has_argument(line, "try_first_pass") ||
            pamd_has_argument(line, "use_first_pass") ||
            pamd_has_argument(line, "forward_pass"))
            continue;
        finding = find(d, s, line->file, line->number, DOCTOR_NOTE,
                       "pam-second-prompt",
                       "A password module behind us may ask a second time.");
        if (finding == NULL)
            continue;
        doctor_why(finding, "What was typed at our prompt is there for it.");
        doctor_cure(finding, CURE_REPLACE, "%s try_first_pass", line->text);
    }
}

static void
judge_systemd(struct doctor *d, const struct doctor_stack *s)
{
    const struct pamd_line *ours =
        pamd_next(&s->stack, PAMD_SESSION, OURS, NULL);
    const struct service_conf *service =
        d->config == NULL ? NULL
                          : config_service(d->config, span_of(s->service));
    json_t *finding;

    if (ours == NULL || service == NULL || service->session_files == 0 ||
        pamd_next(&s->stack, PAMD_SESSION, "pam_systemd.so", ours) == NULL)
        return;
    finding = find(d, s, ours->file, ours->number, DOCTOR_WARNING,
                   "pam-session-order",
                   "Our session line stands in front of pam_systemd.so.");
    if (finding == NULL)
        return;
    doctor_why(finding, "session_files has no folder to write to before "
                        "pam_systemd.so has made it.  Move the line behind "
                        "it.");
}

/* --- services that the configuration does not know --- */

static void
judge_section(struct doctor *d, const struct doctor_stack *s, char *list,
              size_t size)
{
    const struct pamd_line *ours = pamd_next(&s->stack, PAMD_AUTH, OURS, NULL);
    size_t len = strlen(list);
    json_t *finding;

    if (d->config == NULL || ours == NULL ||
        config_service(d->config, span_of(s->service)) != NULL)
        return;
    /* Through a file that all programs include, that is how it is meant. */
    if (strcmp(ours->file, s->stack.files.item[0]) != 0) {
        snprintf(list + len, size - len, "%s%s", len > 0 ? ", " : "",
                 s->service);
        return;
    }
    finding = doctor_find(d, DOCTOR_FAULT, "service-missing",
                          "%s asks us, but there is no [service %s].",
                          s->service, s->service);
    doctor_why(finding, "A program without a section is refused whatever the "
                        "credential.");
    doctor_at(finding, d->config->file, 0);
    doctor_cure(finding, CURE_ADD, "[service %s]", s->service);
}

/* The other way round: the section is there, but its program asks others. */
static void
judge_unasked(struct doctor *d, const struct service_conf *service)
{
    struct pamd stack;
    enum pamd_result result;
    json_t *finding;

    if (doctor_stack(d, service->name) != NULL)
        return;
    result = pamd_read(pamd_folders, service->name, &stack);
    if (result == PAMD_READ && !stack.unreadable) {
        finding = doctor_find(d, DOCTOR_WARNING, "service-unasked",
                              "There is a [service %s], but its stack does "
                              "not ask us.",
                              service->name);
        doctor_why(finding, "Tokens open nothing there: the lines of "
                            "pam_httpauth(8) are missing.");
        doctor_at(finding, stack.files.item[0], 0);
    }
    pamd_free(&stack);
}

static void
judge_sections(struct doctor *d)
{
    char list[2048] = "";

    for (size_t i = 0; d->config != NULL && i < d->config->services; i++)
        if (d->stacks > 0)
            judge_unasked(d, &d->config->service[i]);

    for (size_t i = 0; i < d->stacks; i++)
        judge_section(d, &d->stack[i], list, sizeof(list));
    if (list[0] != '\0')
        doctor_find(d, DOCTOR_NOTE, "service-not-admitted",
                    "Tokens open nothing in programs that ask us but have no "
                    "[service]: %s.",
                    list);
}

void
doctor_pam(struct doctor *d)
{
    char list[2048] = "";
    size_t asking = 0;

    for (size_t i = 0; i < d->stacks; i++) {
        const struct doctor_stack *s = &d->stack[i];
        size_t len = strlen(list);

        judge_faults(d, s);
        judge_arguments(d, s);
        judge_missing(d, s);
        judge_order(d, s);
        judge_second_prompt(d, s);
        judge_systemd(d, s);
        doctor_judge(d, s);
        if (s->asks)
            snprintf(list + len, sizeof(list) - len, "%s%s",
                     asking++ > 0 ? ", " : "", s->service);
    }
    judge_sections(d);
    if (asking > 0)
        doctor_find(d, DOCTOR_OK, "pam", "pam_httpauth is called by %s.", list);
}
