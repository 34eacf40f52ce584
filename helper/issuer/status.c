/* SPDX-License-Identifier: BSD-2-Clause */
/* What `httpauthctl status` says of an issuer. */
#include <stdio.h>

#include "helper/issuer/keys.h"

#define SOURCE_MAX 2200

static const char *
state_of(const struct issuer *issuer, int64_t now)
{
    if (issuer->source == SOURCE_NONE)
        return "none";
    if (issuer->wants_keys ? issuer->keys == NULL : !issuer->discovered)
        return issuer->failing ? "failed" : "waiting";
    return key_schedule_state(&issuer->schedule, now,
                              issuer->conf->stale_keys) == KEYS_FRESH &&
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
        snprintf(text, sizeof(text), "%s",
                 issuer->source == SOURCE_DISCOVERY ? "discovery" : "none");
    source = json_string(text);
    /* A file name need not be UTF-8, JSON must. */
    return source != NULL ? source : json_string("file");
}

/* `url` NULL: not known. */
static void
add_endpoint(const struct issuer *issuer, json_t *list, const char *name,
             const char *url, enum issuer_breaker which)
{
    enum breaker_state state =
        breaker_state(&issuer->breaker[which], issuer->clock());

    json_array_append_new(list, json_pack("{s:s, s:s?, s:s, s:s?}", "name",
                                          name, "url", url, "breaker",
                                          breaker_state_name(state), "problem",
                                          issuer->trouble[which][0] != '\0'
                                              ? issuer->trouble[which]
                                              : NULL));
}

static json_t *
endpoints_of(const struct issuer *issuer)
{
    static const struct {
        enum issuer_endpoint which;
        enum issuer_breaker breaker;
        const char *name;
    } all[] = {
        {ENDPOINT_INTROSPECTION, ISSUER_INTROSPECTION, "introspection"},
        {ENDPOINT_TOKEN, ISSUER_TOKEN, "token"},
        {ENDPOINT_USERINFO, ISSUER_USERINFO, "userinfo"},
        {ENDPOINT_DEVICE, ISSUER_DEVICE, "device authorization"},
    };
    const struct issuer_conf *conf = issuer->conf;
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (issuer_uses_endpoint(conf, all[i].which))
            add_endpoint(issuer, list, all[i].name,
                         issuer_endpoint(issuer, all[i].which), all[i].breaker);
    }
    if ((conf->accept & METHOD_USERINFO) != 0 &&
        conf->tokeninfo_endpoint != NULL)
        add_endpoint(issuer, list, "tokeninfo", conf->tokeninfo_endpoint,
                     ISSUER_TOKENINFO);
    if (issuer->site != NULL)
        add_endpoint(issuer, list, "http", conf->http_url, ISSUER_HTTP);
    return list;
}

json_t *
issuer_status(const struct issuer *issuer)
{
    const struct key_schedule *s = &issuer->schedule;
    int64_t now = issuer->clock();
    bool keys = issuer->keys != NULL;

    return json_pack(
        "{s:s, s:s?, s:o, s:I, s:o, s:o, s:s, s:o, s:o, s:o}", "name",
        issuer->conf->name, "issuer", issuer->conf->issuer, "source",
        source_of(issuer), "keys", (json_int_t)(keys ? issuer->keys->count : 0),
        "key_age_s", seconds_or_null(keys, now - s->loaded_at), "expires_in_s",
        seconds_or_null(keys && s->fresh_until != SCHEDULE_NEVER,
                        s->fresh_until - now),
        "state", state_of(issuer, now), "error",
        issuer->error[0] != '\0' ? json_string(issuer->error) : json_null(),
        "endpoints", endpoints_of(issuer), "http",
        issuer->site != NULL ? probe_site_status(issuer->site) : json_null());
}
