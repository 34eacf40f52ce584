/* SPDX-License-Identifier: BSD-2-Clause */
/* Where an attempt comes from. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/network.h"
#include "helper/session/throttle.h"

#define PREFIX_BYTES 8 /* a /64: what one household or host has of IPv6 */

static bool
is_ipv4(const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(address, mapped, sizeof(mapped)) == 0;
}

void
throttle_origin(struct span rhost, uid_t uid, char out[THROTTLE_ORIGIN_MAX])
{
    const char *zone = NULL;
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t address[16];

    if (rhost.len > 0)
        zone = memchr(rhost.data, '%', rhost.len);
    if (zone != NULL)
        rhost.len = (size_t)(zone - rhost.data);
    if (!network_address(rhost, address)) {
        snprintf(out, THROTTLE_ORIGIN_MAX, "uid:%lu", (unsigned long)uid);
    } else if (is_ipv4(address)) {
        inet_ntop(AF_INET, address + 12, out, THROTTLE_ORIGIN_MAX);
    } else {
        memset(address + PREFIX_BYTES, 0, sizeof(address) - PREFIX_BYTES);
        inet_ntop(AF_INET6, address, text, sizeof(text));
        snprintf(out, THROTTLE_ORIGIN_MAX, "%s/64", text);
    }
}

bool
throttle_in_networks(struct span rhost, const struct list *networks)
{
    struct network network;

    for (size_t i = 0; networks != NULL && i < networks->count; i++)
        if (network_parse(span_of(networks->item[i]), &network) &&
            network_contains(&network, rhost))
            return true;
    return false;
}
