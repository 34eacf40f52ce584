/* SPDX-License-Identifier: BSD-2-Clause */
/* What anybody may send to the loopback port of httpauth-token: no code is
 * taken without the state, and none that is not visible ASCII. */
#include <stdint.h>
#include <stdlib.h>

#include "helper/base/text.h"
#include "helper/client/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct redirect_wanted wanted = {"/login/secret", "state",
                                                  "/callback/512a336b79b57eb3",
                                                  "https://idp.example", true};
    struct span head = {(const char *)data, size};
    struct buffer out = BUFFER_INIT(4096);
    enum redirect_kind kind;

    if (redirect_is_whole(head)) {
        kind = redirect_read(head, &wanted, &out);
        if (kind == REDIRECT_CODE &&
            (out.len == 0 || !text_is_visible(buffer_span(&out)) ||
             memmem(data, size, "state=", 6) == NULL))
            abort();
        if ((kind == REDIRECT_STRANGE || kind == REDIRECT_BEGIN) && out.len > 0)
            abort();
    }
    buffer_free(&out);
    return 0;
}
