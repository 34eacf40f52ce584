/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/alg.h"

#include <string.h>

struct alg_row {
    const char *name;
    enum alg alg;
    const char *hash; /* OpenSSL's name; NULL: the scheme brings its own */
    size_t hash_len;
};

/* The first row of an algorithm is the name that alg_name() gives it. */
static const struct alg_row rows[] = {
    {"RS256", ALG_RS256, "SHA256", 32}, {"RS384", ALG_RS384, "SHA384", 48},
    {"RS512", ALG_RS512, "SHA512", 64}, {"PS256", ALG_PS256, "SHA256", 32},
    {"PS384", ALG_PS384, "SHA384", 48}, {"PS512", ALG_PS512, "SHA512", 64},
    {"ES256", ALG_ES256, "SHA256", 32}, {"ES384", ALG_ES384, "SHA384", 48},
    {"ES512", ALG_ES512, "SHA512", 64}, {"EdDSA", ALG_EDDSA, NULL, 0},
    {"Ed25519", ALG_EDDSA, NULL, 0},    {"HS256", ALG_HS256, "SHA256", 32},
    {"HS384", ALG_HS384, "SHA384", 48}, {"HS512", ALG_HS512, "SHA512", 64},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct alg_row *
row_of(enum alg alg)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].alg == alg)
            return &rows[i];
    return NULL;
}

enum alg
alg_named(struct span name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (span_is(name, rows[i].name))
            return rows[i].alg;
    return ALG_UNKNOWN;
}

const char *
alg_name(enum alg alg)
{
    const struct alg_row *row = row_of(alg);

    return row == NULL ? "unknown" : row->name;
}

const char *
alg_hash(enum alg alg)
{
    const struct alg_row *row = row_of(alg);

    return row == NULL ? NULL : row->hash;
}

size_t
alg_hash_len(enum alg alg)
{
    const struct alg_row *row = row_of(alg);

    return row == NULL ? 0 : row->hash_len;
}

bool
alg_set_parse(const char *list, uint32_t *set)
{
    static const char separators[] = ", \t";
    const char *p = list;

    *set = 0;
    for (;;) {
        struct span name = {p, strcspn(p, separators)};
        enum alg alg = alg_named(name);

        if (alg == ALG_UNKNOWN)
            return false;
        *set |= ALG_BIT(alg);
        p += name.len;
        if (*p == '\0')
            return true;
        /* One comma with blanks around it, or blanks alone. */
        p += strspn(p, " \t");
        if (*p == ',')
            p += 1 + strspn(p + 1, " \t");
    }
}
