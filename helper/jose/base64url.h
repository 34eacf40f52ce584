/* SPDX-License-Identifier: BSD-2-Clause */
/* base64url without padding, RFC 7515 section 2 and appendix C: strict. */
#ifndef HELPER_JOSE_BASE64URL_H
#define HELPER_JOSE_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/span.h"

/* Bytes that `len` characters decode to at most. */
#define BASE64URL_DECODED(len) ((len) / 4 * 3 + 3)
/* Characters that `len` bytes encode to, plus the terminating NUL. */
#define BASE64URL_ENCODED(len) (((len) + 2) / 3 * 4 + 1)

/*
 * Decodes into `out`, which holds BASE64URL_DECODED(text.len) bytes.  False
 * on '=', '+', '/', white space, any other foreign character, a length of
 * 4n+1 or non-zero spare bits: there is exactly one encoding of any bytes.
 */
bool base64url_decode(struct span text, unsigned char *out, size_t *out_len);

/* Encodes and terminates; returns the length without the NUL. */
size_t base64url_encode(const void *data, size_t len, char *out);

#endif
