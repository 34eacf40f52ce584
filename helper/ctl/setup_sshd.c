/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sshd shall ask PAM, by keyboard-interactive.  It takes the first value that
 * it meets, so ours is in a file that sorts before others (50-redhat.conf,
 * 50-cloud-init.conf), or at the top of sshd_config where that includes none.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "helper/ctl/out.h"
#include "helper/ctl/program.h"
#include "helper/ctl/setup.h"
#include "helper/ctl/sshdconf.h"

#define FOLDER SSHDCONF_FILE ".d"
#define DROP_IN FOLDER "/40-httpauth.conf"

static const char lines[] =
    "# pam_httpauth: tokens come as answers of the keyboard-interactive "
    "method,\n"
    "# which PAM asks for.  Written by \"httpauthctl setup\".\n"
    "UsePAM yes\n"
    "KbdInteractiveAuthentication yes\n";

static int
ask_sshd(const char *option, const char *file, struct buffer *said)
{
    const char *sshd = program_find("sshd");
    const char *argv[] = {sshd, option, file != NULL ? "-f" : NULL, file, NULL};
    struct program p = {.argv = argv, .stream = -1, .timeout_ms = SETUP_RUN_MS};

    return sshd == NULL ? -1 : program_run(&p, said);
}

/* What counts, of `sshd -T`; else it says itself why it cannot tell. */
static bool
ask_what_counts(struct sshdconf *out)
{
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);
    bool done = ask_sshd("-T", NULL, &said) == 0;

    if (!done) {
        out_lines(buffer_span(&said));
        out_error("sshd -T does not say what counts");
    }
    done = done && sshdconf_parse(buffer_span(&said), out);
    buffer_free(&said);
    return done;
}

static bool
says(const struct sshdconf *conf, const char *keyword, const char *text)
{
    const struct sshdconf_value *value = sshdconf_find(conf, keyword);

    return value != NULL && strcmp(value->text, text) == 0;
}

static bool
says_so(const struct sshdconf *conf)
{
    return says(conf, "usepam", "yes") &&
           says(conf, "kbdinteractiveauthentication", "yes");
}

/* Would the main file bring that one, for everybody? */
static bool
includes(const char *path)
{
    struct sshdconf conf = {.count = 0};
    const struct sshdconf_value *value = NULL;
    bool done = false;

    if (sshdconf_read(SSHDCONF_FILE, &conf))
        value = sshdconf_find(&conf, "include");
    for (; value != NULL && !done; value = sshdconf_next(&conf, value))
        done = fnmatch(value->text, path, FNM_PATHNAME) == 0;
    sshdconf_free(&conf);
    return done;
}

/* With our lines before everything else: does sshd take it? */
static bool
check(const struct setup *s)
{
    struct buffer text = BUFFER_INIT(SETUP_TEXT_MAX);
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);
    char path[SETUP_PATH_MAX];
    bool done;

    buffer_printf(&text, "%sInclude " SSHDCONF_FILE "\n", lines);
    done = setup_stage_file(s, "sshd_config", buffer_span(&text), 0600, path);
    if (done && ask_sshd("-t", path, &said) != 0) {
        out_lines(buffer_span(&said));
        out_error("sshd -t refuses its configuration, with our lines or "
                  "without");
        done = false;
    }
    buffer_free(&text);
    buffer_free(&said);
    return done;
}

/* What somebody else has written there stays: a rule, perhaps
 * (AuthenticationMethods). */
static bool
put_before(struct setup *s, const char *path, const struct file_state *now)
{
    struct buffer text = BUFFER_INIT(CHANGE_BYTES_MAX);
    struct span old = buffer_span(&now->content);
    bool done;

    if (old.len < strlen(lines) || memcmp(old.data, lines, strlen(lines)) != 0)
        buffer_printf(&text, "%s%s", lines, old.len > 0 ? "\n" : "");
    buffer_add(&text, old.data, old.len);
    done =
        changes_add(&s->changes, path, buffer_span(&text), 0600, CHANGE_PLAIN);
    buffer_free(&text);
    return done;
}

static bool
plan(struct setup *s)
{
    bool folder = access(FOLDER, F_OK) == 0 && includes(DROP_IN);
    const char *path = folder ? DROP_IN : SSHDCONF_FILE;
    struct file_state now = FILE_STATE_INIT;
    bool done = file_state_read(path, &now);

    s->sshd = done && put_before(s, path, &now);
    file_state_clear(&now);
    return s->sshd;
}

static bool
is_wanted(const struct setup *s)
{
    for (size_t i = 0; i < s->service.count; i++)
        if (strcmp(s->service.item[i], "sshd") == 0)
            return true;
    return false;
}

/* Is somebody let in by a password here, but not everybody?  What we cannot
 * read may say so. */
static bool
some_by_keys_alone(void)
{
    struct sshdconf conf = {.count = 0};
    bool some = !sshdconf_read(SSHDCONF_FILE, &conf) || conf.unreadable;

    for (size_t i = 0; !some && i < conf.count; i++)
        some = conf.value[i].conditional &&
               strcmp(conf.value[i].keyword, "passwordauthentication") == 0 &&
               strcasecmp(conf.value[i].text, "no") == 0;
    sshdconf_free(&conf);
    return some;
}

/* Our lines bring keyboard-interactive by PAM, which was not there, and behind
 * ours in the stack is pam_unix: where keys alone were good, Unix passwords
 * become so too. */
static bool
opens_passwords(struct setup *s, const struct sshdconf *conf)
{
    bool all = says(conf, "passwordauthentication", "no");
    const char *whom = all ? "everybody" : "some people";

    if (s->unix_passwords || (!all && !some_by_keys_alone()))
        return true;
    if (s->yes) {
        out_error("this sshd lets %s in by keys alone; with "
                  "keyboard-interactive Unix passwords open it as well",
                  whom);
        (void)fprintf(stderr,
                      "Say --unix-passwords if they may. That a token is asked "
                      "for and nothing else\nis in README, \"As a second "
                      "factor\".\n");
        return false;
    }
    (void)printf("This sshd lets %s in by keys alone.  With "
                 "keyboard-interactive\nUnix passwords open it as well, at the "
                 "same prompt.\n",
                 whom);
    s->unix_passwords = setup_agrees(s, "May they?");
    (void)putchar('\n');
    return s->unix_passwords;
}

/* Then whatever we do nobody is asked. */
static void
tell_methods(const struct sshdconf *conf)
{
    const struct sshdconf_value *value =
        sshdconf_find(conf, "authenticationmethods");

    if (value != NULL && strcmp(value->text, "any") != 0 &&
        strstr(value->text, "keyboard-interactive") == NULL)
        out_error("sshd takes no keyboard-interactive (AuthenticationMethods "
                  "%s): nobody will be asked for a token",
                  value->text);
}

bool
setup_plan_sshd(struct setup *s)
{
    struct sshdconf conf = {.count = 0};
    bool done = true;

    if (!is_wanted(s))
        return true;
    if (program_find("sshd") == NULL)
        out_error("there is no sshd: its part is left out");
    else
        done = ask_what_counts(&conf) &&
               (says_so(&conf) ||
                (opens_passwords(s, &conf) && check(s) && plan(s)));
    if (done)
        tell_methods(&conf);
    sshdconf_free(&conf);
    return done;
}

/* What sshd reads before our lines. */
static void
tell_contrary(const char *keyword)
{
    struct sshdconf conf = {.count = 0};
    const struct sshdconf_value *value = NULL;

    if (sshdconf_read(SSHDCONF_FILE, &conf))
        value = sshdconf_find(&conf, keyword);
    if (value != NULL && strcasecmp(value->text, "yes") != 0)
        out_error("%s:%u says %s to %s, and sshd reads it before our lines: "
                  "take it out first",
                  value->file, value->line, value->text, keyword);
    sshdconf_free(&conf);
}

bool
setup_sshd_sees(void)
{
    struct sshdconf conf = {.count = 0};
    bool done = ask_what_counts(&conf);

    if (done && !says_so(&conf)) {
        out_error("sshd still says no to UsePAM or "
                  "KbdInteractiveAuthentication");
        tell_contrary("usepam");
        tell_contrary("kbdinteractiveauthentication");
        done = false;
    }
    sshdconf_free(&conf);
    return done;
}

const char *
setup_sshd_unit(void)
{
    static const char *const files[] = {"/usr/lib/systemd/system/ssh.service",
                                        "/lib/systemd/system/ssh.service"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (access(files[i], F_OK) == 0)
            return "ssh";
    return "sshd";
}
