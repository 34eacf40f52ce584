/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/lib/scripted_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/http_server.h"

#define CONNECTIONS_MAX 128
#define HEAD_MAX 16384
#define HEARD_MAX 65536
#define PATIENCE_MS 5000

struct visit {
    struct scripted_proxy *proxy;
    int fd;
    pthread_t thread;
    SSL *ssl; /* NULL: plain */
};

struct scripted_proxy {
    enum proxy_kind kind;
    char *challenges, *accepts;
    char folder[64], ca[96], url[64];
    int listener, stop[2];
    SSL_CTX *tls;
    pthread_t thread;
    pthread_mutex_t lock;
    char heard[HEARD_MAX];
    unsigned arrivals, tunnels;
    struct visit visit[CONNECTIONS_MAX];
    size_t visits;
};

static void
must(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "scripted_proxy: %s failed: %s\n", what, strerror(errno));
    exit(99);
}

static void
hear(struct scripted_proxy *p, const char *text)
{
    size_t len;

    pthread_mutex_lock(&p->lock);
    len = strlen(p->heard);
    snprintf(p->heard + len, sizeof(p->heard) - len, "%s", text);
    pthread_mutex_unlock(&p->lock);
}

/* --- bytes --- */

static int
take(struct visit *v, void *data, int size)
{
    return v->ssl != NULL ? SSL_read(v->ssl, data, size)
                          : (int)recv(v->fd, data, (size_t)size, 0);
}

static bool
give(struct visit *v, const void *data, int len)
{
    if (v->ssl != NULL)
        return SSL_write(v->ssl, data, len) == len;
    return send(v->fd, data, (size_t)len, MSG_NOSIGNAL) == len;
}

static bool
take_all(struct visit *v, void *data, int size)
{
    for (int at = 0, got; at < size; at += got) {
        got = take(v, (char *)data + at, size - at);
        if (got <= 0)
            return false;
    }
    return true;
}

static int
connect_to(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void
pump(struct visit *v, int target)
{
    char data[16384];
    struct pollfd pfd[3] = {{v->fd, POLLIN, 0},
                            {target, POLLIN, 0},
                            {v->proxy->stop[0], POLLIN, 0}};

    for (;;) {
        bool pending = v->ssl != NULL && SSL_pending(v->ssl) > 0;
        ssize_t got;

        if (poll(pfd, 3, pending ? 0 : PATIENCE_MS) < 0 || pfd[2].revents != 0)
            return;
        if (pending || pfd[0].revents != 0) {
            got = take(v, data, sizeof(data));
            if (got <= 0 ||
                send(target, data, (size_t)got, MSG_NOSIGNAL) != got)
                return;
        }
        if (pfd[1].revents != 0) {
            got = recv(target, data, sizeof(data), 0);
            if (got <= 0 || !give(v, data, (int)got))
                return;
        }
        if (!pending && pfd[0].revents == 0 && pfd[1].revents == 0)
            return;
    }
}

static void
tunnel(struct visit *v, unsigned port, const char *welcome, int len)
{
    int target = connect_to(port);

    if (target < 0)
        return;
    pthread_mutex_lock(&v->proxy->lock);
    v->proxy->tunnels++;
    pthread_mutex_unlock(&v->proxy->lock);
    if (give(v, welcome, len))
        pump(v, target);
    close(target);
}

/* --- CONNECT --- */

static bool
read_head(struct visit *v, char *head)
{
    size_t len = 0;

    memset(head, 0, HEAD_MAX);
    while (strstr(head, "\r\n\r\n") == NULL) {
        int got = len + 1 < HEAD_MAX
                      ? take(v, head + len, (int)(HEAD_MAX - 1 - len))
                      : 0;

        if (got <= 0)
            return false;
        len += (size_t)got;
    }
    return true;
}

static bool
is_admitted(const struct scripted_proxy *p, const char *head)
{
    const char *line = strcasestr(head, "\r\nProxy-Authorization: ");

    if (p->challenges == NULL)
        return true;
    return line != NULL &&
           strncmp(line + 23, p->accepts, strlen(p->accepts)) == 0;
}

static void
serve_http(struct visit *v)
{
    static const char welcome[] = "HTTP/1.1 200 Tunnel\r\n"
                                  "Set-Cookie: of=proxy\r\n"
                                  "X-Proxy: yes\r\n\r\n";
    char head[HEAD_MAX], refusal[2048];
    unsigned port = 0;

    while (read_head(v, head)) {
        hear(v->proxy, head);
        if (sscanf(head, "CONNECT %*[^:]:%u HTTP/1.1", &port) != 1)
            return;
        if (is_admitted(v->proxy, head)) {
            tunnel(v, port, welcome, sizeof(welcome) - 1);
            return;
        }
        snprintf(refusal, sizeof(refusal),
                 "HTTP/1.1 407 Who are you\r\n%sContent-Length: 0\r\n\r\n",
                 v->proxy->challenges);
        if (!give(v, refusal, (int)strlen(refusal)))
            return;
    }
}

/* --- SOCKS (RFC 1928, RFC 1929) --- */

static bool
take_text(struct visit *v, char *text)
{
    unsigned char len;

    memset(text, 0, 256);
    return take_all(v, &len, 1) && take_all(v, text, len);
}

static bool
socks_login(struct visit *v)
{
    unsigned char begin[2], methods[255], version;
    char user[256], password[256], text[600];

    if (!take_all(v, begin, 2) || !take_all(v, methods, begin[1]))
        return false;
    for (int i = 0; i < begin[1]; i++) {
        snprintf(text, sizeof(text), "method %d\n", methods[i]);
        hear(v->proxy, text);
    }
    if (v->proxy->accepts == NULL)
        return give(v, "\5\0", 2);
    if (!give(v, "\5\2", 2) || !take_all(v, &version, 1) ||
        !take_text(v, user) || !take_text(v, password))
        return false;
    snprintf(text, sizeof(text), "%s:%s", user, password);
    hear(v->proxy, text);
    return give(v, strcmp(text, v->proxy->accepts) == 0 ? "\1\0" : "\1\1", 2) &&
           strcmp(text, v->proxy->accepts) == 0;
}

static void
serve_socks(struct visit *v)
{
    unsigned char ask[4], port[2];
    char host[256], text[300];

    if (!socks_login(v) || !take_all(v, ask, 4) || ask[3] != 3 ||
        !take_text(v, host) || !take_all(v, port, 2))
        return;
    snprintf(text, sizeof(text), "\nname %s\n", host);
    hear(v->proxy, text);
    tunnel(v, port[0] * 256u + port[1], "\5\0\0\1\0\0\0\0\0\0", 10);
}

/* --- connections --- */

static void *
serve(void *context)
{
    struct visit *v = context;
    struct scripted_proxy *p = v->proxy;

    if (p->tls != NULL) {
        v->ssl = SSL_new(p->tls);
        SSL_set_fd(v->ssl, v->fd);
    }
    if (v->ssl == NULL || SSL_accept(v->ssl) == 1) {
        if (p->kind == PROXY_SOCKS5)
            serve_socks(v);
        else
            serve_http(v);
    }
    SSL_free(v->ssl);
    shutdown(v->fd, SHUT_RDWR);
    ERR_clear_error();
    return NULL;
}

static void *
listen_on(void *context)
{
    struct scripted_proxy *p = context;
    struct pollfd pfd[2] = {{p->listener, POLLIN, 0}, {p->stop[0], POLLIN, 0}};
    struct timeval patience = {PATIENCE_MS / 1000, 0};

    while (p->visits < CONNECTIONS_MAX && poll(pfd, 2, -1) > 0 &&
           pfd[1].revents == 0) {
        struct visit *v = &p->visit[p->visits];

        v->proxy = p;
        v->fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
        if (v->fd < 0)
            continue;
        setsockopt(v->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        pthread_mutex_lock(&p->lock);
        p->arrivals++;
        pthread_mutex_unlock(&p->lock);
        must(pthread_create(&v->thread, NULL, serve, v) == 0, "thread");
        p->visits++;
    }
    return NULL;
}

static void
make_listener(struct scripted_proxy *p)
{
    static const char *const scheme[] = {"http", "https", "https", "socks5h"};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(p->listener >= 0 &&
             bind(p->listener, (struct sockaddr *)&address, sizeof(address)) ==
                 0 &&
             listen(p->listener, 128) == 0 &&
             getsockname(p->listener, (struct sockaddr *)&address, &len) == 0,
         "listening");
    snprintf(p->url, sizeof(p->url), "%s://localhost:%u", scheme[p->kind],
             (unsigned)ntohs(address.sin_port));
}

struct scripted_proxy *
scripted_proxy_new(const struct proxy_script *script)
{
    struct scripted_proxy *p = calloc(1, sizeof(*p));

    must(p != NULL, "memory");
    signal(SIGPIPE, SIG_IGN);
    p->kind = script->kind;
    if (script->challenges != NULL)
        p->challenges = strdup(script->challenges);
    if (script->accepts != NULL)
        p->accepts = strdup(script->accepts);
    snprintf(p->folder, sizeof(p->folder), "/tmp/scripted_proxy.XXXXXX");
    must(mkdtemp(p->folder) != NULL, "mkdtemp");
    snprintf(p->ca, sizeof(p->ca), "%s/ca.pem", p->folder);
    if (p->kind == PROXY_HTTPS || p->kind == PROXY_HTTPS_OTHER_HOST)
        p->tls = http_server_tls(p->kind == PROXY_HTTPS
                                     ? HTTP_CERTIFICATE_GOOD
                                     : HTTP_CERTIFICATE_OTHER_HOST,
                                 p->ca);
    make_listener(p);
    must(pipe(p->stop) == 0, "pipe");
    pthread_mutex_init(&p->lock, NULL);
    must(pthread_create(&p->thread, NULL, listen_on, p) == 0, "thread");
    return p;
}

void
scripted_proxy_free(struct scripted_proxy *p)
{
    if (p == NULL)
        return;
    close(p->stop[1]); /* everybody's poll() sees the end of the pipe */
    pthread_join(p->thread, NULL);
    for (size_t i = 0; i < p->visits; i++) {
        shutdown(p->visit[i].fd, SHUT_RDWR);
        pthread_join(p->visit[i].thread, NULL);
        close(p->visit[i].fd);
    }
    close(p->stop[0]);
    close(p->listener);
    SSL_CTX_free(p->tls);
    pthread_mutex_destroy(&p->lock);
    unlink(p->ca);
    rmdir(p->folder);
    free(p->challenges);
    free(p->accepts);
    free(p);
}

const char *
scripted_proxy_url(const struct scripted_proxy *p)
{
    return p->url;
}

const char *
scripted_proxy_ca(const struct scripted_proxy *p)
{
    return p->ca;
}

unsigned
scripted_proxy_arrivals(struct scripted_proxy *p)
{
    unsigned count;

    pthread_mutex_lock(&p->lock);
    count = p->arrivals;
    pthread_mutex_unlock(&p->lock);
    return count;
}

unsigned
scripted_proxy_tunnels(struct scripted_proxy *p)
{
    unsigned count;

    pthread_mutex_lock(&p->lock);
    count = p->tunnels;
    pthread_mutex_unlock(&p->lock);
    return count;
}

char *
scripted_proxy_heard(struct scripted_proxy *p)
{
    char *copy;

    pthread_mutex_lock(&p->lock);
    copy = strdup(p->heard);
    pthread_mutex_unlock(&p->lock);
    return copy;
}
