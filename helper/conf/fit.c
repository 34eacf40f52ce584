/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/fit.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/wire/wire.h"
#include "helper/conf/config.h"
#include "helper/conf/pattern.h"
#include "helper/conf/secret.h"

#define HEADER_NAME_MAX 64
#define THUMBPRINT_LEN 43
#define ENVIRONMENT_MAX 16

/* Always false, so that a rule may end with it. */
static bool
no(struct buffer *why, const char *text)
{
    (void)buffer_text(why, text);
    return false;
}

bool
fit_section_name(struct span name)
{
    /* The same rule as for PAM services, for which half of them stand. */
    return text_is_service(name);
}

bool
fit_issuer_name(struct span value, struct buffer *why)
{
    if (!fit_section_name(value))
        return no(why, "is not the name of an issuer (A-Z a-z 0-9 . _ -)");
    return true;
}

bool
fit_file(struct span value, struct buffer *why)
{
    if (value.len >= PATH_MAX)
        return no(why, "is too long for a file name");
    return true;
}

bool
fit_identifier(struct span value, struct buffer *why)
{
    if (!text_is_visible(value))
        return no(why, "may only hold visible ASCII without blanks");
    return true;
}

bool
fit_consists_of(struct span text, const char *others)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        char c = text.data[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
            (c < '0' || c > '9') && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return true;
}

bool
fit_algorithm(struct span value, struct buffer *why)
{
    if (value.len == 4 && strncasecmp(value.data, "none", 4) == 0)
        return no(why, "is never accepted: everybody can write such a token");
    return true; /* the keywords decide the rest, and check_keys.c */
}

/* RFC 6901 section 3: '~' only as ~0 and ~1. */
static bool
is_pointer(struct span text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if (text.data[i] == '~' &&
            (i + 1 == text.len ||
             (text.data[i + 1] != '0' && text.data[i + 1] != '1')))
            return false;
    return true;
}

bool
fit_claim(struct span value, struct buffer *why)
{
    if (text_has_control(value))
        return no(why, "holds control characters");
    if (value.len > LIMIT_CLAIM)
        return no(why, "is too long for the name of a claim");
    if (value.data[0] == '/' && !is_pointer(value))
        return no(why, "is no JSON Pointer: write ~0 for '~' and ~1 for '/'");
    return true;
}

bool
fit_user(struct span value, struct buffer *why)
{
    if (!text_is_user(value))
        return no(why, "is no login name (1 to 32 of A-Z a-z 0-9 . _ - @, "
                       "not only digits)");
    return true;
}

bool
fit_pattern(struct span value, struct buffer *why)
{
    if (!pattern_is_good(value))
        return no(why, "is neither a login name nor the beginning of one and "
                       "a '*'");
    return true;
}

bool
fit_scope(struct span value, struct buffer *why)
{
    /* '"' and '\' are in no scope (RFC 6749 section 3.3): a rule that names
     * one could never be met. */
    if (!text_is_visible(value) || memchr(value.data, '"', value.len) ||
        memchr(value.data, '\\', value.len))
        return no(why, "is no scope (visible ASCII but '\"' and '\\')");
    return true;
}

bool
fit_group(struct span value, struct buffer *why)
{
    struct span group, issuer;

    if (text_has_control(value))
        return no(why, "holds control characters");
    if (!config_group_split(value, &group, &issuer))
        return no(why, "names no group in front of the '@'");
    if (group.len > LIMIT_CLAIM)
        return no(why, "is too long for a group");
    return true;
}

bool
fit_caller(struct span value, struct buffer *why)
{
    const char *colon = memchr(value.data, ':', value.len);
    struct span service;

    if (colon == NULL || colon == value.data)
        return no(why, "must be uid:service or user:service");
    service =
        (struct span){colon + 1, value.len - 1 - (size_t)(colon - value.data)};
    if (!text_is_service(service))
        return no(why, "names no service behind the ':' (A-Z a-z 0-9 . _ -)");
    return true;
}

bool
fit_line(struct span value, struct buffer *why)
{
    if (text_has_control(value) || !text_is_utf8(value))
        return no(why, "holds control characters");
    return true;
}

bool
fit_key_id(struct span value, struct buffer *why)
{
    if (value.len > LIMIT_KID)
        return no(why, "is too long for a kid");
    return fit_line(value, why);
}

/* The first ':' ends the name in Basic (RFC 7617 section 2). */
bool
fit_basic_user(struct span value, struct buffer *why)
{
    if (!text_is_visible(value) || memchr(value.data, ':', value.len))
        return no(why, "may only hold visible ASCII without blanks and ':'");
    return true;
}

/* A name as systemd.exec(5) wants it: one component of a path. */
static bool
is_credential_name(struct span name)
{
    return name.len > 0 && name.len <= NAME_MAX && text_is_visible(name) &&
           memchr(name.data, '/', name.len) == NULL && !span_is(name, ".") &&
           !span_is(name, "..");
}

bool
fit_secret_file(struct span value, struct buffer *why)
{
    size_t skip = strlen(SECRET_CREDENTIAL);

    if (value.len >= skip && memcmp(value.data, SECRET_CREDENTIAL, skip) == 0 &&
        !is_credential_name((struct span){value.data + skip, value.len - skip}))
        return no(why, "names no credential behind the ':'");
    return fit_file(value, why);
}

/* scope = scope-token *( SP scope-token ), RFC 6749 section 3.3 */
bool
fit_scopes(struct span value, struct buffer *why)
{
    struct span rest = value, word;

    for (;;) {
        const char *blank = memchr(rest.data, ' ', rest.len);

        word = rest;
        if (blank != NULL)
            word.len = (size_t)(blank - rest.data);
        if (word.len == 0)
            return no(why, "must be scopes with one blank between them");
        if (!fit_scope(word, why))
            return false;
        if (blank == NULL)
            return true;
        rest = (struct span){blank + 1, rest.len - word.len - 1};
    }
}

bool
fit_status(struct span value, struct buffer *why)
{
    char digits[4] = "";
    int64_t status;

    if (value.len == 3)
        memcpy(digits, value.data, value.len);
    if (!text_number(digits, 599, &status) || status < 100)
        return no(why, "is no status of HTTP (100 to 599)");
    return true;
}

/* token, RFC 9110 section 5.6.2 */
static bool
is_header_name(struct span name)
{
    return name.len > 0 && name.len <= HEADER_NAME_MAX &&
           fit_consists_of(name, "!#$%&'*+-.^_`|~");
}

static bool
cut(struct span value, const char *prefix, struct span *rest)
{
    size_t skip = strlen(prefix);

    if (value.len < skip || memcmp(value.data, prefix, skip) != 0)
        return false;
    *rest = (struct span){value.data + skip, value.len - skip};
    return true;
}

/* CLAIM:NAME, divided at the last ':'. */
static bool
divide(struct span value, struct span *claim, struct span *name)
{
    *claim = value;
    while (claim->len > 0 && claim->data[claim->len - 1] != ':')
        claim->len--;
    *name = (struct span){value.data + claim->len, value.len - claim->len};
    if (claim->len < 2)
        return false;
    claim->len--;
    return true;
}

bool
fit_export(struct span value, struct buffer *why)
{
    struct span claim, name;

    if (!divide(value, &claim, &name) || !wire_is_variable(name))
        return no(why, "must be CLAIM:NAME with a NAME of A-Z 0-9 _ that "
                       "begins with HTTPAUTH_ and is not HTTPAUTH_LOGIN");
    return fit_claim(claim, why);
}

bool
fit_secret(struct span value, struct buffer *why)
{
    struct span claim, name;

    if (!divide(value, &claim, &name) || !wire_is_file_name(name))
        return no(why, "must be CLAIM:NAME with a NAME of a-z 0-9 - that has "
                       "at most 32 characters");
    return fit_claim(claim, why);
}

bool
fit_user_from(struct span value, struct buffer *why)
{
    struct span rest;

    if (cut(value, "header:", &rest)) {
        if (!is_header_name(rest))
            return no(why, "names no header behind the ':'");
        return true;
    }
    if (cut(value, "json:", &rest)) {
        if (rest.len < 2 || rest.data[0] != '/' || rest.len > LIMIT_CLAIM ||
            text_has_control(rest) || !is_pointer(rest))
            return no(why, "has no JSON Pointer behind the ':', such as "
                           "/user/name");
        return true;
    }
    return no(why, "must be header:NAME or json:/POINTER");
}

/* SHA-256 in base64url: 43 characters, of which the last holds four bits. */
bool
fit_thumbprint(struct span value, struct buffer *why)
{
    if (value.len != THUMBPRINT_LEN || !fit_consists_of(value, "-_") ||
        strchr("AEIMQUYcgkosw048", value.data[value.len - 1]) == NULL)
        return no(why, "is no thumbprint (43 characters of base64url)");
    return true;
}

bool
fit_environment(struct span value, struct buffer *why)
{
    size_t i;

    for (i = 0; i < value.len; i++)
        if ((value.data[i] < 'a' || value.data[i] > 'z') &&
            (value.data[i] < '0' || value.data[i] > '9'))
            return no(why, "must be 1 to 16 of a-z and 0-9");
    if (value.len < 1 || value.len > ENVIRONMENT_MAX)
        return no(why, "must be 1 to 16 of a-z and 0-9");
    return true;
}

bool
fit_shape(struct span value, struct buffer *why)
{
    return shape_is_good(value, why);
}

bool
fit_token_shape(struct span value, struct buffer *why)
{
    if (span_is(value, SHAPE_ANY))
        return no(why, "would send passwords to where tokens go: write what "
                       "the tokens look like, :visible:20-200");
    return shape_is_good(value, why);
}
