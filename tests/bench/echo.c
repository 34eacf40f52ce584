/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo HELPER USER SERVICE SOCKET: asks the helper once about the credential on
 * standard input, and then gives its answer to everybody at SOCKET, on core 1.
 */
#include "tests/bench/echo.h"
#include "tests/bench/measure.h"

static struct span
ask(const char *path, struct span packet)
{
    static char answer[WIRE_PACKET_MAX];
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ssize_t got;

    (void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
        send(fd, packet.data, packet.len, MSG_NOSIGNAL) < 0 ||
        (got = recv(fd, answer, sizeof(answer), 0)) <= 0) {
        perror("echo: asking");
        exit(1);
    }
    close(fd);
    return (struct span){answer, (size_t)got};
}

int
main(int argc, char **argv)
{
    static char credential[LIMIT_CREDENTIAL];
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_request request = {.type = WIRE_AUTH, .ms_left = 10000};
    struct wire_verdict verdict;
    struct span answer;
    size_t len;

    if (argc != 5)
        return 2;
    len = fread(credential, 1, sizeof(credential), stdin);
    request.user = span_of(argv[2]);
    request.service = span_of(argv[3]);
    request.rhost = span_of("127.0.0.1");
    request.credential = (struct span){credential, len};
    if (!wire_put_request(&packet, &request))
        return 2;
    answer = ask(argv[1], buffer_span(&packet));
    if (!wire_get_verdict(answer, &verdict) ||
        verdict.outcome != OUTCOME_ACCEPTED) {
        fprintf(stderr, "echo: the helper does not accept it\n");
        return 1;
    }
    measure_pin(1);
    echo_serve(echo_listen(argv[4]), answer);
}
