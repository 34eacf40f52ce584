/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/check.h"

#include <string.h>

#include "helper/conf/fit.h"
#include "helper/conf/settings.h"

/* The local issuer may be named before it has been made. */
static bool
is_known_issuer(const struct config *config, struct span name)
{
    return span_is(name, CONF_LOCAL_ISSUER) ||
           config_issuer(config, name) != NULL;
}

static bool
check_issuer_names(const struct config *config, const struct section *section,
                   struct buffer *complaints)
{
    struct word_walk walk = {
        .setting = setting_named(config->settings, section, "issuers")};
    struct shown name;
    bool good = true;

    while (word_next(&walk))
        if (fit_section_name(walk.word) && !is_known_issuer(config, walk.word))
            good = complain(complaints, walk.place,
                            "[service %s] admits the issuer \"%s\", but there "
                            "is no section [issuer %s]",
                            section->name, shown(walk.word, &name), name.text);
    return good;
}

/* How many issuers does it admit?  A name counts once, existing or not: the
 * meaning of a rule must not change when `local` comes to be. */
static size_t
count_admitted(const struct config *config, const struct service_conf *service)
{
    const struct list *names = &service->issuers;
    size_t i, j, count = 0;

    if (names->count == 0) {
        for (i = 0; i < config->issuers; i++)
            if (!config->issuer[i].local)
                count++;
        return count;
    }
    for (i = 0; i < names->count; i++) {
        for (j = 0; j < i; j++)
            if (strcmp(names->item[i], names->item[j]) == 0)
                break;
        if (j == i)
            count++;
    }
    return count;
}

static bool
admits(const struct config *config, const struct service_conf *service,
       struct span name)
{
    const struct issuer_conf *issuer = config_issuer(config, name);

    if (service->issuers.count > 0)
        return list_has(&service->issuers, name);
    return issuer != NULL && !issuer->local;
}

/* Who vouches for a group is part of its name: `admins` of one issuer are
 * not those of another. */
static bool
check_group(const struct config *config, const struct service_conf *service,
            struct span written, struct place place, struct buffer *complaints)
{
    size_t admitted = count_admitted(config, service);
    struct span group, issuer;
    struct shown text, name;

    if (!config_group_split(written, &group, &issuer))
        return true; /* fit_group() has complained */
    if (issuer.len == 0 && admitted > 1)
        return complain(complaints, place,
                        "[service %s] admits %zu issuers: write the group "
                        "\"%s\" as GROUP@ISSUER",
                        service->name, admitted, shown(written, &text));
    if (issuer.len > 0 && !admits(config, service, issuer))
        return complain(complaints, place,
                        "[service %s] does not admit the issuer \"%s\" of the "
                        "group \"%s\" (a group with @ in its own name is "
                        "written GROUP@ISSUER too)",
                        service->name, shown(issuer, &name),
                        shown(written, &text));
    return true;
}

static bool
check_groups(const struct config *config, const struct service_conf *service,
             const struct section *section, struct buffer *complaints)
{
    static const char *const options[] = {"require_group", "require_all_groups",
                                          "deny_group"};
    const struct setting *setting;
    bool good = true;
    size_t i, j;

    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        setting = setting_named(config->settings, section, options[i]);
        if (setting == NULL)
            continue;
        for (j = 0; j < setting->count; j++)
            if (!check_group(config, service, span_of(setting->value[j].text),
                             written_place(setting, j), complaints))
                good = false;
    }
    return good;
}

bool
check_services(const struct config *config, struct buffer *complaints)
{
    bool good = true;
    size_t i;

    for (i = 0; i < config->services; i++) {
        const struct service_conf *service = &config->service[i];
        const struct section *section = settings_find(
            config->settings, SECTION_SERVICE, span_of(service->name));

        if (!check_issuer_names(config, section, complaints))
            good = false;
        if (!check_groups(config, service, section, complaints))
            good = false;
    }
    return good;
}

bool
check_users_map(const struct config *config, struct buffer *complaints)
{
    bool good = true;
    size_t i;

    for (i = 0; i < config->map->count; i++) {
        const struct users_map_line *line = &config->map->line[i];

        if (!is_known_issuer(config, span_of(line->issuer)))
            good =
                complain(complaints,
                         (struct place){config->daemon.users_map, line->line},
                         "there is no section [issuer %s]", line->issuer);
    }
    return good;
}
