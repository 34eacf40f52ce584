/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/hostpw/password.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "helper/base/erase.h"

#define HASH_DOMAIN "pam_httpauth app password v1"
#define BITS_EACH 5 /* of a character */
#define BYTES(characters) (((characters)*BITS_EACH + 7) / 8)

/* Crockford's: without i, l, o (which look like 1 and 0) and u. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* The first bits of `bytes`, five a character, high ones first. */
static void
encode(const unsigned char *bytes, size_t characters, char *out)
{
    for (size_t i = 0; i < characters; i++) {
        size_t bit = i * BITS_EACH;
        unsigned two = (unsigned)bytes[bit / 8] << 8;

        if (bit % 8 > 8 - BITS_EACH)
            two |= bytes[bit / 8 + 1];
        out[i] = alphabet[two >> (16 - BITS_EACH - bit % 8) & 0x1f];
    }
}

static bool
is_encoded(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\0' || strchr(alphabet, text.data[i]) == NULL)
            return false;
    return true;
}

bool
password_is_id(struct span text)
{
    return text.len == HOSTPW_ID_LEN && is_encoded(text);
}

bool
password_is_environment(struct span text)
{
    if (text.len < 1 || text.len > PASSWORD_ENVIRONMENT_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return false;
    }
    return true;
}

static bool
check_of(struct span text, char out[PASSWORD_CHECK_LEN])
{
    unsigned char hash[HOSTPW_HASH_LEN];
    bool done =
        EVP_Digest(text.data, text.len, hash, NULL, EVP_sha256(), NULL) == 1;

    if (done)
        encode(hash, PASSWORD_CHECK_LEN, out);
    erase(hash, sizeof(hash));
    return done;
}

/* Takes `len` bytes off the front. */
static struct span
cut(struct span *text, size_t len)
{
    struct span front = {text->data, len < text->len ? len : text->len};

    text->data += front.len;
    text->len -= front.len;
    return front;
}

bool
password_parse(struct span text, const char *environment, struct span *id,
               struct span *secret)
{
    struct span rest = text, checked;
    char check[PASSWORD_CHECK_LEN];

    if (text.len == 0 ||
        !span_is(cut(&rest, strlen(PASSWORD_PREFIX)), PASSWORD_PREFIX))
        return false;
    if (environment != NULL &&
        (!span_is(cut(&rest, strlen(environment)), environment) ||
         !span_is(cut(&rest, 1), "_")))
        return false;
    *id = cut(&rest, HOSTPW_ID_LEN);
    if (!password_is_id(*id) || !span_is(cut(&rest, 1), "_"))
        return false;
    *secret = cut(&rest, PASSWORD_SECRET_LEN);
    if (secret->len != PASSWORD_SECRET_LEN || !is_encoded(*secret))
        return false;
    checked = (struct span){text.data, text.len - rest.len};
    return rest.len == PASSWORD_CHECK_LEN && check_of(checked, check) &&
           memcmp(rest.data, check, PASSWORD_CHECK_LEN) == 0;
}

static bool
add_random(struct buffer *out, size_t characters)
{
    unsigned char bytes[BYTES(PASSWORD_SECRET_LEN)];
    char text[PASSWORD_SECRET_LEN];
    bool done = getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes);

    if (done) {
        encode(bytes, characters, text);
        done = buffer_add(out, text, characters);
    }
    erase(bytes, sizeof(bytes));
    erase(text, sizeof(text));
    return done;
}

bool
password_make(const char *environment, struct buffer *out,
              char id[HOSTPW_ID_LEN + 1])
{
    char check[PASSWORD_CHECK_LEN];

    if (out->len != 0 || !buffer_text(out, PASSWORD_PREFIX))
        return false;
    if (environment != NULL && !buffer_printf(out, "%s_", environment))
        return false;
    if (!add_random(out, HOSTPW_ID_LEN))
        return false;
    memcpy(id, out->data + out->len - HOSTPW_ID_LEN, HOSTPW_ID_LEN);
    id[HOSTPW_ID_LEN] = '\0';
    return buffer_text(out, "_") && add_random(out, PASSWORD_SECRET_LEN) &&
           check_of(buffer_span(out), check) &&
           buffer_add(out, check, sizeof(check));
}

bool
password_hash(struct span id, struct span secret,
              unsigned char out[HOSTPW_HASH_LEN])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done =
        context != NULL &&
        EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
        /* Their NUL bytes too: nothing can move from one to the next. */
        EVP_DigestUpdate(context, HASH_DOMAIN, sizeof(HASH_DOMAIN)) == 1 &&
        EVP_DigestUpdate(context, id.data, id.len) == 1 &&
        EVP_DigestUpdate(context, "", 1) == 1 &&
        EVP_DigestUpdate(context, secret.data, secret.len) == 1 &&
        EVP_DigestFinal_ex(context, out, NULL) == 1;

    EVP_MD_CTX_free(context);
    return done;
}
