/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/credential.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/base/text.h"

#define KEY_INTERRUPT 0x03
#define KEY_END 0x04

/* 1 when something was read, 0 at the end, -1. */
static ssize_t
read_some(int fd, char *bytes, size_t size)
{
    ssize_t n;

    do {
        n = read(fd, bytes, size);
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool
read_stream(int fd, struct buffer *out)
{
    char part[4096];
    ssize_t n = 0;

    while (out->len < out->cap) {
        size_t room = out->cap - out->len;

        n = read_some(fd, part, room < sizeof(part) ? room : sizeof(part));
        if (n <= 0)
            break;
        buffer_add(out, part, (size_t)n);
    }
    erase(part, sizeof(part));
    return n >= 0 && !out->failed;
}

/* Without the terminal's own line editing, which cuts lines at 4095 bytes;
 * so the keys that interrupt are looked for here. */
static bool
read_line(int fd, struct buffer *out)
{
    char key;
    bool read_any = false;

    while (read_some(fd, &key, 1) == 1) {
        if (key == KEY_INTERRUPT) {
            errno = ECANCELED;
            return false;
        }
        read_any = true;
        if (key == '\n' || key == '\r' || key == KEY_END)
            break;
        if (out->len < out->cap)
            buffer_add(out, &key, 1);
    }
    return read_any && !out->failed;
}

static bool
read_terminal(int fd, struct buffer *out)
{
    struct termios before, quiet;
    int saved;
    bool done;

    if (tcgetattr(fd, &before) != 0)
        return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
        return false;
    (void)fprintf(stderr, "Token (not shown): ");
    done = read_line(fd, out);
    saved = errno;
    /* What was pasted behind the first line is not for the shell. */
    tcsetattr(fd, TCSAFLUSH, &before);
    (void)fprintf(stderr, "\n");
    errno = saved;
    return done;
}

bool
credential_read(int fd, struct buffer *out)
{
    if (isatty(fd))
        return read_terminal(fd, out);
    if (!read_stream(fd, out))
        return false;
    if (out->len > 0 && out->data[out->len - 1] == '\n')
        out->data[--out->len] = '\0';
    return true;
}

static bool
begins(struct span text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

enum reason
credential_gate(struct span credential, struct span user, struct span service,
                struct trace *trace)
{
    enum reason otherwise = REASON_NO_SHAPE;

    /* What begins like one of ours never falls through to the next module. */
    if (begins(credential, "eyJ") || begins(credential, "hap_"))
        otherwise = REASON_FORM;
    if (!trace_span(trace, "user", text_is_user(user), "a login name", user))
        return otherwise == REASON_FORM ? REASON_ISSUER : REASON_NO_SHAPE;
    if (!trace_note(trace, "length",
                    credential.len > 0 && credential.len <= LIMIT_CREDENTIAL,
                    "1 to 65536 bytes", credential.len > 0 ? "more" : "none"))
        return otherwise == REASON_FORM ? REASON_SIZE : REASON_NO_SHAPE;
    if (!trace_note(trace, "bytes", !text_has_control(credential),
                    "no control characters", "some"))
        return otherwise;
    if (!text_is_service(service)) {
        trace_span(trace, "service", false, "a service name", service);
        return REASON_NO_SERVICE;
    }
    return REASON_ACCEPTED;
}
