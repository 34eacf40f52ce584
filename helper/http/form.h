/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * application/x-www-form-urlencoded, the body of every request to an OAuth
 * endpoint (RFC 6749 appendix B), and the encoding of client id and secret
 * inside Basic (section 2.3.1).
 */
#ifndef HELPER_HTTP_FORM_H
#define HELPER_HTTP_FORM_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

/* Appends "&name=value" ('&' unless it is the first). */
bool form_add(struct buffer *, const char *name, struct span value);
/* The encoding alone: unreserved characters of RFC 3986 stay, a blank is '+',
 * the rest is %XX. */
bool form_encode(struct buffer *, struct span value);

#endif
