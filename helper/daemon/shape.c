/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/shape.h"

#include <string.h>

#include "helper/base/text.h"
#include "helper/conf/pattern.h"

bool
shape_begins(struct span text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* What stands behind the next dot; without data: there is none. */
static struct span
behind_dot(struct span text)
{
    const char *dot = text.len > 0 ? memchr(text.data, '.', text.len) : NULL;

    if (dot == NULL)
        return (struct span){NULL, 0};
    return (struct span){dot + 1, (size_t)(text.data + text.len - dot) - 1};
}

static bool
has_three_parts(struct span text)
{
    struct span third = behind_dot(behind_dot(text));

    return third.data != NULL && behind_dot(third).data == NULL;
}

/* Blanks get in front of it when it is pasted. */
static bool
is_damaged(struct span text)
{
    bool moved = text.len > 0 && text.data[0] == ' ';

    while (text.len > 0 && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }
    return shape_begins(text, "eyJ") || (moved && shape_begins(text, "hap_"));
}

enum shape
shape_of(struct span credential)
{
    if (shape_begins(credential, "hap_"))
        return SHAPE_HOST_PASSWORD;
    if (has_three_parts(credential) && text_is_visible(credential))
        return SHAPE_JWT;
    return is_damaged(credential) ? SHAPE_DAMAGED : SHAPE_OTHER;
}

static struct way
asking(enum method method, enum ask_kind kind)
{
    return (struct way){method, true, kind};
}

static struct way
way_of_tokens(const struct issuer_conf *conf)
{
    enum method method = config_token_method(conf);

    if (method == METHOD_INTROSPECTION)
        return asking(method, ASK_INTROSPECTION);
    if (method == METHOD_USERINFO)
        return asking(method, ASK_USERINFO);
    if (method == METHOD_HTTP)
        return asking(method, ASK_HTTP_TOKEN);
    return (struct way){.method = METHOD_NONE};
}

static struct way
way_of_passwords(const struct issuer_conf *conf)
{
    enum method method = config_password_method(conf);

    if (method == METHOD_APP_PASSWORD)
        return asking(method, ASK_EXCHANGE);
    if (method == METHOD_HTTP)
        return asking(method, ASK_HTTP_PASSWORD);
    return (struct way){.method = METHOD_NONE};
}

static struct way
way_of_jwts(const struct issuer_conf *conf)
{
    if ((conf->accept & METHOD_JWT) == 0)
        return way_of_tokens(conf);
    switch ((enum check)conf->check) {
    case CHECK_LOCAL:
        return (struct way){.method = METHOD_JWT};
    case CHECK_BOTH:
        return asking(METHOD_JWT, ASK_INTROSPECTION);
    case CHECK_INTROSPECT:
        return asking(METHOD_INTROSPECTION, ASK_INTROSPECTION);
    }
    return (struct way){.method = METHOD_NONE};
}

struct way
shape_way(const struct issuer_conf *conf, enum shape shape,
          struct span credential)
{
    if (shape == SHAPE_JWT)
        return way_of_jwts(conf);
    if (shape == SHAPE_HOST_PASSWORD && conf->local &&
        (conf->accept & METHOD_HOST_PASSWORD) != 0)
        return (struct way){.method = METHOD_HOST_PASSWORD};
    if (shape == SHAPE_OTHER &&
        shape_list_matches(&conf->token_pattern, credential))
        return way_of_tokens(conf);
    if (shape == SHAPE_OTHER &&
        shape_list_matches(&conf->password_pattern, credential))
        return way_of_passwords(conf);
    return (struct way){.method = METHOD_NONE};
}
