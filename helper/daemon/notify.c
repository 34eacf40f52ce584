/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/base/span.h"
#include "helper/base/text.h"

#define FIRST_PASSED 3 /* SD_LISTEN_FDS_START */
#define STATUS_MAX 512

/* A path, or an abstract name written with '@' in front. */
static bool
notify_address(const char *name, struct sockaddr_un *out, socklen_t *len)
{
    size_t size = strlen(name);

    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    if ((name[0] != '/' && name[0] != '@') || size < 2 ||
        size >= sizeof(out->sun_path))
        return false;
    memcpy(out->sun_path, name, size);
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size +
                       (name[0] == '/'));
    return true;
}

bool
notify_send(const char *lines)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t len = 0;
    bool sent = false;
    int fd = -1;

    if (name == NULL)
        return true;
    if (!notify_address(name, &address, &len))
        return false;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    sent = sendto(fd, lines, strlen(lines), MSG_NOSIGNAL,
                  (struct sockaddr *)&address, len) >= 0;
    close(fd);
    return sent;
}

bool
notify_status(const char *text)
{
    char line[STATUS_MAX];
    size_t len;

    snprintf(line, sizeof(line), "STATUS=%s", text);
    len = strcspn(line, "\n");
    line[len] = '\0';
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    }
    return notify_send(line);
}

uint64_t
notify_watchdog_ms(const char *usec, const char *pid, pid_t self)
{
    int64_t interval = 0, whom = 0;

    if (usec == NULL || !text_number(usec, INT64_MAX, &interval))
        return 0;
    if (pid != NULL &&
        (!text_number(pid, INT32_MAX, &whom) || whom != (int64_t)self))
        return 0;
    return (uint64_t)interval / 1000;
}

/* The next of the names that stand between colons. */
static bool
next_name(const char **names, char out[NOTIFY_NAME_MAX])
{
    size_t len;

    out[0] = '\0';
    if (*names == NULL)
        return true;
    len = strcspn(*names, ":");
    if (len >= NOTIFY_NAME_MAX)
        return false;
    memcpy(out, *names, len);
    out[len] = '\0';
    *names = (*names)[len] == ':' ? *names + len + 1 : NULL;
    return true;
}

int
notify_sockets(const char *pid, const char *fds, const char *names, pid_t self,
               struct notify_socket *out, size_t most)
{
    int64_t whom = 0, count = 0;

    if (pid == NULL || fds == NULL)
        return 0;
    if (!text_number(pid, INT32_MAX, &whom))
        return -1;
    if (whom != (int64_t)self)
        return 0;
    if (!text_number(fds, (int64_t)most, &count))
        return -1;
    for (int i = 0; i < (int)count; i++) {
        out[i].fd = FIRST_PASSED + i;
        if (!next_name(&names, out[i].name))
            return -1;
    }
    return (int)count;
}
