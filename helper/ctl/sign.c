/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/sign.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "helper/jose/base64url.h"
#include "helper/jose/sign.h"

#define PUBLIC_LEN 32

/* Public part and thumbprint. */
static bool
describe(struct sign_key *k)
{
    unsigned char public[PUBLIC_LEN];
    size_t len = sizeof(public);
    json_t *jwk = NULL;
    bool done = false;

    if (EVP_PKEY_get_id(k->key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(k->key, public, &len) != 1 ||
        len != sizeof(public))
        goto done;
    base64url_encode(public, sizeof(public), k->x);
    jwk =
        json_pack("{s:s, s:s, s:s}", "kty", "OKP", "crv", "Ed25519", "x", k->x);
    done = jwk != NULL && thumbprint_of(jwk, k->kid);
done:
    json_decref(jwk);
    return done;
}

bool
sign_key_new(struct sign_key *k)
{
    *k = (struct sign_key){.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    return k->key != NULL && describe(k);
}

bool
sign_key_from_pem(struct span pem, struct sign_key *k)
{
    struct signer signer;
    bool done = false;

    *k = (struct sign_key){.key = NULL};
    if (pem.len > SIGN_PEM_MAX)
        return false;
    if (signer_from_pem(pem, ALG_EDDSA, &signer) == NULL) {
        k->key = signer.key;
        signer.key = NULL;
        done = describe(k);
    }
    signer_clear(&signer);
    return done;
}

void
sign_key_clear(struct sign_key *k)
{
    EVP_PKEY_free(k->key);
    k->key = NULL;
}

bool
sign_key_to_pem(const struct sign_key *k, struct buffer *out)
{
    BIO *to = BIO_new(BIO_s_secmem());
    char *text = NULL;
    long len = 0;
    bool done = false;

    if (to != NULL && PEM_write_bio_PKCS8PrivateKey(to, k->key, NULL, NULL, 0,
                                                    NULL, NULL) == 1)
        len = BIO_get_mem_data(to, &text);
    if (len > 0)
        done = buffer_add(out, text, (size_t)len);
    /* Without a secure heap this memory is erased too: BUF_MEM_free() clears
     * what it frees. */
    BIO_free(to);
    return done;
}

json_t *
sign_key_public(const struct sign_key *k)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "OKP", "crv",
                     "Ed25519", "x", k->x, "kid", k->kid, "alg", "EdDSA", "use",
                     "sig");
}

bool
sign_jws(const struct sign_key *k, const char *typ, struct span payload,
         struct buffer *out)
{
    struct signer signer = {.alg = ALG_EDDSA, .key = k->key};
    struct sign_header header = {typ, k->kid};

    return sign_compact(&signer, &header, payload, out);
}
