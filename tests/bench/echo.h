/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What any answer through a seqpacket socket costs: accept, read a packet,
 * send one, close; nothing is understood or written down.
 */
#ifndef TESTS_BENCH_ECHO_H
#define TESTS_BENCH_ECHO_H

#include "tests/bench/exchange.h"

static inline int
echo_listen(const char *path)
{
    struct sockaddr_un address = exchange_address(path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, 4096) != 0)
        exchange_failed("echo server");
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
