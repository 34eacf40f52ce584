/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything here is bounded by one absolute deadline on CLOCK_BOOTTIME.
 * Signals of the program that loaded us may interrupt any call: it is
 * repeated with what is left of the time.
 */
#include "pam_httpauth/helper.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/base/buffer.h"
#include "helper/base/clock.h"
#include "helper/base/erase.h"

/* A verdict is far smaller; a longer packet is none. */
#define VERDICT_MAX (1024 + WIRE_ENVIRONMENT_MAX)
/* How long a helper that was there may need to come back, and how often we
 * look: systemd restarts it in 70 to 290 ms. */
#define RESTART_MS 2000
#define RESTART_LOOK_MS 20
#define BRIEFLY_S 2
#define DEVICE_S 5

struct question {
    pam_handle_t *pamh;
    const struct args *args;
    struct wire_request *request;
    struct result *result;
    struct wire_files *files; /* WIRE_COLLECT: in `packet`; else both NULL */
    struct buffer *packet;
    struct challenge *challenge; /* WIRE_DEVICE; else NULL */
    int64_t deadline;            /* CLOCK_BOOTTIME, ms */
};

enum step {
    FAILED, /* the result says why */
    ENDED,  /* the connection ended before a verdict: errno */
    DONE
};

static int
left_ms(const struct question *q)
{
    int64_t ms = q->deadline - clock_boot_ms();

    if (ms <= 0)
        return 0;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static enum step
fail(const struct question *q, enum outcome outcome, const char *cause,
     int error)
{
    q->result->outcome = outcome;
    q->result->cause = cause;
    q->result->error = error;
    return FAILED;
}

static enum step
fail_late(const struct question *q)
{
    return fail(q, OUTCOME_UNAVAILABLE, "no answer in time", 0);
}

/*
 * A connected socket, or -1 with errno.  It connects blocking with a time
 * limit: with a full backlog, connect() of a non-blocking Unix socket says
 * EAGAIN and poll() says ready, for ever.
 */
static int
connect_once(const struct question *q)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int ms, size = 2 * WIRE_PACKET_MAX, saved;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* pha_args_read() has seen to it that the path fits. */
    memcpy(to.sun_path, q->args->socket, strlen(q->args->socket) + 1);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    for (;;) {
        struct timeval limit;

        errno = ETIMEDOUT;
        if ((ms = left_ms(q)) == 0)
            break;
        limit.tv_sec = ms / 1000;
        limit.tv_usec = ms % 1000 * 1000;
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0)
            break;
        if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
            return fd;
        if (errno == EAGAIN)
            errno = ETIMEDOUT;
        else if (errno != EINTR)
            break;
    }
    saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

/* For a helper that was there a moment ago. */
static int
connect_again(const struct question *q)
{
    int64_t until = clock_boot_ms() + RESTART_MS;
    int fd;

    for (;;) {
        fd = connect_once(q);
        if (fd >= 0 || (errno != ECONNREFUSED && errno != ENOENT))
            return fd;
        if (clock_boot_ms() >= until || left_ms(q) <= RESTART_LOOK_MS)
            return -1;
        (void)poll(NULL, 0, RESTART_LOOK_MS);
    }
}

/* Who listens there: root (systemd holds the socket) or the helper's user.
 * To anybody else the credential is not told. */
static bool
is_helper(const struct question *q, int fd)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t len = sizeof(peer);
    const struct passwd *entry;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
        len != sizeof(peer))
        return false;
    if (peer.uid == 0)
        return true;
    entry = pam_modutil_getpwnam(q->pamh, q->args->helper_user);
    return entry != NULL && peer.uid == entry->pw_uid;
}

/* True when the socket is ready or in error; false when the time is up. */
static bool
wait_for(const struct question *q, int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    int ms, ready;

    while ((ms = left_ms(q)) > 0) {
        ready = poll(&one, 1, ms);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
    return false;
}

static bool
is_end(int error)
{
    return error == EPIPE || error == ECONNRESET || error == ENOTCONN;
}

static enum step
send_request(const struct question *q, int fd)
{
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    enum step step = FAILED;
    ssize_t sent;
    int ms = left_ms(q);

    if (ms == 0) {
        step = fail_late(q);
        goto done;
    }
    q->request->ms_left = (uint32_t)ms;
    if (!wire_put_request(&packet, q->request)) {
        step = fail(q, OUTCOME_BROKEN, "the request cannot be expressed", 0);
        goto done;
    }
    for (;;) {
        sent = send(fd, packet.data, packet.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0 || (errno != EINTR && errno != EAGAIN))
            break;
        if (errno == EAGAIN && !wait_for(q, fd, POLLOUT)) {
            step = fail_late(q);
            goto done;
        }
    }
    if (sent >= 0)
        step = DONE;
    else if (is_end(errno))
        step = ENDED;
    else
        step = fail(q, OUTCOME_BROKEN, "send", errno);
done:
    buffer_free(&packet);
    return step;
}

static void
copy(char *to, size_t size, struct span from)
{
    size_t len = from.len < size ? from.len : size - 1;

    if (len > 0)
        memcpy(to, from.data, len);
    to[len] = '\0';
}

static enum step
take_verdict(const struct question *q, struct span packet)
{
    static const uint8_t none[WIRE_LOGIN_LEN];
    struct wire_verdict verdict;
    struct result *result = q->result;
    bool names_nobody = q->request->user.len == 0;

    if (!wire_get_verdict(packet, &verdict))
        return fail(q, OUTCOME_BROKEN, "the answer is no verdict", 0);
    /* Who asks about a login is told about that one; a device login that is
     * confirmed has become another. */
    if (verdict.outcome == OUTCOME_ACCEPTED &&
        (memcmp(verdict.login, none, sizeof(none)) == 0 ||
         (q->request->type != WIRE_POLL &&
          memcmp(q->request->login, none, sizeof(none)) != 0 &&
          memcmp(verdict.login, q->request->login, WIRE_LOGIN_LEN) != 0)))
        return fail(q, OUTCOME_BROKEN, "the answer is about another login", 0);
    if (verdict.outcome == OUTCOME_ACCEPTED &&
        (verdict.user.len > 0) != names_nobody)
        return fail(q, OUTCOME_BROKEN,
                    names_nobody ? "the answer names no user"
                                 : "the answer names a user",
                    0);
    result->cause = NULL;
    result->error = 0;
    result->incident = verdict.incident;
    result->ends = verdict.ends;
    memcpy(result->login, verdict.login, sizeof(result->login));
    copy(result->user, sizeof(result->user), verdict.user);
    copy(result->reason, sizeof(result->reason), verdict.reason);
    copy(result->text, sizeof(result->text), verdict.text);
    copy(result->environment, sizeof(result->environment),
         q->request->type == WIRE_OPEN ? verdict.environment
                                       : (struct span){NULL, 0});
    result->files = q->request->type == WIRE_OPEN && verdict.files;
    result->outcome = verdict.outcome;
    return DONE;
}

static enum step
take_files(const struct question *q, struct span packet)
{
    if (!buffer_add(q->packet, packet.data, packet.len) ||
        !wire_get_files(buffer_span(q->packet), q->files))
        return fail(q, OUTCOME_BROKEN, "the answer holds no files", 0);
    if (memcmp(q->files->login, q->request->login, WIRE_LOGIN_LEN) != 0)
        return fail(q, OUTCOME_BROKEN, "the answer is about another login", 0);
    q->result->outcome = OUTCOME_ACCEPTED;
    q->result->cause = NULL;
    return DONE;
}

static enum step
take_challenge(const struct question *q, struct span packet)
{
    struct challenge *out = q->challenge;
    struct wire_challenge got;

    if (!wire_get_challenge(packet, &got))
        return fail(q, OUTCOME_BROKEN, "the answer is no challenge", 0);
    memcpy(out->id, got.id, sizeof(out->id));
    out->seconds = got.seconds;
    copy(out->text, sizeof(out->text), got.text);
    copy(out->code, sizeof(out->code), got.code);
    q->result->outcome = OUTCOME_ACCEPTED;
    q->result->cause = NULL;
    return DONE;
}

static enum step
take_answer(const struct question *q, struct span packet)
{
    enum step step;

    if (q->files != NULL && wire_type_of(packet) == WIRE_FILES)
        return take_files(q, packet);
    if (q->challenge != NULL && wire_type_of(packet) == WIRE_CHALLENGE)
        return take_challenge(q, packet);
    step = take_verdict(q, packet);
    if (step == DONE && q->result->outcome == OUTCOME_ACCEPTED &&
        (q->files != NULL || q->challenge != NULL))
        return fail(q, OUTCOME_BROKEN,
                    q->files != NULL ? "the answer holds no files"
                                     : "the answer is no challenge",
                    0);
    return step;
}

static enum step
receive_answer(const struct question *q, int fd, char *room, size_t size)
{
    struct iovec part = {room, size};
    struct msghdr message;
    ssize_t got;

    for (;;) {
        /* No room for control data: the kernel closes what is passed. */
        message = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
        got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            break;
        if (errno == EAGAIN && !wait_for(q, fd, POLLIN))
            return fail_late(q);
    }
    if (got < 0 && !is_end(errno))
        return fail(q, OUTCOME_BROKEN, "receive", errno);
    if (got <= 0)
        return ENDED;
    if (message.msg_flags & MSG_TRUNC)
        return fail(q, OUTCOME_BROKEN, "the answer is too long", 0);
    return take_answer(q, (struct span){room, (size_t)got});
}

/* A verdict holds no secret; files are as long as a packet gets, and all of
 * it is one. */
static enum step
receive(const struct question *q, int fd)
{
    char verdict[VERDICT_MAX], *room;
    enum step step;

    if (q->files == NULL)
        return receive_answer(q, fd, verdict, sizeof(verdict));
    room = malloc(WIRE_PACKET_MAX);
    if (room == NULL)
        return fail(q, OUTCOME_BROKEN, "no memory", 0);
    step = receive_answer(q, fd, room, WIRE_PACKET_MAX);
    erase_free(room, WIRE_PACKET_MAX);
    return step;
}

static enum step
converse(const struct question *q, int fd)
{
    enum step step;

    if (!is_helper(q, fd))
        return fail(q, OUTCOME_UNAVAILABLE,
                    "the socket belongs to somebody else", 0);
    step = send_request(q, fd);
    if (step == DONE)
        step = receive(q, fd);
    return step;
}

static struct span
item_text(pam_handle_t *pamh, int item)
{
    const void *text = NULL;

    if (pam_get_item(pamh, item, &text) != PAM_SUCCESS)
        text = NULL;
    return span_of(text);
}

static void
ask(struct question *q, int64_t ms)
{
    enum step step = ENDED;
    int fd, tries;

    q->deadline = clock_boot_ms() + ms;
    *q->result = (struct result){.outcome = OUTCOME_BROKEN};
    q->request->service = item_text(q->pamh, PAM_SERVICE);
    q->request->rhost = item_text(q->pamh, PAM_RHOST);
    q->request->uid = getuid();
    for (tries = 0; tries < 2 && step == ENDED; tries++) {
        fd = tries == 0 ? connect_once(q) : connect_again(q);
        if (fd < 0) {
            step = fail(q, OUTCOME_UNAVAILABLE, "connect", errno);
            break;
        }
        step = converse(q, fd);
        (void)close(fd);
    }
    if (step == ENDED)
        (void)fail(q, OUTCOME_UNAVAILABLE,
                   "the connection ended twice before an answer", 0);
    q->result->left_ms = left_ms(q);
}

static int64_t
briefly(const struct args *args)
{
    return 1000 * (args->timeout < BRIEFLY_S ? args->timeout : BRIEFLY_S);
}

void
pha_helper_ask(pam_handle_t *pamh, const struct args *args,
               struct wire_request *request, struct result *result)
{
    struct question q = {pamh, args, request, result, NULL, NULL, NULL, 0};

    ask(&q, args->timeout * 1000);
}

void
pha_helper_ask_briefly(pam_handle_t *pamh, const struct args *args,
                       struct wire_request *request, struct result *result)
{
    struct question q = {pamh, args, request, result, NULL, NULL, NULL, 0};

    ask(&q, briefly(args));
}

void
pha_helper_collect(pam_handle_t *pamh, const struct args *args, int64_t ms,
                   struct wire_request *request, struct result *result,
                   struct wire_files *files, struct buffer *packet)
{
    struct question q = {pamh, args, request, result, files, packet, NULL, 0};

    request->type = WIRE_COLLECT;
    ask(&q, ms);
}

void
pha_helper_ask_device(pam_handle_t *pamh, const struct args *args,
                      struct wire_request *request, struct result *result,
                      struct challenge *challenge)
{
    struct question q = {pamh, args, request, result, NULL, NULL, challenge, 0};

    ask(&q, 1000 * (args->timeout < DEVICE_S ? args->timeout : DEVICE_S));
}
