/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/text.h"

static bool
fill(int fd, struct buffer *out)
{
    char part[4096];
    ssize_t n;

    while (out->len < out->cap) {
        size_t room = out->cap - out->len;

        n = read(fd, part, room < sizeof(part) ? room : sizeof(part));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        if (!buffer_add(out, part, (size_t)n)) {
            errno = ENOMEM;
            return false;
        }
    }
    return true;
}

bool
textfile_read(const char *path, bool tail, struct buffer *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool done = false;
    struct stat st;
    int saved;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) != 0)
        goto done;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        goto done;
    }
    if ((size_t)st.st_size > out->cap - out->len) {
        errno = EFBIG;
        if (!tail ||
            lseek(fd, st.st_size - (off_t)(out->cap - out->len), SEEK_SET) < 0)
            goto done;
    }
    done = fill(fd, out);
done:
    saved = errno;
    close(fd);
    errno = saved;
    return done;
}

bool
textfile_line(struct span *rest, struct span *line)
{
    const char *end;

    if (rest->len == 0)
        return false;
    end = memchr(rest->data, '\n', rest->len);
    line->data = rest->data;
    line->len = end == NULL ? rest->len : (size_t)(end - rest->data);
    rest->data += line->len + (end != NULL);
    rest->len -= line->len + (end != NULL);
    return true;
}

bool
textfile_word(struct span *rest, struct span *word)
{
    return text_cut(rest, " \t\r\v\f", word);
}
