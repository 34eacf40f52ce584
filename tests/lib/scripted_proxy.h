/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A proxy for one test: it makes tunnels to ports of this machine, asks for a
 * credential if told so, and records what it was asked.  Whatever host it is
 * asked for, it connects to 127.0.0.1.
 */
#ifndef TESTS_LIB_SCRIPTED_PROXY_H
#define TESTS_LIB_SCRIPTED_PROXY_H

struct scripted_proxy;

enum proxy_kind {
    PROXY_HTTP,
    PROXY_HTTPS,            /* CONNECT inside TLS, as localhost */
    PROXY_HTTPS_OTHER_HOST, /* the same with a certificate of another host */
    PROXY_SOCKS5
};

struct proxy_script {
    enum proxy_kind kind;
    const char *challenges; /* whole header lines of a 407; NULL: open */
    const char *accepts;    /* how a good Proxy-Authorization begins; for
                               SOCKS "user:password" */
};

struct scripted_proxy *scripted_proxy_new(const struct proxy_script *);
void scripted_proxy_free(struct scripted_proxy *);

/* "http://localhost:PORT", or https, socks5h */
const char *scripted_proxy_url(const struct scripted_proxy *);
const char *scripted_proxy_ca(const struct scripted_proxy *);
/* Connections that arrived, and tunnels that were made. */
unsigned scripted_proxy_arrivals(struct scripted_proxy *);
unsigned scripted_proxy_tunnels(struct scripted_proxy *);
/* Everything that it was told in plain text, one after the other; the caller
 * frees it. */
char *scripted_proxy_heard(struct scripted_proxy *);

#endif
