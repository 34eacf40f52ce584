/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/file.h"

#include <errno.h>
#include <unistd.h>

#include "helper/base/erase.h"

bool
file_read_all(int fd, struct buffer *out)
{
    char some[4096];
    ssize_t got;
    bool done = true;

    while (done && (got = read(fd, some, sizeof(some))) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        done = got > 0 && buffer_add(out, some, (size_t)got);
    }
    erase(some, sizeof(some));
    return done;
}
