/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/text.h"
#include "helper/http/head.h"

#define TEXT_MAX (256 * 1024) /* of what is hashed: a password, mostly */
#define NC_LEN 8

static const struct {
    const char *name;
    const EVP_MD *(*md)(void);
} algorithms[] = {
    [DIGEST_MD5] = {"MD5", EVP_md5},
    [DIGEST_SHA256] = {"SHA-256", EVP_sha256},
    [DIGEST_SHA512_256] = {"SHA-512-256", EVP_sha512_256},
};

static const char *const qop_names[] = {
    [DIGEST_QOP_NONE] = "",
    [DIGEST_QOP_AUTH] = "auth",
    [DIGEST_QOP_AUTH_INT] = "auth-int",
};

/* --- the challenge --- */

/* A list in one quoted value: "auth,auth-int"; auth is enough for a GET. */
static enum digest_qop
qop_of(struct span list)
{
    enum digest_qop qop = DIGEST_QOP_NONE;

    while (list.len > 0) {
        const char *comma = memchr(list.data, ',', list.len);
        size_t len = comma == NULL ? list.len : (size_t)(comma - list.data);
        struct span one = {list.data, len};

        while (one.len > 0 && (*one.data == ' ' || *one.data == '\t')) {
            one.data++;
            one.len--;
        }
        while (one.len > 0 && strchr(" \t", one.data[one.len - 1]) != NULL)
            one.len--;
        if (challenge_is(one, "auth"))
            qop = DIGEST_QOP_AUTH;
        else if (challenge_is(one, "auth-int") && qop == DIGEST_QOP_NONE)
            qop = DIGEST_QOP_AUTH_INT;
        if (comma == NULL)
            break;
        list.data += len + 1;
        list.len -= len + 1;
    }
    return qop;
}

enum digest_algorithm
digest_algorithm_of(const struct challenge *c)
{
    enum digest_algorithm found = DIGEST_NONE;
    struct span name = c->value[CHALLENGE_ALGORITHM];
    struct span qop = c->value[CHALLENGE_QOP];

    if (c->scheme != SCHEME_DIGEST || c->value[CHALLENGE_REALM].data == NULL ||
        c->value[CHALLENGE_NONCE].len == 0)
        return DIGEST_NONE;
    if (name.data == NULL || challenge_is(name, "MD5"))
        found = DIGEST_MD5;
    else if (challenge_is(name, "SHA-256"))
        found = DIGEST_SHA256;
    else if (challenge_is(name, "SHA-512-256"))
        found = DIGEST_SHA512_256;
    if (qop.data == NULL)
        return found == DIGEST_MD5 ? found : DIGEST_NONE;
    return qop_of(qop) == DIGEST_QOP_NONE ? DIGEST_NONE : found;
}

const char *
digest_algorithm_name(enum digest_algorithm algorithm)
{
    return algorithm == DIGEST_NONE ? "none" : algorithms[algorithm].name;
}

static void
copy(char out[CHALLENGE_VALUE_MAX + 1], struct span value)
{
    size_t len =
        value.len > CHALLENGE_VALUE_MAX ? CHALLENGE_VALUE_MAX : value.len;

    if (len > 0)
        memcpy(out, value.data, len);
    out[len] = '\0';
}

bool
digest_take(struct digest *d, const struct challenge *c)
{
    memset(d, 0, sizeof(*d));
    d->algorithm = digest_algorithm_of(c);
    if (d->algorithm == DIGEST_NONE)
        return false;
    d->qop = qop_of(c->value[CHALLENGE_QOP]);
    d->userhash = challenge_is(c->value[CHALLENGE_USERHASH], "true");
    d->utf8 = challenge_is(c->value[CHALLENGE_CHARSET], "UTF-8");
    d->has_opaque = c->value[CHALLENGE_OPAQUE].data != NULL;
    copy(d->realm, c->value[CHALLENGE_REALM]);
    copy(d->nonce, c->value[CHALLENGE_NONCE]);
    copy(d->opaque, c->value[CHALLENGE_OPAQUE]);
    return true;
}

/* --- the hashes --- */

static bool
hash(enum digest_algorithm algorithm, struct span text, char hex[DIGEST_HEX])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    hex[0] = '\0';
    if (EVP_Digest(text.len == 0 ? "" : text.data, text.len, md, &len,
                   algorithms[algorithm].md(), NULL) != 1)
        return false;
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + (size_t)2 * i, 3, "%02x", md[i]);
    erase(md, sizeof(md));
    return true;
}

/* The hash of a:b, or of a:b:c; section 3.4: unq(), so nothing is quoted. */
static bool
hash_joined(enum digest_algorithm algorithm, struct span a, struct span b,
            const struct span *c, char hex[DIGEST_HEX])
{
    struct buffer text = BUFFER_INIT(TEXT_MAX);
    bool good = false;

    buffer_add(&text, a.data, a.len);
    buffer_text(&text, ":");
    buffer_add(&text, b.data, b.len);
    if (c != NULL) {
        buffer_text(&text, ":");
        buffer_add(&text, c->data, c->len);
    }
    if (!text.failed)
        good = hash(algorithm, buffer_span(&text), hex);
    buffer_free(&text);
    return good;
}

/* Section 3.4.3; `method` is empty in what the server proves (3.5). */
static bool
hash_a2(enum digest_algorithm algorithm, enum digest_qop qop,
        const char *method, struct span uri, struct span body,
        char hex[DIGEST_HEX])
{
    char content[DIGEST_HEX];
    struct span third;

    if (qop != DIGEST_QOP_AUTH_INT)
        return hash_joined(algorithm, span_of(method), uri, NULL, hex);
    if (!hash(algorithm, body, content))
        return false;
    third = span_of(content);
    return hash_joined(algorithm, span_of(method), uri, &third, hex);
}

/* Section 3.4.1: KD(H(A1), nonce:nc:cnonce:qop:H(A2)), or RFC 2069's. */
static bool
response(const struct digest_sent *s, enum digest_qop qop, const char *method,
         struct span body, char hex[DIGEST_HEX])
{
    struct buffer data = BUFFER_INIT(TEXT_MAX);
    char ha2[DIGEST_HEX];
    bool good =
        hash_a2(s->algorithm, qop, method, buffer_span(&s->uri), body, ha2);

    if (qop == DIGEST_QOP_NONE)
        buffer_printf(&data, "%s:%s", s->nonce, ha2);
    else
        buffer_printf(&data, "%s:%08x:%s:%s:%s", s->nonce, (unsigned)s->nc,
                      s->cnonce, qop_names[qop], ha2);
    good = good && !data.failed &&
           hash_joined(s->algorithm, span_of(s->ha1), buffer_span(&data), NULL,
                       hex);
    buffer_free(&data);
    return good;
}

/* --- Authorization --- */

static bool
user_is_good(const struct digest *d, struct span user)
{
    bool ascii = true;

    for (size_t i = 0; i < user.len; i++)
        ascii = ascii && (unsigned char)user.data[i] < 0x80;
    if (user.len == 0 || text_has_control(user))
        return false;
    return ascii || (d->userhash && d->utf8 && text_is_utf8(user));
}

static void
add_quoted(struct buffer *out, const char *name, struct span value)
{
    buffer_printf(out, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            buffer_text(out, "\\");
        buffer_add(out, &value.data[i], 1);
    }
    buffer_text(out, "\"");
}

static void
write_value(const struct digest *d, const struct digest_sent *s,
            struct span user, const char *proof, struct buffer *out)
{
    add_quoted(out, "Digest username", user);
    add_quoted(out, ", realm", span_of(d->realm));
    add_quoted(out, ", uri", buffer_span(&s->uri));
    buffer_printf(out, ", algorithm=%s", algorithms[d->algorithm].name);
    add_quoted(out, ", nonce", span_of(d->nonce));
    if (d->qop != DIGEST_QOP_NONE) {
        buffer_printf(out, ", nc=%08x", (unsigned)s->nc);
        add_quoted(out, ", cnonce", span_of(s->cnonce));
        buffer_printf(out, ", qop=%s", qop_names[d->qop]);
    }
    add_quoted(out, ", response", span_of(proof));
    if (d->has_opaque)
        add_quoted(out, ", opaque", span_of(d->opaque));
    if (d->userhash)
        buffer_text(out, ", userhash=true");
}

static bool
begin(struct digest *d, const struct digest_login *login, struct digest_sent *s)
{
    size_t cnonce = strlen(login->cnonce);

    *s = (struct digest_sent){
        .algorithm = d->algorithm, .qop = d->qop, .uri = BUFFER_INIT(TEXT_MAX)};
    if (d->used == UINT32_MAX || cnonce == 0 || cnonce >= sizeof(s->cnonce) ||
        !user_is_good(d, login->user))
        return false;
    memcpy(s->cnonce, login->cnonce, cnonce);
    memcpy(s->nonce, d->nonce, sizeof(s->nonce));
    s->nc = ++d->used;
    return buffer_text(&s->uri, login->uri);
}

bool
digest_authorize(struct digest *d, const struct digest_login *login,
                 struct digest_sent *s, struct buffer *value)
{
    struct span none = {NULL, 0}, user = login->user;
    char proof[DIGEST_HEX] = "", hashed[DIGEST_HEX];
    bool good = false;

    if (!begin(d, login, s) ||
        !hash_joined(d->algorithm, login->user, span_of(d->realm),
                     &login->password, s->ha1) ||
        !response(s, d->qop, "GET", none, proof))
        goto done;
    if (d->userhash) {
        if (!hash_joined(d->algorithm, login->user, span_of(d->realm), NULL,
                         hashed))
            goto done;
        user = span_of(hashed);
    }
    write_value(d, s, user, proof, value);
    good = !value->failed;
done:
    erase(proof, sizeof(proof));
    return good;
}

void
digest_sent_clear(struct digest_sent *s)
{
    buffer_free(&s->uri);
    erase(s, sizeof(*s));
}

/* --- Authentication-Info --- */

/* What it repeats of ours must be ours. */
static bool
is_about(const struct digest_sent *s, const struct challenge *info)
{
    struct span cnonce = info->value[CHALLENGE_CNONCE];
    struct span nc = info->value[CHALLENGE_NC];
    char wanted[NC_LEN + 1];

    snprintf(wanted, sizeof(wanted), "%08x", (unsigned)s->nc);
    return (cnonce.data == NULL || span_is(cnonce, s->cnonce)) &&
           (nc.data == NULL || challenge_is(nc, wanted));
}

static enum digest_info
check_proof(const struct digest_sent *s, const struct challenge *info,
            struct span body)
{
    struct span proof = info->value[CHALLENGE_RSPAUTH];
    enum digest_qop qop = s->qop;
    char wanted[DIGEST_HEX];
    char found[DIGEST_HEX] = "";

    if (proof.data == NULL)
        return DIGEST_INFO_UNSAID;
    if (info->value[CHALLENGE_QOP].data != NULL) {
        qop = qop_of(info->value[CHALLENGE_QOP]);
        if (qop == DIGEST_QOP_NONE || s->qop == DIGEST_QOP_NONE)
            return DIGEST_INFO_WRONG;
    }
    if (!is_about(s, info) || !response(s, qop, "", body, wanted) ||
        proof.len != strlen(wanted))
        return DIGEST_INFO_WRONG;
    for (size_t i = 0; i < proof.len; i++)
        found[i] = proof.data[i] >= 'A' && proof.data[i] <= 'F'
                       ? (char)(proof.data[i] - 'A' + 'a')
                       : proof.data[i];
    return CRYPTO_memcmp(found, wanted, proof.len) == 0 ? DIGEST_INFO_GOOD
                                                        : DIGEST_INFO_WRONG;
}

enum digest_info
digest_check(const struct digest_sent *s, struct span head, struct span body,
             char nextnonce[CHALLENGE_VALUE_MAX + 1])
{
    struct challenges info = {.count = 0};
    enum digest_info result = DIGEST_INFO_WRONG;
    struct span rest = head, value;

    nextnonce[0] = '\0';
    if (!head_next(&rest, "Authentication-Info", &value))
        return DIGEST_INFO_UNSAID;
    if (head_only(head, "Authentication-Info", &value) &&
        challenges_read_info(&info, value)) {
        result = check_proof(s, &info.one[0], body);
        if (result != DIGEST_INFO_WRONG)
            copy(nextnonce, info.one[0].value[CHALLENGE_NEXTNONCE]);
    }
    challenges_clear(&info);
    return result;
}
