/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/lib/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS_MAX 16
#define CONNECTIONS_MAX 64
#define HEAD_MAX 4096
#define PATIENCE_MS 5000
#define URLS_KEPT 8

struct place {
    char path[128];
    bool scripted;
    int status;
    char *headers;
    char *body;
    size_t body_len;
    enum http_behaviour behaviour;
    unsigned requests;
    char last[HEAD_MAX];
};

struct connection {
    struct http_server *server;
    int fd;
    pthread_t thread;
};

struct http_server {
    char folder[64], ca[96], base[64];
    char url[URLS_KEPT][256];
    unsigned urls;
    int listener, stop[2];
    SSL_CTX *tls;
    pthread_t thread;
    pthread_mutex_t lock;
    unsigned requests;
    struct place place[PATHS_MAX];
    size_t places;
    struct connection connection[CONNECTIONS_MAX];
    size_t connections;
    char copy[HEAD_MAX];
};

static void
must(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "http_server: %s failed: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(99);
}

/* --- certificates --- */

static void
extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1,
         "certificate extension");
    X509_EXTENSION_free(extension);
}

static X509 *
certificate_new(const char *name, EVP_PKEY *key, X509 *issuer,
                EVP_PKEY *issuer_key)
{
    static long serial = 1;
    X509 *c = X509_new();
    X509_NAME *subject;

    must(c != NULL && X509_set_version(c, 2) == 1, "X509_new");
    ASN1_INTEGER_set(X509_get_serialNumber(c), serial++);
    X509_gmtime_adj(X509_getm_notBefore(c), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c), 3600 * 24);
    subject = X509_get_subject_name(c);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(c, issuer == NULL ? subject
                                           : X509_get_subject_name(issuer));
    X509_set_pubkey(c, key);
    if (issuer == NULL) {
        extend(c, c, NID_basic_constraints, "critical,CA:TRUE");
        extend(c, c, NID_subject_key_identifier, "hash");
    }
    if (strchr(name, ' ') == NULL) {
        char host[128];

        snprintf(host, sizeof(host), "DNS:%s", name);
        extend(c, issuer == NULL ? c : issuer, NID_subject_alt_name, host);
    }
    must(X509_sign(c, issuer_key, EVP_sha256()) > 0, "X509_sign");
    return c;
}

static void
make_tls(struct http_server *s, enum http_certificate kind)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = certificate_new("Test CA", ca_key, NULL, ca_key), *own;
    FILE *file;

    if (kind == HTTP_CERTIFICATE_SELF_SIGNED)
        own = certificate_new("localhost", key, NULL, key);
    else
        own = certificate_new(kind == HTTP_CERTIFICATE_GOOD ? "localhost"
                                                            : "other.example",
                              key, ca, ca_key);
    snprintf(s->ca, sizeof(s->ca), "%s/ca.pem", s->folder);
    file = fopen(s->ca, "w");
    must(file != NULL && PEM_write_X509(file, ca) == 1, "writing the CA");
    fclose(file);
    s->tls = SSL_CTX_new(TLS_server_method());
    must(s->tls != NULL && SSL_CTX_use_certificate(s->tls, own) == 1 &&
             SSL_CTX_use_PrivateKey(s->tls, key) == 1,
         "SSL_CTX");
    X509_free(own);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
}

/* --- one connection --- */

/* The place of a path, made if need be; with the lock held. */
static struct place *
place_of(struct http_server *s, const char *path)
{
    for (size_t i = 0; i < s->places; i++) {
        if (strcmp(s->place[i].path, path) == 0)
            return &s->place[i];
    }
    must(s->places < PATHS_MAX, "another path");
    snprintf(s->place[s->places].path, sizeof(s->place[0].path), "%s", path);
    return &s->place[s->places++];
}

/* True when the test ended meanwhile. */
static bool
stopped_within(struct http_server *s, int ms)
{
    struct pollfd pfd = {s->stop[0], POLLIN, 0};

    return poll(&pfd, 1, ms) != 0;
}

static bool
read_head(SSL *ssl, char *head, size_t size)
{
    size_t len = 0;

    while (len + 1 < size) {
        int got = SSL_read(ssl, head + len, (int)(size - 1 - len));

        if (got <= 0)
            return false;
        len += (size_t)got;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

/* What to answer, copied under the lock. */
static struct place
record(struct http_server *s, const char *head)
{
    struct place copy = {0}, *place;
    char path[128] = "";

    sscanf(head, "GET %127s HTTP/1.1", path);
    pthread_mutex_lock(&s->lock);
    s->requests++;
    place = place_of(s, path);
    place->requests++;
    snprintf(place->last, sizeof(place->last), "%s", head);
    copy.status = place->scripted ? place->status : 404;
    copy.behaviour = place->behaviour;
    copy.headers = strdup(place->headers != NULL ? place->headers : "");
    copy.body_len = place->body_len;
    copy.body = calloc(1, place->body_len + 1);
    if (place->body != NULL)
        memcpy(copy.body, place->body, place->body_len);
    pthread_mutex_unlock(&s->lock);
    return copy;
}

static bool
send_all(SSL *ssl, const char *data, size_t len)
{
    while (len > 0) {
        int sent = SSL_write(ssl, data, len > 16384 ? 16384 : (int)len);

        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* True: the connection may serve another request. */
static bool
answer(struct http_server *s, SSL *ssl, const struct place *a)
{
    char *head = NULL;
    bool sent;
    int len;

    if (a->behaviour == HTTP_HANGS) {
        stopped_within(s, PATIENCE_MS);
        return false;
    }
    len = asprintf(
        &head, "HTTP/1.1 %d Scripted\r\n%s%s%zu\r\n\r\n", a->status, a->headers,
        a->status == 304 ? "X-Length: " : "Content-Length: ", a->body_len);
    must(len > 0, "memory");
    sent = send_all(ssl, head, (size_t)len);
    free(head);
    if (!sent)
        return false;
    if (a->behaviour == HTTP_HALF_BODY) {
        send_all(ssl, a->body, a->body_len / 2);
        return false;
    }
    if (a->behaviour == HTTP_DRIPS) {
        for (size_t i = 0; i < a->body_len; i++) {
            if (!send_all(ssl, a->body + i, 1) || stopped_within(s, 50))
                return false;
        }
        return true;
    }
    return send_all(ssl, a->body, a->body_len);
}

static void *
serve(void *context)
{
    struct connection *c = context;
    struct http_server *s = c->server;
    SSL *ssl = SSL_new(s->tls);
    char head[HEAD_MAX];
    bool again = true;

    SSL_set_fd(ssl, c->fd);
    if (SSL_accept(ssl) == 1) {
        while (again && read_head(ssl, head, sizeof(head))) {
            struct place a = record(s, head);

            again = answer(s, ssl, &a);
            free(a.headers);
            free(a.body);
        }
    }
    SSL_free(ssl);
    shutdown(c->fd, SHUT_RDWR);
    ERR_clear_error();
    return NULL;
}

static void *
listen_on(void *context)
{
    struct http_server *s = context;
    struct pollfd pfd[2] = {{s->listener, POLLIN, 0}, {s->stop[0], POLLIN, 0}};
    struct timeval patience = {PATIENCE_MS / 1000, 0};

    while (s->connections < CONNECTIONS_MAX && poll(pfd, 2, -1) > 0 &&
           pfd[1].revents == 0) {
        struct connection *c = &s->connection[s->connections];

        c->server = s;
        c->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (c->fd < 0)
            continue;
        setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        must(pthread_create(&c->thread, NULL, serve, c) == 0, "thread");
        s->connections++;
    }
    return NULL;
}

/* --- for tests --- */

static void
make_listener(struct http_server *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(s->listener >= 0 &&
             bind(s->listener, (struct sockaddr *)&address, sizeof(address)) ==
                 0 &&
             listen(s->listener, 16) == 0 &&
             getsockname(s->listener, (struct sockaddr *)&address, &len) == 0,
         "listening");
    snprintf(s->base, sizeof(s->base), "https://localhost:%u",
             (unsigned)ntohs(address.sin_port));
}

struct http_server *
http_server_new(enum http_certificate kind)
{
    struct http_server *s = calloc(1, sizeof(*s));

    must(s != NULL, "memory");
    signal(SIGPIPE, SIG_IGN);
    snprintf(s->folder, sizeof(s->folder), "/tmp/http_server.XXXXXX");
    must(mkdtemp(s->folder) != NULL, "mkdtemp");
    make_tls(s, kind);
    make_listener(s);
    must(pipe2(s->stop, O_CLOEXEC) == 0, "pipe");
    pthread_mutex_init(&s->lock, NULL);
    must(pthread_create(&s->thread, NULL, listen_on, s) == 0, "thread");
    return s;
}

void
http_server_free(struct http_server *s)
{
    if (s == NULL)
        return;
    close(s->stop[1]); /* everybody's poll() sees the end of the pipe */
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->connections; i++) {
        shutdown(s->connection[i].fd, SHUT_RDWR);
        pthread_join(s->connection[i].thread, NULL);
        close(s->connection[i].fd);
    }
    close(s->stop[0]);
    close(s->listener);
    for (size_t i = 0; i < s->places; i++) {
        free(s->place[i].headers);
        free(s->place[i].body);
    }
    SSL_CTX_free(s->tls);
    pthread_mutex_destroy(&s->lock);
    unlink(s->ca);
    rmdir(s->folder);
    free(s);
}

const char *
http_server_base(const struct http_server *s)
{
    return s->base;
}

const char *
http_server_ca(const struct http_server *s)
{
    return s->ca;
}

const char *
http_server_url(struct http_server *s, const char *path)
{
    char *url = s->url[s->urls++ % URLS_KEPT];

    snprintf(url, sizeof(s->url[0]), "%s%s", s->base, path);
    return url;
}

void
http_server_script(struct http_server *s, const char *path,
                   const struct http_script *script)
{
    const char *body = script->body != NULL ? script->body : "";
    struct place *place;

    pthread_mutex_lock(&s->lock);
    place = place_of(s, path);
    free(place->headers);
    free(place->body);
    place->scripted = true;
    place->status = script->status;
    place->behaviour = script->behaviour;
    place->headers = strdup(script->headers != NULL ? script->headers : "");
    place->body_len = script->body_len != 0 ? script->body_len : strlen(body);
    place->body = calloc(1, place->body_len + 1);
    memcpy(place->body, body, place->body_len);
    pthread_mutex_unlock(&s->lock);
}

unsigned
http_server_count(struct http_server *s, const char *path)
{
    unsigned count;

    pthread_mutex_lock(&s->lock);
    count = path == NULL ? s->requests : place_of(s, path)->requests;
    pthread_mutex_unlock(&s->lock);
    return count;
}

const char *
http_server_last(struct http_server *s, const char *path)
{
    pthread_mutex_lock(&s->lock);
    memcpy(s->copy, place_of(s, path)->last, sizeof(s->copy));
    pthread_mutex_unlock(&s->lock);
    return s->copy;
}
