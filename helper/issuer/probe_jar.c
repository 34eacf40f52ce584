/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cookies at rest: AES-256-GCM under a key that only the credential which
 * earned them gives, so that whoever reads this memory later, or presents
 * another credential, has nothing.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/issuer/probe_inside.h"

#define KEY_LEN 32
#define IV_LEN 12
#define TAG_LEN 16

struct jar {
    int64_t until_ms; /* authenticated, not secret */
    unsigned char iv[IV_LEN];
    unsigned char tag[TAG_LEN];
    unsigned char sealed[];
};

/* Each part with its length in front, so that no two lists of parts give the
 * same bytes. */
static void
add_part(struct buffer *text, struct span part)
{
    buffer_printf(text, "%zu:", part.len);
    buffer_add(text, part.data, part.len);
}

static bool
derive(const struct probe_site *site, const char *purpose,
       const struct probe_try *try, unsigned char key[KEY_LEN])
{
    struct buffer text = BUFFER_INIT(LIMIT_CREDENTIAL * 2);
    size_t len = 0;
    bool good;

    add_part(&text, span_of(purpose));
    add_part(&text, span_of(try->password ? "password" : "token"));
    add_part(&text, buffer_span(&try->user));
    add_part(&text, buffer_span(&try->credential));
    good = !text.failed &&
           EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, site->secret,
                     PROBE_SECRET_LEN, (const unsigned char *)text.data,
                     text.len, key, KEY_LEN, &len) != NULL &&
           len == KEY_LEN;
    buffer_free(&text);
    return good;
}

static bool
seal(const unsigned char key[KEY_LEN], struct span plain, struct jar *jar)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    bool good = false;

    if (ctx == NULL || RAND_bytes(jar->iv, IV_LEN) != 1 ||
        EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key, jar->iv, NULL) != 1 ||
        EVP_EncryptUpdate(ctx, NULL, &len, (unsigned char *)&jar->until_ms,
                          sizeof(jar->until_ms)) != 1 ||
        EVP_EncryptUpdate(ctx, jar->sealed, &len,
                          (const unsigned char *)plain.data,
                          (int)plain.len) != 1 ||
        EVP_EncryptFinal_ex(ctx, jar->sealed + len, &len) != 1)
        goto done;
    good =
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, jar->tag) == 1;
done:
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

static bool
unseal(const unsigned char key[KEY_LEN], struct jar *jar, size_t sealed_len,
       unsigned char *plain)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    bool good = false;

    if (ctx == NULL ||
        EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key, jar->iv, NULL) != 1 ||
        EVP_DecryptUpdate(ctx, NULL, &len, (unsigned char *)&jar->until_ms,
                          sizeof(jar->until_ms)) != 1 ||
        EVP_DecryptUpdate(ctx, plain, &len, jar->sealed, (int)sealed_len) !=
            1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, jar->tag) != 1)
        goto done;
    good = EVP_DecryptFinal_ex(ctx, plain + len, &len) == 1;
done:
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

bool
probe_jar_open(struct probe_site *site, const struct probe_try *try,
               struct buffer *cookie, int64_t *until_ms)
{
    unsigned char name[KEY_LEN], key[KEY_LEN] = {0};
    unsigned char plain[COOKIE_HEADER_MAX];
    struct jar *jar;
    struct span found;
    bool good = false;

    if (!derive(site, "name", try, name))
        goto done;
    found = lru_find(site->jars, name);
    if (found.data == NULL)
        goto done;
    jar = (void *)(uintptr_t)found.data;
    *until_ms = jar->until_ms;
    if (site->clock() < jar->until_ms &&
        found.len - sizeof(*jar) <= sizeof(plain) &&
        derive(site, "cookie", try, key))
        good = unseal(key, jar, found.len - sizeof(*jar), plain) &&
               buffer_add(cookie, plain, found.len - sizeof(*jar));
    if (!good)
        lru_remove(site->jars, name);
done:
    erase(plain, sizeof(plain));
    erase(key, sizeof(key));
    return good;
}

void
probe_jar_keep(struct probe_site *site, const struct probe_try *try,
               struct span cookie, int64_t until_ms)
{
    unsigned char name[KEY_LEN], key[KEY_LEN] = {0};
    struct jar *jar;

    if (cookie.len == 0 || cookie.len > COOKIE_HEADER_MAX ||
        !derive(site, "name", try, name) || !derive(site, "cookie", try, key))
        goto done;
    jar = lru_add(site->jars, name, sizeof(*jar) + cookie.len);
    if (jar == NULL)
        goto done;
    jar->until_ms = until_ms;
    if (!seal(key, cookie, jar))
        lru_remove(site->jars, name);
done:
    erase(key, sizeof(key));
}

void
probe_jar_drop(struct probe_site *site, const struct probe_try *try)
{
    unsigned char name[KEY_LEN];

    if (derive(site, "name", try, name))
        lru_remove(site->jars, name);
}
