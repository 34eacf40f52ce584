/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digest access authentication, RFC 7616, for GET without a body: the value
 * of Authorization and the check of Authentication-Info.  Pure; the client's
 * nonce is an argument.
 *
 * MD5, SHA-256 and SHA-512-256; qop auth, auth-int, and none (RFC 2069) with
 * MD5 only.  The -sess variants are ignored: they save a server from keeping a
 * hash, and nobody offers them alone.
 */
#ifndef HELPER_HTTP_DIGEST_H
#define HELPER_HTTP_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/http/challenge.h"

#define DIGEST_HEX (2 * 32 + 1) /* the longest hash as text */
#define DIGEST_CNONCE (2 * 32 + 1)

/* The stronger, the greater. */
enum digest_algorithm {
    DIGEST_NONE, /* nothing that is computed here */
    DIGEST_MD5,
    DIGEST_SHA256,
    DIGEST_SHA512_256
};

enum digest_qop { DIGEST_QOP_NONE, DIGEST_QOP_AUTH, DIGEST_QOP_AUTH_INT };

/* A challenge that was taken up, to be answered again and again. */
struct digest {
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    bool userhash, utf8, has_opaque;
    uint32_t used; /* answers with this nonce */
    char realm[CHALLENGE_VALUE_MAX + 1];
    char nonce[CHALLENGE_VALUE_MAX + 1];
    char opaque[CHALLENGE_VALUE_MAX + 1];
};

struct digest_login {
    struct span user, password;
    const char *uri; /* as in the request line */
    const char *cnonce;
};

/* What went out, to check what comes back; digest_sent_clear() erases. */
struct digest_sent {
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    uint32_t nc;
    char ha1[DIGEST_HEX];
    char cnonce[DIGEST_CNONCE];
    char nonce[CHALLENGE_VALUE_MAX + 1];
    struct buffer uri;
};

enum digest_info {
    DIGEST_INFO_UNSAID, /* no rspauth */
    DIGEST_INFO_GOOD,
    DIGEST_INFO_WRONG /* the server does not know the password, or no sense */
};

/* DIGEST_NONE also where realm or nonce are missing, or qop is unknown. */
enum digest_algorithm digest_algorithm_of(const struct challenge *);
const char *digest_algorithm_name(enum digest_algorithm);

/* False when digest_algorithm_of() is DIGEST_NONE. */
bool digest_take(struct digest *, const struct challenge *);

/*
 * Writes "Digest ..." and counts the nonce.  False: an empty user name or
 * one with control characters; one beyond ASCII, unless the server said
 * charset="UTF-8" and takes it hashed; a cnonce that is too long; no memory;
 * a hash that the library refuses.  digest_sent_clear() on any result.
 */
bool digest_authorize(struct digest *, const struct digest_login *,
                      struct digest_sent *, struct buffer *value);
void digest_sent_clear(struct digest_sent *);

/* Reads Authentication-Info of an answer to that; `nextnonce` is "" unless
 * there is one. */
enum digest_info digest_check(const struct digest_sent *, struct span head,
                              struct span body,
                              char nextnonce[CHALLENGE_VALUE_MAX + 1]);

#endif
