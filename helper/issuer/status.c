/* SPDX-License-Identifier: BSD-2-Clause */
/* What `httpauthctl status` says of an issuer. */
#include <stdio.h>

#include "helper/issuer/keys.h"

#define SOURCE_MAX 2200

static const char *
state_of(const struct issuer *issuer, int64_t now)
{
    if (issuer->keys == NULL)
        return issuer->failing ? "failed" : "waiting";
    return key_schedule_state(&issuer->schedule, now) == KEYS_FRESH &&
                   !(issuer->source == SOURCE_FILE && issuer->failing)
               ? "ok"
               : "stale";
}

static json_t *
seconds_or_null(bool known, int64_t ms)
{
    return known ? json_integer(ms / 1000) : json_null();
}

static json_t *
source_of(const struct issuer *issuer)
{
    char text[SOURCE_MAX];
    json_t *source;

    if (issuer->source == SOURCE_FILE)
        snprintf(text, sizeof(text), "file %s", issuer->file);
    else if (issuer->source == SOURCE_URL)
        snprintf(text, sizeof(text), "url %s", issuer->conf->jwks_uri);
    else
        snprintf(text, sizeof(text), "discovery");
    source = json_string(text);
    /* A file name need not be UTF-8, JSON must. */
    return source != NULL ? source : json_string("file");
}

json_t *
issuer_status(const struct issuer *issuer)
{
    const struct key_schedule *s = &issuer->schedule;
    int64_t now = issuer->clock();
    bool keys = issuer->keys != NULL;

    return json_pack(
        "{s:s, s:s, s:o, s:I, s:o, s:o, s:s, s:o}", "name", issuer->conf->name,
        "issuer", issuer->conf->issuer, "source", source_of(issuer), "keys",
        (json_int_t)(keys ? issuer->keys->count : 0), "key_age_s",
        seconds_or_null(keys, now - s->loaded_at), "expires_in_s",
        seconds_or_null(keys && s->fresh_until != SCHEDULE_NEVER,
                        s->fresh_until - now),
        "state", state_of(issuer, now), "error",
        issuer->error[0] != '\0' ? json_string(issuer->error) : json_null());
}
