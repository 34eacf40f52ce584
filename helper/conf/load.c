/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From files to a configuration, in this order: the layers are read and
 * each written value is judged where it stands (settings.c), sections are
 * filled (own value, else the defaults section's, else the table's), and the
 * rules between them are checked.  A fault ends none of these steps early, so
 * that all faults are reported; it only makes the result CONFIG_BROKEN.
 */
#include "helper/conf/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/hash.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/conf/check.h"
#include "helper/conf/file.h"
#include "helper/conf/local.h"
#include "helper/conf/settings.h"
#include "helper/conf/value.h"

#define HOST_SIZE 256
#define WHY_MAX 512 /* bytes of one reason */
#define SECRET_ALGORITHMS "HS256 HS384 HS512"

struct loading {
    const struct config_machine *machine;
    struct config *config;
    struct buffer *complaints;
    struct surroundings around;
    char host[HOST_SIZE];
};

static bool
no_memory(struct loading *loading)
{
    return complain(loading->complaints,
                    (struct place){loading->config->file, 0}, "no memory");
}

/* --- sections --- */

static bool
fill_option(struct loading *loading, const struct option *option,
            const struct section *section, const char *standard, void *base)
{
    const struct setting *setting =
        setting_effective(loading->config->settings, section, option);
    struct buffer why = BUFFER_INIT(WHY_MAX);
    bool good = true;
    size_t i;

    if (setting != NULL && setting->refused)
        goto done; /* the complaint has been made */
    for (i = 0; good && setting != NULL && i < setting->count; i++)
        good = value_take(option, span_of(setting->value[i].text), base,
                          &loading->around, &why);
    if (setting == NULL && standard != NULL)
        good =
            value_take(option, span_of(standard), base, &loading->around, &why);
    if (!good)
        (void)complain(loading->complaints, section->place, "%s: %s",
                       option->name, why.len > 0 ? why.data : "no memory");

done:
    buffer_free(&why);
    return good;
}

/* The default of one option where it depends on the section. */
static const char *
standard_of(const struct loading *loading, const struct section *section,
            const struct option *option, bool local)
{
    if (strcmp(option->name, "algorithms") == 0 &&
        setting_named(loading->config->settings, section, "secret_file") !=
            NULL)
        return SECRET_ALGORITHMS;
    return local ? local_standard(option) : option->standard;
}

static bool
fill_section(struct loading *loading, const struct section *section, bool local,
             void *base)
{
    bool good = true;
    size_t i;

    for (i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];

        if (option->section == section->kind &&
            !fill_option(loading, option, section,
                         standard_of(loading, section, option, local), base))
            good = false;
    }
    return good;
}

static bool
is_named(const struct section *section, enum option_section kind)
{
    return section->kind == kind &&
           strcmp(section->name, SECTION_DEFAULTS) != 0;
}

static bool
add_implied_sections(struct loading *loading)
{
    struct config *config = loading->config;
    struct place at = {config->file, 0};

    if (settings_add(config->settings, SECTION_DAEMON, span_of(""), at) == NULL)
        return no_memory(loading);
    if (local_has_keys(config->dir) &&
        settings_add(config->settings, SECTION_ISSUER,
                     span_of(CONF_LOCAL_ISSUER), at) == NULL)
        return no_memory(loading);
    return true;
}

static bool
fill_local_identifier(struct loading *loading, const struct section *section,
                      struct issuer_conf *issuer)
{
    struct buffer text = BUFFER_INIT(128);
    bool good = false;

    if (!issuer->local ||
        setting_named(loading->config->settings, section, "issuer") != NULL)
        return true;
    if (!local_identifier(loading->machine->machine_id_file, &text)) {
        (void)complain(loading->complaints, section->place,
                       "[issuer local] takes its name from %s, which holds no "
                       "machine id: run \"systemd-machine-id-setup\" or "
                       "\"dbus-uuidgen --ensure=%s\"",
                       loading->machine->machine_id_file,
                       loading->machine->machine_id_file);
        goto done;
    }
    issuer->issuer = strndup(text.data, text.len);
    good = issuer->issuer != NULL || no_memory(loading);

done:
    buffer_free(&text);
    return good;
}

static bool
add_issuer(struct loading *loading, const struct section *section)
{
    struct config *config = loading->config;
    struct issuer_conf *issuer = &config->issuer[config->issuers];
    bool good;

    issuer->name = strdup(section->name);
    if (issuer->name == NULL)
        return no_memory(loading);
    config->issuers++;
    issuer->local = strcmp(issuer->name, CONF_LOCAL_ISSUER) == 0;
    good = fill_section(loading, section, issuer->local, issuer);
    if (!fill_local_identifier(loading, section, issuer))
        good = false;
    return good;
}

static bool
add_service(struct loading *loading, const struct section *section)
{
    struct config *config = loading->config;
    struct service_conf *service = &config->service[config->services];

    service->name = strdup(section->name);
    if (service->name == NULL)
        return no_memory(loading);
    config->services++;
    return fill_section(loading, section, false, service);
}

/* A single issuer speaks for everybody: there is nobody to quarrel with. */
static bool
fill_users(struct loading *loading)
{
    struct config *config = loading->config;
    struct issuer_conf *only = NULL;
    const struct section *section;
    size_t i, remote = 0;

    for (i = 0; i < config->issuers; i++) {
        if (config->issuer[i].local)
            continue;
        only = &config->issuer[i];
        remote++;
    }
    if (remote != 1)
        return true;
    section =
        settings_find(config->settings, SECTION_ISSUER, span_of(only->name));
    if (setting_named(config->settings, section, "users") != NULL)
        return true;
    return list_add(&only->users, span_of("*")) || no_memory(loading);
}

static bool
fill_all(struct loading *loading)
{
    struct config *config = loading->config;
    const struct settings *settings = config->settings;
    bool good = true;
    size_t i;

    config->issuer = calloc(settings->count, sizeof(*config->issuer));
    config->service = calloc(settings->count, sizeof(*config->service));
    if (config->issuer == NULL || config->service == NULL)
        return no_memory(loading);
    for (i = 0; i < settings->count; i++) {
        const struct section *section = &settings->section[i];

        if (section->kind == SECTION_DAEMON &&
            !fill_section(loading, section, false, &config->daemon))
            good = false;
        if (is_named(section, SECTION_ISSUER) && !add_issuer(loading, section))
            good = false;
        if (is_named(section, SECTION_SERVICE) &&
            !add_service(loading, section))
            good = false;
    }
    return fill_users(loading) && good;
}

/* --- what was read --- */

/* With its end, so that no two lists of texts are the same. */
static uint64_t
hash_text(uint64_t hash, struct span text)
{
    return hash_span(hash_span(hash, text), (struct span){"", 1});
}

bool
load_note(struct config *config, const char *path, struct span text)
{
    uint64_t hash = config->files.count > 0 ? config->fingerprint : HASH_FIRST;

    config->fingerprint = hash_text(hash_text(hash, span_of(path)), text);
    return list_add(&config->files, span_of(path));
}

/* --- users.map --- */

static bool
read_users_map(struct loading *loading)
{
    struct config *config = loading->config;
    const struct section *section =
        settings_find(config->settings, SECTION_DAEMON, span_of(""));
    const char *path = config->daemon.users_map;
    struct buffer text = BUFFER_INIT(LIMIT_CONF_BYTES);
    enum file_result result = FILE_ABSENT;
    bool good = false;

    if (path != NULL)
        result = file_read(path, &text, loading->complaints);
    if (result == FILE_REFUSED)
        goto done;
    if (path != NULL && result == FILE_ABSENT &&
        setting_named(config->settings, section, "users_map") != NULL) {
        (void)complain(loading->complaints,
                       setting_place(config->settings, section, "users_map"),
                       "users_map: there is no file %s", path);
        goto done;
    }
    if (result == FILE_READ && !load_note(config, path, buffer_span(&text)))
        goto done;
    config->map =
        usersmap_parse(buffer_span(&text), path == NULL ? config->file : path,
                       loading->complaints);
    good = config->map != NULL;

done:
    buffer_free(&text);
    return good;
}

/* --- the whole --- */

/* The absolute folder of the main file: the helper may change its own. */
static char *
folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - file);
    char *here = NULL, *dir = NULL;

    if (file[0] == '/')
        return strndup(file, len == 0 ? 1 : len);
    here = getcwd(NULL, 0);
    if (here == NULL)
        return NULL;
    if (len == 0)
        return here;
    if (asprintf(&dir, "%s/%.*s", here, (int)len, file) < 0)
        dir = NULL;
    free(here);
    return dir;
}

static void
name_host(struct loading *loading)
{
    const char *host = loading->machine->host;

    if (host == NULL && gethostname(loading->host, HOST_SIZE - 1) == 0)
        host = loading->host;
    if (host != NULL && host[0] != '\0' && text_is_visible(span_of(host)))
        loading->around.host = host;
}

static bool
load_begin(struct loading *loading, const char *file)
{
    struct config *config = calloc(1, sizeof(*config));

    loading->config = config;
    if (config == NULL)
        goto fail;
    config->file = strdup(file);
    config->dir = folder_of(file);
    config->settings = settings_new();
    if (config->file == NULL || config->dir == NULL || config->settings == NULL)
        goto fail;
    loading->around.dir = config->dir;
    name_host(loading);
    if (text_has_control(span_of(config->file)) ||
        text_has_control(span_of(config->dir)))
        return complain(loading->complaints, (struct place){"configuration", 0},
                        "control characters in the name of the file");
    return true;

fail:
    return complain(loading->complaints, (struct place){file, 0},
                    "no memory, or no working directory");
}

static void
hash_issuers(struct config *config)
{
    for (size_t i = 0; i < config->issuers; i++) {
        struct issuer_conf *issuer = &config->issuer[i];

        issuer->naming = hash_text(HASH_FIRST, span_of(issuer->issuer));
        issuer->naming =
            hash_text(issuer->naming, span_of(issuer->username_claim));
        issuer->naming =
            hash_text(issuer->naming, span_of(issuer->username_domain));
    }
}

static bool
load_rest(struct loading *loading)
{
    struct config *config = loading->config;
    bool good;

    if (!add_implied_sections(loading))
        return false;
    good = fill_all(loading);
    if (!callers_resolve(config, loading->complaints))
        good = false;
    if (!check_issuers(config, loading->complaints))
        good = false;
    if (!check_services(config, loading->complaints))
        good = false;
    if (!read_users_map(loading) ||
        !check_users_map(config, loading->complaints))
        good = false;
    hash_issuers(config);
    return good;
}

enum config_result
config_load_on(const struct config_machine *machine, const char *file,
               enum config_scope scope, struct config **out,
               struct buffer *complaints)
{
    struct loading loading = {.machine = machine, .complaints = complaints};
    enum config_result result = CONFIG_BROKEN, read;

    *out = NULL;
    if (!load_begin(&loading, file))
        goto done;
    read = layers_read(loading.config, scope, machine->vendor_dir,
                       &loading.around, complaints);
    if (read == CONFIG_ABSENT) {
        result = CONFIG_ABSENT;
        goto done;
    }
    if (!load_rest(&loading) || read != CONFIG_OK)
        goto done;
    *out = loading.config;
    loading.config = NULL;
    result = CONFIG_OK;

done:
    config_free(loading.config);
    return result;
}

enum config_result
config_load(const char *file, enum config_scope scope, struct config **out,
            struct buffer *complaints)
{
    static const struct config_machine machine = {
        .vendor_dir = CONF_VENDOR_DIR, .machine_id_file = LOCAL_MACHINE_ID};

    return config_load_on(&machine, file, scope, out, complaints);
}
