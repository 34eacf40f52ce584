/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The method `http`: a credential is good when a protected URL takes it, as
 * a browser would be let in.  Many gateways answer a wrong password with 200
 * and a login page, so nothing is believed until a self-test (at start, at a
 * reload, every PROBE_TEST_S) has seen a request without credential and one
 * with a random credential refused as configured.
 *
 * Challenges (RFC 9110 section 11) say which of Digest, Basic, Bearer.  Digest
 * is computed here (digest.h): libcurl takes the first challenge, not the
 * best.  Cookies that come with an accepted answer are kept, sealed with a key
 * derived from the credential that earned them, and sent instead of it, for
 * an hour at most.
 *
 * Limits that nobody can lift from here: a gateway that begins to let
 * everybody in is believed until the next self-test; one that treats the
 * random credential unlike a wrong one of a real user is believed for ever.
 * A URL that gives no challenge (a redirect to a login page) is not asked
 * with a credential.  A username_claim that is a JSON Pointer names no place
 * in the claims made here: the configuration refuses it, and only `sub` is
 * set.
 */
#ifndef HELPER_ISSUER_PROBE_H
#define HELPER_ISSUER_PROBE_H

#include <jansson.h>

#include "helper/issuer/ask.h"
#include "helper/issuer/route.h"

#define PROBE_TEST_S 600

struct probe_site; /* one http_url: its self-test, its cookies */
struct probe;      /* one credential under way */

/* Begins the self-test in the next turn of the loop.  What is given must
 * outlive it. */
struct probe_site *probe_site_new(const struct issuer_conf *, uv_loop_t *,
                                  struct fetcher *, struct route *);
/* Probes under way are not called any more, but still want probe_cancel().
 * NULL is allowed. */
void probe_site_free(struct probe_site *);

/* Forgets all cookies: every credential is shown again. */
void probe_site_forget(struct probe_site *);

/* ASK_HTTP_PASSWORD or ASK_HTTP_TOKEN, as ask_start(): REASON_ACCEPTED comes
 * with claims made of iss (the configured issuer), the username claim and sub
 * (for a password the user that was tried; for a token what user_from says),
 * iat and exp, 60 s later. */
struct probe *probe_start(struct probe_site *, const struct ask_request *,
                          ask_done *, void *context);
void probe_cancel(struct probe *); /* NULL is allowed */

/* For status: {"state": "untested"|"passed"|"failed", "tested_s": age or
 * null, "problem": text or null}.  A new reference. */
json_t *probe_site_status(const struct probe_site *);

#endif
