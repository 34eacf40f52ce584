/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load SOCKET USER SERVICE CALLERS COUNT [MS]: many logins at once at a
 * helper's socket, each with MS milliseconds (20000).  Credentials come on
 * standard input, a line each, and are used in turn; CALLERS connections are
 * open at a time, each for one question as the module asks it, until COUNT have
 * been answered.  Prints one line: questions per second, the 50th, 99th
 * and 99.9th of 100 of the times in milliseconds, how many were accepted,
 * refused (wrong, forbidden, not ours, throttled), unavailable, and how many
 * got no answer that is one.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/wire/wire.h"
#include "tests/bench/measure.h"

#define CREDENTIALS_MAX 100000
#define PATIENCE_MS 30000

struct caller {
    double began_us;
    size_t packet;
};

static struct span *packets;
static size_t packet_count;

static struct sockaddr_un helper = {.sun_family = AF_UNIX};
static struct pollfd *fds;
static struct caller *callers;
static size_t most, started, wanted, done, accepted, refused, unavailable, lost;
static double *times_us;

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static void
read_packets(const char *user, const char *service, uint32_t ms)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    packets = calloc(CREDENTIALS_MAX, sizeof(*packets));
    while (packet_count < CREDENTIALS_MAX &&
           (len = getline(&line, &size, stdin)) > 0) {
        struct buffer out = BUFFER_INIT(WIRE_PACKET_MAX);
        struct wire_request request = {
            .type = WIRE_AUTH,
            .ms_left = ms,
            .user = span_of(user),
            .service = span_of(service),
            .rhost = span_of("127.0.0.1"),
            .credential = {line, (size_t)len - (line[len - 1] == '\n')}};

        if (!wire_put_request(&out, &request))
            die("a credential");
        packets[packet_count++] = buffer_span(&out);
    }
    free(line);
    if (packet_count == 0)
        die("no credentials");
}

/* The next question, on a connection of its own. */
static void
begin(size_t slot)
{
    struct span packet = packets[started % packet_count];
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket");
    started++;
    callers[slot].began_us = measure_now_us();
    fds[slot] = (struct pollfd){.fd = fd, .events = POLLIN};
    if (connect(fd, (struct sockaddr *)&helper, sizeof(helper)) != 0 ||
        send(fd, packet.data, packet.len, MSG_NOSIGNAL) < 0)
        die("asking");
}

static void
count(const char *answer, size_t len)
{
    struct wire_verdict verdict;

    if (!wire_get_verdict((struct span){answer, len}, &verdict))
        lost++;
    else if (verdict.outcome == OUTCOME_ACCEPTED)
        accepted++;
    else if (verdict.outcome == OUTCOME_UNAVAILABLE)
        unavailable++;
    else
        refused++;
}

static void
end(size_t slot)
{
    static char answer[WIRE_PACKET_MAX];
    ssize_t got = recv(fds[slot].fd, answer, sizeof(answer), 0);

    times_us[done++] = measure_now_us() - callers[slot].began_us;
    count(answer, got > 0 ? (size_t)got : 0);
    close(fds[slot].fd);
    fds[slot].fd = -1;
    if (started < wanted)
        begin(slot);
}

static double
part(double share)
{
    size_t at = (size_t)((double)done * share);

    return times_us[at < done ? at : done - 1] / 1000;
}

int
main(int argc, char **argv)
{
    const struct rlimit files = {65536, 65536};
    double began_us, took_us;

    if (argc != 6 && argc != 7)
        return 2;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    (void)snprintf(helper.sun_path, sizeof(helper.sun_path), "%s", argv[1]);
    read_packets(argv[2], argv[3],
                 argc == 7 ? (uint32_t)strtoul(argv[6], NULL, 10) : 20000);
    most = strtoul(argv[4], NULL, 10);
    wanted = strtoul(argv[5], NULL, 10);
    if (most == 0 || wanted == 0)
        return 2;
    if (most > wanted)
        most = wanted;
    fds = calloc(most, sizeof(*fds));
    callers = calloc(most, sizeof(*callers));
    times_us = calloc(wanted, sizeof(*times_us));
    if (fds == NULL || callers == NULL || times_us == NULL)
        die("memory");
    began_us = measure_now_us();
    for (size_t i = 0; i < most; i++)
        begin(i);
    while (done < wanted) {
        int ready = poll(fds, most, PATIENCE_MS);

        if (ready < 0 && errno != EINTR)
            die("poll");
        if (ready == 0)
            break;
        for (size_t i = 0; i < most; i++)
            if (fds[i].fd >= 0 && fds[i].revents != 0)
                end(i);
    }
    took_us = measure_now_us() - began_us;
    lost += wanted - done;
    qsort(times_us, done, sizeof(*times_us), measure_order);
    printf("rate %.0f p50 %.2f p99 %.2f p999 %.2f accepted %zu refused %zu "
           "unavailable %zu lost %zu\n",
           (double)done / took_us * 1e6, done > 0 ? part(0.5) : 0,
           done > 0 ? part(0.99) : 0, done > 0 ? part(0.999) : 0, accepted,
           refused, unavailable, lost);
    return 0;
}
