/* SPDX-License-Identifier: BSD-2-Clause */
/* Which local users the module speaks for. */
#ifndef PAM_HTTPAUTH_USER_H
#define PAM_HTTPAUTH_USER_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <sys/types.h>

#include "pam_httpauth/args.h"

struct user {
    const char *name; /* PAM_USER as it is, perhaps no name at all */
    bool reserved;    /* map_user: whom the token names */
    bool exists;      /* has an NSS entry of exactly this name */
    bool root;        /* uid 0 */
    bool in_range;    /* min_uid .. max_uid, and not root */
    uid_t uid;        /* of one that exists */
};

/* Looks `name` up, which may be NULL.  NSS is outside our deadline. */
struct user pha_user_find(pam_handle_t *, const struct args *,
                          const char *name);

/* The helper may be asked about this user. */
bool pha_user_is_served(const struct user *, const struct args *);
/* A token may make this one of the reserved name: whoever is served, but
 * never uid 0, also with allow_root. */
bool pha_user_may_be_mapped(const struct user *, const struct args *);

/* For the log: people type passwords where a name is asked for, so what
 * neither an account nor map_user has is "?". */
const char *pha_user_shown(const struct user *);

/* PAM_USER without asking anybody; NULL when there is none. */
const char *pha_user_item(pam_handle_t *);

#endif
