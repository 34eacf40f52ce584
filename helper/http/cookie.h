/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cookies (RFC 6265, prefixes of its revision), reduced to one URL: which of
 * an answer's Set-Cookie lines go with the next request to the same URL.  No
 * jar for several hosts, so that no cookie can reach another.  Pure.
 *
 * A cookie is named by its name alone: of two that differ by domain or path
 * only, the later one is kept.
 */
#ifndef HELPER_HTTP_COOKIE_H
#define HELPER_HTTP_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define COOKIES_MAX 20         /* further ones are dropped */
#define COOKIE_BYTES_MAX 4096  /* of name and value; longer ones are dropped */
#define COOKIE_HEADER_MAX 8192 /* of the Cookie header's value */
#define COOKIE_FOREVER INT64_MAX

struct cookie {
    struct span name, value;
    int64_t expires; /* wall clock; COOKIE_FOREVER: unsaid */
};

/* Points into what it was read from. */
struct cookies {
    struct cookie one[COOKIES_MAX];
    size_t count;
};

/* Whom the cookies are for. */
struct cookie_url {
    struct span host; /* without brackets and port */
    struct span path; /* begins with '/', without query */
};

/*
 * Adds the Set-Cookie lines of a head at wall-clock `now`.  What replaces an
 * older one or deletes it (an end in the past) does so.  Dropped are cookies
 * whose Domain is neither the host nor a parent of it with a dot inside, whose
 * Path does not cover the URL's, whose name or value is no token or
 * cookie-octets, and __Host- and __Secure- names that break their promise.
 */
void cookies_read(struct cookies *, struct span head, const struct cookie_url *,
                  int64_t now);

/* Adds what a Cookie header says; all of them end at `expires`. */
void cookies_read_header(struct cookies *, struct span value, int64_t expires);

/* Writes the value of a Cookie header; false when it is over
 * COOKIE_HEADER_MAX, or without memory. */
bool cookies_write(const struct cookies *, struct buffer *out);

/* When the first of them ends. */
int64_t cookies_expire(const struct cookies *);

#endif
