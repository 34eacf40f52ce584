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
#include "helper/ctl/setup.h"

#define MODULE "pam_httpauth.so"
#define FOLDER "/etc/pam.d"
#define COMMON FOLDER "/common-auth"
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

bool
setup_pam_calls(struct span text)
{
    struct line line = {.goes_on = false};

    while (next(&text, &line))
        if (span_is(line.phase, "auth") && is_module(line.module, MODULE))
            return true;
    return false;
}

static bool
opens_root(struct span text)
{
    struct line line = {.goes_on = false};

    while (next(&text, &line))
        if (is_module(line.module, MODULE) && holds(line.text, "allow_root"))
            return true;
    return false;
}

/* Ours before the first line that does the work of auth and account, and behind
 * the last one of session, where pam_systemd has been. */
bool
setup_pam_text(struct span before, struct buffer *out)
{
    bool auth = false, account = false;
    const char *session = NULL;
    struct line line = {.goes_on = false};
    struct span rest = before;

    while (next(&rest, &line))
        if (does_the_work(&line, "session") && !line.goes_on)
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
            buffer_text(out, session_line);
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

enum found { BROKEN, CALLS, CALLS_NOT, ABSENT };

static enum found
look(const char *path, struct file_state *state)
{
    if (!file_state_read(path, state))
        return BROKEN;
    if (!state->there)
        return ABSENT;
    if (opens_root(buffer_span(&state->content))) {
        out_error("%s lets tokens open root: take allow_root out first", path);
        return BROKEN;
    }
    return setup_pam_calls(buffer_span(&state->content)) ? CALLS : CALLS_NOT;
}

static enum found
look_at(const char *path)
{
    struct file_state now = FILE_STATE_INIT;
    enum found found = look(path, &now);

    file_state_clear(&now);
    return found;
}

/* Those that do not call us yet; -1: told what is wrong. */
static int
count_wanting(const struct setup *s)
{
    char path[SETUP_PATH_MAX];
    int wanting = 0;

    for (size_t i = 0; i < s->service.count; i++) {
        enum found found;

        (void)snprintf(path, sizeof(path), FOLDER "/%s", s->service.item[i]);
        found = look_at(path);
        if (found == ABSENT)
            out_error("there is no %s", path);
        if (found == ABSENT || found == BROKEN)
            return -1;
        wanting += found == CALLS_NOT;
    }
    return wanting;
}

static bool
plan_service(struct setup *s, const char *service)
{
    struct file_state now = FILE_STATE_INIT;
    struct buffer text = BUFFER_INIT(CHANGE_BYTES_MAX);
    char path[SETUP_PATH_MAX];
    enum found found;
    bool done = false;

    (void)snprintf(path, sizeof(path), FOLDER "/%s", service);
    found = look(path, &now);
    if (found == CALLS)
        done = true;
    else if (found == CALLS_NOT &&
             setup_pam_text(buffer_span(&now.content), &text))
        done = changes_add(&s->changes, path, buffer_span(&text), 0644,
                           CHANGE_PLAIN);
    else if (found == CALLS_NOT)
        out_error("%s: no line of it is known to check passwords; "
                  "pam_httpauth(8) has the stack, to be put in by hand",
                  path);
    file_state_clear(&now);
    buffer_free(&text);
    return done;
}

bool
setup_plan_pam(struct setup *s)
{
    enum found common = look_at(COMMON);
    int wanting = count_wanting(s);
    bool done = true;

    if (common == BROKEN || wanting < 0 || !module_is_there())
        return false;
    if (wanting == 0 || common == CALLS)
        return true;
    s->authselect = access(AUTHSELECT, F_OK) == 0;
    if (s->authselect || (common == CALLS_NOT && setup_plan_profiles(s)))
        return true;
    for (size_t i = 0; done && i < s->service.count; i++)
        done = plan_service(s, s->service.item[i]);
    return done;
}
