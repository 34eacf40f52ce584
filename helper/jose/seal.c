/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

static bool
sizes_fit(struct span beside, struct span text)
{
    return beside.len <= SEAL_BYTES_MAX && text.len <= SEAL_BYTES_MAX;
}

bool
seal_close(const unsigned char key[SEAL_KEY_LEN], struct span beside,
           struct span plain, struct seal *seal, unsigned char *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    bool good = false;

    if (ctx == NULL || !sizes_fit(beside, plain) ||
        RAND_bytes(seal->nonce, sizeof(seal->nonce)) != 1 ||
        EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key, seal->nonce, NULL) !=
            1 ||
        EVP_EncryptUpdate(ctx, NULL, &len, (const unsigned char *)beside.data,
                          (int)beside.len) != 1 ||
        EVP_EncryptUpdate(ctx, out, &len, (const unsigned char *)plain.data,
                          (int)plain.len) != 1 ||
        EVP_EncryptFinal_ex(ctx, out + len, &len) != 1)
        goto done;
    good = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, sizeof(seal->tag),
                               seal->tag) == 1;
done:
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

bool
seal_open(const unsigned char key[SEAL_KEY_LEN], struct span beside,
          const struct seal *seal, struct span sealed, unsigned char *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    struct seal copy = *seal; /* OpenSSL wants to write to the tag */
    int len = 0;
    bool good = false;

    if (ctx == NULL || !sizes_fit(beside, sealed) ||
        EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key, copy.nonce, NULL) !=
            1 ||
        EVP_DecryptUpdate(ctx, NULL, &len, (const unsigned char *)beside.data,
                          (int)beside.len) != 1 ||
        EVP_DecryptUpdate(ctx, out, &len, (const unsigned char *)sealed.data,
                          (int)sealed.len) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(copy.tag),
                            copy.tag) != 1)
        goto done;
    good = EVP_DecryptFinal_ex(ctx, out + len, &len) == 1;
done:
    EVP_CIPHER_CTX_free(ctx);
    return good;
}
