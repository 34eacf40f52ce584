/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Not-before marks: what was issued before one of them opens nothing here any
 * more, whatever its `exp` says.  Kept in STATE_DIR/revocations, a text file;
 * a mark is on the disk before revocations_mark() returns.
 *
 * A mark is never forgotten by itself, since a token may live longer than
 * anybody expected; one for all (or for an issuer) takes the place of those
 * it contains.
 */
#ifndef HELPER_SESSION_REVOCATION_H
#define HELPER_SESSION_REVOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

#define REVOCATIONS_MAX 100000

struct revocations;

enum revocation_kind {
    REVOKE_USER,    /* first: a local user */
    REVOKE_SUBJECT, /* first: iss, second: sub */
    REVOKE_ISSUER,  /* first: iss */
    REVOKE_ALL
};

struct revocation {
    enum revocation_kind kind;
    struct span first, second;
};

enum revocation_result {
    REVOCATION_DONE,
    REVOCATION_UNFIT, /* no local user, no identifier */
    REVOCATION_FULL,
    REVOCATION_FAILED /* not written; the log says why */
};

/* Whose credential it is, and since when it is one: wall clock, 0 when that
 * is not known. */
struct revocation_question {
    struct span user, iss, sub;
    int64_t issued;
};

/* NULL without memory: a folder that cannot be used is logged. */
struct revocations *revocations_open(const char *state_dir);
void revocations_free(struct revocations *);

/* False: what was revoked cannot be read, so nobody may be believed. */
bool revocations_known(const struct revocations *);

/* `now`: wall clock, in seconds. */
enum revocation_result revocations_mark(struct revocations *,
                                        const struct revocation *, int64_t now);

/*
 * The latest mark that concerns it, 0 when there is none.  It is revoked when
 * revocation_hits() says so: issued up to LEEWAY_S after the mark, which is
 * how far ahead the issuer's clock may be, or at a time that is not known.
 */
int64_t revocations_latest(const struct revocations *,
                           const struct revocation_question *);
bool revocation_hits(int64_t mark, int64_t issued);

#endif
