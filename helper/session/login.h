/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins: who was let in, by which service, until when.  Known by a random
 * one-use id that the module carries from the auth to the account phase.
 * Bounded (oldest out first).
 */
#ifndef HELPER_SESSION_LOGIN_H
#define HELPER_SESSION_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/span.h"
#include "helper/session/memory.h"

#define LOGIN_ID_LEN 16
#define LOGINS_MAX 16384

struct logins;

struct login {
    unsigned char id[LOGIN_ID_LEN];
    struct span user;
    struct span service;
    struct span rhost; /* where the user came from, which rules look at */
    int64_t ends;      /* wall clock: exp of the token */
    uint64_t mapping;  /* by what the facts speak for the user; policy.h */
    struct span facts; /* what policy judges again; see policy/facts.h */
};

struct logins *logins_new(size_t most);
void logins_free(struct logins *);

/* Copies the spans and makes the id: false when random bytes or memory
 * fail. */
bool login_add(struct logins *, const struct login *,
               unsigned char id[LOGIN_ID_LEN]);
/* False when unknown; `out` is valid until the next call. */
bool login_find(const struct logins *, const unsigned char id[LOGIN_ID_LEN],
                struct login *out);
void login_remove(struct logins *, const unsigned char id[LOGIN_ID_LEN]);
/* All of them, the youngest first, without their ids; none may be added
 * meanwhile. */
void logins_each(const struct logins *,
                 void (*one)(void *context, const struct login *),
                 void *context);
void logins_flush(struct logins *);
/* For memory.h. */
void logins_save(const struct logins *, enum memory_kind, int64_t now,
                 struct buffer *);
bool logins_load(struct logins *, struct span id, struct span stored,
                 bool (*are_facts)(struct span));
size_t logins_count(const struct logins *);

#endif
