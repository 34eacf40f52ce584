/* SPDX-License-Identifier: BSD-2-Clause */
/* From the bytes of a token to its checked header; keys are jws_verify.c. */
#include "helper/jose/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/jose/base64url.h"

struct parts {
    struct span header, payload, signature; /* still encoded */
};

/* Exactly two dots.  Four would be an encrypted token (RFC 7516 section 9). */
static bool
split(struct span token, struct parts *parts)
{
    const char *end = token.data + token.len, *first, *second;

    if (token.len == 0)
        return false;
    first = memchr(token.data, '.', token.len);
    if (first == NULL)
        return false;
    second = memchr(first + 1, '.', (size_t)(end - first - 1));
    if (second == NULL ||
        memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
        return false;
    parts->header = (struct span){token.data, (size_t)(first - token.data)};
    parts->payload = (struct span){first + 1, (size_t)(second - first - 1)};
    parts->signature = (struct span){second + 1, (size_t)(end - second - 1)};
    return parts->header.len > 0 && parts->signature.len > 0;
}

bool
jws_looks_like_one(struct span token)
{
    unsigned char bytes[BASE64URL_DECODED(LIMIT_JOSE_HEADER)];
    json_t *header = NULL;
    struct parts parts;
    size_t len;
    bool looks;

    if (token.len > LIMIT_CREDENTIAL || !split(token, &parts) ||
        parts.header.len > LIMIT_JOSE_HEADER ||
        !base64url_decode(parts.header, bytes, &len))
        return false;
    header = json_object_load((struct span){(char *)bytes, len});
    looks = json_object_get(header, "alg") != NULL;
    json_decref(header);
    return looks;
}

/* All three parts into one allocation. */
static enum reason
decode(const struct parts *parts, struct jws *out, struct span *header)
{
    size_t header_room = BASE64URL_DECODED(parts->header.len);
    size_t payload_room = BASE64URL_DECODED(parts->payload.len);
    unsigned char *payload, *signature;

    out->bytes_len =
        header_room + payload_room + BASE64URL_DECODED(parts->signature.len);
    out->bytes = malloc(out->bytes_len);
    if (out->bytes == NULL) {
        out->bytes_len = 0;
        return REASON_INTERNAL;
    }
    payload = out->bytes + header_room;
    signature = payload + payload_room;
    if (!base64url_decode(parts->header, out->bytes, &header->len) ||
        !base64url_decode(parts->payload, payload, &out->payload.len) ||
        !base64url_decode(parts->signature, signature, &out->signature.len))
        return REASON_BASE64;
    header->data = (const char *)out->bytes;
    out->payload.data = (const char *)payload;
    out->signature.data = (const char *)signature;
    return REASON_ACCEPTED;
}

static enum reason
check_form(struct span token, struct jws *out, struct span *header,
           struct trace *trace)
{
    struct parts parts;
    enum reason reason = REASON_FORM;
    char found[64];

    if (token.len > LIMIT_CREDENTIAL)
        reason = REASON_SIZE;
    else if (split(token, &parts))
        reason = parts.header.len > LIMIT_JOSE_HEADER
                     ? REASON_SIZE
                     : decode(&parts, out, header);
    if (reason == REASON_ACCEPTED)
        out->input =
            (struct span){token.data, parts.header.len + 1 + parts.payload.len};
    if (trace != NULL) {
        snprintf(found, sizeof(found), "%zu bytes", token.len);
        trace_note(trace, "form", reason == REASON_ACCEPTED,
                   "three base64url parts, 64 KiB in all, header 4 KiB",
                   reason == REASON_ACCEPTED ? found : reason_text(reason));
    }
    return reason;
}

/*
 * Members that change what the token means, none of which is implemented:
 * crit and b64 (RFC 7515 section 4.1.11, RFC 7797, also b64:true), and what
 * only an encrypted token has.
 */
static enum reason
check_critical(const struct jws *jws, struct trace *trace)
{
    static const char *const names[] = {"crit", "b64", "enc", "zip"};
    const char *found = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (found == NULL && json_object_get(jws->header, names[i]) != NULL)
            found = names[i];
    trace_note(trace, "extensions", found == NULL,
               "none of crit, b64, enc, zip", found == NULL ? "none" : found);
    return found == NULL ? REASON_ACCEPTED : REASON_CRITICAL;
}

static enum reason
check_algorithm(struct jws *jws, uint32_t algs, struct trace *trace)
{
    struct span name = json_text(jws->header, "alg");
    bool held;

    jws->alg = alg_named(name);
    held = jws->alg != ALG_UNKNOWN && (algs & ALG_BIT(jws->alg)) != 0;
    trace_span(trace, "algorithm", held, "one that is configured", name);
    return held ? REASON_ACCEPTED : REASON_ALGORITHM;
}

static enum reason
check_kid(struct jws *jws, struct trace *trace)
{
    bool held;

    jws->has_kid = json_object_get(jws->header, "kid") != NULL;
    if (!jws->has_kid)
        return REASON_ACCEPTED;
    jws->kid = json_text(jws->header, "kid");
    held = jws->kid.len > 0;
    if (!held)
        trace_note(trace, "kid", false, "a string", "empty or no string");
    return held ? REASON_ACCEPTED : REASON_HEADER;
}

static enum reason
check_header(struct jws *jws, struct span text, uint32_t algs,
             struct trace *trace)
{
    enum reason reason;

    jws->header = json_object_load(text);
    if (!trace_note(trace, "header", jws->header != NULL,
                    "one JSON object without duplicates",
                    jws->header != NULL ? "yes" : "no"))
        return REASON_HEADER;
    reason = check_critical(jws, trace);
    if (reason == REASON_ACCEPTED)
        reason = check_algorithm(jws, algs, trace);
    if (reason == REASON_ACCEPTED)
        reason = check_kid(jws, trace);
    return reason;
}

enum reason
jws_parse(struct span token, uint32_t algs, struct jws *out,
          struct trace *trace)
{
    struct span header = {NULL, 0};
    enum reason reason;

    *out = (struct jws){0};
    reason = check_form(token, out, &header, trace);
    if (reason == REASON_ACCEPTED)
        reason = check_header(out, header, algs, trace);
    return reason;
}

/* Media types are compared without case, and "application/" may be left out
 * (RFC 7515 section 4.1.9). */
static bool
is_type(struct span type, const char *wanted)
{
    static const char prefix[] = "application/";
    size_t skip = sizeof(prefix) - 1;

    if (type.len > skip && strncasecmp(type.data, prefix, skip) == 0)
        type = (struct span){type.data + skip, type.len - skip};
    return type.len == strlen(wanted) &&
           strncasecmp(type.data, wanted, type.len) == 0;
}

/* A JWT inside a JWS (RFC 7519 section 5.2), by any of its names. */
static bool
is_nested(const struct jws *jws)
{
    static const char suffix[] = "+jwt";
    size_t len = sizeof(suffix) - 1;
    struct span cty = json_text(jws->header, "cty");

    if (json_object_get(jws->header, "cty") == NULL)
        return false;
    return cty.len == 0 || is_type(cty, "JWT") ||
           (cty.len >= len &&
            strncasecmp(cty.data + cty.len - len, suffix, len) == 0);
}

enum reason
jws_check_type(const struct jws *jws, const char *wanted, struct trace *trace)
{
    struct span typ = json_text(jws->header, "typ");
    bool absent = json_object_get(jws->header, "typ") == NULL;
    bool nested = is_nested(jws);
    bool held;

    if (wanted != NULL)
        held = typ.data != NULL && is_type(typ, wanted);
    else
        held = absent || (typ.data != NULL && is_type(typ, "JWT"));
    if (trace != NULL && nested)
        trace_note(trace, "content type", false, "no nested token",
                   "cty of a nested token");
    trace_span(trace, "type", held, wanted != NULL ? wanted : "JWT or none",
               absent ? span_of("none") : typ);
    return held && !nested ? REASON_ACCEPTED : REASON_TYPE;
}

void
jws_clear(struct jws *jws)
{
    json_decref(jws->header);
    erase_free(jws->bytes, jws->bytes_len);
    *jws = (struct jws){0};
}
