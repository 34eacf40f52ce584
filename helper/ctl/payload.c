/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/payload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "helper/base/buffer.h"
#include "helper/base/text.h"
#include "helper/jose/base64url.h"
#include "helper/jose/json.h"

#define JTI_BYTES 16

/*
 * Claims that are not the caller's to say: those that this file sets, those
 * that change what kind of token it is or on whose behalf it speaks, and
 * those by which a provider vouches for how somebody logged in.
 */
static const char *const reserved[] = {
    /* RFC 7519 section 4.1, RFC 8693 section 4.3, RFC 9068 section 2.2 */
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope",
    "scp",
    /* RFC 7800, RFC 8693: bound to a key, or for somebody else */
    "cnf", "act", "may_act",
    /* OpenID Connect Core, RFC 9068 section 2.2.1: the login itself */
    "acr", "amr", "auth_time", "azp", "nonce", "at_hash", "c_hash", "s_hash",
    "sub_jwk", "sid", "events",
    /* What providers mark clients and other kinds of token with */
    "gty", "idtyp", "appid", "token_type", "typ",
    /* A pointer in the place of claims */
    "_claim_names", "_claim_sources", "hasgroups"};

const char *
payload_check_user(struct span user)
{
    if (!text_is_user(user))
        return "is not a login name";
    if (span_is(user, "root"))
        return "is root, who never logs in by a token";
    /* sub = client_id marks a client (RFC 9068 section 5). */
    if (span_is(user, PAYLOAD_CLIENT))
        return "is the name of the client that mints";
    return NULL;
}

const char *
payload_check_ttl(int64_t ttl)
{
    if (ttl < 1)
        return "is too short";
    if (ttl > PAYLOAD_TTL_MAX_S)
        return "is over 1h, the longest that is ever accepted";
    return NULL;
}

const char *
payload_check_scope(struct span scope)
{
    size_t word = 0;

    if (scope.len > PAYLOAD_SCOPE_MAX)
        return "is too long";
    for (size_t i = 0; i < scope.len; i++) {
        unsigned char c = (unsigned char)scope.data[i];

        if (c == ' ' ? word == 0
                     : c < 0x21 || c > 0x7e || c == '"' || c == '\\')
            return "is not a list of scopes, divided by single blanks";
        word = c == ' ' ? 0 : word + 1;
        if (word > LIMIT_CLAIM)
            return "is too long";
    }
    return word == 0 ? "is not a list of scopes, divided by single blanks"
                     : NULL;
}

static bool
is_reserved(struct span name)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (span_is(name, reserved[i]))
            return true;
    return false;
}

/* Any JSON value, by the rules for JSON from strangers; a new reference. */
static json_t *
parse_value(struct span text)
{
    struct buffer object = BUFFER_INIT(PAYLOAD_MAX);
    json_t *wrapped = NULL, *value = NULL;

    if (buffer_text(&object, "{\"v\":") &&
        buffer_add(&object, text.data, text.len) && buffer_text(&object, "}"))
        wrapped = json_object_load(buffer_span(&object));
    /* "1,\"w\":2" would have been two members. */
    if (json_object_size(wrapped) == 1)
        value = json_incref(json_object_get(wrapped, "v"));
    json_decref(wrapped);
    buffer_free(&object);
    return value;
}

const char *
payload_add_claim(json_t *claims, struct span argument)
{
    const char *equals = memchr(argument.data, '=', argument.len);
    char name[PAYLOAD_NAME_MAX + 1];
    struct span text;
    json_t *value;
    size_t len;

    if (equals == NULL || equals == argument.data)
        return "is not NAME=JSON";
    len = (size_t)(equals - argument.data);
    if (len > PAYLOAD_NAME_MAX ||
        !text_is_visible((struct span){argument.data, len}))
        return "has a name that is too long or not printable";
    if (is_reserved((struct span){argument.data, len}))
        return "is not yours to say";
    memcpy(name, argument.data, len);
    name[len] = '\0';
    if (json_object_get(claims, name) != NULL)
        return "is given twice";
    text = (struct span){equals + 1, argument.len - len - 1};
    if (text.len > PAYLOAD_MAX / 2)
        return "is too long";
    value = parse_value(text);
    if (value == NULL)
        return "has a value that is not JSON (a string needs its quotes: "
               "'name=\"value\"')";
    return json_object_set_new(claims, name, value) == 0 ? NULL
                                                         : "needs memory";
}

static bool
make_jti(char jti[PAYLOAD_JTI_SIZE])
{
    unsigned char bytes[JTI_BYTES];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return false;
    return base64url_encode(bytes, sizeof(bytes), jti) == PAYLOAD_JTI_SIZE - 1;
}

char *
payload_print(const struct payload *p, char jti[PAYLOAD_JTI_SIZE])
{
    json_t *claims = NULL;
    char *text = NULL;

    if (payload_check_user(span_of(p->user)) != NULL ||
        payload_check_ttl(p->ttl) != NULL || !make_jti(jti))
        return NULL;
    claims =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "iss", p->issuer,
                  "aud", p->audience, "sub", p->user, "iat", (json_int_t)p->now,
                  "exp", (json_int_t)p->now + (json_int_t)p->ttl, "jti", jti,
                  "client_id", PAYLOAD_CLIENT);
    if (claims == NULL ||
        (p->scope != NULL &&
         json_object_set_new(claims, "scope", json_string(p->scope)) != 0) ||
        (p->claims != NULL &&
         json_object_update_missing(claims, p->claims) != 0))
        goto done;
    text = json_dumps(claims, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (text != NULL && strlen(text) > PAYLOAD_MAX) {
        free(text);
        text = NULL;
    }
done:
    json_decref(claims);
    return text;
}
