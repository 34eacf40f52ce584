/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/base64url.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                               "uvwxyz0123456789-_";

/* The value of each character; FOREIGN for those outside the alphabet.  The
 * values of a whole text are or-ed together, so that one test at the end
 * finds a foreign character anywhere. */
#define FOREIGN 0x80
#define F4 FOREIGN, FOREIGN, FOREIGN, FOREIGN
#define F16 F4, F4, F4, F4
#define F64 F16, F16, F16, F16

/* clang-format off */
static const uint8_t value_of[256] = {
    F16, F16,
    F4, F4, F4, FOREIGN, 62, FOREIGN, FOREIGN,          /* '-' */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61,             /* '0' to '9' */
    FOREIGN, FOREIGN, F4, FOREIGN,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,           /* 'A' to 'Z' */
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    F4, 63, FOREIGN,                                    /* '_' */
    26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, /* 'a' to 'z' */
    39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
    F4, FOREIGN,
    F64, F64
};
/* clang-format on */

/* The last one, two or three characters; bits that stand for nothing must be
 * zero, or several texts would mean the same bytes (RFC 4648 section 3.5). */
static bool
decode_tail(const unsigned char *in, size_t left, unsigned char *out)
{
    uint8_t a, b, c;

    if (left == 0)
        return true;
    if (left == 1)
        return false;
    a = value_of[in[0]];
    b = value_of[in[1]];
    c = left == 3 ? value_of[in[2]] : 0;
    if (((a | b | c) & FOREIGN) != 0)
        return false;
    out[0] = (unsigned char)(a << 2 | b >> 4);
    if (left == 2)
        return (b & 0x0f) == 0;
    out[1] = (unsigned char)(b << 4 | c >> 2);
    return (c & 0x03) == 0;
}

bool
base64url_decode(struct span text, unsigned char *out, size_t *out_len)
{
    const unsigned char *in = (const unsigned char *)text.data;
    size_t quads = text.len / 4, left = text.len % 4;
    uint8_t seen = 0;

    *out_len = 0;
    for (size_t i = 0; i < quads; i++, in += 4, out += 3) {
        uint8_t a = value_of[in[0]], b = value_of[in[1]];
        uint8_t c = value_of[in[2]], d = value_of[in[3]];

        seen |= a | b | c | d;
        out[0] = (unsigned char)(a << 2 | b >> 4);
        out[1] = (unsigned char)(b << 4 | c >> 2);
        out[2] = (unsigned char)(c << 6 | d);
    }
    if ((seen & FOREIGN) != 0 || !decode_tail(in, left, out))
        return false;
    *out_len = quads * 3 + (left == 0 ? 0 : left - 1);
    return true;
}

size_t
base64url_encode(const void *data, size_t len, char *out)
{
    const unsigned char *in = data;
    char *start = out;

    for (; len >= 3; len -= 3, in += 3) {
        *out++ = alphabet[in[0] >> 2];
        *out++ = alphabet[(in[0] & 0x03) << 4 | in[1] >> 4];
        *out++ = alphabet[(in[1] & 0x0f) << 2 | in[2] >> 6];
        *out++ = alphabet[in[2] & 0x3f];
    }
    if (len > 0) {
        unsigned second = len == 2 ? in[1] : 0;

        *out++ = alphabet[in[0] >> 2];
        *out++ = alphabet[(in[0] & 0x03) << 4 | second >> 4];
        if (len == 2)
            *out++ = alphabet[(second & 0x0f) << 2];
    }
    *out = '\0';
    return (size_t)(out - start);
}
