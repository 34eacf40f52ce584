/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes to the loopback port while a login in the browser is waited for
 * (RFC 8252 section 7.3, RFC 6749 section 4.1.2, RFC 9207).  Anybody on this
 * host, and any page in the browser, can send something there; what does not
 * know the `state` is not for us.  Pure functions over a stranger's bytes.
 */
#ifndef HELPER_CLIENT_REDIRECT_H
#define HELPER_CLIENT_REDIRECT_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define REDIRECT_PATH "/callback"
#define REDIRECT_HEAD_MAX 16384 /* a request and its header fields */

struct redirect_wanted {
    const char *state;
    const char *issuer;
    bool says_iss; /* the metadata promises the parameter `iss` */
};

enum redirect_kind {
    REDIRECT_STRANGE, /* somebody else's */
    REDIRECT_CODE,    /* `out` is the code */
    REDIRECT_ERROR,   /* `out` is what the provider says, not escaped */
    REDIRECT_ISSUER   /* of another issuer than ours, or of none: RFC 9207 */
};

/* Has the whole head of a request come? */
bool redirect_is_whole(struct span head);

/* Of a whole one.  Everything but REDIRECT_STRANGE has our state. */
enum redirect_kind redirect_read(struct span head,
                                 const struct redirect_wanted *,
                                 struct buffer *out);

#endif
