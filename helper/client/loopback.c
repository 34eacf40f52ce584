/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/text.h"
#include "helper/client/say.h"

#define GUESTS_MAX 16
#define GUEST_MS 5000
/* Of an answer, which may hold the address of the login. */
#define PAGE_MAX 16384

struct guest {
    int fd;
    int64_t ends_ms;
    struct buffer head;
};

struct room {
    struct guest guest[GUESTS_MAX];
    size_t guests;
    const struct redirect_wanted *wanted;
    const char *address; /* NULL: given out */
    struct buffer *out;
    bool warned;
};

static struct sockaddr_in
address_of(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int
loopback_listen(uint16_t *port)
{
    struct sockaddr_in at = address_of(*port);
    socklen_t len = sizeof(at);
    /* What the last login left at a port that is named is no obstacle; one who
     * listens there is. */
    const int again = *port != 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again)) == 0 &&
        bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
        listen(fd, GUESTS_MAX) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &len) == 0) {
        *port = ntohs(at.sin_port);
        return fd;
    }
    say("127.0.0.1, port %" PRIu16 ": %s", *port, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* --- who is there --- */

enum { UID_WORD = 4, INODE_WORD = 6 }; /* behind the addresses */

static bool
number_at(const char *words, int which, unsigned long *number)
{
    char *end;

    for (; which > 0; which--) {
        words += strspn(words, " ");
        words += strcspn(words, " ");
    }
    *number = strtoul(words, &end, 10);
    return end != words;
}

/* Of an end that nobody holds any more the list has neither: 0 is not root
 * then. */
static bool
has_our_uid(const char *words)
{
    unsigned long uid, inode;

    return number_at(words, UID_WORD, &uid) && uid == getuid() &&
           number_at(words, INODE_WORD, &inode) && inode != 0;
}

/* The kernel's list of connections says whose the other end is: another user
 * of this host has no business here, whatever he has learnt. */
static bool
is_ours(const struct sockaddr_in *guest, const struct sockaddr_in *here)
{
    FILE *list = fopen("/proc/net/tcp", "re");
    char line[512], wanted[64];
    const char *found = NULL;

    if (list == NULL)
        return false;
    (void)snprintf(wanted, sizeof(wanted), " %08X:%04X %08X:%04X ",
                   guest->sin_addr.s_addr, ntohs(guest->sin_port),
                   here->sin_addr.s_addr, ntohs(here->sin_port));
    while (found == NULL && fgets(line, sizeof(line), list) != NULL)
        found = strstr(line, wanted);
    (void)fclose(list);
    return found != NULL && has_our_uid(found + strlen(wanted));
}

static void
warn(struct room *room, const char *what)
{
    if (!room->warned)
        say("the port of the login got %s; it is not used", what);
    room->warned = true;
}

/* --- guests --- */

static void
dismiss(struct room *room, size_t which)
{
    struct guest *guest = &room->guest[which];

    (void)close(guest->fd);
    buffer_free(&guest->head);
    room->guests--;
    if (which < room->guests)
        *guest = room->guest[room->guests];
}

static size_t
oldest(const struct room *room)
{
    size_t found = 0;

    for (size_t i = 1; i < room->guests; i++)
        if (room->guest[i].ends_ms < room->guest[found].ends_ms)
            found = i;
    return found;
}

static void
admit(struct room *room, int listener)
{
    struct sockaddr_in here = {0}, there = {0};
    socklen_t len = sizeof(there), here_len = sizeof(here);
    int fd = accept4(listener, (struct sockaddr *)&there, &len,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (getsockname(fd, (struct sockaddr *)&here, &here_len) != 0 ||
        !is_ours(&there, &here)) {
        warn(room, "a connection of another user");
        (void)close(fd);
        return;
    }
    if (room->guests == GUESTS_MAX)
        dismiss(room, oldest(room));
    room->guest[room->guests++] =
        (struct guest){.fd = fd,
                       .ends_ms = clock_boot_ms() + GUEST_MS,
                       .head = BUFFER_INIT(REDIRECT_HEAD_MAX)};
}

/* --- what they say --- */

/* `status` may be followed by header fields of its own. */
static void
reply(int fd, const char *status, const char *text)
{
    struct buffer page = BUFFER_INIT(PAGE_MAX);

    if (buffer_printf(&page,
                      "HTTP/1.1 %s\r\n"
                      "Content-Type: text/html; charset=utf-8\r\n"
                      "Content-Length: %zu\r\n"
                      "Cache-Control: no-store\r\n"
                      "Content-Security-Policy: default-src 'none'; "
                      "frame-ancestors 'none'\r\n"
                      "Referrer-Policy: no-referrer\r\n"
                      "X-Content-Type-Options: nosniff\r\n"
                      "Connection: close\r\n\r\n%s",
                      status, strlen(text), text))
        (void)!write(fd, page.data, page.len);
    buffer_free(&page);
}

#define PAGE(text)                                                             \
    "<!doctype html><html lang=\"en\"><title>httpauth-token</title><h1>" text  \
    "</h1></html>\n"

/* Once: who comes later is not the browser that we have begun, or has it in its
 * history. */
static void
send_on(struct room *room, int fd)
{
    struct buffer status = BUFFER_INIT(PAGE_MAX);

    if (room->address == NULL) {
        reply(fd, "410 Gone",
              PAGE("This was opened before. The terminal has the address."));
        return;
    }
    if (buffer_printf(&status, "302 Found\r\nLocation: %s", room->address))
        reply(fd, status.data, "");
    room->address = NULL;
    buffer_free(&status);
}

/* True when that was what is waited for. */
static bool
judge(struct room *room, const struct guest *guest, enum redirect_kind *kind)
{
    *kind = redirect_read(buffer_span(&guest->head), room->wanted, room->out);
    switch (*kind) {
    case REDIRECT_CODE:
        reply(guest->fd, "200 OK",
              PAGE("Done here. The terminal says how it went."));
        return true;
    case REDIRECT_ERROR:
    case REDIRECT_FAULT:
    case REDIRECT_ISSUER:
        reply(guest->fd, "200 OK", PAGE("No login. The terminal says why."));
        return true;
    case REDIRECT_BEGIN:
        send_on(room, guest->fd);
        return false;
    case REDIRECT_STRANGE:
        break;
    }
    /* What browsers ask everybody is not worth a word. */
    if (memmem(guest->head.data, guest->head.len, REDIRECT_PATH,
               strlen(REDIRECT_PATH)) != NULL)
        warn(room, "an answer to something else (its state is not ours)");
    reply(guest->fd, "404 Not Found", PAGE("There is nothing here."));
    return false;
}

/* More of a request; true when it was the one. */
static bool
listen_to(struct room *room, size_t which, enum redirect_kind *kind)
{
    struct guest *guest = &room->guest[which];
    bool decided = false;
    char some[4096];
    ssize_t got = read(guest->fd, some, sizeof(some));

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got > 0 && buffer_add(&guest->head, some, (size_t)got)) {
        if (!redirect_is_whole(buffer_span(&guest->head))) {
            erase(some, sizeof(some));
            return false;
        }
        decided = judge(room, guest, kind);
    }
    erase(some, sizeof(some));
    dismiss(room, which);
    return decided;
}

/* --- the whole --- */

static int
pause_ms(const struct room *room, int64_t ends_ms)
{
    int64_t until = ends_ms, left;

    if (room->guests > 0 && room->guest[oldest(room)].ends_ms < until)
        until = room->guest[oldest(room)].ends_ms;
    left = until - clock_boot_ms();
    return left < 0 ? 0 : (int)left;
}

/* One turn; true when it is decided. */
static bool
turn(struct room *room, int listener, int64_t ends_ms, enum redirect_kind *kind)
{
    struct pollfd of[GUESTS_MAX + 1] = {{.fd = listener, .events = POLLIN}};
    size_t guests = room->guests;

    for (size_t i = 0; i < guests; i++)
        of[i + 1] = (struct pollfd){.fd = room->guest[i].fd, .events = POLLIN};
    if (poll(of, guests + 1, pause_ms(room, ends_ms)) < 0)
        return false;
    /* From the end, since whoever goes is replaced by the last. */
    for (size_t i = guests; i > 0; i--) {
        if (of[i].revents != 0) {
            if (listen_to(room, i - 1, kind))
                return true;
        } else if (clock_boot_ms() >= room->guest[i - 1].ends_ms) {
            dismiss(room, i - 1);
        }
    }
    if (of[0].revents != 0)
        admit(room, listener);
    return false;
}

/* What it means; told, unless it is what was waited for. */
static enum reason
conclude(enum redirect_kind kind, struct span text)
{
    char shown[400];

    switch (kind) {
    case REDIRECT_CODE:
        return REASON_ACCEPTED;
    case REDIRECT_ISSUER:
        say("the answer in the browser comes from another provider (its path "
            "or iss, RFC 9207): somebody may be mixing two of them up");
        return REASON_DENIED;
    case REDIRECT_ERROR:
    case REDIRECT_FAULT:
        say("the provider says: %s", text_escape(text, shown, sizeof(shown)));
        return kind == REDIRECT_ERROR ? REASON_DENIED : REASON_PROVIDER;
    case REDIRECT_BEGIN:
    case REDIRECT_STRANGE:
        break;
    }
    say("nothing came back from the browser in time");
    return REASON_TIMEOUT;
}

enum reason
loopback_wait(int listener, const struct redirect_wanted *wanted,
              const char *address, int64_t ends_ms, struct buffer *code)
{
    struct room *room = calloc(1, sizeof(*room));
    enum redirect_kind kind = REDIRECT_STRANGE;
    bool decided = false;

    if (room == NULL) {
        say("no memory");
        return REASON_INTERNAL;
    }
    room->wanted = wanted;
    room->address = address;
    room->out = code;
    while (!decided && clock_boot_ms() < ends_ms)
        decided = turn(room, listener, ends_ms, &kind);
    while (room->guests > 0)
        dismiss(room, room->guests - 1);
    free(room);
    return conclude(kind, buffer_span(code));
}
