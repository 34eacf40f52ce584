/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/base/text.h"

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
    interrupted = number;
}

static int
open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool
terminal_is_there(void)
{
    int fd = open_terminal();

    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

/* Line by line, since a newline of the server's is one. */
static void
show(int fd, const char *text)
{
    char line[1024];

    for (;;) {
        size_t len = strcspn(text, "\n");

        text_escape((struct span){text, len}, line, sizeof(line));
        (void)!write(fd, line, strlen(line));
        text += len;
        if (*text == '\0')
            break;
        (void)!write(fd, "\n", 1);
        text++;
    }
}

/* A byte at a time: what is typed ahead stays with the terminal. */
static bool
read_line(int fd, struct buffer *line)
{
    ssize_t got;
    bool done = false;
    char c;

    while (!done && interrupted == 0) {
        got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (c == '\n' || c == '\r')
            done = true;
        else if (!buffer_add(line, &c, 1))
            break;
    }
    erase(&c, 1);
    return done;
}

static bool
ask_on(int fd, const char *question, bool echo, struct buffer *line)
{
    struct termios before, quiet;
    bool done;

    if (echo || tcgetattr(fd, &before) != 0) {
        show(fd, question);
        return read_line(fd, line);
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
        return false;
    show(fd, question);
    done = read_line(fd, line);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    (void)!write(fd, "\n", 1);
    return done;
}

bool
terminal_ask(const char *question, bool echo, struct buffer *line)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };
    struct sigaction mine = {.sa_handler = on_signal}, before[NUMBERS];
    int fd = open_terminal(), i;
    bool done;

    if (fd < 0)
        return false;
    /* The terminal is left as it was, also when this is interrupted. */
    interrupted = 0;
    for (i = 0; i < NUMBERS; i++)
        (void)sigaction(numbers[i], &mine, &before[i]);
    done = ask_on(fd, question, echo, line);
    for (i = 0; i < NUMBERS; i++)
        (void)sigaction(numbers[i], &before[i], NULL);
    (void)close(fd);
    if (interrupted != 0)
        (void)raise(interrupted);
    return done;
}

bool
terminal_confirm(const char *question)
{
    struct buffer line = BUFFER_INIT(64);
    bool yes = terminal_ask(question, true, &line) &&
               span_is(buffer_span(&line), "yes");

    buffer_free(&line);
    return yes;
}
