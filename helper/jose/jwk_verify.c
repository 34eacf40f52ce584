/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "helper/jose/ecdsa.h"
#include "helper/jose/jwk.h"

static bool
verify_secret(const struct jwk *jwk, enum alg alg, struct span input,
              struct span signature)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t len = 0;
    bool same;

    if (signature.len != alg_hash_len(alg))
        return false;
    if (EVP_Q_mac(NULL, "HMAC", NULL, alg_hash(alg), NULL, jwk->secret,
                  jwk->secret_len, (const unsigned char *)input.data, input.len,
                  mac, sizeof(mac), &len) == NULL)
        return false;
    same = len == signature.len && CRYPTO_memcmp(mac, signature.data, len) == 0;
    OPENSSL_cleanse(mac, sizeof(mac));
    return same;
}

static bool
verify_public(const struct jwk *jwk, enum alg alg, struct span input,
              struct span signature)
{
    EVP_MD_CTX *scratch = NULL;
    unsigned char der[ECDSA_DER_MAX];
    const unsigned char *sig = (const unsigned char *)signature.data;
    size_t sig_len = signature.len;
    bool good = false;

    if (signature.len != jwk->signature_len)
        return false;
    if (alg >= ALG_ES256 && alg <= ALG_ES512) {
        sig_len = ecdsa_to_der(signature, der);
        sig = der;
    }
    scratch = EVP_MD_CTX_new();
    if (scratch == NULL || EVP_MD_CTX_copy_ex(scratch, jwk->prepared[alg]) != 1)
        goto done;
    /* Used once: without this OpenSSL copies it again to keep it usable. */
    EVP_MD_CTX_set_flags(scratch, EVP_MD_CTX_FLAG_FINALISE);
    good = EVP_DigestVerify(scratch, sig, sig_len,
                            (const unsigned char *)input.data, input.len) == 1;

done:
    EVP_MD_CTX_free(scratch);
    /* Errors left in the queue would be taken for those of a TLS call. */
    if (!good)
        ERR_clear_error();
    return good;
}

bool
jwk_verify(const struct jwk *jwk, enum alg alg, struct span input,
           struct span signature)
{
    if (alg == ALG_UNKNOWN || alg >= ALG_COUNT ||
        (jwk->algs & ALG_BIT(alg)) == 0)
        return false;
    if (jwk->secret != NULL)
        return verify_secret(jwk, alg, input, signature);
    return verify_public(jwk, alg, input, signature);
}
