/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control operations about app passwords of this machine.
 *
 * Root may do everything within app_password_lifetime.  Everybody else sees
 * and revokes his own.  He makes and replaces his own by showing who he is:
 * a credential, verified anew as a login of his to the service
 * `app-password`, whose section says who may; and it must be no app password
 * of this machine, or one that was stolen could keep itself alive.  Such keys
 * carry no scopes (a provider gives those, or root), and shared accounts have
 * none.
 */
#ifndef HELPER_DAEMON_APP_PASSWORD_H
#define HELPER_DAEMON_APP_PASSWORD_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/span.h"
#include "helper/daemon/helper.h"
#include "helper/wire/wire.h"

#define APP_PASSWORD_SERVICE "app-password"
#define APP_PASSWORD_LIFETIME_S (90 * 86400)
#define APP_PASSWORD_OVERLAP_S 86400

bool app_password_is(enum wire_operation);

struct app_password; /* one that waits for the credential's verdict */

/* `body` is JSON; it may hold the new password, and is erased after. */
typedef void app_password_done(void *context, enum wire_status,
                               struct span body);

/* `done` is called exactly once, perhaps before this returns (then NULL is
 * returned), unless it is cancelled. */
struct app_password *app_password_start(struct helper *, uid_t,
                                        const struct wire_control *,
                                        app_password_done *, void *context);
void app_password_cancel(struct app_password *);

#endif
