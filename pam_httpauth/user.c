/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/user.h"

#include <pwd.h>
#include <security/pam_modutil.h>
#include <string.h>

#include "helper/base/span.h"
#include "helper/base/text.h"

struct user
pha_user_find(pam_handle_t *pamh, const struct args *args, const char *name)
{
    struct user user = {.name = name};
    const struct passwd *entry;

    if (name == NULL)
        return user;
    user.reserved = args->map_user != NULL && strcmp(name, args->map_user) == 0;
    if (!text_is_user(span_of(name)))
        return user;
    entry = pam_modutil_getpwnam(pamh, name);
    /* Directories that ignore case or blanks answer for another spelling:
     * then the session would run under a name that nobody verified. */
    if (entry == NULL || strcmp(entry->pw_name, name) != 0)
        return user;
    user.exists = true;
    user.uid = entry->pw_uid;
    user.root = entry->pw_uid == 0;
    user.in_range = !user.root && entry->pw_uid >= args->min_uid &&
                    entry->pw_uid <= args->max_uid;
    return user;
}

bool
pha_user_is_served(const struct user *user, const struct args *args)
{
    if (!user->exists)
        return false;
    return user->root ? args->allow_root : user->in_range;
}

bool
pha_user_may_be_mapped(const struct user *user, const struct args *args)
{
    return !user->reserved && !user->root && pha_user_is_served(user, args);
}

const char *
pha_user_shown(const struct user *user)
{
    return user->exists || user->reserved ? user->name : "?";
}

const char *
pha_user_item(pam_handle_t *pamh)
{
    const void *item = NULL;

    if (pam_get_item(pamh, PAM_USER, &item) != PAM_SUCCESS)
        return NULL;
    return item;
}
