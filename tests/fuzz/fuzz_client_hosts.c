/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of destinations: whatever stands in it, what is found is whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/client/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct prompt p = {{"alice", 5}, {"host.example", 12}, 0};
    struct span content = {(const char *)data, size};
    struct hosts_line line;
    unsigned fault;
    size_t i;

    if (!hosts_match(content, &p, &line, &fault))
        return 0;
    if (fault != 0)
        abort();
    for (i = 0; i < HOSTS_WORDS_MAX && line.command[i] != NULL; i++)
        if (strlen(line.command[i]) == 0 || strpbrk(line.command[i], " \t\n"))
            abort();
    if (line.command[i] != NULL)
        abort();
    return 0;
}
