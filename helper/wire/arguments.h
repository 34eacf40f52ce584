/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of the module's line in /etc/pam.d, pam_httpauth(8).  The
 * module reads them; httpauthctl judges a stack by the same table.
 */
#ifndef HELPER_WIRE_ARGUMENTS_H
#define HELPER_WIRE_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* What the account line does with users who came by another method. */
enum account_rule {
    ACCOUNT_IGNORE, /* nothing, and without any I/O */
    ACCOUNT_SESSION /* admits them while they have a login open here */
};

/* The strings are those of argv. */
struct args {
    const char *socket;      /* absolute path of the helper's socket */
    const char *helper_user; /* besides root, who may answer there */
    const char *prompt;
    const char *map_user; /* the login name that means "the token's user"; or
                             NULL */
    int64_t timeout;      /* seconds, for one question to the helper */
    int64_t min_uid;      /* the users that are served, both ends included */
    int64_t max_uid;
    enum account_rule account;
    bool debug;
    bool use_first_pass;
    bool try_first_pass;
    bool allow_root;
    bool end_with_token;
    bool device_login;      /* an empty answer begins one */
    bool device_qr;         /* with a QR code, where the terminal holds it */
    bool device_poll;       /* without Enter */
    int64_t device_timeout; /* seconds, for all of it */
};

/* Called for each mistake: "unknown argument" and the argument, or NULL when
 * several of them do not go together. */
typedef void arguments_wrong(void *context, const char *wrong,
                             const char *argument);

/*
 * Reads them all, so that every mistake is told at once; the service counts,
 * NULL is taken for sshd.  False after any mistake; what was understood, and
 * the defaults, are in `args` even then.
 */
bool arguments_read(const char *service, int argc, const char *const *argv,
                    struct args *args, arguments_wrong *, void *context);

#endif
