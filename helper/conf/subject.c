/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/subject.h"

#include <string.h>

struct subject
subject_of(const struct config *config, const struct issuer_conf *issuer,
           struct buffer *complaints)
{
    return (struct subject){
        config, issuer,
        settings_find(config->settings, SECTION_ISSUER, span_of(issuer->name)),
        complaints};
}

bool
subject_has(const struct subject *on, const char *option)
{
    return setting_named(on->config->settings, on->section, option) != NULL;
}

struct place
subject_place(const struct subject *on, const char *option)
{
    return setting_place(on->config->settings, on->section, option);
}

bool
subject_is_doubtful(const struct subject *on)
{
    size_t i;

    for (i = 0; i < option_count; i++) {
        const struct setting *setting;

        if (option_table[i].section != SECTION_ISSUER)
            continue;
        setting = setting_effective(on->config->settings, on->section,
                                    &option_table[i]);
        if ((setting != NULL && setting->refused) ||
            setting_own(on->section, &option_table[i])->refused)
            return true;
    }
    return false;
}

bool
subject_refuse(const struct subject *on, const char *option, const char *text)
{
    return complain(on->complaints, subject_place(on, option), "[issuer %s] %s",
                    on->issuer->name, text);
}

static bool
is_same(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

bool
subject_needs(const struct subject *on, const struct subject_rule *rule)
{
    const char *last = NULL;

    for (; rule->option != NULL; rule++) {
        if (is_same(last, rule->option) || subject_has(on, rule->option) ||
            !rule->when(on))
            continue;
        last = rule->option;
        (void)complain(on->complaints, on->section->place,
                       "[issuer %s] needs %s: %s", on->issuer->name,
                       rule->option, rule->why);
    }
    return last == NULL;
}

bool
subject_lacks(const struct subject *on, const struct subject_rule *rule)
{
    const char *last = NULL;

    for (; rule->option != NULL; rule++) {
        if (is_same(last, rule->option) || !subject_has(on, rule->option) ||
            !rule->when(on))
            continue;
        last = rule->option;
        (void)complain(on->complaints, subject_place(on, rule->option),
                       "[issuer %s] has %s, %s", on->issuer->name, rule->option,
                       rule->why);
    }
    return last == NULL;
}
