/* SPDX-License-Identifier: BSD-2-Clause */
/* Header lines of any server, and the hosts of URLs that it may name. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "helper/http/fetch.h"
#include "helper/http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int held)
{
    if (!held)
        abort();
}

static int
is_within(struct span part, struct span whole)
{
    return part.data >= whole.data &&
           part.data + part.len <= whole.data + whole.len;
}

static void
try_head(struct span head, const char *name)
{
    struct span rest = head, value, only;
    size_t count = 0;

    while (head_next(&rest, name, &value)) {
        must(is_within(value, head));
        must(memchr(value.data, '\n', value.len) == NULL);
        must(memchr(value.data, '\0', value.len) == NULL);
        count++;
    }
    must(rest.len == 0);
    must(head_only(head, name, &only) == (count == 1));
}

static void
try_url(struct span url)
{
    struct span host = fetch_url_host(url);

    must((host.len > 0) == fetch_url_ok(url));
    must(host.len == 0 || is_within(host, url));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = {(const char *)data, size};

    if (size == 0)
        return 0;
    try_head(input, "WWW-Authenticate");
    try_head(input, "Set-Cookie");
    try_head(input, "X");
    try_url(input);
    return 0;
}
