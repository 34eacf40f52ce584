/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compact JWS (RFC 7515 section 7.1): form, header, key choice, signature.
 * Parsing verifies nothing; whatever it yields is a stranger's word until
 * jws_verify() has said REASON_ACCEPTED.
 */
#ifndef HELPER_JOSE_JWS_H
#define HELPER_JOSE_JWS_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"
#include "helper/jose/alg.h"
#include "helper/jose/json.h"
#include "helper/jose/jwks.h"

struct jws {
    struct span input;     /* header "." payload, as signed; not owned */
    struct span payload;   /* decoded; points into `bytes` */
    struct span signature; /* decoded; points into `bytes` */
    unsigned char *bytes;  /* owned, erased by jws_clear() */
    size_t bytes_len;
    json_t *header; /* owned */
    enum alg alg;
    bool has_kid;
    struct span kid; /* points into `header` */
};

/* Cheap classification without allocation beyond a small buffer: three
 * base64url parts of which the first is a JSON object with an `alg`. */
bool jws_looks_like_one(struct span token);

/*
 * Checklist 1 to 16: form, sizes, base64url, header JSON, alg on the list
 * `algs`, crit, b64, enc, zip, kid a string.  On any result `out` is to be
 * jws_clear()ed.
 */
enum reason jws_parse(struct span token, uint32_t algs, struct jws *out,
                      struct trace *);

/* Checklist 17: may `typ` and `cty` stand in the header of such a token?
 * `wanted` is "at+jwt"; NULL admits "JWT" and an absent typ instead. */
enum reason jws_check_type(const struct jws *, const char *wanted,
                           struct trace *);

/* Checklist 18 to 31: chooses keys by kid, or tries up to LIMIT_KEY_TRIALS
 * fitting ones, and verifies.  REASON_ACCEPTED, KEY_UNKNOWN, KEY_UNFIT or
 * SIGNATURE. */
enum reason jws_verify(const struct jws *, const struct jwks *, struct trace *);

void jws_clear(struct jws *);

#endif
