/* SPDX-License-Identifier: BSD-2-Clause */
/* When keys are loaded, from where, and what becomes of the result. */
#include "helper/issuer/keys.h"

#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "helper/base/limits.h"
#include "helper/base/log.h"
#include "helper/base/text.h"

#define FETCH_TIMEOUT_MS 10000
#define FILE_LOOK_MS 2000
#define TIMER_MAX_MS (3600 * INT64_C(1000))

static void failed(struct issuer *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static uint32_t
random32(void)
{
    uint32_t value;

    if (RAND_bytes((unsigned char *)&value, sizeof(value)) != 1)
        value = UINT32_MAX / 2; /* no spread is better than no refresh */
    return value;
}

static const char *
place_of(const struct issuer *issuer)
{
    if (issuer->source == SOURCE_FILE)
        return issuer->file;
    if (issuer->source == SOURCE_URL)
        return issuer->conf->jwks_uri;
    return issuer->conf->issuer;
}

static const char *
goods_of(const struct issuer *issuer)
{
    return issuer->wants_keys ? "keys" : "metadata";
}

static const char *
what_now(const struct issuer *issuer)
{
    if (issuer->keys != NULL)
        return "the old keys stay in use";
    return !issuer->wants_keys && issuer->discovered
               ? "the old metadata stay in use"
               : "its logins are unavailable";
}

static void
on_timer(uv_timer_t *timer)
{
    struct issuer *issuer = timer->data;

    keys_look(issuer);
    keys_arm(issuer);
}

void
keys_arm(struct issuer *issuer)
{
    const struct key_schedule *s = &issuer->schedule;
    int64_t wait;

    if (issuer->closed || issuer->source == SOURCE_NONE ||
        issuer->flight != FLIGHT_NONE || s->next_try == SCHEDULE_NEVER) {
        uv_timer_stop(&issuer->timer);
        return;
    }
    wait = s->next_try - issuer->clock();
    if (wait < 0)
        wait = 0;
    /* libuv's clock stands still while the machine sleeps, ours does not. */
    if (wait > TIMER_MAX_MS)
        wait = TIMER_MAX_MS;
    uv_update_time(issuer->loop);
    uv_timer_start(&issuer->timer, on_timer, (uint64_t)wait, 0);
}

/* --- how a flight ends --- */

void
keys_land(struct issuer *issuer, bool good)
{
    issuer->flight = FLIGHT_NONE;
    issuer->fetch = NULL;
    issuer->file_changed = false;
    kids_answer(&issuer->kids, good, issuer->clock());
    keys_arm(issuer);
}

static void
failed(struct issuer *issuer, const char *format, ...)
{
    char text[ISSUER_ERROR_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    text_escape(span_of(text), issuer->error, sizeof(issuer->error));
    if (!issuer->failing)
        log_warning("issuer %s: no %s from %s: %s; %s, trying again",
                    issuer->conf->name, goods_of(issuer), place_of(issuer),
                    issuer->error, what_now(issuer));
    issuer->failing = true;
    /* It may have moved: the next attempt looks for it anew. */
    if (issuer->source == SOURCE_DISCOVERY) {
        free(issuer->jwks_uri);
        issuer->jwks_uri = NULL;
    }
    key_schedule_failed(&issuer->schedule, issuer->clock(), random32());
    keys_land(issuer, false);
}

static void
succeeded(struct issuer *issuer)
{
    if (issuer->failing)
        log_notice("issuer %s: %s from %s are there again", issuer->conf->name,
                   goods_of(issuer), place_of(issuer));
    issuer->failing = false;
    issuer->error[0] = '\0';
    if (issuer->source == SOURCE_FILE)
        key_schedule_read(&issuer->schedule, issuer->clock());
    else
        key_schedule_renewed(&issuer->schedule, issuer->clock(), issuer->life_s,
                             random32());
    keys_land(issuer, true);
}

static void
drop(struct issuer *issuer)
{
    jwks_free(issuer->keys);
    issuer->keys = NULL;
    issuer->etag[0] = '\0';
    key_schedule_dropped(&issuer->schedule);
}

void
keys_take(struct issuer *issuer, struct key_load *load)
{
    jwks_free(issuer->keys);
    issuer->keys = load->keys;
    load->keys = NULL;
    memcpy(issuer->document, load->digest, sizeof(issuer->document));
    log_info("issuer %s: %zu keys from %s, %zu others not usable",
             issuer->conf->name, load->report.usable, place_of(issuer),
             load->report.skipped);
}

/* Said once per change, and loudly: whoever reads such a document can sign
 * as this issuer. */
static void
tell_private(struct issuer *issuer, const struct key_load *load)
{
    bool found =
        load->report.private_members && load->secrets == JWK_PUBLIC_ONLY;

    if (found && !issuer->private_told)
        log_error("issuer %s: PRIVATE key members are published in %s: "
                  "replace these keys",
                  issuer->conf->name, place_of(issuer));
    issuer->private_told = found;
}

void
keys_loaded(struct issuer *issuer, struct key_load *load)
{
    bool file = load->path != NULL;

    if (issuer->from_cache) {
        kept_loaded(issuer, load);
        if (issuer->flight == FLIGHT_NONE)
            issuer_serve(issuer);
        return;
    }

    if (file)
        issuer->mark = load->mark;
    if (!load->same)
        tell_private(issuer, load);
    /* A shared secret that may not be read any more may be everybody's. */
    if (load->raw && !load->same && load->keys == NULL)
        drop(issuer);
    if (load->problem != NULL) {
        failed(issuer, "%s%s", file ? "the file " : "", load->problem);
    } else if (load->same && issuer->keys == NULL) {
        failed(issuer, "the old keys ended meanwhile");
    } else if (!load->same && load->keys == NULL) {
        failed(issuer, "%s",
               load->report.problem[0] != '\0' ? load->report.problem
                                               : "no usable key");
    } else {
        if (!file)
            kept_put(issuer, load);
        if (!load->same)
            keys_take(issuer, load);
        memcpy(issuer->etag, issuer->next_etag, sizeof(issuer->etag));
        succeeded(issuer);
    }
    issuer_serve(issuer);
}

/* --- the flight's steps over the network --- */

static bool get(struct issuer *, enum issuer_flight, const char *url);

static void
answer_keys(struct issuer *issuer, const struct fetch_answer *answer)
{
    issuer->life_s = key_life_s(answer->max_age, answer->no_store);
    issuer->no_store = answer->no_store;
    if (answer->status == 304 && issuer->keys != NULL) {
        kept_put(issuer, NULL);
        succeeded(issuer);
        return;
    }
    if (answer->status != 200) {
        failed(issuer, "the key set's address answered %ld", answer->status);
        return;
    }
    memcpy(issuer->next_etag, answer->etag, sizeof(issuer->next_etag));
    issuer->flight = FLIGHT_CHECK;
    if (!load_start(issuer, NULL, answer->body))
        failed(issuer, "no memory");
}

/* From the metadata to the keys, where keys are wanted. */
static void
follow(struct issuer *issuer, struct metadata *found,
       const struct fetch_answer *answer)
{
    if (!issuer->wants_keys) {
        issuer->life_s = key_life_s(answer->max_age, answer->no_store);
        succeeded(issuer);
        return;
    }
    if (found->jwks_uri == NULL) {
        failed(issuer, "the discovery document has no jwks_uri");
        return;
    }
    /* The validator belongs to the old address. */
    if (issuer->jwks_uri == NULL ||
        strcmp(issuer->jwks_uri, found->jwks_uri) != 0)
        issuer->etag[0] = '\0';
    free(issuer->jwks_uri);
    issuer->jwks_uri = found->jwks_uri;
    found->jwks_uri = NULL;
    if (!get(issuer, FLIGHT_KEYS, issuer->jwks_uri))
        failed(issuer, "no request could be made for the jwks_uri");
}

static void
answer_metadata(struct issuer *issuer, const struct fetch_answer *answer)
{
    struct metadata found = {0};
    const char *problem = NULL;
    char *url = NULL;

    if (answer->status == 404 && issuer->flight == FLIGHT_OIDC) {
        url = discovery_url(issuer->conf->issuer, DISCOVERY_OAUTH);
        if (url == NULL || !get(issuer, FLIGHT_OAUTH, url))
            failed(issuer, "no memory");
        goto done;
    }
    if (answer->status != 200) {
        failed(issuer, "discovery answered %ld", answer->status);
        goto done;
    }
    if (!discovery_parse(answer->body, issuer->conf->issuer, &found,
                         &problem)) {
        failed(issuer, "%s", problem);
        goto done;
    }
    issuer_take_endpoints(issuer, &found);
    issuer->discovered_at = issuer->clock();
    follow(issuer, &found, answer);
done:
    metadata_clear(&found);
    free(url);
}

static void
on_answer(void *context, const struct fetch_answer *answer)
{
    struct issuer *issuer = context;

    issuer->fetch = NULL;
    issuer->answered = answer->error == NULL && answer->status < 500;
    if (answer->error != NULL)
        failed(issuer, "%s", answer->error);
    else if (issuer->flight == FLIGHT_KEYS)
        answer_keys(issuer, answer);
    else
        answer_metadata(issuer, answer);
    if (issuer->flight == FLIGHT_NONE)
        issuer_serve(issuer);
}

static bool
get(struct issuer *issuer, enum issuer_flight flight, const char *url)
{
    bool keys = flight == FLIGHT_KEYS;
    struct buffer why = BUFFER_INIT(ROUTE_WHY_MAX);
    struct fetch_request request = {
        .url = url,
        .accept = keys ? "application/jwk-set+json, application/json"
                       : "application/json",
        .route = route_now(&issuer->route, &why),
        .etag = keys && issuer->keys != NULL && !kept_lacks(issuer)
                    ? issuer->etag
                    : NULL,
        .timeout_ms = FETCH_TIMEOUT_MS,
        .body_max = keys ? LIMIT_JWKS_BYTES : DISCOVERY_BYTES_MAX,
        .done = on_answer,
        .context = issuer,
    };

    if (request.route == NULL)
        log_warning("issuer %s: %s", issuer->conf->name,
                    why.len > 0 ? why.data : "no memory");
    else
        issuer->fetch = fetch_start(issuer->fetcher, &request);
    buffer_free(&why);
    if (issuer->fetch == NULL)
        return false;
    issuer->flight = flight;
    return true;
}

/* --- how a flight begins --- */

static bool
discover(struct issuer *issuer)
{
    char *url;
    bool begun;

    if (issuer->jwks_uri != NULL &&
        key_address_holds(issuer->discovered_at, issuer->clock()))
        return get(issuer, FLIGHT_KEYS, issuer->jwks_uri);
    url = discovery_url(issuer->conf->issuer, DISCOVERY_OIDC);
    begun = url != NULL && get(issuer, FLIGHT_OIDC, url);
    free(url);
    return begun;
}

void
keys_begin(struct issuer *issuer)
{
    bool begun = false;

    if (issuer->flight != FLIGHT_NONE || issuer->closed ||
        issuer->source == SOURCE_NONE)
        return;
    if (kept_begin(issuer))
        return;
    if (issuer->source == SOURCE_FILE) {
        issuer->flight = FLIGHT_CHECK;
        begun = load_start(issuer, issuer->file, (struct span){NULL, 0});
    } else if (issuer->source == SOURCE_URL)
        begun = fetch_url_ok(span_of(issuer->conf->jwks_uri)) &&
                get(issuer, FLIGHT_KEYS, issuer->conf->jwks_uri);
    else
        begun = discover(issuer);
    /* Nobody waits yet: no flight, no waiters. */
    if (!begun)
        failed(issuer, "no request could be made for that address");
}

void
keys_cancel(struct issuer *issuer)
{
    fetch_cancel(issuer->fetch);
    issuer->fetch = NULL;
    issuer->load = NULL; /* the work ends by itself, unheard */
    issuer->from_cache = false;
    issuer->flight = FLIGHT_NONE;
}

static void
look_at_file(struct issuer *issuer, int64_t now)
{
    issuer->looked_at = now;
    if (!keyfile_differs(issuer->file, &issuer->mark))
        return;
    /* A key that was removed must not serve one login more. */
    issuer->file_changed = true;
    keys_begin(issuer);
}

void
keys_look(struct issuer *issuer)
{
    int64_t now = issuer->clock();
    char age[64];

    if (issuer->closed || issuer->source == SOURCE_NONE)
        return;
    if (issuer->keys != NULL &&
        key_schedule_state(&issuer->schedule, now, issuer->conf->stale_keys) ==
            KEYS_ENDED) {
        log_error("issuer %s: no new keys from %s for %s past the end of the "
                  "old ones (stale_keys): dropped",
                  issuer->conf->name, place_of(issuer),
                  text_age(issuer->conf->stale_keys, age, sizeof(age)));
        drop(issuer);
    }
    if (issuer->flight != FLIGHT_NONE)
        return;
    if (key_schedule_due(&issuer->schedule, now))
        keys_begin(issuer);
    else if (issuer->source == SOURCE_FILE &&
             now - issuer->looked_at >= FILE_LOOK_MS)
        look_at_file(issuer, now);
}

bool
keys_look_hard(struct issuer *issuer)
{
    if (issuer->source == SOURCE_FILE && issuer->flight == FLIGHT_NONE)
        look_at_file(issuer, issuer->clock());
    return issuer->flight != FLIGHT_NONE;
}
