/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * httpauth-askpass: answers the questions of pam_httpauth that ssh puts to
 * SSH_ASKPASS with a token, in as many parts as they ask for, and leaves all
 * others to the terminal or to the program that was there before it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "config.h"
#include "helper/base/limits.h"
#include "helper/client/command.h"
#include "helper/client/hosts.h"
#include "helper/client/prompt.h"
#include "helper/client/say.h"
#include "helper/client/source.h"
#include "helper/client/terminal.h"

/* ssh drops what is longer, and dies of a second write. */
#define PART_MAX 1023
#define NEXT "HTTPAUTH_ASKPASS_NEXT"
#define OFFSET "HTTPAUTH_OFFSET"
#define KNOWN_MS 5000

static const char usage[] =
    "Usage: httpauth-askpass QUESTION\n"
    "       httpauth-askpass --run COMMAND [ARGUMENT ...]\n"
    "\n"
    "Answers what ssh asks SSH_ASKPASS with a token, for the destinations in\n"
    "~/.config/httpauth/hosts; see httpauth-askpass(1).  --run sets the\n"
    "environment of one command for it:\n"
    "\n"
    "    httpauth-askpass --run ssh alice@host.example\n";

/* --- answering --- */

static bool
put(struct span part)
{
    ssize_t done;

    if (part.len == 0)
        return true;
    do
        done = write(STDOUT_FILENO, part.data, part.len);
    while (done < 0 && errno == EINTR);
    return done == (ssize_t)part.len;
}

static bool
answer(const struct prompt *p, char *const command[])
{
    struct buffer token = BUFFER_INIT(LIMIT_CREDENTIAL + 4096);
    const char *where;
    struct span part;
    bool done = false;

    /* For commands that can hold on to the token whose beginning was sent. */
    if ((p->offset > 0 ? setenv(OFFSET, "1", 1) : unsetenv(OFFSET)) != 0)
        goto done;
    if (!source_token(command, &token, &where))
        goto done;
    if (p->offset > token.len) {
        say("there are no %zu bytes of the token; it must not change while it "
            "is sent",
            p->offset);
        goto done;
    }
    part = (struct span){token.data + p->offset, token.len - p->offset};
    if (part.len > PART_MAX)
        part.len = PART_MAX;
    done = put(part);
done:
    buffer_free(&token);
    return done;
}

/* --- leaving it to others --- */

/* What ssh asks about host keys is no secret (sshconnect.c). */
static bool
is_open_question(const char *question)
{
    static const char *const ends[] = {
        "(yes/no)? ", "(yes/no/[fingerprint])? ",
        "Please type 'yes', 'no' or the fingerprint: ",
        "Please type 'yes' or 'no': "};
    size_t len = strlen(question), i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (len >= strlen(ends[i]) &&
            strcmp(question + len - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

static bool
ask_terminal(const char *question)
{
    const char *kind = getenv("SSH_ASKPASS_PROMPT");
    struct buffer line = BUFFER_INIT(PART_MAX);
    bool done;

    if (kind != NULL && strcmp(kind, "confirm") == 0)
        return terminal_confirm(question);
    done = terminal_ask(question, is_open_question(question) || kind != NULL,
                        &line);
    if (done)
        done = put(buffer_span(&line));
    else
        say("there is nobody to ask");
    buffer_free(&line);
    return done;
}

static bool
leave(const char *question)
{
    const char *value = getenv(NEXT);
    char *next = value != NULL && *value != '\0' ? strdup(value) : NULL;

    if (next != NULL) {
        (void)unsetenv(NEXT); /* which must not come back here */
        execlp(next, next, question, (char *)NULL);
        say("%s: %s", next, strerror(errno));
        free(next);
        return false;
    }
    return ask_terminal(question);
}

/* --- a new destination --- */

/* Its host key is one that ssh has by that name: nobody comes into the list
 * whom the person has never seen. */
static bool
is_known(const struct prompt *p)
{
    char host[PROMPT_NAME_MAX + 1];
    char *const argv[] = {(char *)(uintptr_t) "ssh-keygen",
                          (char *)(uintptr_t) "-F", host, NULL};
    struct buffer printed = BUFFER_INIT(64 * 1024);
    bool known;

    memcpy(host, p->host.data, p->host.len);
    host[p->host.len] = '\0';
    known = host[0] != '-' && command_run(argv, KNOWN_MS, &printed) == 0;
    buffer_free(&printed);
    return known;
}

/* Only where there is a token to send: most who ask for a password want one. */
static bool
may_add(const struct prompt *p)
{
    char question[2 * PROMPT_NAME_MAX + 128];
    struct buffer line = BUFFER_INIT(64);
    bool yes = false;

    if (!source_is_there() || !terminal_is_there() || !is_known(p))
        return false;
    (void)snprintf(question, sizeof(question),
                   "Send your token to %.*s@%.*s from now on "
                   "(yes/no/never)? ",
                   (int)p->user.len, p->user.data, (int)p->host.len,
                   p->host.data);
    if (terminal_ask(question, true, &line)) {
        if (span_is(buffer_span(&line), "never"))
            (void)hosts_add(p, true);
        yes = span_is(buffer_span(&line), "yes") && hosts_add(p, false);
    }
    buffer_free(&line);
    return yes;
}

/* --- the whole --- */

static bool
answer_question(const char *question)
{
    struct hosts_line line;
    struct prompt p;

    if (!prompt_parse(span_of(question), &p))
        return leave(question);
    switch (hosts_find(&p, &line)) {
    case HOSTS_LISTED:
        return answer(&p, line.command);
    case HOSTS_NOT_LISTED:
        /* The first part of a longer one was typed. */
        if (p.offset == 0 && may_add(&p)) {
            line.command[0] = NULL;
            return answer(&p, line.command);
        }
        if (!terminal_is_there())
            say("%.*s@%.*s is not in ~/.config/httpauth/hosts: no token for it",
                (int)p.user.len, p.user.data, (int)p.host.len, p.host.data);
        break;
    case HOSTS_NEVER:
    case HOSTS_FAULT:
        break;
    }
    return leave(question);
}

static int
run(char **argv)
{
    const char *before = getenv("SSH_ASKPASS");
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (argv[0] == NULL) {
        fputs(usage, stderr);
        return 2;
    }
    if (len <= 0) {
        say("/proc/self/exe: %s", strerror(errno));
        return 1;
    }
    self[len] = '\0';
    if ((before != NULL && strcmp(before, self) != 0 &&
         setenv(NEXT, before, 1) != 0) ||
        setenv("SSH_ASKPASS", self, 1) != 0 ||
        setenv("SSH_ASKPASS_REQUIRE", "force", 1) != 0) {
        say("%s", strerror(errno));
        return 1;
    }
    execvp(argv[0], argv);
    say("%s: %s", argv[0], strerror(errno));
    return errno == ENOENT ? 127 : 126;
}

int
main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--run") == 0)
        return run(argv + 2);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("httpauth-askpass " PACKAGE_VERSION) < 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (argc != 2) {
        fputs(usage, stderr);
        return 2;
    }
    /* As httpauth-token does. */
    (void)prctl(PR_SET_DUMPABLE, 0);
    return answer_question(argv[1]) ? 0 : 1;
}
