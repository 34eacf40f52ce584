/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl doctor`: the round through all subjects. */
#include "helper/ctl/doctor.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/ctl/args.h"
#include "helper/ctl/credential.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/doctor_print.h"
#include "helper/ctl/out.h"

/* In this order: what is found first explains what is found later. */
static void (*const subjects[])(struct doctor *) = {
    doctor_config, doctor_policy,   doctor_stacks, doctor_files,
    doctor_helper, doctor_provider, doctor_pam,    doctor_sshd,
    doctor_host,   doctor_user,     doctor_token,
};

static int
tell(const struct doctor *d, bool json)
{
    const json_t *findings = d->findings;
    json_t *report;

    if (json) {
        report = json_pack("{s:O}", "findings", findings);
        out_json(report);
        json_decref(report);
    } else {
        doctor_print(findings);
    }
    if (doctor_count(findings, "fault") > 0)
        return CTL_REFUSED;
    return doctor_count(findings, "unseen") > 0 ? CTL_UNJUDGED : CTL_DONE;
}

static void
clear(struct doctor *d)
{
    for (size_t i = 0; i < d->stacks; i++) {
        free(d->stack[i].service);
        pamd_free(&d->stack[i].stack);
    }
    free(d->stack);
    config_free(d->config);
    json_decref(d->findings);
}

static int
examine(struct doctor *d, bool json)
{
    int status = CTL_UNJUDGED;

    d->findings = json_array();
    d->root = geteuid() == 0;
    if (d->findings == NULL) {
        out_error("out of memory");
        return CTL_UNJUDGED;
    }
    /* A provider that hangs up must not end the tool. */
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
        subjects[i](d);
    status = tell(d, json);
    clear(d);
    return status;
}

static bool
is_usable(const struct doctor *d, bool token)
{
    if (d->user != NULL && d->user[0] == '\0')
        out_usage("--user is no name");
    else if (token && d->user == NULL)
        out_usage("say whose login the token is for: --user USER");
    else if (!text_is_service(span_of(d->service)))
        out_usage("--service is no name of a service");
    else
        return true;
    return false;
}

int
ctl_doctor(int argc, char **argv)
{
    struct buffer credential = CREDENTIAL_BUFFER;
    struct doctor d = {.service = NULL};
    bool json = false, token = false;
    const struct arg args[] = {
        {.name = "user", .text = &d.user},
        {.name = "service", .text = &d.service},
        {.name = "token", .flag = &token},
        {.name = "json", .flag = &json},
        {.name = "socket", .text = &d.socket},
        {.name = NULL},
    };
    int status = CTL_UNJUDGED;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (d.service == NULL)
        d.service = "sshd";
    if (!is_usable(&d, token))
        return CTL_USAGE;
    if (token && !credential_read(STDIN_FILENO, &credential)) {
        out_error("cannot read the credential from standard input: %s",
                  strerror(errno));
    } else if (token && credential.len == 0) {
        status = out_usage("the token is empty");
    } else {
        d.token = buffer_span(&credential);
        status = examine(&d, json);
    }
    buffer_free(&credential);
    return status;
}
