/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This host as a client of one issuer: what it puts into a request so that
 * the endpoint knows who asks (RFC 6749 section 2.3, RFC 7523, RFC 8705,
 * RFC 6750), and the access token that it obtains for itself by
 * client_credentials (RFC 6749 section 4.4) and renews.
 */
#ifndef HELPER_ISSUER_CLIENT_H
#define HELPER_ISSUER_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "helper/base/buffer.h"
#include "helper/base/reason.h"
#include "helper/conf/config.h"
#include "helper/http/fetch.h"
#include "helper/issuer/route.h"

/* A request in the making; client_draft_clear() erases it. */
struct client_draft {
    struct buffer form;          /* what is there already stays */
    struct buffer authorization; /* value of the header, or empty */
    const char *cert_file;       /* for the TLS handshake, or NULL; valid as */
    const char *key_file;        /* long as the client */
};
#define CLIENT_DRAFT_INIT                                                      \
    {                                                                          \
        BUFFER_INIT(256 * 1024), BUFFER_INIT(128 * 1024), NULL, NULL           \
    }
void client_draft_clear(struct client_draft *);

struct client;

/* `conf`, `route` and the fetcher outlive it.  NULL without memory. */
struct client *client_new(const struct issuer_conf *conf, uv_loop_t *,
                          struct fetcher *, struct route *);
/* Waiters are not called. */
void client_free(struct client *);
/* Logs which of its secrets cannot be read, so that this is known at the start
 * and not only when the first login needs one. */
void client_look(struct client *);

/*
 * As `client_auth` says, at any endpoint.  REASON_ACCEPTED: the draft is
 * complete; REASON_SECRET: a file cannot be read or used (`why`, for the log,
 * where it stands once per change already); REASON_CONFIGURATION (`why`);
 * REASON_INTERNAL.  A client assertion (RFC 7523) has iss = sub = client_id,
 * aud = the configured issuer and never anything discovered, exp = now + 60,
 * iat, and 128 random bits of jti.  `wall` is the wall clock.
 */
enum reason client_sign(struct client *, int64_t wall, struct client_draft *,
                        struct buffer *why);

/* As `introspection_auth` says.  Also REASON_NONE: a token must be fetched
 * first, wait with client_wait(); REASON_CLIENT_REFUSED, REASON_PROVIDER or
 * REASON_SECRET (`why`) when that failed within the last seconds;
 * REASON_ENDPOINT: a token is needed and `token_endpoint` is NULL or no
 * https URL. */
enum reason client_sign_introspection(struct client *, int64_t wall,
                                      const char *token_endpoint,
                                      struct client_draft *,
                                      struct buffer *why);

/*
 * The endpoint refused a bearer token that client_sign_introspection() put
 * in (401): forget it, so that the next call fetches another.  True when it
 * was one of ours to renew, and asking once more (not oftener) is worth it.
 * A token that is younger than 10 s stays: the refusal may have been of the
 * one before, and an endpoint that refuses all must not cause a token request
 * per login.
 */
bool client_renounce(struct client *);

/* Called once, later, from the loop, unless client_unwait() came first. */
struct client_waiter {
    void (*ready)(struct client_waiter *);
    struct client_waiter *next, **link; /* link NULL: not waiting */
};
/* Begins to fetch or joins the fetch that is under way (single flight).  Who
 * had nothing to wait for is called soon, too. */
void client_wait(struct client *, int64_t wall, const char *token_endpoint,
                 struct client_waiter *);
void client_unwait(struct client_waiter *);

/*
 * What an endpoint's status and body say about us, RFC 6749 section 5.2: our
 * own credentials are wrong.
 *
 *   401            unless its JSON says invalid_grant, which is about the
 *                  user's password and which some send with 401
 *   400, 403       whose JSON says invalid_client or unauthorized_client
 *   403, no body   glewlwyd's introspection endpoint refuses a client so; a
 *                  403 with any other body may be a firewall's
 *
 * At a token endpoint a wrong password may look like the last one: either way
 * nobody is let in, and a fault of ours is not counted against the user.
 */
bool client_was_refused(long status, struct span body);

#endif
