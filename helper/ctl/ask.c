/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"

/* What the helper may take longer than it was told before we give up. */
#define GRACE_MS 2000

static const char *
socket_name(const struct ask *a)
{
    return a->socket != NULL ? a->socket : WIRE_CONTROL_SOCKET;
}

static enum ask_result
unreachable(struct ask *a, const char *what)
{
    snprintf(a->problem, sizeof(a->problem), "%s: %s: %s", socket_name(a), what,
             strerror(errno));
    return ASK_UNREACHABLE;
}

/* A full backlog makes a non-blocking connect() fail at once; a blocking one
 * with SO_SNDTIMEO waits its turn. */
static int
connect_to(struct ask *a)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = a->question.ms_left / 1000,
                               .tv_usec = (a->question.ms_left % 1000) * 1000L};
    int size = 2 * WIRE_PACKET_MAX;
    int fd = -1;

    if (strlen(socket_name(a)) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        goto fail;
    }
    memcpy(address.sun_path, socket_name(a), strlen(socket_name(a)) + 1);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        goto fail;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
fail:
    unreachable(a, "cannot connect");
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool
transmit(struct ask *a, int fd)
{
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    bool sent = false;
    ssize_t n;

    if (!wire_put_control(&packet, &a->question)) {
        errno = EINVAL;
        goto done;
    }
    do {
        n = send(fd, packet.data, packet.len, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    sent = n == (ssize_t)packet.len;
done:
    if (!sent)
        unreachable(a, "cannot send");
    buffer_free(&packet);
    return sent;
}

/* The length of the answer, or -1. */
static ssize_t
receive(struct ask *a, int fd, char *packet, int64_t until_ms)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t n = -1;

    for (;;) {
        int64_t left = until_ms - clock_boot_ms();
        int polled = left > 0 ? poll(&ready, 1, (int)left) : 0;

        if (polled < 0 && errno == EINTR)
            continue;
        if (polled == 0)
            errno = ETIMEDOUT;
        if (polled > 0)
            n = recv(fd, packet, WIRE_PACKET_MAX, MSG_TRUNC | MSG_DONTWAIT);
        if (n < 0 && polled > 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        break;
    }
    if (n == 0)
        errno = ECONNRESET;
    if (n > WIRE_PACKET_MAX)
        errno = EMSGSIZE;
    if (n > 0 && n <= WIRE_PACKET_MAX)
        return n;
    unreachable(a, "no answer");
    return -1;
}

static enum ask_result
understand(struct ask *a, struct span packet)
{
    struct wire_reply reply;
    const char *error;

    if (!wire_get_reply(packet, &reply)) {
        errno = EPROTO;
        return unreachable(a, "not an answer of httpauthd");
    }
    a->answer = json_loadb(reply.body.data, reply.body.len,
                           JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (a->answer == NULL) {
        errno = EPROTO;
        return unreachable(a, "not an answer of httpauthd");
    }
    if (reply.status == WIRE_DONE)
        return ASK_DONE;
    error = json_string_value(json_object_get(a->answer, "error"));
    snprintf(a->problem, sizeof(a->problem), "%s",
             error != NULL ? error : "no reason was given");
    return reply.status == WIRE_REFUSED ? ASK_REFUSED : ASK_FAILED;
}

enum ask_result
ask(struct ask *a)
{
    int64_t until_ms = clock_boot_ms() + a->question.ms_left + GRACE_MS;
    enum ask_result result = ASK_UNREACHABLE;
    char *packet = malloc(WIRE_PACKET_MAX);
    ssize_t len = -1;
    int fd = -1;

    a->answer = NULL;
    a->problem[0] = '\0';
    if (packet == NULL) {
        unreachable(a, "cannot ask");
        goto done;
    }
    fd = connect_to(a);
    if (fd >= 0 && transmit(a, fd))
        len = receive(a, fd, packet, until_ms);
    if (len > 0)
        result = understand(a, (struct span){packet, (size_t)len});
done:
    erase_free(packet, WIRE_PACKET_MAX);
    if (fd >= 0)
        close(fd);
    return result;
}

void
ask_clear(struct ask *a)
{
    json_decref(a->answer);
    a->answer = NULL;
}

/* What a broken configuration is answered with besides the error. */
static void
print_complaints(const json_t *answer)
{
    const json_t *complaints = json_object_get(answer, "complaints"), *line;
    size_t i;

    json_array_foreach(complaints, i, line) out_lines(
        (struct span){json_string_value(line), json_string_length(line)});
}

int
ask_explain(const struct ask *a, enum ask_result result)
{
    if (result == ASK_DONE)
        return CTL_DONE;
    print_complaints(a->answer);
    out_error("%s", a->problem);
    if (result == ASK_FAILED)
        return CTL_REFUSED;
    if (result == ASK_UNREACHABLE)
        (void)fprintf(stderr, "Is httpauthd running?  "
                              "Try: systemctl status httpauthd\n");
    return CTL_UNJUDGED;
}
