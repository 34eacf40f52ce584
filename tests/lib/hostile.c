/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/lib/hostile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The keys of the published set.  `as` replaces the whole JWK. */
static const struct key {
    const char *kid, *file, *alg, *extra, *as;
} keys[] = {
    {"rsa", "rsa2048", "RS256", "\"use\":\"sig\"", NULL},
    {"p256", "p256", "ES256", "\"use\":\"sig\",\"alg\":\"ES256\"", NULL},
    {"p384", "p384", "ES384", "\"key_ops\":[\"verify\"]", NULL},
    {"p521", "p521", "ES512", NULL, NULL},
    {"ed25519", "ed25519", "EdDSA", "\"alg\":\"EdDSA\"", NULL},
    {"rs256-only", "rsa2048-other", "RS256", "\"alg\":\"RS256\"", NULL},
    {"e3", "rsa2048-e3", "RS256", NULL, NULL},
    {"twice", "p256", "ES256", NULL, NULL},
    {"twice", "p256-other", "ES256", NULL, NULL},
    /* From here on no key may be used. */
    {"enc", "rsa3072", "RS256", "\"use\":\"enc\"", NULL},
    {"use-number", "rsa3072", "RS256", "\"use\":1", NULL},
    {"sign-only", "rsa3072", "RS256", "\"key_ops\":[\"sign\"]", NULL},
    {"no-ops", "rsa3072", "RS256", "\"key_ops\":[]", NULL},
    {"ops-twice", "rsa3072", "RS256", "\"key_ops\":[\"verify\",\"verify\"]",
     NULL},
    {"ops-disagree", "rsa3072", "RS256",
     "\"use\":\"sig\",\"key_ops\":[\"verify\",\"encrypt\"]", NULL},
    {"oaep", "rsa3072", "RS256", "\"alg\":\"RSA-OAEP\"", NULL},
    {"none-key", "rsa3072", "RS256", "\"alg\":\"none\"", NULL},
    {"es-marked", "rsa3072", "RS256", "\"alg\":\"ES256\"", NULL},
    {"short", "rsa1024", "RS256", NULL, NULL},
    {"odd-bits", "rsa2047", "RS256", NULL, NULL},
    {"e1", "rsa3072", "RS256", NULL, "e1"},
    {"no-kty", "rsa3072", "RS256", NULL, "no-kty"},
    {"koblitz", "secp256k1", "ES256", NULL, NULL},
    {"x25519", "x25519", "EdDSA", NULL, NULL},
    {"identity", "ed25519-other", "EdDSA", NULL,
     "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"identity\",\"x\":"
     "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"},
    {"order8", "ed25519-other", "EdDSA", NULL,
     "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"order8\",\"x\":"
     "\"JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU\"}"},
    {"shared", NULL, "HS256", NULL,
     "{\"kty\":\"oct\",\"kid\":\"shared\",\"k\":"
     "\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\"}"},
    /* Keys that are not in the set at all. */
    {"attacker", "rsa2048-attacker", "RS256", NULL, ""},
    {"ec-attacker", "p256-attacker", "ES256", NULL, ""},
    {"ed-attacker", "ed25519-attacker", "EdDSA", NULL, ""},
    {"second", "p256-other", "ES256", NULL, ""}, /* of those named "twice" */
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct key *
key_named(const char *kid)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].kid, kid == NULL ? "rsa" : kid) == 0)
            return &keys[i];
    return forge_need(NULL, kid);
}

/* The modulus of a real key with an exponent under which all messages sign
 * themselves, or without its kty. */
static char *
spoilt_jwk(const struct key *key)
{
    struct forged n = forge_parameter(forge_key(key->file), "n");
    char *encoded = forge_base64url(n.data, n.len), *jwk;

    jwk = forge_text("{%s\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}",
                     strcmp(key->as, "e1") == 0 ? "\"kty\":\"RSA\"," : "",
                     key->kid, encoded,
                     strcmp(key->as, "e1") == 0 ? "AQ" : "AQAB");
    free(encoded);
    free(n.data);
    return jwk;
}

static char *
published_jwk(const struct key *key)
{
    char *extra, *jwk;

    if (key->as != NULL && key->as[0] == '{')
        return forge_text("%s", key->as);
    if (key->as != NULL)
        return spoilt_jwk(key);
    extra = forge_text("\"kid\":\"%s\"%s%s", key->kid,
                       key->extra == NULL ? "" : ",",
                       key->extra == NULL ? "" : key->extra);
    jwk = forge_jwk(forge_key(key->file), false, extra);
    free(extra);
    return jwk;
}

char *
hostile_jwks(void)
{
    char *set = forge_text("{\"keys\":["), *jwk, *more;

    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].as != NULL && keys[i].as[0] == '\0')
            continue;
        jwk = published_jwk(&keys[i]);
        more = forge_text("%s%s%s", set, i == 0 ? "" : ",\n", jwk);
        free(set);
        free(jwk);
        set = more;
    }
    more = forge_text("%s,\n17,\n{\"kty\":\"PQ\"},\n{}]}\n", set);
    free(set);
    return more;
}

struct forge_signer
hostile_signer(const struct hostile *row)
{
    const struct key *key = key_named(row->key);
    struct forge_signer signer = {key->alg, NULL, NULL, 0};

    if (key->file != NULL)
        signer.key = forge_key(key->file);
    if (row->alg != NULL)
        signer.alg = row->alg;
    signer.secret = "01234567890123456789012345678901";
    signer.secret_len = 32;
    return signer;
}

/* --- texts --- */

struct writer {
    char *data;
    size_t len, size;
};

static void
put(struct writer *w, const char *text, size_t len)
{
    if (w->len + len + 1 > w->size) {
        w->size = 2 * (w->len + len + 1);
        w->data = forge_need(realloc(w->data, w->size), "realloc");
    }
    memcpy(w->data + w->len, text, len);
    w->len += len;
    w->data[w->len] = '\0';
}

static void
put_text(struct writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static void
put_many(struct writer *w, char what, long count)
{
    char member[48];

    for (long i = 0; what == 'x' && i < count; i++)
        put(w, "x", 1);
    for (long i = 0; what == 'd' && i < count; i++)
        put(w, "[", 1);
    for (long i = 0; what == 'd' && i < count; i++)
        put(w, "]", 1);
    for (long i = 0; what == 'm' && i < count; i++) {
        snprintf(member, sizeof(member), "%s\"m%ld\":%ld", i == 0 ? "" : ",", i,
                 i);
        put_text(w, member);
    }
}

static bool
begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* What stands at a dollar sign; returns the characters that it took. */
static size_t
put_variable(struct writer *w, const char *at_dollar, const struct hostile *row,
             const struct hostile_at *at)
{
    const char *p = at_dollar + 1;
    char number[32], *end;
    long value = 0;

    if (begins(p, "now")) {
        end = (char *)p + 3;
        if (*end == '+' || *end == '-')
            value = strtol(end, &end, 10);
        snprintf(number, sizeof(number), "%" PRId64, at->now + value);
        put_text(w, number);
        return (size_t)(end - at_dollar);
    }
    if ((*p == 'x' || *p == 'd' || *p == 'm') && p[1] == '{') {
        value = strtol(p + 2, &end, 10);
        put_many(w, *p, value);
        return (size_t)(end + 1 - at_dollar);
    }
    if (begins(p, "iss"))
        put_text(w, at->issuer);
    else if (begins(p, "aud"))
        put_text(w, at->audience);
    else if (begins(p, "kid"))
        put_text(w, key_named(row->key)->kid);
    else if (begins(p, "user"))
        put_text(w, at->user);
    else
        put(w, "$", 1);
    return begins(p, "user")                                          ? 5
           : begins(p, "iss") || begins(p, "aud") || begins(p, "kid") ? 4
                                                                      : 1;
}

struct forged
hostile_expand(const char *text, const struct hostile *row,
               const struct hostile_at *at)
{
    struct writer w = {NULL, 0, 0};

    put(&w, "", 0);
    while (*text != '\0') {
        if (*text == '$') {
            text += put_variable(&w, text, row, at);
            continue;
        }
        put(&w, text++, 1);
    }
    return (struct forged){w.data, w.len};
}

/* --- objects --- */

/* "name=JSON" of the base, unless an edit replaces or removes it. */
static const char *
edited(const char *base, const char *const *edits, size_t most)
{
    size_t len = strcspn(base, "=");

    for (size_t i = 0; i < most && edits[i] != NULL; i++) {
        if (edits[i][0] == '-' && strlen(edits[i] + 1) == len &&
            strncmp(edits[i] + 1, base, len) == 0)
            return NULL;
        if (edits[i][0] != '+' && strcspn(edits[i], "=") == len &&
            strncmp(edits[i], base, len) == 0)
            return edits[i];
    }
    return base;
}

static bool
is_in(const char *edit, const char *const *base)
{
    size_t len = strcspn(edit, "=");

    for (; *base != NULL; base++)
        if (strcspn(*base, "=") == len && strncmp(*base, edit, len) == 0)
            return true;
    return false;
}

static void
put_member(struct writer *w, const char *member)
{
    size_t len = strcspn(member, "=");

    put_text(w, w->len == 0 ? "{" : ",");
    if (member[0] == '+') {
        put_text(w, member + 1);
        return;
    }
    put(w, "\"", 1);
    put(w, member, len);
    put_text(w, "\":");
    put_text(w, member + len + 1);
}

static struct forged
object(const char *const *base, const char *const *edits, size_t most,
       const struct hostile *row, const struct hostile_at *at)
{
    struct writer w = {NULL, 0, 0};
    struct forged out;

    for (size_t i = 0; base[i] != NULL; i++) {
        const char *member = edited(base[i], edits, most);

        if (member != NULL)
            put_member(&w, member);
    }
    for (size_t i = 0; i < most && edits[i] != NULL; i++)
        if (edits[i][0] != '-' &&
            (edits[i][0] == '+' || !is_in(edits[i], base)))
            put_member(&w, edits[i]);
    put_text(&w, w.len == 0 ? "{}" : "}");
    out = hostile_expand(w.data, row, at);
    free(w.data);
    return out;
}

struct forged
hostile_header(const struct hostile *row, const struct hostile_at *at)
{
    struct forge_signer signer = hostile_signer(row);
    char *alg = forge_text("alg=\"%s\"", signer.alg);
    const char *const base[] = {alg, "typ=\"at+jwt\"", "kid=\"$kid\"", NULL};
    struct forged out;

    if (row->raw_header != NULL)
        out = hostile_expand(row->raw_header, row, at);
    else
        out = object(base, row->header, 4, row, at);
    free(alg);
    return out;
}

struct forged
hostile_payload(const struct hostile *row, const struct hostile_at *at)
{
    static const char *const base[] = {"iss=\"$iss\"",
                                       "sub=\"$user\"",
                                       "aud=\"$aud\"",
                                       "exp=$now+3000",
                                       "iat=$now",
                                       "jti=\"5c2e8f\"",
                                       "client_id=\"c\"",
                                       "scope=\"openid ssh:login\"",
                                       NULL};

    if (row->raw_payload != NULL)
        return hostile_expand(row->raw_payload, row, at);
    return object(base, row->claims, 6, row, at);
}

struct forged
hostile_input(const struct hostile *row, const struct hostile_at *at)
{
    struct forged header = hostile_header(row, at);
    struct forged payload = hostile_payload(row, at);
    struct forged out =
        forge_input(header.data, header.len, payload.data, payload.len);

    free(header.data);
    free(payload.data);
    return out;
}

struct forged
hostile_sign(const struct hostile *row, struct forged input)
{
    struct forge_signer signer = hostile_signer(row);
    struct forged sig = forge_sign(&signer, input.data, input.len);
    struct forged out = forge_join(input.data, input.len, sig.data, sig.len);

    free(input.data);
    free(sig.data);
    return out;
}

struct forged
hostile_signed(const struct hostile *row, const struct hostile_at *at)
{
    return hostile_sign(row, hostile_input(row, at));
}

struct forged
hostile_token(const struct hostile *row, const struct hostile_at *at)
{
    return row->make != NULL ? row->make(row, at) : hostile_signed(row, at);
}

const struct hostile *
hostile_row(size_t index)
{
    const struct hostile *const tables[] = {hostile_forms, hostile_headers,
                                            hostile_keys, hostile_signatures,
                                            hostile_claims};

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (const struct hostile *row = tables[i]; row->name != NULL; row++)
            if (index-- == 0)
                return row;
    return NULL;
}
