/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One login, as a client would do it, beside the running sshd: a connection of
 * our own over the loopback is handed to "sshd -i", which reads the very files
 * that the running one will read, and asks PAM, which asks the helper.  No
 * port is left open, and that sshd ends with its one connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/explain.h"
#include "helper/ctl/out.h"
#include "helper/ctl/program.h"
#include "helper/ctl/setup.h"
#include "helper/ctl/textfile.h"

#define LOGIN_MS 30000
#define CONNECT_MS 10000
#define LOOPBACK "127.0.0.1"
#define TOKEN_TTL "2m"
#define LINE_BYTES 512
#define BACKLOG 16
#define UID_COLUMN 7       /* of /proc/net/tcp */
#define ESTABLISHED " 01 " /* its column follows those of the ends */

/* --- the token --- */

/* With --local it is ours to make. */
static bool
mint(struct setup *s)
{
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);
    char self[SETUP_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    const char *const argv[] = {self,     "token", "mint",    "--user",
                                s->login, "--ttl", TOKEN_TTL, NULL};
    struct program p = {.argv = argv, .stream = -1, .timeout_ms = SETUP_RUN_MS};
    const char *token;
    bool done = false;

    self[len > 0 ? len : 0] = '\0';
    if (program_run(&p, &said) == 0 && said.len > 0 &&
        (token = strstr(said.data, "eyJ")) != NULL)
        done = buffer_add(&s->token, token, strcspn(token, "\n"));
    else if (said.len > 0)
        out_lines(buffer_span(&said));
    if (!done)
        out_error("no token can be made");
    buffer_free(&said);
    return done;
}

/* --- what the helper thinks of it --- */

static bool
is_verified(const struct setup *s, const char *service)
{
    struct ask a = {
        .question = {.operation = WIRE_OP_VERIFY,
                     .ms_left = ASK_TIMEOUT_MS,
                     .user = span_of(s->login),
                     .service = span_of(service),
                     .rhost = span_of(LOOPBACK),
                     .credential = buffer_span(&s->token)},
    };
    enum ask_result result = ask(&a);
    bool good = result == ASK_DONE && explain_status(a.answer) == CTL_DONE;

    if (result != ASK_DONE) {
        (void)ask_explain(&a, result);
    } else if (!good) {
        (void)printf("The token would not open %s:\n\n", service);
        explain_print(a.answer);
    } else {
        (void)printf("  the helper accepts the token of %s for %s\n", s->login,
                     service);
    }
    (void)fflush(stdout);
    ask_clear(&a);
    return good;
}

/* --- a connection --- */

/* Bound to a free port of the loopback; -1. */
static int
listen_here(unsigned *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
        listen(fd, BACKLOG) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &len) == 0) {
        *port = ntohs(at.sin_port);
        return fd;
    }
    out_error("cannot listen on the loopback: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The word of that number, from 0. */
static bool
is_word(const char *line, unsigned number, const char *word)
{
    struct span rest = span_of(line), one;

    while (textfile_word(&rest, &one))
        if (number-- == 0)
            return span_is(one, word);
    return false;
}

/* Is the other end a socket of our own user?  Anybody on this host may connect;
 * sshd would serve him, and our ssh would wait.  Who has left again already is
 * listed there as root. */
static bool
is_of_ours(const struct sockaddr_in *peer, unsigned port)
{
    FILE *table = fopen("/proc/net/tcp", "re");
    char line[LINE_BYTES], ends[LINE_BYTES], uid[LINE_BYTES];
    bool found = false;

    (void)snprintf(ends, sizeof(ends), ": %08X:%04X %08X:%04X" ESTABLISHED,
                   peer->sin_addr.s_addr, ntohs(peer->sin_port),
                   htonl(INADDR_LOOPBACK), port);
    (void)snprintf(uid, sizeof(uid), "%u", geteuid());
    while (table != NULL && !found && fgets(line, sizeof(line), table) != NULL)
        found = strstr(line, ends) != NULL && is_word(line, UID_COLUMN, uid);
    if (table != NULL)
        (void)fclose(table);
    return found;
}

static int
accept_ours(int fd, unsigned port)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int64_t until = clock_boot_ms() + CONNECT_MS, left;

    while ((left = until - clock_boot_ms()) > 0 && setup_stopped == 0 &&
           poll(&ready, 1, (int)left) == 1) {
        struct sockaddr_in peer;
        socklen_t len = sizeof(peer);
        int one = accept4(fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);

        if (one >= 0 && is_of_ours(&peer, port))
            return one;
        if (one >= 0)
            close(one);
    }
    return -1;
}

/* --- ssh --- */

struct client {
    char askpass[SETUP_PATH_MAX];
    char variables[4][SETUP_PATH_MAX + 32];
};

/* Beside this program, or wherever programs are. */
static bool
find_askpass(char path[SETUP_PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, SETUP_PATH_MAX - 1);
    const char *found;
    char *slash;

    path[len > 0 ? len : 0] = '\0';
    slash = strrchr(path, '/');
    if (slash != NULL && (size_t)(slash - path) + 18 < SETUP_PATH_MAX) {
        memcpy(slash, "/httpauth-askpass", 18);
        if (access(path, X_OK) == 0)
            return true;
    }
    found = program_find("httpauth-askpass");
    if (found != NULL)
        (void)snprintf(path, SETUP_PATH_MAX, "%s", found);
    return found != NULL;
}

/* What httpauth-askpass(1) needs: that this destination gets a token, and the
 * token, in files of ours alone. */
static bool
client_prepare(const struct setup *s, struct client *c)
{
    struct buffer hosts = BUFFER_INIT(LINE_BYTES);
    char path[SETUP_PATH_MAX], token[SETUP_PATH_MAX];
    bool done;

    buffer_printf(&hosts, "%s@" LOOPBACK "\n", s->login);
    done = setup_stage_folder(s, "httpauth", path) &&
           setup_stage_file(s, "httpauth/hosts", buffer_span(&hosts), 0600,
                            path) &&
           setup_stage_file(s, "token", buffer_span(&s->token), 0600, token);
    (void)snprintf(c->variables[0], sizeof(c->variables[0]), "SSH_ASKPASS=%s",
                   c->askpass);
    (void)snprintf(c->variables[1], sizeof(c->variables[1]),
                   "XDG_CONFIG_HOME=%s", s->stage);
    (void)snprintf(c->variables[2], sizeof(c->variables[2]),
                   "BEARER_TOKEN_FILE=%s", token);
    (void)snprintf(c->variables[3], sizeof(c->variables[3]), "HOME=%s",
                   s->stage);
    buffer_free(&hosts);
    return done;
}

/* 0: ssh was let in and ran a command there. */
static int
converse(const struct setup *s, struct client *c, const char *ssh,
         const char *sshd, struct buffer *said, struct buffer *server_said)
{
    char port_text[16];
    const char *const ssh_argv[] = {
        ssh,      "-F",
        "none",   "-T",
        "-p",     port_text,
        "-o",     "StrictHostKeyChecking=no",
        "-o",     "UserKnownHostsFile=/dev/null",
        "-o",     "GlobalKnownHostsFile=/dev/null",
        "-o",     "PreferredAuthentications=keyboard-interactive",
        "-o",     "PubkeyAuthentication=no",
        "-o",     "NumberOfPasswordPrompts=1",
        "-o",     "ConnectTimeout=10",
        "-o",     "LogLevel=ERROR",
        "-l",     s->login,
        LOOPBACK, "true",
        NULL};
    const char *const sshd_argv[] = {sshd, "-i", "-e", NULL};
    const char *const more[] = {c->variables[0],
                                c->variables[1],
                                c->variables[2],
                                c->variables[3],
                                "SSH_ASKPASS_REQUIRE=force",
                                "DISPLAY=:0",
                                NULL};
    struct program client = {.argv = ssh_argv,
                             .more = more,
                             .stream = -1,
                             .timeout_ms = LOGIN_MS,
                             .stop = &setup_stopped};
    /* It ends with its connection, and closes the session first. */
    struct program server = {.argv = sshd_argv, .timeout_ms = SETUP_RUN_MS};
    unsigned port = 0;
    int listening = listen_here(&port), status = -1;

    if (listening < 0)
        return -1;
    (void)snprintf(port_text, sizeof(port_text), "%u", port);
    program_start(&client);
    server.stream = accept_ours(listening, port);
    if (server.stream >= 0) {
        program_start(&server);
        close(server.stream);
    }
    status = program_end(&client, said);
    /* Not before: whoever was here before ssh could take over the port, and
     * would be sent the token. */
    close(listening);
    if (server.stream >= 0)
        (void)program_end(&server, server_said);
    return status;
}

static bool
log_in(const struct setup *s, struct client *c, const char *ssh,
       const char *sshd)
{
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);
    struct buffer server_said = BUFFER_INIT(SETUP_TEXT_MAX);
    int status = client_prepare(s, c)
                     ? converse(s, c, ssh, sshd, &said, &server_said)
                     : -1;

    if (status == 0) {
        (void)printf("  %s logged in, through an sshd of our own\n", s->login);
    } else if (setup_stopped == 0) {
        out_error("%s could not log in through an sshd of our own%s", s->login,
                  status < 0 ? " in time" : "");
        out_lines(buffer_span(&said));
        out_lines(buffer_span(&server_said));
    }
    buffer_free(&said);
    buffer_free(&server_said);
    return status == 0;
}

static bool
try_sshd(struct setup *s)
{
    char ssh[SETUP_PATH_MAX] = "", sshd[SETUP_PATH_MAX] = "";
    struct client c;
    const char *found = program_find("ssh");

    if (found != NULL)
        (void)snprintf(ssh, sizeof(ssh), "%s", found);
    found = program_find("sshd");
    if (found != NULL)
        (void)snprintf(sshd, sizeof(sshd), "%s", found);
    if (ssh[0] != '\0' && sshd[0] != '\0' && find_askpass(c.askpass))
        return log_in(s, &c, ssh, sshd);
    (void)printf("  no login through sshd was tried: %s is not installed\n",
                 sshd[0] == '\0'  ? "sshd"
                 : ssh[0] == '\0' ? "ssh"
                                  : "httpauth-askpass");
    s->untried = true;
    return true;
}

bool
setup_try_login(struct setup *s)
{
    bool done = true;

    if (!s->helper) {
        (void)puts("  no login was tried: httpauthd does not run");
        s->untried = true;
        return true;
    }
    if (s->local && !mint(s))
        return false;
    for (size_t i = 0; done && i < s->service.count; i++) {
        done = is_verified(s, s->service.item[i]);
        if (done && strcmp(s->service.item[i], "sshd") == 0)
            done = s->authselect || try_sshd(s);
    }
    return done;
}
