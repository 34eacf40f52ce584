/* SPDX-License-Identifier: BSD-2-Clause */
/* Which services call us: their stacks, for all who judge by them. */
#include <stdlib.h>
#include <string.h>

#include "helper/ctl/doctor.h"

#define OURS "pam_httpauth.so"

/* Mistakes are told by doctor_pam(). */
static void
ignore(void *context, const char *wrong, const char *argument)
{
    (void)context;
    (void)wrong;
    (void)argument;
}

static const struct pamd_line *
first_of_ours(const struct pamd *stack, bool *asks)
{
    const struct pamd_line *line = pamd_next(stack, PAMD_AUTH, OURS, NULL);

    *asks = line != NULL;
    for (int phase = 0; line == NULL && phase < PAMD_PHASES; phase++)
        line = pamd_next(stack, (enum pamd_phase)phase, OURS, NULL);
    return line;
}

/* A file that others include is no program's stack. */
static void
add_included(const struct pamd *stack, struct list *included)
{
    for (size_t i = 1; i < stack->files.count; i++) {
        const char *slash = strrchr(stack->files.item[i], '/');
        struct span name = span_of(slash != NULL ? slash + 1 : "");

        if (name.len > 0 && !list_has(included, name))
            list_add(included, name);
    }
}

static void
keep(struct doctor *d, const char *service, struct pamd *stack)
{
    bool asks;
    const struct pamd_line *line = first_of_ours(stack, &asks);
    struct doctor_stack *longer;

    longer = line == NULL
                 ? NULL
                 : realloc(d->stack, (d->stacks + 1) * sizeof(*longer));
    if (longer == NULL) {
        pamd_free(stack);
        return;
    }
    d->stack = longer;
    longer += d->stacks;
    *longer = (struct doctor_stack){
        .service = strdup(service), .stack = *stack, .asks = asks};
    if (longer->service == NULL) {
        pamd_free(stack);
        return;
    }
    arguments_read(service, line->arguments,
                   (const char *const *)line->argument, &longer->args, ignore,
                   NULL);
    d->stacks++;
}

/* Programs whose stacks others include whole, as su-l does that of su. */
static bool
is_program(const struct doctor *d, const char *service)
{
    static const char *const programs[] = {"login", "sshd", "su", "sudo"};

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        if (strcmp(programs[i], service) == 0)
            return true;
    return d->config != NULL &&
           config_service(d->config, span_of(service)) != NULL;
}

/* What distributions call the files that are there to be included, although
 * perhaps nobody does it here. */
static bool
is_shared(const char *service)
{
    static const char behind[] = "-auth";
    size_t len = strlen(service), tail = sizeof(behind) - 1;

    return strncmp(service, "common-", 7) == 0 ||
           strcmp(service, "postlogin") == 0 ||
           (len > tail && strcmp(service + len - tail, behind) == 0);
}

static void
drop_included(struct doctor *d, const struct list *included)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->stacks; i++) {
        const char *service = d->stack[i].service;

        if ((list_has(included, span_of(service)) || is_shared(service)) &&
            !is_program(d, service)) {
            free(d->stack[i].service);
            pamd_free(&d->stack[i].stack);
        } else {
            d->stack[kept++] = d->stack[i];
        }
    }
    d->stacks = kept;
}

void
doctor_stacks(struct doctor *d)
{
    struct list services = {NULL, 0}, included = {NULL, 0};
    bool unreadable = false;
    json_t *finding;

    if (!pamd_services(pamd_folders, &services)) {
        doctor_find(d, DOCTOR_UNSEEN, "pam-unseen",
                    "%s cannot be listed: which programs ask us is not known.",
                    pamd_folders[0]);
        return;
    }
    for (size_t i = 0; i < services.count; i++) {
        struct pamd stack;

        if (pamd_read(pamd_folders, services.item[i], &stack) == PAMD_READ)
            add_included(&stack, &included);
        unreadable = unreadable || stack.unreadable;
        keep(d, services.item[i], &stack);
    }
    drop_included(d, &included);
    if (unreadable)
        doctor_find(d, DOCTOR_UNSEEN, "pam-unseen",
                    "Some stacks in %s may be read by root only.",
                    pamd_folders[0]);
    if (d->stacks == 0) {
        finding = doctor_find(d, DOCTOR_WARNING, "pam-nobody-asks",
                              "No program asks pam_httpauth.");
        doctor_why(finding, "Tokens open nothing until a stack calls it: "
                            "pam_httpauth(8) has the lines, on Debian");
        doctor_cure(finding, CURE_RUN,
                    "pam-auth-update --enable httpauth httpauth-session");
    }
    list_clear(&services);
    list_clear(&included);
}

const struct doctor_stack *
doctor_stack(const struct doctor *d, const char *service)
{
    for (size_t i = 0; i < d->stacks; i++)
        if (strcmp(d->stack[i].service, service) == 0)
            return &d->stack[i];
    return NULL;
}
