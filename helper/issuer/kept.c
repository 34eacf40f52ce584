/* SPDX-License-Identifier: BSD-2-Clause */
/* An issuer and its keys on the disk: before the first request, and after each
 * answer. */
#include "helper/base/limits.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/issuer/keys.h"

void
kept_put(struct issuer *issuer, const struct key_load *load)
{
    if (issuer->cache == NULL)
        return;
    /* A private key that was published by mistake is not spread further. */
    if (issuer->no_store || (load != NULL && load->report.private_members))
        keycache_remove(issuer->cache, issuer->cache_name);
    else if (load != NULL && !load->same)
        keycache_put(issuer->cache, issuer->cache_name,
                     buffer_span(&load->document), issuer->life_s);
    else
        keycache_confirm(issuer->cache, issuer->cache_name);
}

bool
kept_begin(struct issuer *issuer)
{
    struct keycache_entry kept;
    const char *wrong = NULL;

    if (issuer->cache == NULL || issuer->cache_read || !issuer->wants_keys ||
        issuer->keys != NULL)
        return false;
    issuer->cache_read = true;
    if (keycache_get(issuer->cache, issuer->cache_name, &kept)) {
        int64_t age_s = issuer->wall() - kept.confirmed;

        issuer->cache_age_s = age_s < 0 ? 0 : age_s;
        issuer->cache_life_s = kept.life_s;
        if (age_s < -LEEWAY_S)
            wrong = "they are from the future";
        else if (age_s > kept.life_s + issuer->conf->stale_keys)
            wrong = "they are too old (stale_keys)";
        else
            issuer->from_cache =
                load_start(issuer, NULL, buffer_span(&kept.document));
        if (wrong != NULL)
            log_warning("issuer %s: the keys that were kept are not used: %s",
                        issuer->conf->name, wrong);
    }
    buffer_free(&kept.document);
    if (issuer->from_cache)
        issuer->flight = FLIGHT_CHECK;
    return issuer->from_cache;
}

void
kept_loaded(struct issuer *issuer, struct key_load *load)
{
    char age[64];

    issuer->from_cache = false;
    if (load->keys != NULL) {
        keys_take(issuer, load);
        key_schedule_restored(&issuer->schedule, issuer->clock(),
                              issuer->cache_age_s, issuer->cache_life_s);
        log_notice("issuer %s: begins with the keys that were kept %s ago",
                   issuer->conf->name,
                   text_age(issuer->cache_age_s, age, sizeof(age)));
        keys_land(issuer, false);
    } else {
        log_warning("issuer %s: the keys that were kept are not used: %s",
                    issuer->conf->name,
                    load->problem != NULL ? load->problem
                                          : load->report.problem);
        issuer->flight = FLIGHT_NONE;
        keys_begin(issuer);
    }
}
