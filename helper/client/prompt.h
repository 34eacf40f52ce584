/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ssh asks SSH_ASKPASS: "(user@host) ", which ssh itself puts there since
 * OpenSSH 8.5, and then whatever the server has sent.  The server may send
 * anything, another such beginning included, so only what stands at byte 0 is
 * believed, and only if all the rest is exactly one of the questions of
 * pam_httpauth(8).
 */
#ifndef HELPER_CLIENT_PROMPT_H
#define HELPER_CLIENT_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/span.h"

#define PROMPT_NAME_MAX 255 /* bytes of a user or host */

struct prompt {
    struct span user, host; /* visible ASCII, not empty */
    size_t offset;          /* how much of the token is there already */
};

/* The spans point into `text`.  False: not for us. */
bool prompt_parse(struct span text, struct prompt *);

#endif
