/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device login: begun at a provider for somebody who has no token on his
 * client, confirmed by him in a browser, and then judged like any other token.
 * What is shown names this host and where the login comes from, since anybody
 * who reaches a login could begin one and send its link to somebody else.
 */
#ifndef HELPER_DAEMON_DEVICE_H
#define HELPER_DAEMON_DEVICE_H

#include "helper/base/buffer.h"
#include "helper/daemon/attempt.h"
#include "helper/wire/wire.h"

struct device_start;

/* REASON_ACCEPTED: the challenge, which is gone when this returns; else why
 * there is none. */
typedef void device_done(void *context, enum reason,
                         const struct wire_challenge *);

/* `done` is called exactly once, perhaps before this returns (then NULL is
 * returned), unless it is cancelled.  No credential in the request. */
struct device_start *device_begin(struct helper *,
                                  const struct attempt_request *, device_done *,
                                  void *context);
void device_cancel(struct device_start *);
/* All that are under way end, since their issuers are about to go. */
void device_stop(struct helper *);

/*
 * May the provider be asked about that login now?  REASON_ACCEPTED: `request`
 * has its code and issuer, for attempt_start(), and device_polled() must
 * follow; REASON_PENDING: not yet; REASON_DENIED: there is no such login of
 * this user, service and caller any more.
 */
enum reason device_poll(struct helper *, const unsigned char id[LOGIN_ID_LEN],
                        struct attempt_request *request);
void device_polled(struct helper *, const unsigned char id[LOGIN_ID_LEN],
                   enum reason);

#endif
