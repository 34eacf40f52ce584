/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/challenge.h"

#include <stdlib.h>
#include <strings.h>

#include "helper/base/text.h"
#include "helper/http/digest.h"
#include "helper/http/head.h"

#define NAME_SHOWN_MAX 40 /* of a scheme's name in a log line */

static const char *const value_names[CHALLENGE_VALUES] = {
    [CHALLENGE_REALM] = "realm",
    [CHALLENGE_NONCE] = "nonce",
    [CHALLENGE_OPAQUE] = "opaque",
    [CHALLENGE_ALGORITHM] = "algorithm",
    [CHALLENGE_QOP] = "qop",
    [CHALLENGE_STALE] = "stale",
    [CHALLENGE_CHARSET] = "charset",
    [CHALLENGE_USERHASH] = "userhash",
    [CHALLENGE_ERROR] = "error",
    [CHALLENGE_ERROR_DESCRIPTION] = "error_description",
    [CHALLENGE_SCOPE] = "scope",
    [CHALLENGE_NEXTNONCE] = "nextnonce",
    [CHALLENGE_RSPAUTH] = "rspauth",
    [CHALLENGE_CNONCE] = "cnonce",
    [CHALLENGE_NC] = "nc",
};

struct parse {
    const char *at, *end;   /* of one line's value */
    struct challenges *out; /* its text has room for all that is still there */
    char *room;
    struct challenge *now;  /* the one that parameters belong to, or NULL */
    struct challenge spare; /* takes those beyond the bound */
    bool bad;               /* `now` does not count */
};

bool
challenge_is(struct span text, const char *name)
{
    return text.len == strlen(name) &&
           (text.len == 0 || strncasecmp(text.data, name, text.len) == 0);
}

static bool
is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

/* RFC 9110 section 5.6.2 */
static bool
is_tchar(char c)
{
    return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void
skip_blanks(struct parse *p)
{
    while (p->at < p->end && is_blank(*p->at))
        p->at++;
}

static struct span
take_token(struct parse *p)
{
    struct span token = {p->at, 0};

    while (p->at < p->end && is_tchar(*p->at))
        p->at++;
    token.len = (size_t)(p->at - token.data);
    return token;
}

static bool
at_item_end(const struct parse *p)
{
    return p->at == p->end || *p->at == ',';
}

/* Copies, since a quoted value is shorter than it was written. */
static struct span
keep(struct parse *p, struct span text)
{
    struct span kept = {p->room, text.len};

    memcpy(p->room, text.data, text.len);
    p->room += text.len;
    return kept;
}

/* RFC 9110 section 5.6.4; false: no end. */
static bool
take_quoted(struct parse *p, struct span *value)
{
    char *start = p->room;

    for (p->at++; p->at < p->end && *p->at != '"'; p->at++) {
        if (*p->at == '\\' && ++p->at == p->end)
            return false;
        *p->room++ = *p->at;
    }
    if (p->at == p->end)
        return false;
    p->at++;
    *value = (struct span){start, (size_t)(p->room - start)};
    return true;
}

static void
set(struct parse *p, struct span name, struct span value)
{
    for (size_t i = 0; i < CHALLENGE_VALUES; i++) {
        if (!challenge_is(name, value_names[i]))
            continue;
        if (p->now->value[i].data != NULL || value.len > CHALLENGE_VALUE_MAX)
            p->bad = true;
        p->now->value[i] = value;
    }
}

/* The part from '=' on. */
static bool
take_value(struct parse *p, struct span name)
{
    struct span value;

    p->at++;
    skip_blanks(p);
    if (p->at < p->end && *p->at == '"') {
        if (!take_quoted(p, &value))
            return false;
    } else {
        value = take_token(p);
        if (value.len == 0)
            return false;
        value = keep(p, value);
    }
    skip_blanks(p);
    if (!at_item_end(p))
        return false;
    set(p, name, value);
    return true;
}

/* --- schemes --- */

static int64_t
scheme_of(struct span name)
{
    if (challenge_is(name, "Basic"))
        return SCHEME_BASIC;
    if (challenge_is(name, "Digest"))
        return SCHEME_DIGEST;
    return challenge_is(name, "Bearer") ? SCHEME_BEARER : 0;
}

/* `now` is the last one, so that one that does not count is taken back. */
static void
close_challenge(struct parse *p)
{
    if (p->now != NULL && p->now != &p->spare && p->bad)
        p->out->count--;
    p->now = NULL;
    p->bad = false;
}

static void
open_challenge(struct parse *p, struct span name)
{
    close_challenge(p);
    p->now = p->out->count < CHALLENGES_MAX ? &p->out->one[p->out->count++]
                                            : &p->spare;
    memset(p->now, 0, sizeof(*p->now));
    p->now->scheme = scheme_of(name);
    p->now->name = keep(p, name);
}

/* token68 up to the end of the item: "Negotiate YII==".  Where it is none,
 * what stands there must be a parameter. */
static void
skip_token68(struct parse *p)
{
    const char *start = p->at;

    while (p->at < p->end && *p->at != '\0' &&
           (is_alnum(*p->at) || strchr("-._~+/", *p->at) != NULL))
        p->at++;
    if (p->at > start) {
        while (p->at < p->end && *p->at == '=')
            p->at++;
        skip_blanks(p);
    }
    if (!at_item_end(p))
        p->at = start;
}

/* A scheme, with or without something behind it, or a parameter of the scheme
 * before: only the '=' tells. */
static bool
take_item(struct parse *p)
{
    struct span token = take_token(p);
    bool blank = p->at < p->end && is_blank(*p->at);

    if (token.len == 0)
        return false;
    skip_blanks(p);
    if (p->at < p->end && *p->at == '=')
        return p->now != NULL && take_value(p, token);
    open_challenge(p, token);
    if (at_item_end(p))
        return true;
    if (!blank)
        return false;
    skip_token68(p);
    if (at_item_end(p))
        return true;
    token = take_token(p);
    skip_blanks(p);
    return token.len > 0 && p->at < p->end && *p->at == '=' &&
           take_value(p, token);
}

/* A list whose items may be empty (RFC 9110 section 5.6.1). */
static bool
take_list(struct parse *p)
{
    bool good = true;

    for (;;) {
        while (p->at < p->end && (is_blank(*p->at) || *p->at == ','))
            p->at++;
        if (p->at == p->end)
            break;
        good = take_item(p);
        if (!good) {
            p->bad = true;
            break;
        }
    }
    return good;
}

bool
challenges_read(struct challenges *out, struct span head)
{
    struct parse p = {.out = out};
    struct span rest = head, value;

    memset(out, 0, sizeof(*out));
    while (head_next(&rest, "WWW-Authenticate", &value)) {
        if (out->text == NULL && (out->text = malloc(head.len)) == NULL)
            return false;
        if (p.room == NULL)
            p.room = out->text;
        p.at = value.data;
        p.end = value.data + value.len;
        take_list(&p);
        close_challenge(&p);
    }
    return true;
}

bool
challenges_read_info(struct challenges *out, struct span value)
{
    struct parse p = {.out = out, .at = value.data};
    bool good;

    memset(out, 0, sizeof(*out));
    out->text = malloc(value.len + 1);
    if (out->text == NULL)
        return false;
    p.room = out->text;
    p.end = value.data + value.len;
    p.now = &out->one[0];
    out->count = 1;
    good = take_list(&p) && !p.bad && p.now == &out->one[0];
    if (!good)
        out->count = 0;
    return good;
}

void
challenges_clear(struct challenges *c)
{
    free(c->text);
    memset(c, 0, sizeof(*c));
}

/* --- choice --- */

/* 0: cannot be used. */
static int
strength(const struct challenge *c)
{
    switch (c->scheme) {
    case SCHEME_BASIC:
        return 1;
    case SCHEME_BEARER:
        return 2;
    case SCHEME_DIGEST:
        return digest_algorithm_of(c) == DIGEST_NONE
                   ? 0
                   : 2 + (int)digest_algorithm_of(c);
    default:
        return 0;
    }
}

const struct challenge *
challenges_choose(const struct challenges *c, int64_t schemes,
                  const char *realm)
{
    const struct challenge *best = NULL;

    for (size_t i = 0; i < c->count; i++) {
        const struct challenge *one = &c->one[i];

        if ((one->scheme & schemes) == 0 || strength(one) == 0 ||
            (realm != NULL && (one->value[CHALLENGE_REALM].data == NULL ||
                               !span_is(one->value[CHALLENGE_REALM], realm))))
            continue;
        if (best == NULL || strength(one) > strength(best))
            best = one;
    }
    return best;
}

void
challenges_names(const struct challenges *c, struct buffer *out)
{
    char name[NAME_SHOWN_MAX];

    for (size_t i = 0; i < c->count; i++)
        buffer_printf(out, "%s%s", i == 0 ? "" : ", ",
                      text_escape(c->one[i].name, name, sizeof(name)));
    if (c->count == 0)
        buffer_text(out, "none");
}
