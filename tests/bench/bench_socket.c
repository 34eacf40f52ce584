/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_socket SOCKET USER SERVICE: a cached verdict through the helper's
 * socket, credential on standard input, against a minimal seqpacket echo
 * server that answers the same packets with a packet of the same size as the
 * verdict.  Connect, ask, read, close, as the module does.  The caller runs
 * on core 0, both servers on core 1.  The two take turns; prints
 * `cached N echo N` in median microseconds.
 */
#include <signal.h>
#include <sys/wait.h>

#include "tests/bench/echo.h"
#include "tests/bench/measure.h"

#define ROUNDS 2000
#define BLOCKS 11

static pid_t
echo_server(const char *path, struct span answer)
{
    int fd = echo_listen(path);
    pid_t child = fork();

    if (child == 0) {
        measure_pin(1);
        echo_serve(fd, answer);
    }
    close(fd);
    return child;
}

static double
block(const struct sockaddr_un *to, struct span packet, size_t expected)
{
    char answer[WIRE_PACKET_MAX];
    double begin = measure_now_us();

    for (int i = 0; i < ROUNDS; i++)
        if (exchange(to, packet, answer, sizeof(answer)) != expected)
            exchange_failed("another answer");
    return (measure_now_us() - begin) / ROUNDS;
}

int
main(int argc, char **argv)
{
    static char answer[WIRE_PACKET_MAX];
    char path[] = "/tmp/bench-echo.sock";
    double ours[BLOCKS], theirs[BLOCKS];
    struct sockaddr_un helper, echo;
    struct buffer packet;
    size_t len;
    pid_t child;

    if (argc != 4)
        return 2;
    helper = exchange_address(argv[1]);
    exchange_prepare(argv[2], argv[3], &packet);
    len = exchange_accepted(&helper, buffer_span(&packet), answer,
                            sizeof(answer));
    child = echo_server(path, (struct span){answer, len});
    echo = exchange_address(path);
    measure_pin(0);
    for (int i = 0; i < BLOCKS; i++) {
        theirs[i] = block(&echo, buffer_span(&packet), len);
        ours[i] = block(&helper, buffer_span(&packet), len);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    unlink(path);
    printf("cached %.2f echo %.2f\n", measure_median(ours, BLOCKS),
           measure_median(theirs, BLOCKS));
    buffer_free(&packet);
    return 0;
}
