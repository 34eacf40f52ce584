/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/redirect.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

#define VALUE_MAX 4096
#define PATH_BYTES 8 /* of the hash of the issuer */

bool
redirect_path(const char *issuer, char out[REDIRECT_PATH_SIZE])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    char *at = out + strlen(REDIRECT_PATH);

    if (EVP_Digest(issuer, strlen(issuer), hash, NULL, EVP_sha256(), NULL) != 1)
        return false;
    memcpy(out, REDIRECT_PATH, sizeof(REDIRECT_PATH));
    for (size_t i = 0; i < PATH_BYTES; i++, at += 2)
        (void)snprintf(at, 3, "%02x", hash[i]);
    return true;
}

bool
redirect_is_whole(struct span head)
{
    return memmem(head.data, head.len, "\r\n\r\n", 4) != NULL;
}

/* That of "GET ... HTTP/1.1"; false for all other requests. */
static bool
target_of(struct span head, struct span *target)
{
    static const char before[] = "GET ", after[] = " HTTP/1.1";
    const char *end = memmem(head.data, head.len, "\r\n", 2);
    size_t len = end != NULL ? (size_t)(end - head.data) : 0;

    if (len < strlen(before) + strlen(after) ||
        memcmp(head.data, before, strlen(before)) != 0 ||
        memcmp(end - strlen(after), after, strlen(after)) != 0)
        return false;
    target->data = head.data + strlen(before);
    target->len = len - strlen(before) - strlen(after);
    return text_is_visible(*target);
}

static bool
is_secret(struct span text, const char *secret)
{
    return text.len > 0 && text.len == strlen(secret) &&
           CRYPTO_memcmp(text.data, secret, text.len) == 0;
}

/* False unless it is "/callback/...?...". */
static bool
split(struct span target, struct span *path, struct span *query)
{
    const char *mark = memchr(target.data, '?', target.len);

    if (mark == NULL || target.len < strlen(REDIRECT_PATH) ||
        memcmp(target.data, REDIRECT_PATH, strlen(REDIRECT_PATH)) != 0)
        return false;
    path->data = target.data;
    path->len = (size_t)(mark - target.data);
    query->data = mark + 1;
    query->len = target.len - path->len - 1;
    return true;
}

static int
digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
decode(struct span text, struct buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '+')
            c = ' ';
        if (c == '%') {
            int high = i + 2 < text.len ? digit(text.data[i + 1]) : -1;
            int low = high >= 0 ? digit(text.data[i + 2]) : -1;

            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (!buffer_add(out, &c, 1))
            return false;
    }
    return true;
}

enum given { GIVEN_NOT, GIVEN_ONCE, GIVEN_BADLY };

/* RFC 6749 section 3.1: no parameter more than once. */
static enum given
parameter(struct span query, const char *name, struct buffer *out)
{
    enum given given = GIVEN_NOT;
    size_t len = strlen(name);

    buffer_clear(out);
    while (query.len > 0) {
        const char *end = memchr(query.data, '&', query.len);
        struct span one = {query.data, end != NULL ? (size_t)(end - query.data)
                                                   : query.len};

        query.data += one.len + (end != NULL);
        query.len -= one.len + (end != NULL);
        if (one.len <= len || memcmp(one.data, name, len) != 0 ||
            one.data[len] != '=')
            continue;
        one.data += len + 1;
        one.len -= len + 1;
        if (given != GIVEN_NOT || !decode(one, out))
            return GIVEN_BADLY;
        given = GIVEN_ONCE;
    }
    return given;
}

static bool
has_state(struct span query, const char *state, struct buffer *value)
{
    return parameter(query, "state", value) == GIVEN_ONCE &&
           is_secret(buffer_span(value), state);
}

static bool
is_of_issuer(struct span query, const struct redirect_wanted *wanted,
             struct buffer *value)
{
    enum given given = parameter(query, "iss", value);

    if (given == GIVEN_NOT)
        return !wanted->says_iss;
    return given == GIVEN_ONCE && span_is(buffer_span(value), wanted->issuer);
}

/* What has no status here: 500 and 503. */
static bool
is_fault(const struct buffer *error)
{
    return span_is(buffer_span(error), "server_error") ||
           span_is(buffer_span(error), "temporarily_unavailable");
}

static enum redirect_kind
read_query(struct span path, struct span query,
           const struct redirect_wanted *wanted, struct buffer *value,
           struct buffer *out)
{
    enum redirect_kind kind = REDIRECT_ERROR;
    enum given given;

    if (!has_state(query, wanted->state, value))
        return REDIRECT_STRANGE;
    if (!span_is(path, wanted->path) || !is_of_issuer(query, wanted, value))
        return REDIRECT_ISSUER;
    given = parameter(query, "error", value);
    if (given == GIVEN_ONCE) {
        if (is_fault(value))
            kind = REDIRECT_FAULT;
        buffer_add(out, value->data, value->len);
        if (parameter(query, "error_description", value) == GIVEN_ONCE &&
            buffer_text(out, ": "))
            buffer_add(out, value->data, value->len);
        return kind;
    }
    if (given == GIVEN_NOT && parameter(query, "code", value) == GIVEN_ONCE &&
        value->len > 0 && text_is_visible(buffer_span(value)) &&
        buffer_add(out, value->data, value->len))
        return REDIRECT_CODE;
    buffer_clear(out);
    buffer_text(out, "neither one code nor one error came");
    return REDIRECT_ERROR;
}

enum redirect_kind
redirect_read(struct span head, const struct redirect_wanted *wanted,
              struct buffer *out)
{
    struct buffer value = BUFFER_INIT(VALUE_MAX);
    enum redirect_kind kind = REDIRECT_STRANGE;
    struct span target, path, query;

    if (!target_of(head, &target))
        return REDIRECT_STRANGE;
    if (is_secret(target, wanted->login))
        kind = REDIRECT_BEGIN;
    else if (split(target, &path, &query))
        kind = read_query(path, query, wanted, &value, out);
    buffer_free(&value);
    return kind;
}
