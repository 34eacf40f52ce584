/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict cache: what a credential that verified has proved, under a key
 * from which nobody learns the credential:
 *
 *   HMAC-SHA256(random key, kind | issuer | digest of the issuer's section |
 *               user | credential), each part with its length in front
 *
 * compared in full, so a collision is impossible and kinds never share names.
 * Bounded; least recently used out first.  For how long a verdict counts is
 * asked at each use, so that a shorter time reaches what is there.  A definite
 * "no" lives in a table of its own, for NEGATIVE_TTL_S.  An outage is never
 * remembered.
 */
#ifndef HELPER_SESSION_VERDICT_H
#define HELPER_SESSION_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"

#define VERDICT_KEY_LEN 32
#define NEGATIVE_TTL_S 10
#define NEGATIVES_MAX 4096

struct verdicts;

struct verdict_key {
    unsigned char mac[VERDICT_KEY_LEN];
};

/* What the key is made of. */
struct verdict_name {
    const char *kind;             /* "jwt" */
    struct span issuer;           /* section name */
    const unsigned char *section; /* SHA-256 of its canonical text */
    struct span user;
    struct span credential;
};

/* A fresh random key; NULL when the random generator or memory fails. */
struct verdicts *verdicts_new(size_t most);
void verdicts_free(struct verdicts *);

bool verdict_key(const struct verdicts *, const struct verdict_name *,
                 struct verdict_key *out);

/* Seconds that a verdict is kept whose credential ends in `left_s`: `most_s`,
 * but never past that end, which counts with LEEWAY_S.  Not above 0: it is not
 * kept. */
int64_t verdict_life_s(int64_t left_s, int64_t most_s);

/* The stored value, if it was made less than `fresh_ms` ago, or {NULL, 0};
 * valid until the next call that adds, removes or flushes.  `now_ms` is boot
 * time. */
struct span verdict_find(struct verdicts *, const struct verdict_key *,
                         int64_t now_ms, int64_t fresh_ms);
/* Copies `value`, which must not be one that verdict_find() returned, and
 * replaces an older one; forgets a negative.  It is forgotten at `end_ms`.
 * False when it is not kept. */
bool verdict_add(struct verdicts *, const struct verdict_key *,
                 struct span value, int64_t now_ms, int64_t end_ms);
void verdict_remove(struct verdicts *, const struct verdict_key *);

/* Negatives: REASON_NONE when nothing is remembered.  Adding one forgets the
 * verdict; a reason that is not definite is not added. */
enum reason verdict_find_negative(struct verdicts *, const struct verdict_key *,
                                  int64_t now_ms);
void verdict_add_negative(struct verdicts *, const struct verdict_key *,
                          enum reason, int64_t now_ms);

void verdicts_flush(struct verdicts *);
/* A changed bound after a reload. */
void verdicts_limit(struct verdicts *, size_t most);

/* For memory.h: the secret first, since all names are made with it. */
void verdicts_save(const struct verdicts *, bool (*may_keep)(struct span value),
                   int64_t now_ms, struct buffer *);
bool verdicts_load_secret(struct verdicts *, struct span secret);
bool verdicts_load(struct verdicts *, struct span key, struct span stored,
                   bool (*may_keep)(struct span value));

struct verdicts_count {
    size_t verdicts, negatives, bytes;
};
struct verdicts_count verdicts_count(const struct verdicts *);

#endif
