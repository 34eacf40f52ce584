/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of httpauthctl.  Each gets its own arguments (argv[0] is the
 * command's last word) and returns the exit status, which is documented in
 * httpauthctl(1) and stable.
 */
#ifndef HELPER_CTL_CTL_H
#define HELPER_CTL_CTL_H

enum ctl_status {
    CTL_DONE = 0,    /* accepted, or done */
    CTL_REFUSED = 1, /* a definite no; of other commands: tried and failed */
    CTL_USAGE = 2,   /* wrong command line */
    CTL_UNJUDGED = 3 /* unreachable, broken, unreadable, not permitted */
};

int ctl_verify(int argc, char **argv);
int ctl_doctor(int argc, char **argv);
int ctl_issuer_init(int argc, char **argv);
int ctl_issuer_rotate(int argc, char **argv);
int ctl_token_mint(int argc, char **argv);
int ctl_config_check(int argc, char **argv);
int ctl_config_show(int argc, char **argv);
int ctl_setup(int argc, char **argv);
int ctl_status(int argc, char **argv);
int ctl_reload(int argc, char **argv);
int ctl_flush(int argc, char **argv);
int ctl_metrics(int argc, char **argv);
int ctl_why(int argc, char **argv);
int ctl_user_list(int argc, char **argv);
int ctl_user_forget(int argc, char **argv);
int ctl_revoke(int argc, char **argv);
int ctl_app_password_create(int argc, char **argv);
int ctl_app_password_list(int argc, char **argv);
int ctl_app_password_show(int argc, char **argv);
int ctl_app_password_revoke(int argc, char **argv);
int ctl_app_password_rotate(int argc, char **argv);

#endif
