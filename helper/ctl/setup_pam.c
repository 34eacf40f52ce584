/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack of pam_httpauth(8): by a profile where stacks are made of profiles
 * (pam-auth-update, authselect), into the file of each service elsewhere.
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/ctl/out.h"
#include "helper/ctl/pamd.h"
#include "helper/ctl/setup.h"

#define MODULE "pam_httpauth.so"
#define FOLDER "/etc/pam.d"
#define AUTHSELECT "/etc/authselect/authselect.conf"

static const char auth_line[] =
    "auth    [success=done ignore=ignore cred_insufficient=ignore "
    "authinfo_unavail=ignore service_err=ignore default=die] " MODULE "\n";
static const char account_line[] =
    "account [success=ok ignore=ignore default=bad] " MODULE "\n";
static const char session_line[] = "session optional " MODULE "\n";

/* --- lines of pam.d(5) --- */

struct line {
    struct span text; /* without its end */
    bool ended;
    bool goes_on; /* the next line belongs to it */
    /* Words; empty where there are none, or of a line that goes on another. */
    struct span phase, control, module;
};

static struct span
word(struct span *rest)
{
    struct span out = {rest->data, 0};
    bool bracket;

    while (rest->len > 0 && (*rest->data == ' ' || *rest->data == '\t')) {
        rest->data++;
        rest->len--;
    }
    out.data = rest->data;
    bracket = rest->len > 0 && *rest->data == '[';
    while (out.len < rest->len && rest->data[out.len] != '#' &&
           (bracket ||
            (rest->data[out.len] != ' ' && rest->data[out.len] != '\t'))) {
        if (rest->data[out.len++] == ']')
            bracket = false;
    }
    rest->data += out.len;
    rest->len -= out.len;
    return out;
}

static bool
next(struct span *text, struct line *line)
{
    const char *end;
    struct span rest;
    bool goes_on = line->goes_on;

    if (text->len == 0)
        return false;
    end = memchr(text->data, '\n', text->len);
    *line = (struct line){
        .text = {text->data,
                 end == NULL ? text->len : (size_t)(end - text->data)},
        .ended = end != NULL};
    rest = line->text;
    line->goes_on = rest.len > 0 && rest.data[rest.len - 1] == '\\';
    if (!goes_on) {
        line->phase = word(&rest);
        if (line->phase.len > 0 && line->phase.data[0] == '-') {
            line->phase.data++;
            line->phase.len--;
        }
        line->control = word(&rest);
        line->module = word(&rest);
    }
    text->data += line->text.len + line->ended;
    text->len -= line->text.len + line->ended;
    return true;
}

static bool
is_module(struct span path, const char *module)
{
    size_t len = strlen(module);

    return path.len >= len &&
           memcmp(path.data + path.len - len, module, len) == 0 &&
           (path.len == len || path.data[path.len - len - 1] == '/');
}

static bool
holds(struct span text, const char *word)
{
    return text.len > 0 &&
           memmem(text.data, text.len, word, strlen(word)) != NULL;
}

/* Does it do the phase's usual work: another file that does, or a module that
 * looks at passwords? */
static bool
does_the_work(const struct line *line, const char *phase)
{
    static const char *const modules[] = {"pam_unix.so",    "pam_sss.so",
                                          "pam_ldap.so",    "pam_krb5.so",
                                          "pam_winbind.so", "pam_systemd.so"};

    if (span_is(line->phase, "@include"))
        return holds(line->control, phase);
    if (!span_is(line->phase, phase))
        return false;
    if (span_is(line->control, "include") || span_is(line->control, "substack"))
        return true;
    for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
        if (is_module(line->module, modules[i]))
            return true;
    return false;
}

/* Ours before the first line that does the work of auth and account, and behind
 * the last one of session, where pam_systemd has been. */
bool
setup_pam_text(struct span before, struct buffer *out)
{
    bool auth = false, account = false, at_end = false;
    const char *session = NULL;
    struct line line = {.goes_on = false};
    struct span rest = before;

    while (next(&rest, &line))
        if (does_the_work(&line, "session"))
            session = line.text.data;
    line.goes_on = false;
    for (rest = before; next(&rest, &line);) {
        if (!auth && does_the_work(&line, "auth"))
            auth = buffer_text(out, auth_line);
        if (!account && does_the_work(&line, "account"))
            account = buffer_text(out, account_line);
        buffer_add(out, line.text.data, line.text.len);
        buffer_text(out, "\n");
        if (line.text.data == session)
            at_end = true;
        if (at_end && !line.goes_on) {
            buffer_text(out, session_line);
            at_end = false;
        }
    }
    return auth && account && !out->failed;
}

/* --- the files --- */

/* Where libpam would find it: a stack whose line says default=die and that
 * cannot load its module refuses everybody. */
static bool
module_is_there(void)
{
    static const char *const places[] = {
        "/usr/lib/*/security", "/usr/lib64/security", "/usr/lib/security",
        "/lib/*/security",     "/lib64/security",     "/lib/security"};
    char path[SETUP_PATH_MAX];
    bool there = false;

    for (size_t i = 0; !there && i < sizeof(places) / sizeof(places[0]); i++) {
        glob_t found;

        if (glob(places[i], 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++) {
            (void)snprintf(path, sizeof(path), "%s/pam_permit.so",
                           found.gl_pathv[k]);
            if (access(path, R_OK) != 0)
                continue;
            (void)snprintf(path, sizeof(path), "%s/" MODULE, found.gl_pathv[k]);
            there = there || access(path, R_OK) == 0;
        }
        globfree(&found);
    }
    if (!there)
        out_error(MODULE " is not where libpam looks for modules: with our "
                         "lines nobody could log in");
    return there;
}

/* Also of the vendor's file, of which ours is a copy then. */
static bool
read_service(const char *service, char path[SETUP_PATH_MAX],
             struct file_state *now)
{
    (void)snprintf(path, SETUP_PATH_MAX, "/usr/lib/pam.d/%s", service);
    if (access(path, F_OK) == 0 && !file_state_read(path, now))
        return false;
    (void)snprintf(path, SETUP_PATH_MAX, FOLDER "/%s", service);
    if (access(path, F_OK) != 0)
        return now->there;
    file_state_clear(now);
    return file_state_read(path, now);
}

/* Is `text` fit for that service? */
static bool
is_fit(const struct setup *s, const char *service, struct span text)
{
    char folder[SETUP_PATH_MAX], name[SETUP_PATH_MAX], path[SETUP_PATH_MAX];
    const char *const folders[] = {folder, pamd_folders[0], pamd_folders[1],
                                   NULL};

    (void)snprintf(name, sizeof(name), "pam.d/%s", service);
    return setup_stage_folder(s, "pam.d", folder) &&
           setup_stage_file(s, name, text, 0600, path) &&
           setup_stack_keeps(folders, service);
}

static bool
plan_service(struct setup *s, const char *service)
{
    struct file_state now = FILE_STATE_INIT;
    struct buffer text = BUFFER_INIT(CHANGE_BYTES_MAX);
    char path[SETUP_PATH_MAX];
    bool done = read_service(service, path, &now);

    if (done && !setup_pam_text(buffer_span(&now.content), &text)) {
        out_error("%s: no line of it is known to check passwords; "
                  "pam_httpauth(8) has the stack, to be put in by hand",
                  path);
        done = false;
    }
    done =
        done && is_fit(s, service, buffer_span(&text)) &&
        changes_add(&s->changes, path, buffer_span(&text), 0644, CHANGE_PLAIN);
    file_state_clear(&now);
    buffer_free(&text);
    return done;
}

/* With the files common-* that pam-auth-update made of copies. */
static bool
is_fit_for_profiles(const struct setup *s, const char *service)
{
    char folder[SETUP_PATH_MAX];
    const char *const folders[] = {folder, pamd_folders[0], pamd_folders[1],
                                   NULL};

    (void)snprintf(folder, sizeof(folder), "%s/root" FOLDER, s->stage);
    return setup_stack_keeps(folders, service);
}

bool
setup_plan_pam(struct setup *s)
{
    enum setup_stack found[ARGS_MANY_MAX] = {SETUP_STACK_BAD};
    bool common = false, wanting = false, done = true;

    for (size_t i = 0; i < s->service.count; i++) {
        found[i] = setup_stack_of(s->service.item[i]);
        if (found[i] == SETUP_STACK_BAD)
            return false;
        common = common || found[i] == SETUP_STACK_COMMON;
        wanting = wanting || found[i] != SETUP_STACK_CALLS;
    }
    if (!module_is_there())
        return false;
    s->authselect = wanting && access(AUTHSELECT, F_OK) == 0;
    if (!wanting || s->authselect)
        return true;
    common = common && setup_plan_profiles(s);
    for (size_t i = 0; done && i < s->service.count; i++) {
        if (found[i] == SETUP_STACK_COMMON && common)
            done = is_fit_for_profiles(s, s->service.item[i]);
        else if (found[i] != SETUP_STACK_CALLS)
            done = plan_service(s, s->service.item[i]);
    }
    return done;
}
