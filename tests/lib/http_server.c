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

#define PATHS_MAX 32
#define CONNECTIONS_MAX 512
#define HEAD_MAX 16384
#define BODY_MAX 4096
#define CLIENTS_MAX 4
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
    unsigned times; /* 0: always; else that often, and counted */
    unsigned requests;
    char last[HEAD_MAX], last_body[BODY_MAX];
};

struct request {
    char head[HEAD_MAX], body[BODY_MAX];
    char peer[128];
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
    X509 *issuer;
    EVP_PKEY *issuer_key;
    char client[CLIENTS_MAX][128];
    unsigned clients;
    SSL_CTX *tls;
    pthread_t thread;
    pthread_mutex_t lock;
    unsigned requests, handshakes;
    char peer[128];
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
                EVP_PKEY *issuer_key, long from, long until)
{
    static long serial = 1;
    X509 *c = X509_new();
    X509_NAME *subject;

    must(c != NULL && X509_set_version(c, 2) == 1, "X509_new");
    ASN1_INTEGER_set(X509_get_serialNumber(c), serial++);
    X509_gmtime_adj(X509_getm_notBefore(c), from);
    X509_gmtime_adj(X509_getm_notAfter(c), until);
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

static SSL_CTX *
tls_new(enum http_certificate kind, X509 *ca, EVP_PKEY *ca_key)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    long until = kind == HTTP_CERTIFICATE_EXPIRED ? -60 : 3600 * 24;
    bool alone = kind == HTTP_CERTIFICATE_SELF_SIGNED;
    X509 *own = certificate_new(
        kind == HTTP_CERTIFICATE_OTHER_HOST ? "other.example" : "localhost",
        key, alone ? NULL : ca, alone ? key : ca_key, -3600, until);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    must(tls != NULL && SSL_CTX_use_certificate(tls, own) == 1 &&
             SSL_CTX_use_PrivateKey(tls, key) == 1,
         "SSL_CTX");
    if (kind == HTTP_CERTIFICATE_ASKS) {
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), ca);
        SSL_CTX_set_session_id_context(tls, (const unsigned char *)"t", 1);
    }
    X509_free(own);
    EVP_PKEY_free(key);
    return tls;
}

static void
write_pem(const char *name, X509 *certificate, EVP_PKEY *key)
{
    FILE *file = fopen(name, "w");

    must(file != NULL && PEM_write_X509(file, certificate) == 1 &&
             (key == NULL || PEM_write_PrivateKey(file, key, NULL, NULL, 0,
                                                  NULL, NULL) == 1) &&
             fclose(file) == 0,
         "writing PEM");
}

static X509 *
ca_new(EVP_PKEY **key)
{
    *key = EVP_EC_gen("P-256");
    return certificate_new("Test CA", *key, NULL, *key, -3600, 3600 * 24);
}

static void
make_tls(struct http_server *s, enum http_certificate kind)
{
    s->issuer = ca_new(&s->issuer_key);
    snprintf(s->ca, sizeof(s->ca), "%s/ca.pem", s->folder);
    write_pem(s->ca, s->issuer, NULL);
    s->tls = tls_new(kind, s->issuer, s->issuer_key);
}

SSL_CTX *
http_server_tls(enum http_certificate kind, const char *ca_file)
{
    EVP_PKEY *key;
    X509 *ca = ca_new(&key);
    SSL_CTX *tls = tls_new(kind, ca, key);

    write_pem(ca_file, ca, NULL);
    X509_free(ca);
    EVP_PKEY_free(key);
    return tls;
}

const char *
http_server_client(struct http_server *s, const char *name, const char *file)
{
    char *path = s->client[s->clients++], name_of_file[128];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *own =
        certificate_new(name, key, s->issuer, s->issuer_key, -3600, 3600);

    must(s->clients <= CLIENTS_MAX, "another client");
    snprintf(name_of_file, sizeof(name_of_file), "%s/%s", s->folder, file);
    write_pem(name_of_file, own, key);
    memcpy(path, name_of_file, sizeof(name_of_file));
    X509_free(own);
    EVP_PKEY_free(key);
    return path;
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

static size_t
announced(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");

    return line == NULL ? 0 : strtoul(line + 17, NULL, 10);
}

/* Part of a body, as far as there is room. */
static void
keep(struct request *r, size_t at, const char *data, size_t len)
{
    if (at >= BODY_MAX - 1)
        return;
    if (len > BODY_MAX - 1 - at)
        len = BODY_MAX - 1 - at;
    memcpy(r->body + at, data, len);
}

static bool
read_request(SSL *ssl, struct request *r)
{
    char *end = NULL, chunk[BODY_MAX];
    size_t len = 0, body, wanted;
    int got;

    while (end == NULL && len + 1 < HEAD_MAX) {
        got = SSL_read(ssl, r->head + len, (int)(HEAD_MAX - 1 - len));
        if (got <= 0)
            return false;
        len += (size_t)got;
        end = strstr(r->head, "\r\n\r\n");
    }
    if (end == NULL)
        return false;
    end += 4;
    body = len - (size_t)(end - r->head);
    keep(r, 0, end, body);
    *end = '\0';
    wanted = announced(r->head);
    while (body < wanted) {
        got = SSL_read(ssl, chunk, sizeof(chunk));
        if (got <= 0)
            return false;
        keep(r, body, chunk, (size_t)got);
        body += (size_t)got;
    }
    return true;
}

static void
name_of_peer(SSL *ssl, char *name, int size)
{
    X509 *peer = SSL_get1_peer_certificate(ssl);

    if (peer != NULL)
        X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName,
                                  name, size);
    X509_free(peer);
}

/* Closed here, for a RST: the end of the test sees -1. */
static void
hang_up(struct connection *c)
{
    pthread_mutex_lock(&c->server->lock);
    close(c->fd);
    c->fd = -1;
    pthread_mutex_unlock(&c->server->lock);
}

/* What to answer, copied under the lock. */
struct reply {
    int status;
    char *headers, *body;
    size_t body_len;
    enum http_behaviour behaviour;
};

static struct reply
record(struct http_server *s, const struct request *r)
{
    struct reply reply = {0};
    struct place *place;
    char path[128] = "";

    sscanf(r->head, "%*[A-Z] %127s HTTP/1.1", path);
    pthread_mutex_lock(&s->lock);
    s->requests++;
    memcpy(s->peer, r->peer, sizeof(s->peer));
    place = place_of(s, path);
    place->requests++;
    memcpy(place->last, r->head, sizeof(place->last));
    memcpy(place->last_body, r->body, sizeof(place->last_body));
    reply.status = place->scripted ? place->status : 404;
    reply.behaviour = place->behaviour;
    if (place->times > 0 && --place->times == 0)
        place->behaviour = HTTP_ANSWERS;
    reply.headers = strdup(place->headers != NULL ? place->headers : "");
    reply.body_len = place->body_len;
    reply.body = calloc(1, place->body_len + 1);
    if (place->body != NULL)
        memcpy(reply.body, place->body, place->body_len);
    pthread_mutex_unlock(&s->lock);
    return reply;
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

static bool
send_chunks(SSL *ssl, const struct reply *a)
{
    char line[16];

    for (size_t at = 0, len; at < a->body_len; at += len) {
        len = a->body_len - at < 7 ? a->body_len - at : 7;
        snprintf(line, sizeof(line), "%zx\r\n", len);
        if (!send_all(ssl, line, strlen(line)) ||
            !send_all(ssl, a->body + at, len) || !send_all(ssl, "\r\n", 2))
            return false;
    }
    return send_all(ssl, "0\r\n\r\n", 5);
}

static bool
send_head(SSL *ssl, const struct reply *a)
{
    char *head = NULL, length[64] = "Transfer-Encoding: chunked";
    bool sent;
    int len;

    if (a->behaviour != HTTP_CHUNKED)
        snprintf(
            length, sizeof(length), "%s%zu",
            a->status == 304 ? "X-Length: " : "Content-Length: ", a->body_len);
    len = asprintf(&head, "HTTP/1.1 %d Scripted\r\n%s%s\r\n\r\n", a->status,
                   a->headers, length);
    must(len > 0, "memory");
    sent = send_all(ssl, head, (size_t)len);
    free(head);
    return sent;
}

static bool
drip(struct http_server *s, SSL *ssl, const struct reply *a)
{
    for (size_t i = 0; i < a->body_len; i++) {
        if (!send_all(ssl, a->body + i, 1) || stopped_within(s, 50))
            return false;
    }
    return true;
}

static void
reset(SSL *ssl)
{
    struct linger now = {1, 0};

    setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* True: the connection may serve another request. */
static bool
answer(struct http_server *s, SSL *ssl, const struct reply *a)
{
    switch (a->behaviour) {
    case HTTP_HANGS:
        stopped_within(s, PATIENCE_MS);
        return false;
    case HTTP_RESETS:
        reset(ssl);
        return false;
    case HTTP_CLOSES:
        return false;
    case HTTP_RAW:
        send_all(ssl, a->body, a->body_len);
        return false;
    case HTTP_RAW_HANGS:
        send_all(ssl, a->body, a->body_len);
        stopped_within(s, PATIENCE_MS);
        return false;
    case HTTP_HALF_BODY:
        if (send_head(ssl, a))
            send_all(ssl, a->body, a->body_len / 2);
        return false;
    case HTTP_DRIPS:
        return send_head(ssl, a) && drip(s, ssl, a);
    case HTTP_CHUNKED:
        return send_head(ssl, a) && send_chunks(ssl, a);
    case HTTP_ANSWERS:
        break;
    }
    return send_head(ssl, a) && send_all(ssl, a->body, a->body_len);
}

static void *
serve(void *context)
{
    struct connection *c = context;
    struct http_server *s = c->server;
    SSL *ssl = SSL_new(s->tls);
    struct request *r = calloc(1, sizeof(*r));
    bool again = true;

    must(r != NULL, "memory");
    SSL_set_fd(ssl, c->fd);
    if (SSL_accept(ssl) == 1) {
        pthread_mutex_lock(&s->lock);
        s->handshakes++;
        pthread_mutex_unlock(&s->lock);
        while (again && read_request(ssl, r)) {
            struct reply a;

            name_of_peer(ssl, r->peer, sizeof(r->peer));
            a = record(s, r);
            again = answer(s, ssl, &a);
            free(a.headers);
            free(a.body);
            memset(r, 0, sizeof(*r));
        }
    }
    SSL_free(ssl);
    free(r);
    hang_up(c);
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
             listen(s->listener, 256) == 0 &&
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
        pthread_mutex_lock(&s->lock);
        if (s->connection[i].fd >= 0)
            shutdown(s->connection[i].fd, SHUT_RDWR);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->connection[i].thread, NULL);
    }
    close(s->stop[0]);
    close(s->listener);
    for (size_t i = 0; i < s->places; i++) {
        free(s->place[i].headers);
        free(s->place[i].body);
    }
    SSL_CTX_free(s->tls);
    X509_free(s->issuer);
    EVP_PKEY_free(s->issuer_key);
    pthread_mutex_destroy(&s->lock);
    unlink(s->ca);
    for (unsigned i = 0; i < s->clients; i++)
        unlink(s->client[i]);
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
    place->times = script->times;
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

const char *
http_server_last_body(struct http_server *s, const char *path)
{
    pthread_mutex_lock(&s->lock);
    memcpy(s->copy, place_of(s, path)->last_body, BODY_MAX);
    pthread_mutex_unlock(&s->lock);
    return s->copy;
}

unsigned
http_server_connections(struct http_server *s)
{
    unsigned count;

    pthread_mutex_lock(&s->lock);
    count = s->handshakes;
    pthread_mutex_unlock(&s->lock);
    return count;
}

const char *
http_server_peer(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    memcpy(s->copy, s->peer, sizeof(s->peer));
    pthread_mutex_unlock(&s->lock);
    return s->copy;
}
