/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/jwk.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/jose/base64url.h"
#include "helper/jose/jwk_kind.h"

/* An HMAC key longer than this helps nobody; a published one is a mistake. */
#define SECRET_MAX 4096

bool
jwk_bytes(const json_t *jwk, const char *name, unsigned char *out, size_t size,
          size_t *len)
{
    struct span text = json_text(jwk, name);

    if (text.len == 0 || BASE64URL_DECODED(text.len) > size)
        return false;
    return base64url_decode(text, out, len);
}

EVP_PKEY *
jwk_checked_key(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *make = NULL, *check = NULL;
    EVP_PKEY *key = NULL, *checked = NULL;

    make = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (make == NULL || EVP_PKEY_fromdata_init(make) != 1 ||
        EVP_PKEY_fromdata(make, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        goto done;
    check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (check == NULL || EVP_PKEY_public_check(check) != 1)
        goto done;
    checked = key;
    key = NULL;

done:
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(check);
    EVP_PKEY_CTX_free(make);
    return checked;
}

/* RFC 7518 section 3.2: at least as long as the hash.  The empty key, which
 * OpenSSL would take, falls under this too. */
static const char *
take_secret(const void *bytes, size_t len, struct jwk *out)
{
    for (enum alg alg = ALG_HS256; alg <= ALG_HS512; alg++)
        if (len >= alg_hash_len(alg))
            out->algs |= ALG_BIT(alg);
    if (out->algs == 0)
        return "the secret is shorter than any hash (32 bytes)";
    if (len > SECRET_MAX)
        return "the secret is longer than 4096 bytes";
    out->secret = malloc(len);
    if (out->secret == NULL)
        return "no memory";
    memcpy(out->secret, bytes, len);
    out->secret_len = len;
    return NULL;
}

static const char *
oct_load(const json_t *jwk, struct jwk *out)
{
    unsigned char bytes[BASE64URL_DECODED(BASE64URL_ENCODED(SECRET_MAX))];
    const char *problem = "member k is missing or malformed";
    size_t len;

    if (jwk_bytes(jwk, "k", bytes, sizeof(bytes), &len))
        problem = take_secret(bytes, len, out);
    erase(bytes, sizeof(bytes));
    return problem;
}

static const struct kind {
    const char *kty;
    const char *(*load)(const json_t *, struct jwk *);
    const char *private_member[8]; /* NULL-terminated */
} kinds[] = {
    {"RSA", jwk_rsa_load, {"d", "p", "q", "dp", "dq", "qi", "oth"}},
    {"EC", jwk_ec_load, {"d"}},
    {"OKP", jwk_okp_load, {"d"}},
    {"oct", oct_load, {"k"}},
};

static const struct kind *
kind_of(const json_t *jwk)
{
    struct span kty = json_text(jwk, "kty");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (span_is(kty, kinds[i].kty))
            return &kinds[i];
    return NULL;
}

static bool
has_private_members(const json_t *jwk, const struct kind *kind)
{
    for (size_t i = 0; kind->private_member[i] != NULL; i++)
        if (json_object_get(jwk, kind->private_member[i]) != NULL)
            return true;
    return false;
}

/*
 * RFC 7517 section 4.3: no duplicates, `verify` among them, and nothing that
 * is not about signatures, which would disagree with `use`, or with itself.
 */
static const char *
operations_problem(const json_t *operations)
{
    bool sign = false, verify = false;
    const json_t *operation;
    size_t i;

    if (!json_is_array(operations))
        return "key_ops is not an array";
    json_array_foreach(operations, i, operation)
    {
        const char *name = json_string_value(operation);
        bool *seen = NULL;

        if (name != NULL && strcmp(name, "verify") == 0)
            seen = &verify;
        else if (name != NULL && strcmp(name, "sign") == 0)
            seen = &sign;
        if (seen == NULL)
            return "key_ops holds something that is not about signatures";
        if (*seen)
            return "key_ops holds duplicates";
        *seen = true;
    }
    return verify ? NULL : "key_ops does not hold verify";
}

static const char *
use_problem(const json_t *jwk)
{
    const json_t *use = json_object_get(jwk, "use");
    const json_t *operations = json_object_get(jwk, "key_ops");

    if (use != NULL && !span_is(json_text(jwk, "use"), "sig"))
        return "use is not sig";
    return operations == NULL ? NULL : operations_problem(operations);
}

/* A present `alg` leaves that one algorithm, if the key can do it at all. */
static const char *
bind_algorithm(const json_t *jwk, struct jwk *out)
{
    enum alg alg;

    if (json_object_get(jwk, "alg") == NULL)
        return NULL;
    alg = alg_named(json_text(jwk, "alg"));
    if (alg == ALG_UNKNOWN || (out->algs & ALG_BIT(alg)) == 0)
        return "alg is unknown or does not fit the key";
    out->algs = ALG_BIT(alg);
    return NULL;
}

static const char *
name_key(const json_t *jwk, struct jwk *out)
{
    struct span kid = json_text(jwk, "kid");

    if (!json_time(json_object_get(jwk, "retired"), &out->retired))
        out->retired = 0;
    if (json_object_get(jwk, "kid") == NULL)
        return NULL;
    if (kid.data == NULL)
        return "kid is not a string";
    out->kid = malloc(kid.len + 1);
    if (out->kid == NULL)
        return "no memory";
    memcpy(out->kid, kid.data, kid.len);
    out->kid[kid.len] = '\0';
    out->kid_len = kid.len;
    return NULL;
}

/*
 * RFC 7518 section 3.5: the salt is as long as the hash, and the mask is made
 * with the same hash.  Both are said, so that OpenSSL finds out neither from
 * the signature.
 */
bool
jwk_set_padding(EVP_PKEY_CTX *context, enum alg alg)
{
    if (alg < ALG_PS256 || alg > ALG_PS512)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) ==
               1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, alg_hash(alg), NULL) == 1;
}

/* Everything that OpenSSL must fetch or look up happens here, once. */
static const char *
prepare(struct jwk *jwk)
{
    for (enum alg alg = ALG_RS256; jwk->key != NULL && alg <= ALG_EDDSA;
         alg++) {
        EVP_PKEY_CTX *inner = NULL; /* belongs to the EVP_MD_CTX */

        if ((jwk->algs & ALG_BIT(alg)) == 0)
            continue;
        jwk->prepared[alg] = EVP_MD_CTX_new();
        if (jwk->prepared[alg] == NULL ||
            EVP_DigestVerifyInit_ex(jwk->prepared[alg], &inner, alg_hash(alg),
                                    NULL, NULL, jwk->key, NULL) != 1 ||
            !jwk_set_padding(inner, alg))
            return "OpenSSL cannot use the key";
    }
    return NULL;
}

static const char *
load(const json_t *json, enum jwk_secrets secrets, struct jwk *out,
     struct jwk_note *note)
{
    const struct kind *kind = kind_of(json);
    const char *problem;

    if (kind == NULL)
        return "kty is missing or unknown";
    note->private_members = has_private_members(json, kind);
    if (kind->load == oct_load && secrets == JWK_PUBLIC_ONLY)
        return "a shared secret in a set of public keys";
    problem = use_problem(json);
    if (problem == NULL)
        problem = name_key(json, out);
    if (problem == NULL)
        problem = kind->load(json, out);
    if (problem == NULL)
        problem = bind_algorithm(json, out);
    if (problem == NULL)
        problem = prepare(out);
    if (problem == NULL && !thumbprint_of(json, out->thumbprint))
        problem = "the thumbprint cannot be computed";
    return problem;
}

struct jwk *
jwk_load(const json_t *json, enum jwk_secrets secrets, struct jwk_note *note)
{
    struct jwk *jwk = NULL;

    *note = (struct jwk_note){"not a JSON object", false};
    if (!json_is_object(json))
        return NULL;
    jwk = calloc(1, sizeof(*jwk));
    note->problem = "no memory";
    if (jwk == NULL)
        return NULL;
    note->problem = load(json, secrets, jwk, note);
    /* What is left in OpenSSL's queue would be taken for an error of the next
     * TLS call of this thread. */
    ERR_clear_error();
    if (note->problem != NULL) {
        jwk_free(jwk);
        jwk = NULL;
    }
    return jwk;
}

struct jwk *
jwk_of_secret(struct span secret, struct jwk_note *note)
{
    struct jwk *jwk = calloc(1, sizeof(*jwk));

    *note = (struct jwk_note){"no memory", false};
    if (jwk == NULL)
        return NULL;
    note->problem = take_secret(secret.data, secret.len, jwk);
    if (note->problem != NULL) {
        jwk_free(jwk);
        jwk = NULL;
    }
    return jwk;
}

void
jwk_free(struct jwk *jwk)
{
    if (jwk == NULL)
        return;
    for (size_t i = 0; i < ALG_COUNT; i++)
        EVP_MD_CTX_free(jwk->prepared[i]);
    EVP_PKEY_free(jwk->key);
    erase_free(jwk->secret, jwk->secret_len);
    free(jwk->kid);
    free(jwk);
}
