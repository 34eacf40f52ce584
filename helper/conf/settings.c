/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/settings.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/conf/config.h"
#include "helper/conf/fit.h"
#include "helper/conf/ini.h"

/* Bounds the work of finding one; a host has a few. */
#define SECTIONS_MAX 1024
#define WHY_MAX 512 /* bytes of one reason */

struct settings *
settings_new(void)
{
    return calloc(1, sizeof(struct settings));
}

static void
setting_clear(struct setting *setting)
{
    size_t i;

    for (i = 0; i < setting->count; i++)
        free(setting->value[i].text);
    free(setting->value);
    *setting = (struct setting){0};
}

void
settings_free(struct settings *settings)
{
    size_t i, j;

    if (settings == NULL)
        return;
    for (i = 0; i < settings->count; i++) {
        for (j = 0; j < option_count; j++)
            setting_clear(&settings->section[i].setting[j]);
        free(settings->section[i].setting);
        free(settings->section[i].name);
    }
    free(settings->section);
    list_clear(&settings->files);
    free(settings);
}

struct section *
settings_find(const struct settings *settings, enum option_section kind,
              struct span name)
{
    size_t i;

    for (i = 0; i < settings->count; i++)
        if (settings->section[i].kind == kind &&
            span_is(name, settings->section[i].name))
            return &settings->section[i];
    return NULL;
}

struct section *
settings_add(struct settings *settings, enum option_section kind,
             struct span name, struct place place)
{
    struct section *found = settings_find(settings, kind, name), *grown;
    struct section section = {.kind = kind, .place = place};

    if (found != NULL)
        return found;
    grown = realloc(settings->section, (settings->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return NULL;
    settings->section = grown;
    section.name = strndup(name.len == 0 ? "" : name.data, name.len);
    section.setting = calloc(option_count, sizeof(*section.setting));
    if (section.name == NULL || section.setting == NULL) {
        free(section.name);
        free(section.setting);
        return NULL;
    }
    settings->section[settings->count] = section;
    return &settings->section[settings->count++];
}

struct setting *
setting_own(const struct section *section, const struct option *option)
{
    return &section->setting[option - option_table];
}

/* The local issuer has defaults of its own (local.c): what fits the issuers
 * of a network must not change the way in when there is none. */
static bool
takes_defaults(const struct section *section)
{
    return section->kind == SECTION_SERVICE ||
           (section->kind == SECTION_ISSUER &&
            strcmp(section->name, CONF_LOCAL_ISSUER) != 0);
}

const struct setting *
setting_effective(const struct settings *settings,
                  const struct section *section, const struct option *option)
{
    const struct setting *setting = setting_own(section, option);
    const struct section *defaults;

    if (setting->count > 0)
        return setting;
    if (!takes_defaults(section))
        return NULL;
    defaults =
        settings_find(settings, section->kind, span_of(SECTION_DEFAULTS));
    if (defaults == NULL)
        return NULL;
    setting = setting_own(defaults, option);
    return setting->count > 0 ? setting : NULL;
}

const struct setting *
setting_named(const struct settings *settings, const struct section *section,
              const char *name)
{
    const struct option *option = option_find(section->kind, span_of(name));

    if (option == NULL)
        return NULL;
    return setting_effective(settings, section, option);
}

struct place
written_place(const struct setting *setting, size_t index)
{
    return (struct place){setting->file, setting->value[index].line};
}

struct place
setting_place(const struct settings *settings, const struct section *section,
              const char *name)
{
    const struct setting *setting = setting_named(settings, section, name);

    return setting == NULL ? section->place : written_place(setting, 0);
}

bool
word_cut(struct span *rest, struct span *word)
{
    return text_cut(rest, " \t", word);
}

bool
word_next(struct word_walk *walk)
{
    if (walk->setting == NULL)
        return false;
    while (!word_cut(&walk->rest, &walk->word)) {
        if (walk->next == walk->setting->count)
            return false;
        walk->rest = span_of(walk->setting->value[walk->next].text);
        walk->place = written_place(walk->setting, walk->next);
        walk->next++;
    }
    return true;
}

/* --- one file --- */

/* Room for any one section. */
union any_section {
    struct daemon_conf daemon;
    struct issuer_conf issuer;
    struct service_conf service;
};

struct reading {
    struct settings *settings;
    const struct surroundings *around;
    struct buffer *complaints;
    const char *file;
    struct section *section; /* NULL behind a header that was refused */
};

static const char *
section_near(struct span written)
{
    int kind;

    for (kind = 0; kind < SECTION_COUNT; kind++)
        if (suggest_distance(written, option_section_name(kind)) <=
            SUGGEST_NEAR)
            return option_section_name(kind);
    return NULL;
}

static bool
unknown_section(struct reading *reading, const struct ini_item *item)
{
    struct place at = {reading->file, item->line};
    const char *near = section_near(item->section);
    struct shown written;

    if (near != NULL)
        return complain(reading->complaints, at,
                        "unknown section [%s]: did you mean [%s]?",
                        shown(item->section, &written), near);
    return complain(reading->complaints, at,
                    "unknown section [%s]: there are [httpauthd], [issuer "
                    "NAME] and [service NAME]",
                    shown(item->section, &written));
}

static bool
find_kind(struct reading *reading, const struct ini_item *item,
          enum option_section *kind)
{
    struct place at = {reading->file, item->line};
    const char *word;
    struct shown name;
    int i;

    for (i = 0; i < SECTION_COUNT; i++)
        if (span_is(item->section, option_section_name(i)))
            break;
    if (i == SECTION_COUNT)
        return unknown_section(reading, item);
    *kind = i;
    word = option_section_name(i);
    if (i == SECTION_DAEMON && item->name.len > 0)
        return complain(reading->complaints, at, "[%s] takes no name", word);
    if (i != SECTION_DAEMON && item->name.len == 0)
        return complain(reading->complaints, at,
                        "[%s] needs a name: \"[%s NAME]\"", word, word);
    if (i != SECTION_DAEMON && !span_is(item->name, SECTION_DEFAULTS) &&
        !fit_section_name(item->name))
        return complain(reading->complaints, at,
                        "\"%s\" is no name for a section: 1 to 64 of A-Z a-z "
                        "0-9 . _ -, or * alone",
                        shown(item->name, &name));
    return true;
}

static bool
take_header(struct reading *reading, const struct ini_item *item)
{
    struct place at = {reading->file, item->line};
    enum option_section kind = SECTION_COUNT;
    struct section *section;

    reading->section = NULL;
    if (!find_kind(reading, item, &kind))
        return false;
    if (settings_find(reading->settings, kind, item->name) == NULL &&
        reading->settings->count == SECTIONS_MAX)
        return complain(reading->complaints, at, "more than %d sections",
                        SECTIONS_MAX);
    section = settings_add(reading->settings, kind, item->name, at);
    if (section == NULL)
        return complain(reading->complaints, at, "no memory");
    reading->section = section;
    if (section->latest.file == reading->file)
        return complain(reading->complaints, at,
                        "duplicate section: it began in line %u already",
                        section->latest.line);
    section->latest = at;
    return true;
}

static bool
unknown_option(struct reading *reading, const struct ini_item *item)
{
    struct place at = {reading->file, item->line};
    enum option_section kind = reading->section->kind;
    const struct option *near;
    struct shown key;
    int other;

    for (other = 0; other < SECTION_COUNT; other++)
        if (option_find(other, item->key) != NULL)
            return complain(reading->complaints, at,
                            "unknown option \"%s\" in a section [%s]: it "
                            "belongs in [%s]",
                            shown(item->key, &key), option_section_name(kind),
                            option_section_name(other));
    near = option_near(kind, item->key);
    if (near != NULL)
        return complain(reading->complaints, at,
                        "unknown option \"%s\": did you mean \"%s\"?",
                        shown(item->key, &key), near->name);
    return complain(reading->complaints, at,
                    "unknown option \"%s\" in a section [%s]",
                    shown(item->key, &key), option_section_name(kind));
}

static bool
setting_append(struct setting *setting, struct span text, unsigned line)
{
    size_t count = setting->count;
    struct written *grown = setting->value;

    /* Grown whenever the count is a power of two. */
    if ((count & (count - 1)) == 0)
        grown = realloc(grown, (count == 0 ? 1 : 2 * count) * sizeof(*grown));
    if (grown == NULL)
        return false;
    setting->value = grown;
    grown[count].line = line;
    grown[count].text = strndup(text.data, text.len);
    if (grown[count].text == NULL)
        return false;
    setting->count++;
    return true;
}

static bool
judge(struct reading *reading, const struct option *option, struct span value,
      struct place at)
{
    struct buffer why = BUFFER_INIT(WHY_MAX);
    union any_section scratch;
    bool good;

    memset(&scratch, 0, sizeof(scratch));
    good = value_take(option, value, &scratch, reading->around, &why);
    if (!good)
        (void)complain(reading->complaints, at, "%s: %s", option->name,
                       why.len > 0 ? why.data : "does not fit");
    value_clear(option, &scratch);
    buffer_free(&why);
    return good;
}

static bool
take_key(struct reading *reading, const struct ini_item *item)
{
    struct place at = {reading->file, item->line};
    const struct option *option;
    struct setting *setting;

    if (reading->section == NULL)
        return true; /* its section was refused already */
    option = option_find(reading->section->kind, item->key);
    if (option == NULL)
        return unknown_option(reading, item);
    setting = setting_own(reading->section, option);
    if (setting->file != reading->file) {
        setting_clear(setting); /* the later file wins */
        setting->file = reading->file;
    } else if (setting->count > 0 && option->type != OPTION_WORDS &&
               option->type != OPTION_LINES) {
        return complain(reading->complaints, at,
                        "duplicate \"%s\": it stands in line %u already",
                        option->name, setting->value[0].line);
    }
    /* An empty list would open what the list was to close: a template whose
     * variable was not set must not do that. */
    if (item->value.len == 0) {
        setting->refused = true;
        return complain(reading->complaints, at,
                        "\"%s\" has no value: give one or remove the line",
                        option->name);
    }
    if (!setting_append(setting, item->value, item->line))
        return complain(reading->complaints, at, "no memory");
    if (judge(reading, option, item->value, at))
        return true;
    setting->refused = true;
    return false;
}

static bool
take_item(void *context, const struct ini_item *item)
{
    return item->key.len == 0 ? take_header(context, item)
                              : take_key(context, item);
}

bool
settings_read(struct settings *settings, struct span text, const char *file,
              const struct surroundings *around, struct buffer *complaints)
{
    struct reading reading = {
        .settings = settings, .around = around, .complaints = complaints};

    if (!list_add(&settings->files, span_of(file)))
        return complain(complaints, (struct place){file, 0}, "no memory");
    reading.file = settings->files.item[settings->files.count - 1];
    return ini_read(text, file, take_item, &reading, complaints);
}
