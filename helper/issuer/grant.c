/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/grant.h"

#include <strings.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/http/fetch.h"
#include "helper/jose/json.h"

#define DEVICE_CODE_MAX 2048
#define USER_CODE_MAX 64
#define URI_MAX 200

/* A whole number; `otherwise` when there is none, -1 for anything else. */
static int64_t
seconds(const json_t *root, const char *name, int64_t otherwise)
{
    const json_t *value = json_object_get(root, name);

    if (value == NULL)
        return otherwise;
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static bool
is_text(struct span text, size_t most)
{
    return text.len > 0 && text.len <= most && text_is_visible(text);
}

const char *
grant_take_device(const json_t *root, struct grant_device *out)
{
    out->code = json_text(root, "device_code");
    out->user_code = json_text(root, "user_code");
    out->uri = json_text(root, "verification_uri");
    out->expires_s = seconds(root, "expires_in", 0);
    out->interval_s = seconds(root, "interval", GRANT_INTERVAL_S);
    if (!is_text(out->code, DEVICE_CODE_MAX))
        return "device_code";
    if (!is_text(out->user_code, USER_CODE_MAX))
        return "user_code";
    if (!is_text(out->uri, URI_MAX) || !fetch_url_ok(out->uri))
        return "verification_uri";
    if (out->expires_s <= 0)
        return "expires_in";
    if (out->interval_s < 0)
        return "interval";
    if (out->interval_s == 0)
        out->interval_s = GRANT_INTERVAL_S;
    if (out->interval_s > GRANT_INTERVAL_MAX_S)
        out->interval_s = GRANT_INTERVAL_MAX_S;
    return NULL;
}

const char *
grant_take_token(const json_t *root, struct span *token)
{
    static const char bearer[] = "Bearer";
    struct span type = json_text(root, "token_type");

    *token = json_text(root, "access_token");
    if (type.len != strlen(bearer) ||
        strncasecmp(type.data, bearer, type.len) != 0)
        return "token_type";
    return is_text(*token, LIMIT_CREDENTIAL) ? NULL : "access_token";
}

const char *
grant_take_refresh_token(const json_t *root, struct span *token)
{
    bool good;

    *token = json_text(root, "refresh_token");
    good = token->len <= LIMIT_CREDENTIAL;
    for (size_t i = 0; i < token->len && good; i++)
        good = token->data[i] >= 0x20 && token->data[i] <= 0x7e;
    return good ? NULL : "refresh_token";
}

enum reason
grant_device_error(struct span error)
{
    static const struct {
        const char *error;
        enum reason reason;
    } known[] = {
        {"authorization_pending", REASON_PENDING},
        {"slow_down", REASON_SLOW_DOWN},
        {"access_denied", REASON_DENIED},
        {"expired_token", REASON_DENIED},
        {"invalid_grant", REASON_DENIED},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (span_is(error, known[i].error))
            return known[i].reason;
    return REASON_NONE;
}
