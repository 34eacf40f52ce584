/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/issuer.h"

#include <stdio.h>
#include <stdlib.h>

#include "helper/base/clock.h"
#include "helper/base/limits.h"
#include "helper/issuer/keys.h"

/* --- life --- */

void
issuer_hold(struct issuer *issuer)
{
    issuer->holders++;
}

void
issuer_release(struct issuer *issuer)
{
    if (--issuer->holders > 0)
        return;
    jwks_free(issuer->keys);
    route_free(&issuer->route);
    free(issuer->jwks_uri);
    for (size_t i = 0; i < ENDPOINT_COUNT; i++)
        free(issuer->endpoint[i]);
    free(issuer->file);
    free(issuer);
}

static void
timer_closed(uv_handle_t *handle)
{
    issuer_release(handle->data);
}

static enum issuer_source
source_of(const struct issuer_conf *conf)
{
    if (config_discovers(conf))
        return SOURCE_DISCOVERY;
    if (!config_needs_keys(conf))
        return SOURCE_NONE;
    return conf->jwks_uri != NULL ? SOURCE_URL : SOURCE_FILE;
}

/* Whoever asks the provider, and in whose name. */
static bool
make_askers(struct issuer *issuer)
{
    const struct issuer_conf *conf = issuer->conf;

    if (config_introspects(conf) || config_asks_devices(conf)) {
        issuer->client =
            client_new(conf, issuer->loop, issuer->fetcher, &issuer->route);
        if (issuer->client == NULL)
            return false;
        client_look(issuer->client);
    }
    if ((conf->accept & METHOD_HTTP) == 0)
        return true;
    issuer->site =
        probe_site_new(conf, issuer->loop, issuer->fetcher, &issuer->route);
    return issuer->site != NULL;
}

/* A credential that systemd did not pass stays under its configured name,
 * which does not exist: so the log says what is missing. */
static char *
file_of(const struct issuer_conf *conf)
{
    char *path;

    if (conf->secret_file == NULL)
        return strdup(conf->jwks_file);
    path = secret_path(conf->secret_file);
    return path != NULL ? path : strdup(conf->secret_file);
}

struct issuer *
issuer_new(const struct issuer_conf *conf, uv_loop_t *loop,
           struct fetcher *fetcher)
{
    struct issuer *issuer = calloc(1, sizeof(*issuer));

    if (issuer == NULL)
        return NULL;
    issuer->conf = conf;
    issuer->loop = loop;
    issuer->fetcher = fetcher;
    issuer->clock = clock_boot_ms;
    issuer->wall = clock_wall;
    route_init(&issuer->route, conf);
    issuer->source = source_of(conf);
    issuer->wants_keys = config_needs_keys(conf);
    if (issuer->source == SOURCE_FILE)
        issuer->file = file_of(conf);
    if ((issuer->source == SOURCE_FILE && issuer->file == NULL) ||
        uv_timer_init(loop, &issuer->timer) != 0) {
        free(issuer->file);
        free(issuer);
        return NULL;
    }
    issuer->timer.data = issuer;
    issuer->holders = 2; /* the caller's and the timer's */
    key_schedule_init(&issuer->schedule, issuer->clock());
    if (!make_askers(issuer)) {
        issuer_free(issuer);
        return NULL;
    }
    /* Begins in the next turn of the loop, so that issuer_inherit() can come
     * first and save the request. */
    keys_arm(issuer);
    return issuer;
}

void
issuer_keep(struct issuer *issuer, struct keycache *cache, const char *name)
{
    /* What comes from the disk is past its end already. */
    issuer->cache =
        issuer->source == SOURCE_FILE || issuer->conf->stale_keys == 0 ? NULL
                                                                       : cache;
    snprintf(issuer->cache_name, sizeof(issuer->cache_name), "%s", name);
}

static void
forget(struct issuer_waiter **list)
{
    while (*list != NULL)
        issuer_unwait(*list);
}

void
issuer_free(struct issuer *issuer)
{
    if (issuer == NULL)
        return;
    issuer->closed = true;
    forget(&issuer->waiting);
    forget(&issuer->served);
    keys_cancel(issuer);
    client_free(issuer->client);
    issuer->client = NULL;
    probe_site_free(issuer->site);
    issuer->site = NULL;
    uv_timer_stop(&issuer->timer);
    uv_close((uv_handle_t *)&issuer->timer, timer_closed);
    issuer_release(issuer);
}

/* What failed before a reload fails after it.  Questions under way stay with
 * the old issuer, so that no probe of a breaker will end here. */
static void
inherit_breakers(struct issuer *issuer, const struct issuer *old)
{
    for (size_t i = 0; i < ISSUER_BREAKERS; i++) {
        issuer->breaker[i] = old->breaker[i];
        memcpy(issuer->trouble[i], old->trouble[i], sizeof(old->trouble[i]));
        breaker_ended(&issuer->breaker[i], BREAKER_UNKNOWN,
                      (struct span){NULL, 0}, (struct span){NULL, 0},
                      issuer->clock());
    }
}

static void
inherit_endpoints(struct issuer *issuer, struct issuer *old)
{
    for (size_t i = 0; i < ENDPOINT_COUNT; i++) {
        free(issuer->endpoint[i]);
        issuer->endpoint[i] = old->endpoint[i];
        old->endpoint[i] = NULL;
        issuer->endpoint_told[i] = old->endpoint_told[i];
    }
    issuer->discovered = old->discovered;
}

void
issuer_inherit(struct issuer *issuer, struct issuer *old)
{
    inherit_breakers(issuer, old);
    if (issuer->keys != NULL || issuer->flight != FLIGHT_NONE ||
        issuer->source != old->source)
        return;
    if (old->keys != NULL)
        issuer->keys = jwks_hold(old->keys);
    memcpy(issuer->document, old->document, sizeof(issuer->document));
    issuer->schedule = old->schedule;
    issuer->kids = old->kids;
    kids_answer(&issuer->kids, false, issuer->clock());
    issuer->jwks_uri = old->jwks_uri;
    old->jwks_uri = NULL;
    inherit_endpoints(issuer, old);
    issuer->discovered_at = old->discovered_at;
    memcpy(issuer->etag, old->etag, sizeof(issuer->etag));
    issuer->mark = old->mark;
    issuer->no_store = old->no_store;
    issuer->kept = old->kept && issuer->cache == old->cache;
    memcpy(issuer->kept_document, old->kept_document,
           sizeof(issuer->kept_document));
    issuer->failing = old->failing;
    issuer->answered = old->answered;
    issuer->private_told = old->private_told;
    memcpy(issuer->error, old->error, sizeof(issuer->error));
    keys_arm(issuer);
}

/* --- use --- */

const struct issuer_conf *
issuer_conf(const struct issuer *issuer)
{
    return issuer->conf;
}

struct jwks *
issuer_keys(struct issuer *issuer)
{
    keys_look(issuer);
    return issuer->file_changed ? NULL : issuer->keys;
}

const unsigned char *
issuer_document(const struct issuer *issuer)
{
    return issuer->document;
}

bool
issuer_is_fresh(const struct issuer *issuer)
{
    return issuer->keys != NULL &&
           key_schedule_state(&issuer->schedule, issuer->clock(),
                              issuer->conf->stale_keys) == KEYS_FRESH;
}

bool
issuer_failing(const struct issuer *issuer)
{
    return issuer->failing;
}

bool
issuer_is_ready(struct issuer *issuer)
{
    if (issuer->source == SOURCE_NONE)
        return true;
    return issuer->wants_keys ? issuer_keys(issuer) != NULL
                              : issuer->discovered;
}

void
issuer_refresh(struct issuer *issuer)
{
    issuer->etag[0] = '\0';
    if (issuer->source == SOURCE_DISCOVERY) {
        free(issuer->jwks_uri);
        issuer->jwks_uri = NULL;
    }
    memset(&issuer->kids, 0, sizeof(issuer->kids));
    if (issuer->site != NULL)
        probe_site_forget(issuer->site);
    keys_begin(issuer);
}

/* --- waiters --- */

static void
link_waiter(struct issuer_waiter **list, struct issuer_waiter *waiter)
{
    waiter->link = list;
    waiter->next = *list;
    if (waiter->next != NULL)
        waiter->next->link = &waiter->next;
    *list = waiter;
}

void
issuer_unwait(struct issuer_waiter *waiter)
{
    if (waiter->link == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
    waiter->next = NULL;
}

bool
issuer_wait_for_keys(struct issuer *issuer, struct issuer_waiter *waiter)
{
    if (issuer->flight == FLIGHT_NONE) {
        if (issuer_is_ready(issuer))
            return false;
        if (!keys_look_hard(issuer) &&
            !key_schedule_backs_off(&issuer->schedule, issuer->clock()))
            keys_begin(issuer);
    } else if (issuer->wants_keys
                   ? issuer->keys != NULL && !issuer->file_changed
                   : issuer->discovered)
        return false;
    if (issuer->flight == FLIGHT_NONE)
        return false;
    link_waiter(&issuer->waiting, waiter);
    return true;
}

bool
issuer_wait_for_kid(struct issuer *issuer, struct span kid,
                    struct issuer_waiter *waiter)
{
    int64_t now = issuer->clock();

    if (kid.len == 0 || kid.len > LIMIT_KID || issuer->source == SOURCE_NONE)
        return false;
    /* A look at a file is cheap and only a changed one is read, so that the
     * budget, which protects the provider, does not matter. */
    if (issuer->flight == FLIGHT_NONE && issuer->source == SOURCE_FILE)
        keys_look_hard(issuer);
    else if (issuer->flight == FLIGHT_NONE &&
             kids_may_ask(&issuer->kids, &issuer->schedule, kid, now))
        keys_begin(issuer);
    if (issuer->flight == FLIGHT_NONE)
        return false;
    kids_ask(&issuer->kids, kid, now);
    link_waiter(&issuer->waiting, waiter);
    return true;
}

void
issuer_serve(struct issuer *issuer)
{
    struct issuer_waiter *waiter;

    /* Whoever waits again while being told waits for the next flight. */
    issuer->served = issuer->waiting;
    issuer->waiting = NULL;
    if (issuer->served != NULL)
        issuer->served->link = &issuer->served;
    issuer_hold(issuer);
    while ((waiter = issuer->served) != NULL) {
        issuer_unwait(waiter);
        waiter->ready(waiter);
    }
    issuer_release(issuer);
}
