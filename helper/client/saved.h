/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login of httpauth-token leaves behind: a JSON object in a file of
 * 0600 per issuer below $XDG_STATE_HOME/httpauth (~/.local/state/httpauth),
 * named after it.  Its members:
 *
 *   issuer, client_id, scope, resource, ca_file     as it was asked for
 *   token_endpoint, revocation_endpoint             as it was found then: what
 *                                                   is renewed goes nowhere
 *                                                   else
 *   expires                                         of the access token, in
 *                                                   seconds of the wall clock
 *   renewable                                       there is a refresh token
 *   keyring                                         true: the tokens are there
 *   access_token, refresh_token
 *
 * Whoever changes it holds it locked meanwhile, since a refresh token is often
 * good for one use only and a second one looks like theft (RFC 9700 section
 * 2.2.2).
 */
#ifndef HELPER_CLIENT_SAVED_H
#define HELPER_CLIENT_SAVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/base/list.h"

#define SAVED_BYTES_MAX (256 * 1024)
#define SAVED_ISSUER_MAX 80 /* bytes: its name is that of a file, encoded */

struct saved {
    json_t *root; /* owned; NULL: none */
    int fd;       /* holds the lock; -1: not locked */
};
#define SAVED_INIT                                                             \
    {                                                                          \
        NULL, -1                                                               \
    }

enum saved_found { SAVED_FOUND, SAVED_NONE, SAVED_FAULT };

/* How long to wait for the lock: for who asks a provider twice meanwhile. */
#define SAVED_LOCK_MS 30000

/* Not locked where `until_ms` is 0; else the lock is waited for until then
 * (clock_boot_ms()).  What is in a keyring stays there.  SAVED_FAULT: told why.
 * saved_clear() on any result. */
enum saved_found saved_load(const char *issuer, int64_t until_ms,
                            struct saved *);
/* Takes the tokens out of the keyring where they are there.  False: told why
 * not. */
bool saved_take_secrets(struct saved *);
void saved_clear(struct saved *);

/* Puts it in place at once or not at all, whatever signal comes.  False: told
 * why. */
bool saved_store(struct saved *);
/* From the keyring, too, or not at all. */
bool saved_remove(struct saved *);

/* A member, NULL when there is none. */
const char *saved_text(const struct saved *, const char *name);
bool saved_set_text(struct saved *, const char *name, struct span value);

/* Seconds until the access token expires, 0 when it has. */
int64_t saved_left(const struct saved *);

/* The issuers of all that can be read; false: told why not all. */
bool saved_issuers(struct list *);

#endif
