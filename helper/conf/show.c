/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/conf/settings.h"
#include "helper/conf/value.h"

#define LINE_MAX_BYTES 65536 /* of one canonical line */

static void
show_origin(const struct setting *setting, struct buffer *out)
{
    struct shown file;

    if (setting == NULL)
        (void)buffer_text(out, "# default\n");
    else
        (void)buffer_printf(out, "# %s:%u\n",
                            shown(span_of(setting->file), &file),
                            setting->value[0].line);
}

/* The map that may be missing must not be named: a named one may not. */
static bool
is_missing_map(const struct option *option, const struct config *config)
{
    struct stat st;

    return strcmp(option->name, "users_map") == 0 &&
           lstat(config->daemon.users_map, &st) != 0;
}

static void
show_option(const struct config *config, const struct section *section,
            const struct option *option, const void *base, struct buffer *out)
{
    if (!value_is_there(option, base)) {
        (void)buffer_printf(out, "# not set: %s\n", option->name);
        return;
    }
    show_origin(setting_effective(config->settings, section, option), out);
    if (option->section == SECTION_DAEMON && is_missing_map(option, config))
        (void)buffer_text(out, "# there is no such file\n# ");
    (void)value_print(option, base, out);
}

static void
show_section(const struct config *config, enum option_section kind,
             const char *name, const void *base, struct buffer *out)
{
    const struct section *section =
        settings_find(config->settings, kind, span_of(name));
    bool local = kind == SECTION_ISSUER && strcmp(name, CONF_LOCAL_ISSUER) == 0;
    size_t i;

    (void)buffer_printf(out, "\n[%s%s%s]\n", option_section_name(kind),
                        name[0] == '\0' ? "" : " ", name);
    for (i = 0; i < option_count; i++)
        if (option_table[i].section == kind &&
            option_reaches(&option_table[i], local))
            show_option(config, section, &option_table[i], base, out);
}

bool
config_show(const struct config *config, struct buffer *out)
{
    struct shown file;
    size_t i;

    (void)buffer_text(out, "# The configuration in effect, defaults filled "
                           "in.  It loads again to the same.\n");
    for (i = 0; i < config->files.count; i++)
        (void)buffer_printf(out, "# read: %s\n",
                            shown(span_of(config->files.item[i]), &file));
    show_section(config, SECTION_DAEMON, "", &config->daemon, out);
    for (i = 0; i < config->issuers; i++)
        show_section(config, SECTION_ISSUER, config->issuer[i].name,
                     &config->issuer[i], out);
    for (i = 0; i < config->services; i++)
        show_section(config, SECTION_SERVICE, config->service[i].name,
                     &config->service[i], out);
    return !out->failed;
}

/* --- the canonical text --- */

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
sort(struct list *list)
{
    if (list->count > 1)
        qsort(list->item, list->count, sizeof(*list->item), compare_texts);
}

/* The options as a list of lines "key = value", one item each: sorted, the
 * order in which a list was written does not count. */
static bool
canonical_option(const struct option *option, const void *base,
                 struct list *lines)
{
    const struct list *items =
        (const void *)((const char *)base + option->offset);
    struct buffer text = BUFFER_INIT(LINE_MAX_BYTES);
    bool good = true;
    size_t i;

    if (option->type != OPTION_WORDS && option->type != OPTION_LINES) {
        good = value_print(option, base, &text) &&
               list_add(lines, buffer_span(&text));
        goto done;
    }
    for (i = 0; good && i < items->count; i++) {
        buffer_clear(&text);
        good =
            buffer_printf(&text, "%s = %s\n", option->name, items->item[i]) &&
            list_add(lines, buffer_span(&text));
    }

done:
    buffer_free(&text);
    return good;
}

static bool
canonical_map(const struct config *config, const struct issuer_conf *issuer,
              struct list *lines)
{
    struct buffer text = BUFFER_INIT(LINE_MAX_BYTES);
    bool good = true;
    size_t i;

    for (i = 0; good && i < config->map->count; i++) {
        const struct users_map_line *line = &config->map->line[i];

        if (strcmp(line->issuer, issuer->name) != 0)
            continue;
        buffer_clear(&text);
        good = buffer_printf(&text, "map %s %s=%s\n", line->local, line->claim,
                             line->value) &&
               list_add(lines, buffer_span(&text));
    }
    buffer_free(&text);
    return good;
}

bool
config_issuer_canonical(const struct config *config,
                        const struct issuer_conf *issuer, struct buffer *out)
{
    struct list lines = {NULL, 0};
    bool good = canonical_map(config, issuer, &lines);
    size_t i;

    for (i = 0; good && i < option_count; i++)
        if (option_table[i].section == SECTION_ISSUER)
            good = canonical_option(&option_table[i], issuer, &lines);
    sort(&lines);
    (void)buffer_printf(out, "issuer %s\n", issuer->name);
    for (i = 0; i < lines.count; i++)
        (void)buffer_text(out, lines.item[i]);
    list_clear(&lines);
    return good && !out->failed;
}
