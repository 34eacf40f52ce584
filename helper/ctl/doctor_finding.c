/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings of the doctor: {"severity", "key", "what", "why", "file", "line",
 * "cure", "change", "services"}; only the first three are always there. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/conf/settings.h"
#include "helper/ctl/doctor.h"
#include "helper/ctl/out.h"

#define TEXT_MAX 2048

static const char *const severities[DOCTOR_SEVERITIES] = {
    "ok", "unseen", "note", "warning", "fault"};
static const char *const cures[] = {"replace", "add", "remove", "run"};

static json_t *
need(json_t *value)
{
    if (value != NULL)
        return value;
    out_error("out of memory");
    exit(3);
}

static const char *
member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Text from files of strangers: escaped.  A sentence is one line, so that no
 * part of it passes for another finding. */
__attribute__((format(printf, 1, 0))) static json_t *
sentence(const char *format, va_list args)
{
    char text[TEXT_MAX], safe[4 * TEXT_MAX];

    (void)vsnprintf(text, sizeof(text), format, args);
    return need(json_string(out_safe(span_of(text), safe, sizeof(safe))));
}

/* The same, line ends kept. */
__attribute__((format(printf, 1, 0))) static json_t *
lines(const char *format, va_list args)
{
    char text[TEXT_MAX], safe[4 * TEXT_MAX], *at = safe;
    struct span rest = {text, 0};

    (void)vsnprintf(text, sizeof(text), format, args);
    rest.len = strlen(text);
    while (rest.len > 0) {
        size_t len = strcspn(rest.data, "\n");

        out_safe((struct span){rest.data, len}, at,
                 sizeof(safe) - (size_t)(at - safe));
        at += strlen(at);
        if (len == rest.len)
            break;
        *at++ = '\n';
        rest.data += len + 1;
        rest.len -= len + 1;
    }
    *at = '\0';
    return need(json_string(safe));
}

static json_t *
one_word(const char *word)
{
    char safe[TEXT_MAX];

    return need(json_string(out_safe(span_of(word), safe, sizeof(safe))));
}

json_t *
doctor_find(struct doctor *d, enum severity severity, const char *key,
            const char *what, ...)
{
    json_t *finding = need(json_object());
    va_list args;

    json_object_set_new(finding, "severity", json_string(severities[severity]));
    json_object_set_new(finding, "key", json_string(key));
    va_start(args, what);
    json_object_set_new(finding, "what", sentence(what, args));
    va_end(args);
    if (json_array_append_new(d->findings, finding) != 0)
        need(NULL);
    return finding;
}

void
doctor_why(json_t *finding, const char *why, ...)
{
    va_list args;

    va_start(args, why);
    json_object_set_new(finding, "why", sentence(why, args));
    va_end(args);
}

void
doctor_why_more(json_t *finding, const char *why, ...)
{
    char before[4 * TEXT_MAX] = "";
    json_t *more;
    va_list args;

    va_start(args, why);
    more = sentence(why, args);
    va_end(args);
    if (member(finding, "why") != NULL)
        snprintf(before, sizeof(before), "%s  ", member(finding, "why"));
    doctor_why(finding, "%s%s", before, json_string_value(more));
    json_decref(more);
}

void
doctor_at(json_t *finding, const char *file, unsigned line)
{
    if (file == NULL)
        return;
    json_object_set_new(finding, "file", one_word(file));
    if (line > 0)
        json_object_set_new(finding, "line", json_integer((json_int_t)line));
}

void
doctor_cure(json_t *finding, enum cure cure, const char *text, ...)
{
    va_list args;

    json_object_set_new(finding, "cure", json_string(cures[cure]));
    va_start(args, text);
    json_object_set_new(finding, "change", lines(text, args));
    va_end(args);
}

void
doctor_for(json_t *finding, const char *service)
{
    json_t *services = json_object_get(finding, "services");

    if (services == NULL) {
        services = need(json_array());
        json_object_set_new(finding, "services", services);
    }
    json_array_append_new(services, need(json_string(service)));
}

/* --- of somebody with fewer privileges --- */

static int
number_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

void
doctor_adopt(struct doctor *d, const json_t *found)
{
    const char *what = member(found, "what"), *key = member(found, "key");
    int severity =
        number_of(severities, DOCTOR_SEVERITIES, member(found, "severity"));
    int cure = number_of(cures, sizeof(cures) / sizeof(cures[0]),
                         member(found, "cure"));
    json_int_t line = json_integer_value(json_object_get(found, "line"));
    json_t *finding;

    if (what == NULL || key == NULL || severity < 0)
        return;
    finding = doctor_find(d, (enum severity)severity, "", "%s", what);
    json_object_set_new(finding, "key", one_word(key));
    if (member(found, "why") != NULL)
        doctor_why(finding, "%s", member(found, "why"));
    doctor_at(finding, member(found, "file"),
              line > 0 && line <= UINT_MAX ? (unsigned)line : 0);
    if (cure >= 0 && member(found, "change") != NULL)
        doctor_cure(finding, (enum cure)cure, "%s", member(found, "change"));
}

bool
doctor_again(struct doctor *d, const char *key, const char *file, unsigned line,
             const char *service)
{
    json_t *finding;
    size_t i;

    json_array_foreach(d->findings, i, finding)
    {
        const char *found = json_string_value(json_object_get(finding, "key"));
        const char *where = json_string_value(json_object_get(finding, "file"));

        if (strcmp(found, key) != 0 || where == NULL ||
            strcmp(where, file) != 0 ||
            json_integer_value(json_object_get(finding, "line")) !=
                (json_int_t)line)
            continue;
        doctor_for(finding, service);
        return true;
    }
    return false;
}

static void
point_at(const struct doctor *d, json_t *finding, enum option_section kind,
         const char *name, const char *option, const char *line, bool more)
{
    const struct section *section =
        settings_find(d->config->settings, kind, span_of(name));
    struct place place = {d->config->file, 0};
    bool written = false;

    if (section != NULL) {
        written = setting_named(d->config->settings, section, option) != NULL;
        place = setting_place(d->config->settings, section, option);
    }
    doctor_at(finding, place.file, place.line);
    if (line != NULL && written)
        doctor_cure(finding, more ? CURE_ADD : CURE_REPLACE, "%s", line);
    else if (line != NULL)
        doctor_cure(finding, CURE_ADD, "[%s %s]\n%s", option_section_name(kind),
                    name, line);
}

void
doctor_option(const struct doctor *d, json_t *finding, enum option_section kind,
              const char *name, const char *option, const char *line)
{
    point_at(d, finding, kind, name, option, line, false);
}

void
doctor_option_more(const struct doctor *d, json_t *finding,
                   enum option_section kind, const char *name,
                   const char *option, const char *line)
{
    point_at(d, finding, kind, name, option, line, true);
}
