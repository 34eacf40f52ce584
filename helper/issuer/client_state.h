/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of client*.c: the state of this host as one issuer's client.  The
 * struct lives until the last of its holders lets go: the owner, the timer,
 * the round in which waiters are told.
 */
#ifndef HELPER_ISSUER_CLIENT_STATE_H
#define HELPER_ISSUER_CLIENT_STATE_H

#include "helper/conf/secret.h"
#include "helper/issuer/client.h"
#include "helper/jose/sign.h"

#define CLIENT_TOKEN_MAX (64 * 1024)
#define CLIENT_WORDS_MAX 800 /* a file's name or a URL, and a sentence */

/* A file of ours, and what was last said about it; "": nothing is wrong. */
struct client_file {
    struct secret secret;
    char told[CLIENT_WORDS_MAX];
};

/* The access token of client_credentials; times are boot time, ms. */
struct client_token {
    struct buffer value; /* empty: none */
    int64_t got_at, renew_at, ends_at;
    struct fetch *fetch; /* for the first, or for the next one */
    unsigned failures;   /* in a row */
    int64_t next_try;
    enum reason failure; /* of the last attempt ... */
    char why[CLIENT_WORDS_MAX];
    char told[CLIENT_WORDS_MAX];
    struct client_waiter *waiting; /* for the fetch */
    struct client_waiter *served;  /* being told */
};

struct client {
    const struct issuer_conf *conf;
    uv_loop_t *loop;
    struct fetcher *fetcher;
    struct route *route;
    uv_timer_t timer;       /* tells those who had nothing to wait for */
    int64_t (*clock)(void); /* clock_boot_ms; tests bring their own */
    unsigned holders;
    bool closed;

    struct client_file shared;  /* client_secret_file */
    struct client_file key;     /* client_key_file */
    struct client_file tls_key; /* of the certificate; libcurl reads it */
    struct client_file bearer;  /* bearer_token_file */
    char *cert_path, *key_path; /* NULL: a credential that is not there */

    struct signer signer; /* what `key` held at this version */
    uint64_t signer_version;
    const char *signer_problem;

    struct client_token token;
};

/* client.c */
/* The file's content, or its one line.  Whoever finds nothing else wrong with
 * it ends in client_settled(). */
enum reason client_content(struct client *, struct client_file *, struct span *,
                           struct buffer *why);
enum reason client_line(struct client *, struct client_file *, struct span *,
                        struct buffer *why);
/* `problem` follows the file's name: REASON_SECRET. */
enum reason client_unfit(struct client *, struct client_file *,
                         const char *problem, struct buffer *why);
enum reason client_settled(struct client *, struct client_file *);
/* Logs what is wrong, or (NULL) no longer, when that is news. */
void client_tell(struct client *, char told[CLIENT_WORDS_MAX],
                 const char *sentence);
/* Puts "Bearer TOKEN" in; the certificate too, which a token may be bound to
 * (RFC 8705 section 3). */
enum reason client_bear(struct client *, struct span token,
                        struct client_draft *, struct buffer *why);
/* RFC 6750 section 2.1: may these bytes follow "Bearer "? */
bool client_is_token(struct span);
void client_hold(struct client *);
void client_release(struct client *);

/* client_assertion.c: client_secret_jwt and private_key_jwt. */
enum reason client_assert(struct client *, int64_t wall, struct client_draft *,
                          struct buffer *why);

/* client_token.c */
enum reason client_token_sign(struct client *, int64_t wall,
                              const char *token_endpoint, struct client_draft *,
                              struct buffer *why);
void client_token_close(struct client *);

#endif
