/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `httpauthctl setup`: from a provider's URL to a login that was tried.  What
 * was asked for, what the provider offers, and what will be changed, as it
 * passes from one step (a file each) to the next.
 */
#ifndef HELPER_CTL_SETUP_H
#define HELPER_CTL_SETUP_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>

#include "helper/base/list.h"
#include "helper/ctl/args.h"
#include "helper/ctl/change.h"
#include "helper/ctl/undo.h"

#define SETUP_DIR "/etc/httpauth"
#define SETUP_CONF SETUP_DIR "/httpauthd.conf"
#define SETUP_ISSUER "work"    /* the section */
#define SETUP_USER "httpauthd" /* the helper's */
#define SETUP_TEXT_MAX 65536   /* what is written, or a program says */
#define SETUP_RUN_MS 30000
#define SETUP_PATH_MAX 256

/* A provider of conf/presets, as far as questions can be spared by it. */
struct setup_preset {
    const char *name;  /* of the file */
    const char *title; /* for people */

    /* It is this one when the issuer holds the first and its jwks_uri ends in
     * the second; NULL: whatever it is. */
    const char *issuer_holds, *jwks_ends;

    bool opaque;      /* its tokens are no JWTs: by its preset, by hand */
    bool client_aud;  /* they name their client as audience */
    bool api_aud;     /* they name what is registered there, for all hosts */
    bool user_domain; /* its login names are addresses */

    /* Options of the sections, NULL: the default. */
    const char *token_type, *required_claims, *username_claim, *groups_claim,
        *scope_claim, *scope, *max_lifetime;
};

struct setup {
    /* From the command line, or the terminal; text belongs to argv or to
     * `answers`.  NULL: not said. */
    const char *issuer, *client_id, *audience, *user_claim, *user_domain,
        *token_type, *users, *ca_file, *proxy, *login;
    struct args_many service, require_scope, require_group, required_claim;
    bool local, shared_audience, unix_passwords, replace, keep, reload_sshd;
    bool yes, dry_run, undo_it;
    struct list answers;

    json_t *offer;                     /* what setup_discover() found */
    const struct setup_preset *preset; /* NULL: not known */
    struct buffer token;               /* the login is tried with it */

    struct changes changes;
    json_t *profiles; /* of pam-auth-update, to be enabled; or NULL */
    json_t *units;    /* of systemd, to be enabled; or NULL */
    bool authselect;  /* PAM is its to change, by a command that is told */
    bool sshd;        /* its configuration is changed */
    bool helper;      /* it answers by the new configuration */
    bool untried;     /* the login that was asked for */
    struct undo undo;
    const char *stage; /* a folder of ours, for a while; NULL: none */
};

/* Set by SIGINT, SIGTERM and SIGHUP once setup_catch() was called. */
extern volatile sig_atomic_t setup_stopped;

/* Is there anything to be put in place? */
bool setup_changes_any(const struct setup *);

/* --- setup_ask.c --- */

/* Everything that was not said, at the terminal; false: ended. */
bool setup_ask_provider(struct setup *);
bool setup_ask_rules(struct setup *);
bool setup_ask_login(struct setup *);
/* Anything but "y" and "yes" is no. */
bool setup_agrees(const struct setup *, const char *question);

/* --- setup_check.c --- */

/* What was not said, as far as there is a good answer; NULL otherwise. */
const char *setup_audience(const struct setup *);
const char *setup_user_claim(const struct setup *);
void setup_fill(struct setup *);
/* Each tells on stderr what it refuses, and why. */
bool setup_accepts_line(const struct setup *);
bool setup_accepts(const struct setup *);
/* One answer: NULL, or a sentence that begins behind its name. */
const char *setup_refuses_issuer(const char *issuer);
const char *setup_refuses_word(const char *text); /* one word of an option */
const char *setup_refuses_user(const char *user); /* who shall log in */

/* --- setup_discover.c, setup_offer.c --- */

/* Asks the provider as the helper's user would.  False: told why. */
bool setup_discover(struct setup *);
/* Recognises it; shows what it offers. */
const struct setup_preset *setup_recognise(const json_t *offer);
const struct setup_preset *setup_preset_named(const char *name);
void setup_show_offer(const struct setup *);

/* --- setup_conf.c, setup_stage.c --- */

/* A folder below /run for what is tried before it is put in place, and anew.
 * False: told why. */
bool setup_stage_open(struct setup *);
void setup_stage_close(struct setup *);
/* Files and folders of a folder there; false: told why. */
bool setup_stage_file(const struct setup *, const char *name, struct span,
                      mode_t mode, char path[SETUP_PATH_MAX]);
bool setup_stage_folder(const struct setup *, const char *name,
                        char path[SETUP_PATH_MAX]);

/* httpauthd.conf as it shall be. */
void setup_conf_text(const struct setup *, struct buffer *out);
/* Plans it, and the local issuer's key where there is none. */
bool setup_plan_conf(struct setup *);
/* By the checks of httpauthd itself, with everything that lies beside it. */
bool setup_check_conf(const struct setup *);

/* --- setup_sshd.c --- */

bool setup_plan_sshd(struct setup *); /* checked by sshd -t */
/* As it is in place: does sshd ask PAM?  False: told what it says. */
bool setup_sshd_sees(void);
/* The unit's name: "ssh" or "sshd". */
const char *setup_sshd_unit(void);

/* --- setup_stack.c --- */

enum setup_stack {
    SETUP_STACK_BAD, /* told why */
    SETUP_STACK_CALLS,
    SETUP_STACK_COMMON, /* by Debian's common-auth, which does not call us */
    SETUP_STACK_OWN
};
enum setup_stack setup_stack_of(const char *service);
/* In a stack that has our lines: do the others still mean what they did? False:
 * told which do not. */
bool setup_stack_keeps(const char *const *folders, const char *service);

/* --- setup_pam.c, setup_profile.c --- */

/* The stack of pam_httpauth(8) put into the text of a file of pam.d.  False
 * when no line of it is known to check passwords: then there is no place to
 * put ours before. */
bool setup_pam_text(struct span before, struct buffer *out);
bool setup_plan_pam(struct setup *);
/* What pam-auth-update would do; false when it would do nothing, or when it is
 * not there. */
bool setup_plan_profiles(struct setup *);
/* Really, and as it was planned. */
bool setup_profiles_enable(const struct setup *);
bool setup_profiles_disable(const json_t *profiles);

/* --- setup_units.c --- */

bool setup_has_systemd(void);
/* Which of the helper's are not enabled. */
void setup_plan_units(struct setup *);
/* These tell what went wrong. */
bool setup_units_start(void);
bool setup_units_disable(const json_t *planned);
bool setup_units_restart(void);
bool setup_reload_sshd(void);

/* --- setup_apply.c --- */

bool setup_apply(struct setup *); /* all of it, or nothing */
bool setup_undo(struct setup *);
/* The helper reads what is there now; false: told why. */
bool setup_tell_helper(struct setup *);

/* --- setup_login.c --- */

/* One login of setup->login with the token, by an sshd of our own. */
bool setup_try_login(struct setup *);

#endif
