/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scripted HTTPS server for one test: a port from the kernel, certificates
 * made at start in a folder of its own, an answer per path, every request
 * recorded.  It runs in threads, waits for nobody longer than a few seconds
 * and ends with the test.
 */
#ifndef TESTS_LIB_HTTP_SERVER_H
#define TESTS_LIB_HTTP_SERVER_H

#include <stddef.h>

struct http_server;

enum http_certificate {
    HTTP_CERTIFICATE_GOOD,        /* localhost, signed by the CA */
    HTTP_CERTIFICATE_OTHER_HOST,  /* other.example, signed by the CA */
    HTTP_CERTIFICATE_SELF_SIGNED, /* localhost, signed by nobody else */
    HTTP_CERTIFICATE_EXPIRED,     /* localhost, signed by the CA, too old */
    HTTP_CERTIFICATE_ASKS         /* good, and asks clients for theirs */
};

enum http_behaviour {
    HTTP_ANSWERS,
    HTTP_HALF_BODY, /* announces all, sends half, closes */
    HTTP_HANGS,     /* takes the request and says nothing */
    HTTP_DRIPS,     /* one byte of the body in 50 ms */
    HTTP_CLOSES,    /* takes the request and closes without a byte */
    HTTP_RESETS,    /* the same with a RST */
    HTTP_CHUNKED,   /* the body in chunks of at most 7 bytes */
    HTTP_RAW,       /* `body` is the whole answer, head included; closes */
    HTTP_RAW_HANGS  /* the same, but keeps the connection open */
};

struct http_script {
    int status;
    const char *headers; /* lines that end in \r\n; NULL: none */
    const char *body;    /* copied; NULL: empty */
    size_t body_len;     /* 0: strlen() */
    enum http_behaviour behaviour;
    unsigned times; /* it behaves so this often, then HTTP_ANSWERS; 0: always */
};

/* Fails the program when it cannot start: nothing could be tested. */
struct http_server *http_server_new(enum http_certificate);
void http_server_free(struct http_server *);

const char *http_server_base(const struct http_server *); /* https://... */
const char *http_server_ca(const struct http_server *);   /* PEM file */
/* "https://localhost:PORT" + path, in a buffer of the server that holds the
 * last eight. */
const char *http_server_url(struct http_server *, const char *path);

/* What GET or POST of exactly this path gets from now on; without one it is
 * 404. */
void http_server_script(struct http_server *, const char *path,
                        const struct http_script *);

/* Requests for this path (NULL: any) so far. */
unsigned http_server_count(struct http_server *, const char *path);
/* The head of the last request for this path, or ""; valid until the next
 * call. */
const char *http_server_last(struct http_server *, const char *path);
/* Its body, likewise (the first 4 KiB). */
const char *http_server_last_body(struct http_server *, const char *path);

/* TLS connections that were set up so far. */
unsigned http_server_connections(struct http_server *);

/* HTTP_CERTIFICATE_ASKS: a client certificate of that name, signed by the CA,
 * with its key in one PEM file of the server's folder (removed with it). */
const char *http_server_client(struct http_server *, const char *name,
                               const char *file);
/* The name in the certificate that the last request came with, or "". */
const char *http_server_peer(struct http_server *);

/* Certificates for others who serve as localhost; the caller's SSL_CTX. */
struct ssl_ctx_st *http_server_tls(enum http_certificate, const char *ca_file);

#endif
