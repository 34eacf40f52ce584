/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_socket SOCKET USER SERVICE: a cached verdict through the helper's
 * socket, credential on standard input, against a minimal seqpacket echo
 * server that answers the same packets with a packet of the same size as the
 * verdict.  Connect, ask, read, close, as the module does.  The caller runs
 * on core 0, both servers on core 1.  The two take turns; prints
 * `cached N echo N` in median microseconds.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "helper/wire/wire.h"
#include "tests/bench/echo.h"
#include "tests/bench/measure.h"

#define ROUNDS 2000
#define BLOCKS 11

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_un
address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    return address;
}

/* One exchange; the answer's length. */
static size_t
exchange(const struct sockaddr_un *to, struct span packet, char *answer,
         size_t size)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ssize_t got;

    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 ||
        send(fd, packet.data, packet.len, MSG_NOSIGNAL) < 0)
        die("asking");
    got = recv(fd, answer, size, 0);
    if (got <= 0)
        die("answer");
    close(fd);
    return (size_t)got;
}

static pid_t
echo_server(const char *path, size_t answer_len)
{
    static const char answer[WIRE_PACKET_MAX];
    int fd = echo_listen(path);
    pid_t child = fork();

    if (child == 0) {
        measure_pin(1);
        echo_serve(fd, (struct span){answer, answer_len});
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
            die("another answer");
    return (measure_now_us() - begin) / ROUNDS;
}

int
main(int argc, char **argv)
{
    static char credential[LIMIT_CREDENTIAL];
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_request request = {.type = WIRE_AUTH, .ms_left = 10000};
    struct wire_verdict verdict;
    struct sockaddr_un helper, echo;
    char answer[WIRE_PACKET_MAX], path[] = "/tmp/bench-echo.sock";
    double ours[BLOCKS], theirs[BLOCKS];
    size_t len;
    pid_t child;

    if (argc != 4)
        return 2;
    len = fread(credential, 1, sizeof(credential), stdin);
    request.user = span_of(argv[2]);
    request.service = span_of(argv[3]);
    request.rhost = span_of("127.0.0.1");
    request.credential = (struct span){credential, len};
    if (!wire_put_request(&packet, &request))
        return 2;
    helper = address_of(argv[1]);
    len = exchange(&helper, buffer_span(&packet), answer, sizeof(answer));
    if (!wire_get_verdict((struct span){answer, len}, &verdict) ||
        verdict.outcome != OUTCOME_ACCEPTED) {
        fprintf(stderr, "bench_socket: the helper does not accept it\n");
        return 1;
    }
    child = echo_server(path, len);
    echo = address_of(path);
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
