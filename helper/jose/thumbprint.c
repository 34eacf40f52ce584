/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/thumbprint.h"

#include <openssl/evp.h>

#include "helper/base/buffer.h"
#include "helper/jose/base64url.h"
#include "helper/jose/json.h"

#define DIGEST_LEN 32
#define MEMBERS_MAX (16 * 1024) /* bytes of the text that is hashed */

/* Section 3.2, RFC 8037 section 2: in lexicographic order. */
static const struct kind {
    const char *kty;
    const char *member[5]; /* NULL-terminated */
} kinds[] = {
    {"RSA", {"e", "kty", "n"}},
    {"EC", {"crv", "kty", "x", "y"}},
    {"OKP", {"crv", "kty", "x"}},
    {"oct", {"k", "kty"}},
};

static bool
is_base64url(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return text.len > 0;
}

/* Section 3.3: no white space, and nothing that JSON must escape: curves,
 * kinds and base64url have nothing of that sort. */
static bool
print_members(const json_t *jwk, const struct kind *kind, struct buffer *out)
{
    buffer_text(out, "{");
    for (size_t i = 0; kind->member[i] != NULL; i++) {
        struct span value = json_text(jwk, kind->member[i]);

        if (!is_base64url(value))
            return false;
        buffer_printf(out, "%s\"%s\":\"", i > 0 ? "," : "", kind->member[i]);
        buffer_add(out, value.data, value.len);
        buffer_text(out, "\"");
    }
    return buffer_text(out, "}");
}

bool
thumbprint_of(const json_t *jwk, char out[THUMBPRINT_SIZE])
{
    struct span kty = json_text(jwk, "kty");
    struct buffer text = BUFFER_INIT(MEMBERS_MAX);
    unsigned char digest[DIGEST_LEN];
    bool done = false;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !done; i++)
        done = span_is(kty, kinds[i].kty) &&
               print_members(jwk, &kinds[i], &text) &&
               EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(),
                          NULL) == 1;
    if (done)
        base64url_encode(digest, sizeof(digest), out);
    buffer_free(&text);
    return done;
}

bool
thumbprint_is_one(struct span text)
{
    unsigned char digest[BASE64URL_DECODED(THUMBPRINT_SIZE)];
    size_t len;

    return text.len == THUMBPRINT_SIZE - 1 &&
           base64url_decode(text, digest, &len) && len == DIGEST_LEN;
}
