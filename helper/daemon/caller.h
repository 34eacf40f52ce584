/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may ask about whom: root about anybody; trusted_callers about anybody
 * for their service; everybody else about himself.
 */
#ifndef HELPER_DAEMON_CALLER_H
#define HELPER_DAEMON_CALLER_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "helper/base/limits.h"
#include "helper/base/span.h"
#include "helper/conf/config.h"

/* May he ask about anybody?  No look-up, no waiting. */
bool caller_is_trusted(const struct config *, uid_t, struct span service);

/*
 * Is `user` the name of `uid`?  NSS may take its time (LDAP, sssd), so the
 * look-up runs on the thread pool: nobody else waits for it.
 */
struct caller_lookup {
    uv_work_t work;
    uid_t uid;
    char user[LIMIT_USER + 1];
    bool same;
    void (*done)(struct caller_lookup *); /* on the loop, also when the
                                             look-up failed */
};

/* False when it cannot be begun.  The struct must live until `done`. */
bool caller_lookup(uv_loop_t *, struct caller_lookup *, uid_t, struct span user,
                   void (*done)(struct caller_lookup *));

#endif
