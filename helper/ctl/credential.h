/* SPDX-License-Identifier: BSD-2-Clause */
/* The credential that `verify` is about: from stdin, never from argv. */
#ifndef HELPER_CTL_CREDENTIAL_H
#define HELPER_CTL_CREDENTIAL_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"

/* One byte over the limit shows that there was more. */
#define CREDENTIAL_BUFFER BUFFER_INIT(LIMIT_CREDENTIAL + 2)

/*
 * Reads what a pipe or a file holds, up to one byte over the limit, and drops
 * one newline at its end.  At a terminal it asks, without echo, and takes one
 * line of any length.  False when nothing could be read; errno says why.
 */
bool credential_read(int fd, struct buffer *out);

/*
 * The module's shape gate: what ends there never reaches the helper.
 * REASON_ACCEPTED lets it through.  `user` and `service` are looked at in the
 * same way: no helper is asked about a name that can be none.
 */
enum reason credential_gate(struct span credential, struct span user,
                            struct span service, struct trace *);

#endif
