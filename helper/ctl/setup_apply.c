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

/* --- the helper --- */

bool
setup_tell_helper(struct setup *s)
{
    struct ask a = {
        .question = {.operation = WIRE_OP_RELOAD, .ms_left = ASK_TIMEOUT_MS}};
    enum ask_result result;
    bool done = true;

    if (setup_has_systemd() && !setup_units_start())
        return false;
    result = ask(&a);
    s->helper = result == ASK_DONE;
    /* Where nothing starts it, it may be started later. */
    if (result != ASK_DONE &&
        (setup_has_systemd() || result != ASK_UNREACHABLE)) {
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
    struct ask a = {
        .question = {.operation = WIRE_OP_RELOAD, .ms_left = ASK_TIMEOUT_MS}};
    enum ask_result result = ask(&a);

    if (result != ASK_DONE && result != ASK_UNREACHABLE &&
        !setup_units_restart())
        out_error("httpauthd goes on with the configuration of before: "
                  "restart it");
    ask_clear(&a);
}

/* --- there and back --- */

static bool
put_back(struct setup *s, size_t made, bool enabled, const json_t *earlier)
{
    bool done = !enabled || setup_profiles_disable(s->profiles);

    if (enabled)
        done = changes_revert(&s->changes, s->changes.count, true) && done;
    done = changes_revert(&s->changes, made, false) && done;
    done = setup_units_disable(s->units) && done;
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
    if (s->units != NULL)
        (void)puts("  enabled the units of the helper");
    (void)fflush(stdout);
}

bool
setup_apply(struct setup *s)
{
    json_t *earlier = json_incref(s->undo.record);
    json_t *beside = json_object();
    bool enabled = false, done = false;
    size_t made = 0;

    (void)json_object_set(beside, "profiles", s->profiles);
    (void)json_object_set(beside, "units", s->units);
    if (setup_changes_any(s) && (!changes_are_current(&s->changes) ||
                                 !undo_record(&s->undo, &s->changes, beside)))
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
    if (!done && setup_changes_any(s)) {
        (void)fprintf(stderr, "%s; putting everything back ...\n",
                      setup_stopped != 0 ? "Stopped" : "That failed");
        if (put_back(s, made, enabled, earlier))
            (void)fprintf(stderr, "Everything is as it was before.\n");
    }
done:
    json_decref(beside);
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
    done = undo_run(&s->undo, setup_profiles_disable, setup_units_disable);
    if (done) {
        json_array_foreach(json_object_get(record, "files"), i, entry)
        {
            char path[SETUP_PATH_MAX], was[SETUP_PATH_MAX];

            out_member(entry, "was", "", was, sizeof(was));
            (void)printf("  %-8s %s\n",
                         strcmp(was, CHANGE_ABSENT) == 0 ? "removed"
                                                         : "restored",
                         out_member(entry, "path", "?", path, sizeof(path)));
        }
        tell_helper_back();
        (void)puts("\nEverything is as it was before setup.");
    }
    json_decref(record);
    return done;
}
