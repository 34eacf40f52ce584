/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/sign.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/jose/base64url.h"

#define PUBLIC_LEN 32
#define SIGNATURE_LEN 64
#define DIGEST_LEN 32

/* Public part and thumbprint: the members that RFC 8037 section 2 requires,
 * in lexicographic order, without white space (RFC 7638 section 3). */
static bool
describe(struct sign_key *k)
{
    unsigned char public[PUBLIC_LEN], digest[DIGEST_LEN];
    struct buffer text = BUFFER_INIT(256);
    size_t len = sizeof(public);
    bool done = false;

    if (EVP_PKEY_get_id(k->key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(k->key, public, &len) != 1 ||
        len != sizeof(public))
        goto done;
    base64url_encode(public, sizeof(public), k->x);
    if (!buffer_printf(&text,
                       "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}",
                       k->x) ||
        EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL) != 1)
        goto done;
    base64url_encode(digest, sizeof(digest), k->kid);
    done = true;
done:
    buffer_free(&text);
    return done;
}

bool
sign_key_new(struct sign_key *k)
{
    *k = (struct sign_key){.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
    return k->key != NULL && describe(k);
}

/* Instead of OpenSSL's own, which would ask at the terminal. */
static int
no_passphrase(char *out, int size, int writing, void *context)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

bool
sign_key_from_pem(struct span pem, struct sign_key *k)
{
    BIO *from = NULL;
    bool done = false;

    *k = (struct sign_key){.key = NULL};
    if (pem.len == 0 || pem.len > SIGN_PEM_MAX)
        return false;
    from = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (from != NULL)
        k->key = PEM_read_bio_PrivateKey(from, NULL, no_passphrase, NULL);
    done = k->key != NULL && describe(k);
    BIO_free(from);
    ERR_clear_error();
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

static bool
add_base64url(struct buffer *out, const void *data, size_t len)
{
    size_t size = BASE64URL_ENCODED(len);
    char *text = malloc(size);
    bool done = false;

    if (text != NULL)
        done = buffer_add(out, text, base64url_encode(data, len, text));
    erase_free(text, size);
    return done;
}

static bool
add_signature(const struct sign_key *k, size_t start, struct buffer *out)
{
    unsigned char signature[SIGNATURE_LEN];
    size_t len = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = false;

    if (context != NULL &&
        EVP_DigestSignInit(context, NULL, NULL, NULL, k->key) == 1 &&
        EVP_DigestSign(context, signature, &len,
                       (unsigned char *)out->data + start,
                       out->len - start) == 1 &&
        len == sizeof(signature))
        done = buffer_text(out, ".") &&
               add_base64url(out, signature, sizeof(signature));
    EVP_MD_CTX_free(context);
    erase(signature, sizeof(signature));
    return done;
}

bool
sign_jws(const struct sign_key *k, const char *typ, struct span payload,
         struct buffer *out)
{
    struct buffer header = BUFFER_INIT(512);
    size_t start = out->len;
    bool done = false;

    if (buffer_printf(&header,
                      "{\"alg\":\"EdDSA\",\"typ\":\"%s\",\"kid\":\"%s\"}", typ,
                      k->kid) &&
        add_base64url(out, header.data, header.len) && buffer_text(out, ".") &&
        add_base64url(out, payload.data, payload.len))
        done = add_signature(k, start, out);
    buffer_free(&header);
    return done;
}
