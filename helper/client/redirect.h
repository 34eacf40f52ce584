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

#define REDIRECT_PATH "/callback/"
#define REDIRECT_PATH_SIZE (sizeof(REDIRECT_PATH) + 16)
#define REDIRECT_HEAD_MAX 16384 /* a request and its header fields */

/*
 * REDIRECT_PATH and the first 16 hex digits of SHA-256(issuer): a path of its
 * own for each issuer (RFC 8252 section 8.10), so that one who sends the
 * browser on to another provider gets no code of that.  False: OpenSSL fails.
 */
bool redirect_path(const char *issuer, char out[REDIRECT_PATH_SIZE]);

/* Where the browser that we begin asks first; a secret follows.  Its command
 * line is no secret, and so holds no address with the state in it. */
#define REDIRECT_LOGIN "/login/"

struct redirect_wanted {
    const char *login; /* of REDIRECT_LOGIN */
    const char *state;
    const char *path; /* of redirect_path() */
    const char *issuer;
    bool says_iss; /* the metadata promises the parameter `iss` */
};

enum redirect_kind {
    REDIRECT_STRANGE, /* somebody else's */
    REDIRECT_BEGIN,   /* our browser's, to be sent to the provider */
    REDIRECT_CODE,    /* `out` is the code */
    REDIRECT_ERROR,   /* `out` is what the provider says, not escaped */
    REDIRECT_FAULT,   /* likewise: it cannot now (RFC 6749 section 4.1.2.1) */
    REDIRECT_ISSUER   /* at another issuer's path, or of another issuer than
                         ours or of none: RFC 9207 */
};

/* Has the whole head of a request come? */
bool redirect_is_whole(struct span head);

/* Of a whole one.  All from REDIRECT_CODE on have our state. */
enum redirect_kind redirect_read(struct span head,
                                 const struct redirect_wanted *,
                                 struct buffer *out);

#endif
