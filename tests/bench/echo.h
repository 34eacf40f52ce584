/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What any answer through a seqpacket socket costs: accept, read a packet,
 * send one, close; nothing is understood or written down.
 */
#ifndef TESTS_BENCH_ECHO_H
#define TESTS_BENCH_ECHO_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/wire/wire.h"

static inline int
echo_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, 4096) != 0) {
        perror("echo server");
        exit(1);
    }
    return fd;
}

/* For ever; each answer is `answer`, whatever the question. */
static inline void
echo_serve(int fd, struct span answer)
{
    static char packet[WIRE_PACKET_MAX];

    for (;;) {
        int peer = accept(fd, NULL, NULL);

        if (recv(peer, packet, sizeof(packet), 0) > 0)
            send(peer, answer.data, answer.len, MSG_NOSIGNAL);
        close(peer);
    }
}

#endif
