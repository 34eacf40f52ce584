/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One identity provider at run time: where its keys come from (file, URL or
 * discovery), the snapshot that is current, and who waits for it.
 */
#ifndef HELPER_ISSUER_ISSUER_H
#define HELPER_ISSUER_ISSUER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "helper/base/reason.h"
#include "helper/base/trace.h"
#include "helper/conf/config.h"
#include "helper/http/fetch.h"
#include "helper/jose/claims.h"
#include "helper/jose/jws.h"

struct issuer;
struct keycache;

/*
 * Begins to load the keys at once.  `conf` must outlive the issuer.  A key
 * file that is broken is not fatal here: the issuer then has no keys, says
 * so in its status, and every login by it is UNAVAILABLE.
 */
struct issuer *issuer_new(const struct issuer_conf *conf, uv_loop_t *,
                          struct fetcher *);
/* Key sets that are fetched are kept there by that name, which has
 * KEYCACHE_NAME_LEN digits, and looked for before the first request.  The cache
 * outlives the issuer. */
void issuer_keep(struct issuer *, struct keycache *, const char *name);
/* Ends all activity; waiters are not called.  NULL is allowed. */
void issuer_free(struct issuer *);

const struct issuer_conf *issuer_conf(const struct issuer *);

/* The current keys, NULL when there are none, or while a key file that changed
 * is being read (a key that was taken out of it must not serve once more; then
 * issuer_wait_for_keys() waits).  Hold it across a return to the loop.  The
 * pointer changes exactly when the key set does. */
struct jwks *issuer_keys(struct issuer *);

/* SHA-256 of the document that the current keys came from. */
const unsigned char *issuer_document(const struct issuer *);

/* They are not past the end that the provider gave them; those that were kept
 * on the disk always are. */
bool issuer_is_fresh(const struct issuer *);

/* The last load failed: what the current keys lack may exist by now. */
bool issuer_failing(const struct issuer *);

/*
 * Somebody who needs keys, or newer keys.  Embedded in the waiter's own
 * struct; `ready` is called once, later, from the loop, unless
 * issuer_unwait() came first.
 */
struct issuer_waiter {
    void (*ready)(struct issuer_waiter *);
    struct issuer_waiter *next, **link; /* link NULL: not waiting */
};

/* Asks for the first keys: false when there is nothing to wait for (keys
 * are there, or the last try failed and its back-off still runs). */
bool issuer_wait_for_keys(struct issuer *, struct issuer_waiter *);

/* Asks for newer keys, because a token that passed the free checks names a kid
 * that is unknown.  Joins a load that is under way; false when the budget (one
 * refresh in 30 s) is spent, when this kid was not found within the last
 * minute, or when a key file has not changed. */
bool issuer_wait_for_kid(struct issuer *, struct span kid,
                         struct issuer_waiter *);
void issuer_unwait(struct issuer_waiter *);

/* `httpauthctl flush`: load the keys anew, keep the old until then. */
void issuer_refresh(struct issuer *);

/*
 * Takes the place of `old`, whose section of the configuration is the same
 * but for text that does not matter: keys, times and budgets move over, so
 * that a reload causes no fetch.
 */
void issuer_inherit(struct issuer *, struct issuer *old);

/*
 * Questions to the provider: ask.h.  Whoever frees an issuer has cancelled
 * what it asked of it.
 *
 * Endpoints: configured, else discovered; NULL: not known (yet), or named by
 * the metadata on a host that is neither the issuer's nor one of
 * endpoint_hosts.  Valid until the loop runs again.
 */
enum issuer_endpoint {
    ENDPOINT_INTROSPECTION,
    ENDPOINT_TOKEN,
    ENDPOINT_USERINFO,
    ENDPOINT_DEVICE,
    ENDPOINT_COUNT
};
const char *issuer_endpoint(const struct issuer *, enum issuer_endpoint);

/* For `status`: {"name", "issuer", "source" ("file PATH", "url URL",
 * "discovery" or "none"), "keys" (a count), "key_age_s" and "expires_in_s"
 * (null: no keys, no end), "state" ("ok", "stale", "waiting", "failed", "none":
 * nothing is loaded), "error" (null or text), "endpoints": [{"name", "url"
 * (null: not known), "breaker"}] of what its methods ask, "http": null or what
 * probe_site_status() says}.  A new reference, NULL without memory. */
json_t *issuer_status(const struct issuer *);

/* --- token.c: one JWT against this issuer, no I/O --- */

struct token {
    struct jws jws;
    struct claims claims;
};

/* The parts that need no key: form, header, payload; finds `iss`.
 * token_clear() on any result. */
enum reason token_parse(struct span credential, struct token *, struct trace *);

/*
 * Everything up to the claims: algorithm list, type, key, signature, claims.
 * `keys` NULL runs only the free checks (all but key and signature), to
 * decide whether the token deserves a key fetch: REASON_ACCEPTED then means
 * "worth it".
 */
enum reason token_verify(struct token *, const struct issuer_conf *,
                         const struct jwks *keys, int64_t now, struct trace *);
void token_clear(struct token *);

#endif
