/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debian's pam-auth-update.  What it would do is tried on copies, with a
 * database of debconf of its own, so that it can be shown before.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/ctl/out.h"
#include "helper/ctl/program.h"
#include "helper/ctl/setup.h"

#define PROFILES "/usr/share/pam-configs"
#define STACKS "/etc/pam.d"
#define STATE "/var/lib/pam"
#define PROFILES_MAX 8

static const char *const ours[] = {"httpauth", "httpauth-session"};

/* `root` and `debconf` NULL: the host's own. */
static bool
run(const char *root, const char *debconf, const char *verb,
    const json_t *profiles)
{
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);
    const char *argv[PROFILES_MAX + 5] = {program_find("pam-auth-update")};
    const char *const more[] = {"DEBIAN_FRONTEND=noninteractive", debconf,
                                NULL};
    struct program p = {
        .argv = argv, .more = more, .stream = -1, .timeout_ms = SETUP_RUN_MS};
    size_t n = 1, i;
    json_t *name;
    bool done;

    if (argv[0] == NULL)
        return false;
    if (root != NULL) {
        argv[n++] = "--root";
        argv[n++] = root;
    }
    argv[n++] = verb;
    json_array_foreach(profiles, i, name)
    {
        if (i < PROFILES_MAX && json_is_string(name))
            argv[n++] = json_string_value(name);
    }
    done = program_run(&p, &said) == 0;
    if (!done) {
        out_lines(buffer_span(&said));
        out_error("pam-auth-update failed");
    }
    buffer_free(&said);
    return done;
}

/* --- the copies --- */

static bool
copy_one(const struct setup *s, const char *folder, const char *name)
{
    struct file_state state = FILE_STATE_INIT;
    char from[SETUP_PATH_MAX], to[SETUP_PATH_MAX], path[SETUP_PATH_MAX];
    bool done =
        snprintf(from, sizeof(from), "%s/%s", folder, name) <
            (int)sizeof(from) &&
        snprintf(to, sizeof(to), "root%s", from) < (int)sizeof(to) &&
        file_state_read(from, &state) &&
        setup_stage_file(s, to, buffer_span(&state.content), 0644, path);

    file_state_clear(&state);
    return done;
}

static bool
copy_folder(const struct setup *s, const char *folder, const char *prefix)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[SETUP_PATH_MAX], name[SETUP_PATH_MAX];
    bool done = dir != NULL;

    (void)snprintf(name, sizeof(name), "root%s", folder);
    done = done && setup_stage_folder(s, name, path);
    while (done && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR &&
            strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            done = copy_one(s, folder, entry->d_name);
    if (dir != NULL)
        closedir(dir);
    return done;
}

static bool
copies_make(const struct setup *s)
{
    struct buffer text = BUFFER_INIT(SETUP_TEXT_MAX);
    char path[SETUP_PATH_MAX];
    bool done;

    buffer_printf(&text,
                  "Config: c\nTemplates: t\n\n"
                  "Name: c\nDriver: File\nMode: 600\nFilename: %s/config\n\n"
                  "Name: t\nDriver: File\nMode: 600\nFilename: %s/templates\n",
                  s->stage, s->stage);
    done = copy_folder(s, STACKS, "common-") && copy_folder(s, STATE, "") &&
           setup_stage_folder(s, "root/usr/share", path) &&
           setup_stage_file(s, "debconf.conf", buffer_span(&text), 0600, path);
    (void)snprintf(path, sizeof(path), "%s/root" PROFILES, s->stage);
    done = done && symlink(PROFILES, path) == 0;
    buffer_free(&text);
    return done;
}

static bool
plan_stack(struct setup *s, const char *name)
{
    struct file_state after = FILE_STATE_INIT;
    char path[SETUP_PATH_MAX], copy[SETUP_PATH_MAX];
    bool done =
        snprintf(path, sizeof(path), STACKS "/%s", name) < (int)sizeof(path) &&
        snprintf(copy, sizeof(copy), "%s/root%s", s->stage, path) <
            (int)sizeof(copy) &&
        file_state_read(copy, &after) && after.there &&
        changes_add(&s->changes, path, buffer_span(&after.content), 0644,
                    CHANGE_FOREIGN);

    file_state_clear(&after);
    return done;
}

static bool
plan_stacks(struct setup *s)
{
    static const char *const names[] = {"common-auth", "common-account",
                                        "common-session", "common-password",
                                        "common-session-noninteractive"};
    bool done = true;

    for (size_t i = 0; done && i < sizeof(names) / sizeof(names[0]); i++)
        done = plan_stack(s, names[i]);
    return done;
}

/* One without the other would be half a stack. */
static bool
profiles_are_there(void)
{
    char path[SETUP_PATH_MAX];
    bool there = program_find("pam-auth-update") != NULL;

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        (void)snprintf(path, sizeof(path), PROFILES "/%s", ours[i]);
        there = there && access(path, R_OK) == 0;
    }
    return there;
}

bool
setup_plan_profiles(struct setup *s)
{
    char root[SETUP_PATH_MAX], debconf[SETUP_PATH_MAX];
    json_t *profiles = json_pack("[s, s]", ours[0], ours[1]);
    size_t before = s->changes.count;
    bool done = profiles_are_there() && copies_make(s);

    (void)snprintf(root, sizeof(root), "%s/root", s->stage);
    (void)snprintf(debconf, sizeof(debconf), "DEBCONF_SYSTEMRC=%s/debconf.conf",
                   s->stage);
    done = done && run(root, debconf, "--enable", profiles) && plan_stacks(s) &&
           s->changes.count > before;
    if (done) {
        s->profiles = profiles;
    } else {
        changes_drop(&s->changes, before);
        json_decref(profiles);
    }
    return done;
}

/* --- for good --- */

bool
setup_profiles_enable(const struct setup *s)
{
    bool done = run(NULL, NULL, "--enable", s->profiles);

    for (size_t i = 0; done && i < s->changes.count; i++) {
        const struct change *change = &s->changes.item[i];
        struct file_state now = FILE_STATE_INIT;

        if (change->foreign &&
            (!file_state_read(change->path, &now) ||
             !span_equal(buffer_span(&now.content),
                         buffer_span(&change->after.content)))) {
            out_error("%s: pam-auth-update made something else of it than it "
                      "said",
                      change->path);
            done = false;
        }
        file_state_clear(&now);
    }
    return done;
}

bool
setup_profiles_disable(const json_t *profiles)
{
    return run(NULL, NULL, "--disable", profiles);
}
