/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cookies at rest: sealed under a key that only the credential which
 * earned them gives, so that whoever reads this memory later, or presents
 * another credential, has nothing.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/issuer/probe_inside.h"
#include "helper/jose/seal.h"

#define KEY_LEN SEAL_KEY_LEN

struct jar {
    int64_t until_ms; /* authenticated, not secret */
    struct seal seal;
    char sealed[];
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

static struct span
beside(const struct jar *jar)
{
    return (struct span){(const char *)&jar->until_ms, sizeof(jar->until_ms)};
}

bool
probe_jar_open(struct probe_site *site, const struct probe_try *try,
               struct buffer *cookie, int64_t *until_ms)
{
    unsigned char name[KEY_LEN], key[KEY_LEN] = {0};
    unsigned char plain[COOKIE_HEADER_MAX];
    const struct jar *jar;
    struct span found, sealed;
    bool good = false;

    if (!derive(site, "name", try, name))
        goto done;
    found = lru_find(site->jars, name);
    if (found.data == NULL)
        goto done;
    jar = (const void *)found.data;
    sealed = (struct span){jar->sealed, found.len - sizeof(*jar)};
    *until_ms = jar->until_ms;
    if (site->clock() < jar->until_ms && sealed.len <= sizeof(plain) &&
        derive(site, "cookie", try, key))
        good = seal_open(key, beside(jar), &jar->seal, sealed, plain) &&
               buffer_add(cookie, plain, sealed.len);
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
    if (!seal_close(key, beside(jar), cookie, &jar->seal,
                    (unsigned char *)jar->sealed))
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
