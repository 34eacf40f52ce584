/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port on 127.0.0.1 to which the provider sends the browser back (RFC 8252
 * section 7.3): a few connections at once, each with little time and few
 * bytes, and only of processes of the same user.
 */
#ifndef HELPER_CLIENT_LOOPBACK_H
#define HELPER_CLIENT_LOOPBACK_H

#include <stdint.h>

#include "helper/base/reason.h"
#include "helper/client/redirect.h"

/* Listens; port 0: any.  -1, told why; else the socket, and `*port`. */
int loopback_listen(uint16_t *port);

/*
 * Waits until `ends_ms` (clock_boot_ms()) for a redirect of ours, and says in
 * the browser that the terminal goes on.  The first REDIRECT_BEGIN is sent to
 * `address`, visible ASCII.  REASON_ACCEPTED: REDIRECT_CODE, and
 * it is in `code`.  REASON_DENIED, of the provider or because it is another
 * one; REASON_PROVIDER where it cannot say, REASON_TIMEOUT, REASON_INTERNAL:
 * told why; so is what strangers did there meanwhile.
 */
enum reason loopback_wait(int listener, const struct redirect_wanted *,
                          const char *address, int64_t ends_ms,
                          struct buffer *code);

#endif
