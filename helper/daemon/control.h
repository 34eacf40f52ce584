/* SPDX-License-Identifier: BSD-2-Clause */
/* What httpauthctl may ask on control.sock, and who may. */
#ifndef HELPER_DAEMON_CONTROL_H
#define HELPER_DAEMON_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/span.h"
#include "helper/daemon/daemon.h"
#include "helper/wire/wire.h"

enum control_right {
    CONTROL_NO,
    CONTROL_IF_SAME_USER, /* ask caller_lookup() about request->user */
    CONTROL_YES
};

/* The table; an operation that is not in it is for nobody. */
enum control_right control_right(enum wire_operation, uid_t);

struct control; /* one operation that waits */

/* `body` is JSON, valid until the call returns. */
typedef void control_done(void *context, enum wire_status, struct span body);

/*
 * Does it; the right has been checked.  `done` is called exactly once,
 * perhaps before this returns (then NULL is returned), unless it is
 * cancelled.
 */
struct control *control_start(struct daemon *, uid_t,
                              const struct wire_control *, control_done *,
                              void *context);
void control_cancel(struct control *);

/* The body of a refusal or a failure; false without memory. */
bool control_error(struct buffer *out, const char *text);

#endif
