/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/config.h"

#include <stdlib.h>

#include "helper/conf/fit.h"
#include "helper/conf/pattern.h"
#include "helper/conf/settings.h"
#include "helper/conf/value.h"

/* Everything that the option table knows of one section. */
static void
clear_options(enum option_section section, void *base)
{
    size_t i;

    for (i = 0; i < option_count; i++)
        if (option_table[i].section == section)
            value_clear(&option_table[i], base);
}

void
config_free(struct config *config)
{
    size_t i;

    if (config == NULL)
        return;
    clear_options(SECTION_DAEMON, &config->daemon);
    for (i = 0; i < config->daemon.trusted_count; i++)
        free(config->daemon.trusted[i].service);
    free(config->daemon.trusted);
    for (i = 0; i < config->issuers; i++) {
        clear_options(SECTION_ISSUER, &config->issuer[i]);
        free(config->issuer[i].name);
    }
    free(config->issuer);
    for (i = 0; i < config->services; i++) {
        clear_options(SECTION_SERVICE, &config->service[i]);
        free(config->service[i].name);
    }
    free(config->service);
    usersmap_free(config->map);
    settings_free(config->settings);
    list_clear(&config->files);
    free(config->dir);
    free(config->file);
    free(config);
}

const struct service_conf *
config_service(const struct config *config, struct span name)
{
    size_t i;

    for (i = 0; i < config->services; i++)
        if (span_is(name, config->service[i].name))
            return &config->service[i];
    return NULL;
}

const struct issuer_conf *
config_issuer(const struct config *config, struct span name)
{
    size_t i;

    for (i = 0; i < config->issuers; i++)
        if (span_is(name, config->issuer[i].name))
            return &config->issuer[i];
    return NULL;
}

bool
config_speaks_for(const struct config *config, const struct issuer_conf *issuer,
                  struct span user)
{
    const struct users_map *map = config->map;
    bool listed = false;
    size_t i;

    /* A name in users.map is reachable by its lines only. */
    for (i = 0; i < map->count; i++) {
        if (!span_is(user, map->line[i].local))
            continue;
        if (span_is(span_of(issuer->name), map->line[i].issuer))
            return true;
        listed = true;
    }
    if (listed)
        return false;
    for (i = 0; i < issuer->users.count; i++)
        if (pattern_matches(span_of(issuer->users.item[i]), user))
            return true;
    return false;
}

enum method
config_token_method(const struct issuer_conf *issuer)
{
    int64_t accept = issuer->accept;

    if (issuer->token_pattern.count == 0)
        return METHOD_NONE;
    if ((accept & METHOD_INTROSPECTION) != 0)
        return METHOD_INTROSPECTION;
    if ((accept & METHOD_USERINFO) != 0)
        return METHOD_USERINFO;
    return (accept & METHOD_HTTP) != 0 ? METHOD_HTTP : METHOD_NONE;
}

enum method
config_password_method(const struct issuer_conf *issuer)
{
    int64_t accept = issuer->accept;

    if (issuer->password_pattern.count == 0)
        return METHOD_NONE;
    if ((accept & METHOD_APP_PASSWORD) != 0)
        return METHOD_APP_PASSWORD;
    return (accept & METHOD_HTTP) != 0 ? METHOD_HTTP : METHOD_NONE;
}

bool
config_introspects(const struct issuer_conf *issuer)
{
    return (issuer->accept & METHOD_INTROSPECTION) != 0 ||
           ((issuer->accept & METHOD_JWT) != 0 && issuer->check != CHECK_LOCAL);
}

bool
config_asks_devices(const struct issuer_conf *issuer)
{
    return (issuer->accept & METHOD_DEVICE) != 0;
}

bool
config_exchanges(const struct issuer_conf *issuer)
{
    return (issuer->accept & (METHOD_APP_PASSWORD | METHOD_DEVICE)) != 0 ||
           (config_introspects(issuer) &&
            issuer->introspection_auth == INTROSPECTION_CLIENT_CREDENTIALS);
}

bool
config_needs_keys(const struct issuer_conf *issuer)
{
    /* What comes for an app password or a device login is a JWT, too. */
    if ((issuer->accept & (METHOD_APP_PASSWORD | METHOD_DEVICE)) != 0 ||
        ((issuer->accept & METHOD_JWT) != 0 &&
         issuer->check != CHECK_INTROSPECT))
        return true;
    return config_introspects(issuer) &&
           issuer->introspection_answer == ANSWER_JWT;
}

bool
config_discovers(const struct issuer_conf *issuer)
{
    bool userinfo = (issuer->accept & METHOD_USERINFO) != 0 &&
                    issuer->tokeninfo_endpoint == NULL;

    if (issuer->jwks_file != NULL || issuer->jwks_uri != NULL ||
        issuer->secret_file != NULL)
        return false;
    return config_needs_keys(issuer) ||
           (config_introspects(issuer) &&
            issuer->introspection_endpoint == NULL) ||
           (config_exchanges(issuer) && issuer->token_endpoint == NULL) ||
           (config_asks_devices(issuer) &&
            issuer->device_authorization_endpoint == NULL) ||
           (userinfo && issuer->userinfo_endpoint == NULL);
}

bool
config_service_admits_issuer(const struct service_conf *service,
                             const struct issuer_conf *issuer)
{
    if (service->issuers.count == 0)
        return !issuer->local;
    return list_has(&service->issuers, span_of(issuer->name));
}

bool
config_group_split(struct span written, struct span *group, struct span *issuer)
{
    size_t at = written.len;

    *group = written;
    *issuer = (struct span){NULL, 0};
    while (at > 0 && written.data[at - 1] != '@')
        at--;
    if (at > 0) {
        struct span suffix = {written.data + at, written.len - at};

        if (fit_section_name(suffix)) {
            *issuer = suffix;
            group->len = at - 1;
        }
    }
    return group->len > 0;
}

bool
config_trusts_caller(const struct config *config, uid_t uid,
                     struct span service)
{
    const struct daemon_conf *daemon = &config->daemon;
    size_t i;

    for (i = 0; i < daemon->trusted_count; i++)
        if (daemon->trusted[i].uid == uid &&
            span_is(service, daemon->trusted[i].service))
            return true;
    return false;
}

const char *
config_method_name(enum method method)
{
    switch (method) {
    case METHOD_JWT:
        return "jwt";
    case METHOD_INTROSPECTION:
        return "introspection";
    case METHOD_APP_PASSWORD:
        return "app-password";
    case METHOD_USERINFO:
        return "userinfo";
    case METHOD_HTTP:
        return "http";
    case METHOD_HOST_PASSWORD:
        return "host-password";
    case METHOD_DEVICE:
        return "device";
    case METHOD_NONE:
        break;
    }
    return "";
}
