/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor on the configuration: does it load, and is what it says safe? */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/conf/local.h"
#include "helper/conf/pattern.h"
#include "helper/conf/settings.h"
#include "helper/ctl/audience.h"
#include "helper/ctl/doctor.h"
#include "helper/ctl/textfile.h"

#define COMPLAINTS_MAX 65536
#define NAMES_MAX 20 /* of users.map that are told one by one */

/* "FILE:LINE: text" as config_load() writes it. */
static void
tell_complaint(struct doctor *d, enum severity severity, struct span line)
{
    char text[1024], *colon, *end;
    unsigned long number;
    json_t *finding;

    snprintf(text, sizeof(text), "%.*s", (int)line.len, line.data);
    colon = strchr(text, ':');
    number = colon == NULL ? 0 : strtoul(colon + 1, &end, 10);
    if (colon != NULL && end > colon + 1 && strncmp(end, ": ", 2) == 0) {
        finding = doctor_find(d, severity, "config", "%s", end + 2);
        *colon = '\0';
        doctor_at(finding, text, (unsigned)number);
    } else {
        finding = doctor_find(d, severity, "config", "%s", text);
    }
    if (severity == DOCTOR_FAULT)
        doctor_why(finding, "httpauthd does not take this configuration: it "
                            "goes on with the one it has, and verifies "
                            "nothing once it is restarted.");
}

static void
tell_complaints(struct doctor *d, enum severity severity, struct span lines)
{
    struct span line;

    while (textfile_line(&lines, &line))
        tell_complaint(d, severity, line);
}

static void
tell_loaded(struct doctor *d)
{
    const struct config *c = d->config;

    doctor_find(d, DOCTOR_OK, "config",
                "The configuration loads: %zu file%s, %zu issuer%s, %zu "
                "service%s.",
                c->files.count, c->files.count == 1 ? "" : "s", c->issuers,
                c->issuers == 1 ? "" : "s", c->services,
                c->services == 1 ? "" : "s");
}

void
doctor_config(struct doctor *d)
{
    struct buffer complaints = BUFFER_INIT(COMPLAINTS_MAX);
    const char *name = CONF_DEFAULT_FILE;
    enum config_result result;
    json_t *finding;

    result = config_load(name, CONFIG_ALL_LAYERS, &d->config, &complaints);
    if (result == CONFIG_OK) {
        tell_complaints(d, DOCTOR_WARNING, buffer_span(&complaints));
        tell_loaded(d);
    } else if (access(name, R_OK) != 0 && errno == EACCES) {
        doctor_find(d, DOCTOR_UNSEEN, "config-unseen",
                    "%s: only root and the helper may read it.", name);
    } else if (result == CONFIG_ABSENT) {
        finding = doctor_find(d, DOCTOR_FAULT, "config-absent",
                              "There is no configuration.");
        doctor_why(finding, "httpauthd verifies nothing without it.  "
                            "httpauthd.conf(5) has examples to begin with.");
        doctor_at(finding, name, 0);
    } else {
        tell_complaints(d, DOCTOR_FAULT, buffer_span(&complaints));
    }
    buffer_free(&complaints);
}

/* --- what it says --- */

static bool
is_host_bound(const struct doctor *d, const char *issuer)
{
    struct word_walk walk = {.setting = NULL};
    char host[256] = "";
    bool bound = true;

    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    walk.setting = setting_named(
        d->config->settings,
        settings_find(d->config->settings, SECTION_ISSUER, span_of(issuer)),
        "audience");
    while (word_next(&walk))
        bound = bound && audience_is_of_host(walk.word, host);
    return bound;
}

static void
judge_audience(struct doctor *d, const struct issuer_conf *issuer)
{
    json_t *finding;

    if (issuer->local || issuer->audience.count == 0 ||
        is_host_bound(d, issuer->name))
        return;
    finding = doctor_find(d, DOCTOR_WARNING, "audience-fleet-wide",
                          "[issuer %s] takes tokens that are not for this host "
                          "alone.",
                          issuer->name);
    doctor_why(finding, "Whoever gets hold of a token on one host of the fleet "
                        "can log in to all others with it.  Let the provider "
                        "issue tokens for each host; %%H is its name.");
    doctor_option(d, finding, SECTION_ISSUER, issuer->name, "audience",
                  "audience = ssh://%H");
}

static void
judge_userinfo(struct doctor *d, const struct issuer_conf *issuer)
{
    json_t *finding;

    if (!issuer->userinfo_any_client)
        return;
    finding = doctor_find(d, DOCTOR_WARNING, "userinfo-any-client",
                          "[issuer %s] takes tokens that were made for any "
                          "other program.",
                          issuer->name);
    doctor_why(finding,
               "Every web application that people log in to there can use "
               "their tokens to log in here.");
    doctor_option(d, finding, SECTION_ISSUER, issuer->name,
                  "userinfo_any_client", "userinfo_any_client = no");
}

static void
judge_pattern(struct doctor *d, const struct issuer_conf *issuer)
{
    json_t *finding;

    if (!list_has(&issuer->password_pattern, span_of(SHAPE_ANY)))
        return;
    finding =
        doctor_find(d, DOCTOR_WARNING, "pattern-any",
                    "[issuer %s] is sent whatever is typed.", issuer->name);
    doctor_why(finding, "Unix passwords, too, leave this host for the "
                        "provider.  Say what its app passwords look like.");
    doctor_option(d, finding, SECTION_ISSUER, issuer->name, "password_pattern",
                  "password_pattern = PREFIX:alnum:32-64");
}

/* --- services that admit nobody --- */

/* NULL, or why no credential can open it; `option` is what says so. */
static const char *
why_nobody(const struct config *c, const struct service_conf *service,
           const char **option)
{
    bool admitted = false, method = false;

    for (size_t i = 0; i < c->issuers; i++) {
        const struct issuer_conf *issuer = &c->issuer[i];

        if (!config_service_admits_issuer(service, issuer))
            continue;
        admitted = true;
        if (service->methods == 0 || (service->methods & issuer->accept) != 0)
            method = true;
    }
    *option = "issuers";
    if (!admitted)
        return service->issuers.count > 0 ? "none of its issuers is there"
                                          : "there is no issuer but the local "
                                            "one, which must be named";
    *option = "methods";
    if (!method)
        return "no issuer that it admits accepts one of its methods";
    *option = "require_all_groups";
    for (size_t i = 0; i < service->require_all_groups.count; i++)
        if (list_has(&service->deny_group,
                     span_of(service->require_all_groups.item[i])))
            return "a group that it requires is denied";
    *option = "require_group";
    if (service->require_group.count == 0)
        return NULL;
    for (size_t i = 0; i < service->require_group.count; i++)
        if (!list_has(&service->deny_group,
                      span_of(service->require_group.item[i])))
            return NULL;
    return "all groups that it requires are denied";
}

static void
judge_service(struct doctor *d, const struct service_conf *service)
{
    const struct section *section = settings_find(
        d->config->settings, SECTION_SERVICE, span_of(service->name));
    const char *option, *why = why_nobody(d->config, service, &option);
    struct place place;
    json_t *finding;

    if (why == NULL || section == NULL)
        return;
    place = setting_place(d->config->settings, section, option);
    finding =
        doctor_find(d, DOCTOR_FAULT, "service-nobody",
                    "[service %s] admits nobody: %s.", service->name, why);
    doctor_at(finding, place.file, place.line);
    if (list_has(&service->issuers, span_of(CONF_LOCAL_ISSUER)) &&
        !local_has_keys(d->config->dir) && strcmp(option, "issuers") == 0)
        doctor_cure(finding, CURE_RUN, "httpauthctl issuer init");
    else
        doctor_why(finding, "Every credential is refused there.");
}

static void
judge_map(struct doctor *d)
{
    const struct users_map *map = d->config->map;
    size_t told = 0;

    for (size_t i = 0; i < map->count && told < NAMES_MAX; i++) {
        const struct users_map_line *line = &map->line[i];
        json_t *finding;

        if (getpwnam(line->local) != NULL)
            continue;
        told++;
        finding =
            doctor_find(d, DOCTOR_WARNING, "users-map-unknown",
                        "users.map: there is no account %s.", line->local);
        doctor_why(finding, "Accounts come from NSS; this line opens nothing, "
                            "until somebody makes one of that name.");
        doctor_at(finding, d->config->daemon.users_map, line->line);
        doctor_cure(finding, CURE_REMOVE, "%s %s %s=%s", line->local,
                    line->issuer, line->claim, line->value);
    }
}

void
doctor_policy(struct doctor *d)
{
    const struct config *c = d->config;
    json_t *finding;

    if (c == NULL)
        return;
    for (size_t i = 0; i < c->issuers; i++) {
        judge_audience(d, &c->issuer[i]);
        judge_userinfo(d, &c->issuer[i]);
        judge_pattern(d, &c->issuer[i]);
    }
    for (size_t i = 0; i < c->services; i++)
        judge_service(d, &c->service[i]);
    if (c->services == 0) {
        finding = doctor_find(d, DOCTOR_FAULT, "service-none",
                              "The configuration admits no service.");
        doctor_why(finding, "Every credential is refused: a program is let in "
                            "by a section with the name of its stack.");
        if (c->issuers == 0) { /* nothing is written yet */
            doctor_cure(finding, CURE_RUN, "httpauthctl setup");
        } else {
            doctor_at(finding, c->file, 0);
            doctor_cure(finding, CURE_ADD, "[service sshd]");
        }
    }
    judge_map(d);
}
