/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
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

const char *
file_fault(int fd)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return strerror(errno);
    if (!S_ISREG(info.st_mode))
        return "is no file";
    if (info.st_uid != getuid())
        return "belongs to somebody else; it is not used";
    if ((info.st_mode & 077) != 0)
        return "others have rights to it; it is not used (chmod 600)";
    return NULL;
}
