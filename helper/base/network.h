/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Networks as an administrator writes them (CIDR, RFC 4632, RFC 4291 section
 * 2.3) and numeric addresses as a caller gives them.  IPv4-mapped IPv6
 * addresses (::ffff:192.0.2.7) are the IPv4 addresses in them, so that a
 * dual-stack sshd is not a way around a rule.
 */
#ifndef HELPER_BASE_NETWORK_H
#define HELPER_BASE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

struct network {
    uint8_t address[16]; /* IPv4 in the mapped form */
    uint8_t bits;        /* 0 .. 128, of that form: 192.0.2.0/24 has 120 */
};

/*
 * "192.0.2.0/24", "2001:db8::/32", or an address alone, which is itself.
 * False for anything else: names, zones (%eth0), leading zeros, blanks, and
 * bits set behind the prefix (whoever writes 10.1.2.3/8 meant something
 * else).
 */
bool network_parse(struct span text, struct network *out);

/* An address without a prefix. */
bool network_address(struct span text, uint8_t out[16]);

/* Is that numeric address inside?  False for what is no address. */
bool network_contains(const struct network *, struct span address);

#endif
