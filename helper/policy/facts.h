/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a verified credential says, reduced to what mapping and rules need:
 * one block of memory without pointers, so that the verdict cache and the
 * login table keep it as bytes.
 */
#ifndef HELPER_POLICY_FACTS_H
#define HELPER_POLICY_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/span.h"
#include "helper/conf/config.h"
#include "helper/jose/claims.h"

/* In the order of their strings in the block: what every login looks at first,
 * and the lists that may be long last. */
enum fact {
    FACT_ISSUER,  /* section name */
    FACT_ISS,     /* the identifier */
    FACT_SUBJECT, /* may be absent */
    FACT_JTI,     /* may be absent */
    FACT_LOCAL,   /* local names that this credential speaks for (list) */
    FACT_CLIENT,  /* client_id, else azp; may be absent */
    FACT_ACR,     /* may be absent */
    FACT_AMR,     /* list */
    FACT_EXTRA,   /* the first audience that is not the issuer's of ours, or
                     absent */
    FACT_EXPORT,  /* list: "NAME=VALUE" for the environment */
    FACT_SCOPE,   /* list */
    FACT_GROUP,   /* list */
    FACT_COUNT
};

/* What became of a claim. */
enum fact_state {
    FACT_ABSENT,
    FACT_PRESENT,
    FACT_MISTYPED, /* neither string nor array of strings, or out of bounds */
    FACT_OVERAGE   /* _claim_names, hasgroups: a pointer instead */
};

struct facts {
    uint32_t size;      /* of the whole block: FACTS_HEAD and the strings */
    uint32_t signed_in; /* auth_time; 0 when absent, or no time up to 2106 */
    int64_t issued;     /* 0 when absent */
    int64_t expires;
    uint16_t count[FACT_COUNT]; /* of its strings */
    uint8_t state[FACT_COUNT];
    uint8_t method;    /* enum method */
    uint8_t is_client; /* not a person */
    uint8_t undated;   /* `issued` is when the provider was asked */
    uint8_t endless;   /* `expires` is when it is to be asked anew: it named no
                          end */
    uint8_t mapped;    /* how many of FACT_LOCAL, the first ones, come from
                          users.map */
    char text[];       /* NUL-terminated strings, fact by fact */
};
#define FACTS_HEAD offsetof(struct facts, text)

/* Extracts them; malloc()ed, free() it.  NULL without memory. */
struct facts *facts_from_claims(const struct claims *, enum method,
                                const struct config *,
                                const struct issuer_conf *);

/* The same for an app password of this host, whose user stands in its file:
 * the local issuer speaks, the subject is the key. */
struct facts_password {
    const char *id, *user;
    const struct list *scopes;
    int64_t created, expires;
    bool by_root; /* made by root: may name an account that users.map lists */
};
struct facts *facts_from_password(const struct facts_password *,
                                  const struct config *,
                                  const struct issuer_conf *);

/* A block that came out of a cache, checked for its own bounds; NULL when it
 * is not one.  Needs 8-byte alignment. */
const struct facts *facts_view(struct span bytes);

/* The index'th string of a list, or NULL. */
const char *facts_text(const struct facts *, enum fact, size_t index);
bool facts_has(const struct facts *, enum fact, struct span value);

#endif
