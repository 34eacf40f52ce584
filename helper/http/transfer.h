/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one request is made of: an easy handle with everything that curl must
 * be told, the answer as it arrives, and no loop.  It is built on the loop's
 * thread and belongs to one thread at a time.
 */
#ifndef HELPER_HTTP_TRANSFER_H
#define HELPER_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "helper/base/buffer.h"
#include "helper/http/fetch.h"
#include "helper/http/freshness.h"

struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    struct buffer post; /* our copy of the body */
    size_t posted;      /* bytes of it that curl has taken */
    struct buffer cert, key;
    unsigned sent; /* how often an idempotent body went out so far */
    bool idempotent;
    bool may_block; /* GSSAPI: not on the loop's thread */

    struct buffer body, head;
    size_t head_bytes;  /* of all header lines, interim answers too */
    bool is_final;      /* the last status line was none of 1xx */
    bool head_complete; /* what comes now is a trailer */
    const char *limit;  /* the rule of ours that it broke, or NULL */
    struct freshness freshness;
    char error[CURL_ERROR_SIZE];
};

/* NULL without memory.  `limit` is set when the request itself is refused:
 * then it must not be performed. */
struct transfer *transfer_new(const struct fetch_request *);
void transfer_free(struct transfer *); /* erases; NULL is allowed */

/* Did it end without a byte of an answer, in a way that another connection
 * might not, and may it be sent again? */
bool transfer_may_repeat(const struct transfer *, CURLcode);
/* Makes it ready for the second attempt: on a new connection. */
bool transfer_rewind(struct transfer *, uint32_t timeout_ms);

/* When the first certificate of the server's chain ends, wall clock; 0 when it
 * was not asked for or is not known. */
int64_t transfer_certificate_ends(const struct transfer *);

/* Why it ended so, printable; NULL when it ended well. */
const char *transfer_error(struct transfer *, CURLcode);

#endif
