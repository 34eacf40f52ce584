/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything is put in place, or nothing: what was there is on the disk before
 * the first file changes, and comes back when a step fails, the login does, or
 * somebody says stop.  After a crash "setup --undo" does that.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"
#include "helper/ctl/program.h"
#include "helper/ctl/setup.h"

#define BOOTED "/run/systemd/system" /* sd_booted(3) */

/* --- the helper --- */

static bool
systemctl(const char *const *words, const volatile sig_atomic_t *stop)
{
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);
    const char *argv[8] = {program_find("systemctl")};
    struct program p = {.argv = argv, .stream = -1, .timeout_ms = SETUP_RUN_MS};
    bool done;

    p.stop = stop;
    for (size_t i = 0; words[i] != NULL && i < 6; i++)
        argv[i + 1] = words[i];
    done = program_run(&p, &said) == 0;
    if (!done && (stop == NULL || *stop == 0)) {
        out_lines(buffer_span(&said));
        out_error("systemctl %s failed", words[0]);
    }
    buffer_free(&said);
    return done;
}

static bool
has_systemd(void)
{
    return access(BOOTED, F_OK) == 0 && program_find("systemctl") != NULL;
}

bool
setup_tell_helper(struct setup *s)
{
    static const char *const start[] = {"enable",
                                        "--now",
                                        "httpauthd.socket",
                                        "httpauthd-control.socket",
                                        "httpauthd.service",
                                        NULL};
    struct ask a = {
        .question = {.operation = WIRE_OP_RELOAD, .ms_left = ASK_TIMEOUT_MS}};
    enum ask_result result;
    bool done = true;

    if (has_systemd() && !systemctl(start, &setup_stopped))
        return false;
    result = ask(&a);
    s->helper = result == ASK_DONE;
    /* Where nothing starts it, it may be started later. */
    if (result != ASK_DONE && (has_systemd() || result != ASK_UNREACHABLE)) {
        (void)ask_explain(&a, result);
        done = false;
    }
    ask_clear(&a);
    return done;
}

/* As before: it must not go on with what is gone. */
static void
tell_helper_back(void)
{
    static const char *const restart[] = {"try-restart", "httpauthd.service",
                                          NULL};
    struct ask a = {
        .question = {.operation = WIRE_OP_RELOAD, .ms_left = ASK_TIMEOUT_MS}};
    enum ask_result result = ask(&a);

    if (result != ASK_DONE && result != ASK_UNREACHABLE &&
        (!has_systemd() || !systemctl(restart, NULL)))
        out_error("httpauthd goes on with the configuration of before: "
                  "restart it");
    ask_clear(&a);
}

/* --- there and back --- */

/* Stacks that were made by others' means, after those have undone it. */
static bool
stacks_back(const struct changes *changes)
{
    bool done = true;

    for (size_t i = 0; i < changes->count; i++)
        if (changes->item[i].foreign &&
            !file_state_write(changes->item[i].path, &changes->item[i].before))
            done = false;
    return done;
}

static bool
put_back(struct setup *s, size_t made, bool enabled, const json_t *earlier)
{
    bool done = true;

    if (enabled)
        done = setup_profiles_disable(s->profiles) && stacks_back(&s->changes);
    done = changes_revert(&s->changes, made) && done;
    tell_helper_back();
    /* What could not be put back stays on record. */
    if (done)
        return undo_forget(&s->undo, earlier);
    out_error("not everything is as before; when that is repaired: "
              "httpauthctl setup --undo");
    return false;
}

static bool
make_all(struct setup *s, size_t *made, bool *enabled)
{
    while (*made < s->changes.count && setup_stopped == 0) {
        /* What failed may be half done. */
        if (!change_make(&s->changes.item[(*made)++]))
            return false;
    }
    if (setup_stopped != 0)
        return false;
    if (s->profiles != NULL) {
        *enabled = true;
        if (!setup_profiles_enable(s))
            return false;
    }
    return !s->sshd || setup_sshd_sees();
}

static void
tell_made(const struct setup *s)
{
    for (size_t i = 0; i < s->changes.count; i++)
        (void)printf("  %s %s\n",
                     s->changes.item[i].before.there ? "changed" : "new    ",
                     s->changes.item[i].path);
    if (s->profiles != NULL)
        (void)puts("  enabled the profiles of pam-auth-update");
    (void)fflush(stdout);
}

bool
setup_apply(struct setup *s)
{
    json_t *earlier = json_incref(s->undo.record);
    bool enabled = false, done = false;
    size_t made = 0;

    if (s->changes.count > 0 &&
        (!changes_are_current(&s->changes) ||
         !undo_record(&s->undo, &s->changes, s->profiles)))
        goto done;
    if (make_all(s, &made, &enabled)) {
        tell_made(s);
        done = setup_tell_helper(s) && setup_stopped == 0;
    }
    if (done && s->login != NULL) {
        (void)putchar('\n');
        done = setup_try_login(s) || (s->keep && setup_stopped == 0);
    }
    (void)fflush(stdout);
    if (!done && s->changes.count > 0) {
        (void)fprintf(stderr, "%s; putting everything back ...\n",
                      setup_stopped != 0 ? "Stopped" : "That failed");
        if (put_back(s, made, enabled, earlier))
            (void)fprintf(stderr, "Everything is as it was before.\n");
    }
done:
    json_decref(earlier);
    return done;
}

bool
setup_undo(struct setup *s)
{
    json_t *entry, *record = json_incref(s->undo.record);
    size_t i;
    bool done = false;

    if (record == NULL) {
        (void)puts("Nothing that setup did is in place.");
        return true;
    }
    done = undo_run(&s->undo, setup_profiles_disable);
    if (done) {
        json_array_foreach(json_object_get(record, "files"), i, entry)
        {
            char path[SETUP_PATH_MAX];

            (void)printf("  as before %s\n",
                         out_member(entry, "path", "?", path, sizeof(path)));
        }
        tell_helper_back();
        (void)puts("\nEverything is as it was before setup.");
    }
    json_decref(record);
    return done;
}
