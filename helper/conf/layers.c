/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "helper/base/limits.h"
#include "helper/conf/file.h"
#include "helper/conf/settings.h"

struct layers {
    struct config *config;
    const struct surroundings *around;
    struct buffer *complaints;
    bool good;
    bool any; /* a file was there */
};

static void
read_one(struct layers *layers, const char *path, bool *absent)
{
    struct buffer text = BUFFER_INIT(LIMIT_CONF_BYTES);
    enum file_result result = file_read(path, &text, layers->complaints);

    *absent = result == FILE_ABSENT;
    if (result == FILE_ABSENT)
        return;
    layers->any = true;
    if (result != FILE_READ ||
        !settings_read(layers->config->settings, buffer_span(&text), path,
                       layers->around, layers->complaints) ||
        !load_note(layers->config, path, buffer_span(&text)))
        layers->good = false;
    buffer_free(&text);
}

static void
read_folder(struct layers *layers, const char *path)
{
    struct list names = {NULL, 0};
    bool absent;
    size_t i;

    if (file_list_folder(path, &names, layers->complaints) == FILE_REFUSED) {
        layers->any = true;
        layers->good = false;
    }
    for (i = 0; i < names.count; i++) {
        read_one(layers, names.item[i], &absent);
        if (absent)
            layers->good =
                complain(layers->complaints, (struct place){names.item[i], 0},
                         "vanished while it was to be read, or is "
                         "a link that leads nowhere");
    }
    list_clear(&names);
}

enum config_result
layers_read(struct config *config, enum config_scope scope,
            const char *vendor_dir, const struct surroundings *around,
            struct buffer *complaints)
{
    struct layers layers = {config, around, complaints, true, false};
    struct place at = {config->file, 0};
    bool main_absent = false;
    char *folder = NULL;

    if (asprintf(&folder, "%s.d", config->file) < 0) {
        (void)complain(complaints, at, "no memory");
        return CONFIG_BROKEN;
    }
    if (scope == CONFIG_ALL_LAYERS)
        read_folder(&layers, vendor_dir);
    read_one(&layers, config->file, &main_absent);
    if (!main_absent || scope == CONFIG_ALL_LAYERS)
        read_folder(&layers, folder);
    free(folder);
    if (!layers.good)
        return CONFIG_BROKEN;
    if (main_absent && (scope == CONFIG_FILE_ONLY || !layers.any)) {
        (void)complain(complaints, at, "there is no such file");
        return CONFIG_ABSENT;
    }
    return CONFIG_OK;
}
