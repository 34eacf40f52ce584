/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define BITS 128
#define MAPPED_BITS 96 /* of ::ffff:0:0/96, in front of an IPv4 address */

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool
network_address(struct span text, uint8_t out[16])
{
    char copy[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(copy) ||
        memchr(text.data, '\0', text.len) != NULL)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET6, copy, out) == 1)
        return true;
    memcpy(out, mapped, sizeof(mapped));
    return inet_pton(AF_INET, copy, out + sizeof(mapped)) == 1;
}

/* One to three digits, no leading zero. */
static bool
parse_bits(struct span text, unsigned most, unsigned *bits)
{
    *bits = 0;
    if (text.len < 1 || text.len > 3 || (text.len > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *bits = *bits * 10 + (unsigned)(text.data[i] - '0');
    }
    return *bits <= most;
}

static bool
bit_of(const uint8_t address[16], unsigned i)
{
    return (address[i / 8] >> (7 - i % 8) & 1) != 0;
}

bool
network_parse(struct span text, struct network *out)
{
    const char *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
    struct span address = text;
    unsigned before, bits;

    memset(out, 0, sizeof(*out));
    if (slash != NULL)
        address.len = (size_t)(slash - text.data);
    if (!network_address(address, out->address))
        return false;
    before = memchr(address.data, ':', address.len) == NULL ? MAPPED_BITS : 0;
    bits = BITS - before;
    if (slash != NULL &&
        !parse_bits((struct span){slash + 1, text.len - address.len - 1},
                    BITS - before, &bits))
        return false;
    bits += before;
    for (unsigned i = bits; i < BITS; i++)
        if (bit_of(out->address, i))
            return false;
    out->bits = (uint8_t)bits;
    return true;
}

bool
network_contains(const struct network *network, struct span address)
{
    uint8_t bytes[16];

    if (!network_address(address, bytes))
        return false;
    /* Who writes ::/0 means IPv6. */
    if (network->bits < MAPPED_BITS &&
        memcmp(bytes, mapped, sizeof(mapped)) == 0)
        return false;
    for (unsigned i = 0; i < network->bits; i++)
        if (bit_of(network->address, i) != bit_of(bytes, i))
            return false;
    return true;
}
