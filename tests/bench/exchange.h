/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to a helper, as the module asks it: connect, ask, read, close.
 * What goes wrong ends the program. */
#ifndef TESTS_BENCH_EXCHANGE_H
#define TESTS_BENCH_EXCHANGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/wire/wire.h"

static inline void
exchange_failed(const char *what)
{
    perror(what);
    exit(1);
}

static inline struct sockaddr_un
exchange_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return address;
}

/* The credential comes on standard input. */
static inline void
exchange_prepare(const char *user, const char *service, struct buffer *packet)
{
    static char credential[LIMIT_CREDENTIAL];
    const struct wire_request request = {
        .type = WIRE_AUTH,
        .ms_left = 10000,
        .user = span_of(user),
        .service = span_of(service),
        .rhost = span_of("127.0.0.1"),
        .credential = {credential,
                       fread(credential, 1, sizeof(credential), stdin)},
    };

    *packet = (struct buffer)BUFFER_INIT(WIRE_PACKET_MAX);
    if (!wire_put_request(packet, &request))
        exchange_failed("the question");
}

/* The length of the answer. */
static inline size_t
exchange(const struct sockaddr_un *to, struct span packet, char *answer,
         size_t size)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ssize_t got;

    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 ||
        send(fd, packet.data, packet.len, MSG_NOSIGNAL) < 0)
        exchange_failed("asking");
    got = recv(fd, answer, size, 0);
    if (got <= 0)
        exchange_failed("answer");
    close(fd);
    return (size_t)got;
}

/* The same for a credential that has to be good. */
static inline size_t
exchange_accepted(const struct sockaddr_un *to, struct span packet,
                  char *answer, size_t size)
{
    size_t len = exchange(to, packet, answer, size);
    struct wire_verdict verdict;

    if (!wire_get_verdict((struct span){answer, len}, &verdict) ||
        verdict.outcome != OUTCOME_ACCEPTED) {
        fprintf(stderr, "the helper does not accept it\n");
        exit(1);
    }
    return len;
}

#endif
