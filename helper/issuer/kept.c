/* SPDX-License-Identifier: BSD-2-Clause */
/* An issuer and its keys on the disk: before the first request, and after each
 * answer. */
#include "helper/base/limits.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/issuer/keys.h"

static bool
is_kept(const struct issuer *issuer)
{
    return issuer->kept && memcmp(issuer->kept_document, issuer->document,
                                  sizeof(issuer->document)) == 0;
}

bool
kept_lacks(const struct issuer *issuer)
{
    return issuer->cache != NULL && issuer->wants_keys && !issuer->no_store &&
           !is_kept(issuer);
}

static void
keep(struct issuer *issuer, const unsigned char document[32])
{
    issuer->kept = true;
    memcpy(issuer->kept_document, document, sizeof(issuer->kept_document));
}

void
kept_put(struct issuer *issuer, const struct key_load *load)
{
    bool checked = load != NULL && !load->same;

    if (issuer->cache == NULL)
        return;
    /* A private key that was published by mistake is not spread further. */
    if (issuer->no_store || (checked && load->report.private_members)) {
        keycache_remove(issuer->cache, issuer->cache_name);
        issuer->kept = false;
    } else if (checked) {
        issuer->kept = false;
        if (keycache_put(issuer->cache, issuer->cache_name,
                         buffer_span(&load->document), issuer->life_s))
            keep(issuer, load->digest);
    } else if (is_kept(issuer)) {
        issuer->kept = keycache_confirm(issuer->cache, issuer->cache_name);
    }
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
    struct key_schedule then = issuer->schedule;
    int64_t now = issuer->clock();
    const char *wrong = load->problem;
    char age[64];

    issuer->from_cache = false;
    key_schedule_restored(&then, now, issuer->cache_age_s,
                          issuer->cache_life_s);
    if (wrong == NULL && load->keys == NULL)
        wrong = load->report.problem;
    else if (wrong == NULL &&
             key_schedule_state(&then, now, issuer->conf->stale_keys) ==
                 KEYS_ENDED)
        wrong = "they are too old (stale_keys)";
    if (wrong == NULL) {
        keep(issuer, load->digest);
        keys_take(issuer, load);
        issuer->schedule = then;
        log_notice("issuer %s: begins with the keys that were kept %s ago",
                   issuer->conf->name,
                   text_age(issuer->cache_age_s, age, sizeof(age)));
        keys_land(issuer, false);
    } else {
        log_warning("issuer %s: the keys that were kept are not used: %s",
                    issuer->conf->name, wrong);
        issuer->flight = FLIGHT_NONE;
        keys_begin(issuer);
    }
}
