/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/ecdsa.h"

#include <string.h>

#define DER_SEQUENCE 0x30
#define DER_INTEGER 0x02
#define DER_LONG_LENGTH 0x81 /* the length follows in one byte */

/* An unsigned number as a minimal DER INTEGER: without leading zeros, but
 * with one where the top bit would mean a sign. */
static size_t
put_integer(const unsigned char *number, size_t len, unsigned char *out)
{
    size_t n = 0;

    for (; len > 1 && *number == 0; len--)
        number++;
    out[n++] = DER_INTEGER;
    out[n++] = (unsigned char)(len + (*number >> 7));
    if (*number >> 7)
        out[n++] = 0;
    memcpy(out + n, number, len);
    return n + len;
}

size_t
ecdsa_to_der(struct span raw, unsigned char der[ECDSA_DER_MAX])
{
    const unsigned char *number = (const unsigned char *)raw.data;
    size_t half = raw.len / 2, len = 0, n = 0;
    unsigned char body[ECDSA_DER_MAX];

    len += put_integer(number, half, body);
    len += put_integer(number + half, half, body + len);
    der[n++] = DER_SEQUENCE;
    if (len > 0x7f)
        der[n++] = DER_LONG_LENGTH;
    der[n++] = (unsigned char)len;
    memcpy(der + n, body, len);
    return n + len;
}
