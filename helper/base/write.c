/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/write.h"

#include <errno.h>
#include <unistd.h>

bool
write_whole(int fd, struct span content)
{
    while (content.len > 0) {
        ssize_t n = write(fd, content.data, content.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        content.data += n;
        content.len -= (size_t)n;
    }
    return true;
}
