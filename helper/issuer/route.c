/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/route.h"

void
route_init(struct route *route, const struct issuer_conf *conf)
{
    secret_init(&route->password, conf->proxy_password_file);
    route->fetch = (struct fetch_route){
        .ca_file = conf->ca_file,
        .proxy = conf->proxy,
        .proxy_user = conf->proxy_user,
        .proxy_ca_file = conf->proxy_ca_file,
        .proxy_schemes = conf->proxy_schemes,
        .no_proxy = &conf->no_proxy,
    };
}

void
route_free(struct route *route)
{
    route->fetch.proxy_password = (struct span){NULL, 0};
    secret_free(&route->password);
}

const struct fetch_route *
route_now(struct route *route, struct buffer *why)
{
    if (route->password.file == NULL)
        return &route->fetch;
    route->fetch.proxy_password = (struct span){NULL, 0};
    return secret_line(&route->password, &route->fetch.proxy_password, why)
               ? &route->fetch
               : NULL;
}
