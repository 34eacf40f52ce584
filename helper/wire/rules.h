/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every message must satisfy besides its layout.  Encoders and decoders
 * ask the same functions, so that neither end can produce what the other
 * would not believe.  For helper/wire only.
 */
#ifndef HELPER_WIRE_RULES_H
#define HELPER_WIRE_RULES_H

#include <stdbool.h>

#include "helper/wire/wire.h"

/* Fixed parts, header included, in bytes: see PROTOCOL. */
#define REQUEST_FIXED_LEN 44
#define KERNEL_FIXED_LEN 48 /* WIRE_OPEN, WIRE_RESUME */
#define VERDICT_FIXED_LEN 52
#define FILES_FIXED_LEN 28 /* and of each file: */
#define FILE_FIXED_LEN 8
#define CHALLENGE_FIXED_LEN 32
#define CONTROL_FIXED_LEN 28
#define REPLY_FIXED_LEN 16

#define WIRE_REASON_MAX 32     /* bytes of a reason's name */
#define WIRE_ARGUMENT_MAX 1024 /* bytes of a control message's argument */

/* Does a request of that type say what the kernel knows of its process, in
 * place of a credential? */
bool rules_has_kernel(enum wire_type);
bool rules_request(const struct wire_request *);
bool rules_verdict(const struct wire_verdict *);
bool rules_challenge(const struct wire_challenge *);
bool rules_files(const struct wire_files *);
bool rules_control(const struct wire_control *);
bool rules_reply(const struct wire_reply *);

#endif
