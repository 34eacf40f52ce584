/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl setup`: its steps, in order. */
#include "helper/ctl/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/ctl/credential.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"

volatile sig_atomic_t setup_stopped;

static void
stop(int number)
{
    setup_stopped = number;
}

/* Nobody ends us in the middle of something. */
static void
catch_signals(void)
{
    const struct sigaction action = {.sa_handler = stop};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    /* Who started us may ignore it: then no child's end could be waited for. */
    (void)signal(SIGCHLD, SIG_DFL);
}

static bool
ask_and_discover(struct setup *s)
{
    bool asks = !s->yes && !s->local;

    if (!s->yes) {
        out_wrapped(0, "Logins by tokens.  Nothing is changed before you have "
                       "seen it and said yes; Ctrl-C ends this at any time.");
        (void)putchar('\n');
    }
    if (asks && !setup_ask_provider(s))
        return false;
    if (!s->local) {
        if (!setup_discover(s))
            return false;
        setup_show_offer(s);
    }
    /* Of no use are answers about a provider that is not for us. */
    if (asks && !(s->preset != NULL && s->preset->opaque) &&
        !setup_ask_rules(s))
        return false;
    setup_fill(s);
    return setup_accepts(s) && (s->dry_run || setup_ask_login(s));
}

static bool
plan(struct setup *s)
{
    return setup_plan_conf(s) && setup_check_conf(s) && setup_plan_sshd(s) &&
           setup_plan_pam(s);
}

bool
setup_changes_any(const struct setup *s)
{
    return s->changes.count > 0 || s->units != NULL;
}

static bool
is_colourful(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL &&
           term != NULL && strcmp(term, "dumb") != 0;
}

static void
show(const struct setup *s)
{
    if (!setup_changes_any(s))
        (void)puts("Everything is in place already.");
    else
        changes_show(&s->changes, is_colourful());
    if (s->profiles != NULL)
        (void)puts("\nThe files common-* are changed by:\n"
                   "  pam-auth-update --enable httpauth httpauth-session");
    if (s->authselect)
        (void)puts("\nStacks of PAM are made by authselect here; when the rest "
                   "is in place:\n  authselect select httpauth");
    if (s->units != NULL)
        (void)puts("\nThe units of the helper are enabled and started.");
    if (setup_changes_any(s) || s->authselect)
        (void)putchar('\n');
}

static void
tell_next(const struct setup *s, bool reloaded)
{
    (void)puts("\nDone.  Keep this shell open until you have logged in from "
               "another terminal.");
    if (s->sshd && !reloaded)
        (void)printf("\nThe running sshd asks for tokens once it is told:\n"
                     "  systemctl reload %s\n",
                     setup_sshd_unit());
    if (!s->helper)
        (void)puts("\nStart httpauthd (httpauthd(8)); it does not run.");
    if (s->login == NULL)
        (void)printf("\nWhat would be answered to a token:\n"
                     "  httpauthctl verify --user USER --service %s\n",
                     s->service.item[0]);
    (void)puts("\nBack to what was before:\n  httpauthctl setup --undo");
}

static int
set_up(struct setup *s)
{
    bool reloaded;

    if (!s->yes && !isatty(STDIN_FILENO))
        return out_usage("no terminal to ask at: say --yes and what is to be "
                         "set up");
    if (!ask_and_discover(s) || setup_stopped != 0)
        goto nothing;
    if (!plan(s) || setup_stopped != 0)
        goto nothing;
    setup_plan_units(s);
    show(s);
    if (s->dry_run) {
        (void)puts("Nothing was changed (--dry-run).");
        return CTL_DONE;
    }
    if ((setup_changes_any(s) && !setup_agrees(s, "Put this in place?")) ||
        setup_stopped != 0)
        goto nothing;
    if (!setup_apply(s))
        return CTL_REFUSED;
    reloaded = s->reload_sshd && setup_reload_sshd();
    tell_next(s, reloaded);
    if (s->reload_sshd && !reloaded)
        return CTL_REFUSED;
    return s->untried ? CTL_UNJUDGED : CTL_DONE;
nothing:
    (void)fflush(stdout);
    (void)fprintf(stderr, "Nothing was changed.\n");
    return CTL_REFUSED;
}

static int
undo(struct setup *s)
{
    bool any = s->undo.record != NULL;

    if (!setup_undo(s))
        return CTL_REFUSED;
    if (any && !s->reload_sshd)
        (void)printf("\nsshd reads that when it is told:\n"
                     "  systemctl reload %s\n",
                     setup_sshd_unit());
    else if (any && !setup_reload_sshd())
        return CTL_REFUSED;
    return CTL_DONE;
}

static int
begin(struct setup *s)
{
    int status = CTL_UNJUDGED;
    struct stat st;

    catch_signals();
    if (geteuid() != 0)
        out_error("only root can set this host up");
    else if (stat(SETUP_DIR, &st) != 0)
        out_error("there is no " SETUP_DIR ": is the helper installed?");
    else if (!undo_open(&s->undo, UNDO_DIR))
        status = CTL_UNJUDGED;
    else if (setup_stage_open(s))
        status = s->undo_it ? undo(s) : set_up(s);
    setup_stage_close(s);
    undo_close(&s->undo);
    return status;
}

/* Whoever says --dry-run does not want it done. */
static bool
accepts_undo(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--undo") != 0 && strcmp(argv[i], "--yes") != 0 &&
            strcmp(argv[i], "--reload-sshd") != 0) {
            out_usage("--undo goes without %s", argv[i]);
            return false;
        }
    return true;
}

int
ctl_setup(int argc, char **argv)
{
    struct setup s = {.token = CREDENTIAL_BUFFER};
    const struct arg args[] = {
        {.name = "issuer", .text = &s.issuer},
        {.name = "client-id", .text = &s.client_id},
        {.name = "audience", .text = &s.audience},
        {.name = "shared-audience", .flag = &s.shared_audience},
        {.name = "unix-passwords", .flag = &s.unix_passwords},
        {.name = "user-claim", .text = &s.user_claim},
        {.name = "user-domain", .text = &s.user_domain},
        {.name = "users", .text = &s.users},
        {.name = "token-type", .text = &s.token_type},
        {.name = "required-claim", .many = &s.required_claim},
        {.name = "require-scope", .many = &s.require_scope},
        {.name = "require-group", .many = &s.require_group},
        {.name = "ca-file", .text = &s.ca_file},
        {.name = "proxy", .text = &s.proxy},
        {.name = "local", .flag = &s.local},
        {.name = "service", .many = &s.service},
        {.name = "login", .text = &s.login},
        {.name = "keep", .flag = &s.keep},
        {.name = "replace", .flag = &s.replace},
        {.name = "reload-sshd", .flag = &s.reload_sshd},
        {.name = "yes", .flag = &s.yes},
        {.name = "dry-run", .flag = &s.dry_run},
        {.name = "undo", .flag = &s.undo_it},
        {.name = NULL},
    };
    int status = CTL_USAGE;

    if (args_parse(argc, argv, args, NULL) &&
        (s.undo_it ? accepts_undo(argc, argv) : setup_accepts_line(&s)))
        status = begin(&s);
    changes_free(&s.changes);
    list_clear(&s.answers);
    buffer_free(&s.token);
    json_decref(s.offer);
    json_decref(s.profiles);
    json_decref(s.units);
    return status;
}
