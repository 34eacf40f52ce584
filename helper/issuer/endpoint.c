/* SPDX-License-Identifier: BSD-2-Clause */
/* Which endpoints an issuer's methods ask, and where those are. */
#include <stdlib.h>

#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/issuer/ask.h"
#include "helper/issuer/keys.h"

bool
issuer_uses_endpoint(const struct issuer_conf *conf, enum issuer_endpoint which)
{
    switch (which) {
    case ENDPOINT_INTROSPECTION:
        return config_introspects(conf);
    case ENDPOINT_TOKEN:
        return config_exchanges(conf);
    case ENDPOINT_USERINFO:
        return (conf->accept & METHOD_USERINFO) != 0;
    case ENDPOINT_DEVICE:
        return config_asks_devices(conf);
    case ENDPOINT_COUNT:
        break;
    }
    return false;
}

static const char *
configured_endpoint(const struct issuer_conf *conf, enum issuer_endpoint which)
{
    switch (which) {
    case ENDPOINT_INTROSPECTION:
        return conf->introspection_endpoint;
    case ENDPOINT_TOKEN:
        return conf->token_endpoint;
    case ENDPOINT_USERINFO:
        return conf->userinfo_endpoint;
    case ENDPOINT_DEVICE:
        return conf->device_authorization_endpoint;
    case ENDPOINT_COUNT:
        break;
    }
    return NULL;
}

const char *
issuer_endpoint(const struct issuer *issuer, enum issuer_endpoint which)
{
    const char *configured;

    if (which < 0 || which >= ENDPOINT_COUNT)
        return NULL;
    configured = configured_endpoint(issuer->conf, which);
    return configured != NULL ? configured : issuer->endpoint[which];
}

/* Said once, when it begins: an endpoint that nobody trusts is not asked. */
static void
take_endpoint(struct issuer *issuer, enum issuer_endpoint which,
              const char *name, char **found)
{
    const struct issuer_conf *conf = issuer->conf;
    char text[ISSUER_ERROR_MAX];
    bool trusted = *found != NULL && discovery_trusts(conf, *found);

    free(issuer->endpoint[which]);
    issuer->endpoint[which] = NULL;
    if (trusted) {
        issuer->endpoint[which] = *found;
        *found = NULL;
    } else if (*found != NULL && !issuer->endpoint_told[which] &&
               issuer_uses_endpoint(conf, which) &&
               configured_endpoint(conf, which) == NULL)
        log_warning("issuer %s: its metadata name the %s %s, which is not "
                    "used: it is not https on the issuer's own host; "
                    "endpoint_hosts admits others",
                    conf->name, name,
                    text_escape(span_of(*found), text, sizeof(text)));
    issuer->endpoint_told[which] = *found != NULL && !trusted;
}

void
issuer_take_endpoints(struct issuer *issuer, struct metadata *found)
{
    take_endpoint(issuer, ENDPOINT_INTROSPECTION, "introspection_endpoint",
                  &found->introspection_endpoint);
    take_endpoint(issuer, ENDPOINT_TOKEN, "token_endpoint",
                  &found->token_endpoint);
    take_endpoint(issuer, ENDPOINT_USERINFO, "userinfo_endpoint",
                  &found->userinfo_endpoint);
    take_endpoint(issuer, ENDPOINT_DEVICE, "device_authorization_endpoint",
                  &found->device_authorization_endpoint);
    issuer->discovered = true;
}

bool
ask_would_rest(const struct issuer *issuer, enum ask_kind kind)
{
    static const struct {
        enum issuer_breaker first, last;
    } of[] = {
        [ASK_INTROSPECTION] = {ISSUER_INTROSPECTION, ISSUER_INTROSPECTION},
        [ASK_EXCHANGE] = {ISSUER_TOKEN, ISSUER_TOKEN},
        [ASK_USERINFO] = {ISSUER_TOKENINFO, ISSUER_USERINFO},
        [ASK_HTTP_TOKEN] = {ISSUER_HTTP, ISSUER_HTTP},
        [ASK_HTTP_PASSWORD] = {ISSUER_HTTP, ISSUER_HTTP},
        [ASK_DEVICE] = {ISSUER_DEVICE, ISSUER_DEVICE},
        [ASK_DEVICE_TOKEN] = {ISSUER_TOKEN, ISSUER_TOKEN},
    };
    int64_t now = issuer->clock();

    for (int i = (int)of[kind].first; i <= (int)of[kind].last; i++)
        if (breaker_state(&issuer->breaker[i], now) != BREAKER_CLOSED &&
            !issuer->breaker[i].busy)
            return true;
    return false;
}
