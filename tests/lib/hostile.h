/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hostile set: for each item of the verifier's contract tokens that are
 * perfectly valid but for one flaw, and a few sound ones to compare with.  A
 * row is used twice: by a unit test of its own name, and by the program that
 * writes the set for the tests through sshd (tests/attack/hostile.c).
 */
#ifndef TESTS_LIB_HOSTILE_H
#define TESTS_LIB_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/reason.h"
#include "tests/lib/forge.h"

/* For whom the tokens would be good. */
struct hostile_at {
    const char *issuer, *audience, *user;
    int64_t now;
};

/*
 * Texts may hold $now, $now+N, $now-N, $iss, $aud, $user, $kid, and
 * $x{N} (N times "x"), $d{N} (N arrays in one another), $m{N} (N members).
 *
 * An edit is "name=JSON" (sets or replaces), "-name" (removes) or "+TEXT"
 * (adds text as it stands, to write a member twice).
 */
struct hostile {
    const char *item; /* of the contract */
    const char *name; /* behaviour; the name of the test */
    enum reason reason;
    bool policy;     /* good for helper/jose; mapping or rules refuse it */
    const char *key; /* name of a key of the set; NULL: "rsa" */
    const char *alg; /* how it is signed; NULL: as that key does */
    const char *header[4];   /* edits; NULL-terminated */
    const char *claims[6];   /* edits; NULL-terminated */
    const char *raw_header;  /* instead of a JSON object with edits */
    const char *raw_payload; /* the same */
    /* Makes the token from the row; NULL: signs header and payload. */
    struct forged (*make)(const struct hostile *, const struct hostile_at *);
    const char *text; /* for `make` */
    int number;       /* for `make` */
};

/* The tables, each ending in a row without a name. */
extern const struct hostile hostile_forms[];      /* items 1 to 5 */
extern const struct hostile hostile_headers[];    /* 6 to 18 */
extern const struct hostile hostile_keys[];       /* 19 to 26 */
extern const struct hostile hostile_signatures[]; /* 27 to 30 */
extern const struct hostile hostile_claims[];     /* 32 to 56 */

/* The index'th row of all, or NULL. */
const struct hostile *hostile_row(size_t index);

struct forged hostile_token(const struct hostile *, const struct hostile_at *);

/* The published key set, with good keys and bad ones. */
char *hostile_jwks(void);

/* --- for the tables --- */

struct forge_signer hostile_signer(const struct hostile *);
struct forged hostile_header(const struct hostile *, const struct hostile_at *);
struct forged hostile_payload(const struct hostile *,
                              const struct hostile_at *);
/* header "." payload of the row. */
struct forged hostile_input(const struct hostile *, const struct hostile_at *);
/* The row signed as it says, whatever `make` is. */
struct forged hostile_signed(const struct hostile *, const struct hostile_at *);
/* Signs that input; frees it. */
struct forged hostile_sign(const struct hostile *, struct forged input);
struct forged hostile_expand(const char *text, const struct hostile *,
                             const struct hostile_at *);

#endif
