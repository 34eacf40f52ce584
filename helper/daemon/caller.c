/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/caller.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_MAX (64 * 1024) /* bytes of one passwd entry */

bool
caller_is_trusted(const struct config *config, uid_t uid, struct span service)
{
    return uid == 0 ||
           (config != NULL && config_trusts_caller(config, uid, service));
}

static bool
uid_has_name(uid_t uid, const char *user)
{
    struct passwd entry, *found = NULL;
    char *space = malloc(ENTRY_MAX);
    bool same = false;

    if (space != NULL &&
        getpwnam_r(user, &entry, space, ENTRY_MAX, &found) == 0 &&
        found != NULL)
        same = found->pw_uid == uid && strcmp(found->pw_name, user) == 0;
    free(space);
    return same;
}

static void
on_pool(uv_work_t *work)
{
    struct caller_lookup *lookup = work->data;

    lookup->same = uid_has_name(lookup->uid, lookup->user);
}

static void
after_pool(uv_work_t *work, int status)
{
    struct caller_lookup *lookup = work->data;

    if (status != 0)
        lookup->same = false;
    lookup->done(lookup);
}

bool
caller_lookup(uv_loop_t *loop, struct caller_lookup *lookup, uid_t uid,
              struct span user, void (*done)(struct caller_lookup *))
{
    memset(lookup, 0, sizeof(*lookup));
    if (user.len == 0 || user.len > LIMIT_USER)
        return false;
    memcpy(lookup->user, user.data, user.len);
    lookup->uid = uid;
    lookup->done = done;
    lookup->work.data = lookup;
    return uv_queue_work(loop, &lookup->work, on_pool, after_pool) == 0;
}
