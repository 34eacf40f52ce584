/* SPDX-License-Identifier: BSD-2-Clause */
/* Set-Cookie lines of a stranger, and the Cookie header made of them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "helper/base/text.h"
#include "helper/http/cookie.h"

#define NOW 1700000000

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int held)
{
    if (!held)
        abort();
}

/* What was written says the same when it is read. */
static void
read_back(const struct cookies *c, struct span value)
{
    struct cookies again = {.count = 0};

    cookies_read_header(&again, value, COOKIE_FOREVER);
    must(again.count == c->count);
    for (size_t i = 0; i < c->count; i++) {
        must(span_equal(again.one[i].name, c->one[i].name));
        must(span_equal(again.one[i].value, c->one[i].value));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cookie_url url = {{"www.idp.example", 15}, {"/a/b", 4}};
    struct span head = {(const char *)data, size};
    struct cookies c = {.count = 0};
    struct buffer value = BUFFER_INIT(1024 * 1024);

    cookies_read(&c, head, &url, NOW);
    must(c.count <= COOKIES_MAX);
    must(cookies_expire(&c) > NOW);
    if (cookies_write(&c, &value)) {
        must(value.len <= COOKIE_HEADER_MAX);
        must(!text_has_control(buffer_span(&value)));
        read_back(&c, buffer_span(&value));
    }
    cookies_read_header(&c, head, NOW + 1);
    must(c.count <= COOKIES_MAX);
    buffer_free(&value);
    return 0;
}
