/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The INI reader and everything behind it that judges written values: no
 * input may crash it, its complaints stay bounded, it is deterministic, and
 * whatever it accepts, it can name.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/conf/settings.h"

#define COMPLAINTS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every value that was taken can be found again by its section and name. */
static void
look_up_all(const struct settings *settings)
{
    size_t i, j;

    for (i = 0; i < settings->count; i++) {
        const struct section *section = &settings->section[i];

        if (settings_find(settings, section->kind, span_of(section->name)) !=
            section)
            abort();
        for (j = 0; j < option_count; j++) {
            const struct option *option = &option_table[j];
            struct word_walk walk = {.setting = setting_own(section, option)};

            if (walk.setting->count > 0 && option->section != section->kind)
                abort();
            if (walk.setting->count > 0 &&
                setting_effective(settings, section, option) != walk.setting)
                abort();
            while (word_next(&walk))
                if (walk.word.len == 0 || walk.place.line == 0)
                    abort();
        }
    }
}

static bool
read_twice(struct settings *settings, struct span text,
           struct buffer *complaints)
{
    static const struct surroundings around = {"/etc/httpauth", "host"};
    bool first = settings_read(settings, text, "first", &around, complaints);
    bool good = complaints->len == 0, second;

    if (complaints->failed || complaints->len > COMPLAINTS_MAX || first != good)
        abort();
    look_up_all(settings);
    buffer_clear(complaints);
    second = settings_read(settings, text, "second", &around, complaints);
    look_up_all(settings);
    return first == second;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer complaints = BUFFER_INIT(COMPLAINTS_MAX);
    struct settings *settings = settings_new();
    /* A copy of the exact size, so that reading past its end is seen. */
    char *copy = malloc(size == 0 ? 1 : size);

    if (settings == NULL || copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    if (!read_twice(settings, (struct span){copy, size}, &complaints))
        abort();
    free(copy);
    settings_free(settings);
    buffer_free(&complaints);
    return 0;
}
