/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/helper.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "helper/base/clock.h"
#include "helper/base/log.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/device.h"
#include "helper/daemon/metrics.h"
#include "helper/daemon/refusals.h"
#include "helper/policy/facts.h"
#include "helper/session/memory.h"

#define COMPLAINTS_MAX (64 * 1024)
#define CANONICAL_MAX (1024 * 1024)
/* Until a configuration says something else. */
#define VERDICTS_FIRST 1024
#define GUESTS_MAX 1024
/* 2024-01-01: this program did not exist, so the clock was never set. */
#define WALL_FLOOR INT64_C(1704067200)

/* What a configuration brings along, until it is swapped in. */
struct house {
    struct config *config;
    struct helper_issuer *issuer;
    size_t issuers;
    /* NULL: those that are open stay. */
    struct pins *pins;
    struct revocations *revocations;
    struct replay *replay;
    struct hostpws *hostpws;
    struct seen *seen;
    struct keycache *keycache;
};

static void
house_free(struct house *house)
{
    for (size_t i = 0; i < house->issuers; i++) {
        jwks_free(house->issuer[i].keys);
        issuer_free(house->issuer[i].issuer);
        fetcher_free(house->issuer[i].fetcher);
    }
    free(house->issuer);
    pins_free(house->pins);
    revocations_free(house->revocations);
    replay_free(house->replay);
    hostpws_free(house->hostpws);
    seen_free(house->seen);
    keycache_free(house->keycache);
    config_free(house->config);
    memset(house, 0, sizeof(*house));
}

static bool
digest(const void *data, size_t len, unsigned char out[HELPER_DIGEST_LEN])
{
    return EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) == 1;
}

static bool
digest_section(const struct config *config, const struct issuer_conf *conf,
               unsigned char out[HELPER_DIGEST_LEN])
{
    struct buffer text = BUFFER_INIT(CANONICAL_MAX);
    bool done = config_issuer_canonical(config, conf, &text) && !text.failed &&
                digest(text.data, text.len, out);

    buffer_free(&text);
    return done;
}

/* The name of its keys on the disk. */
static void
keep_keys(const struct helper *h, const struct house *house,
          struct helper_issuer *new)
{
    struct keycache *cache =
        house->keycache != NULL ? house->keycache : h->keycache;

    for (size_t i = 0; i < HELPER_DIGEST_LEN; i++)
        snprintf(new->name + 2 * i, 3, "%02x", new->section[i]);
    if (cache != NULL)
        issuer_keep(new->issuer, cache, new->name);
}

static bool
build_issuers(struct helper *h, struct house *house)
{
    struct config *config = house->config;

    house->issuer = calloc(config->issuers + 1, sizeof(*house->issuer));
    if (house->issuer == NULL)
        return false;
    while (house->issuers < config->issuers) {
        const struct issuer_conf *conf = &config->issuer[house->issuers];
        struct helper_issuer *new = &house->issuer[house->issuers++];

        if (!digest_section(config, conf, new->section))
            return false;
        new->fetcher = fetcher_new(h->loop);
        if (new->fetcher != NULL &&
            fetcher_limit(new->fetcher, (unsigned)config->daemon.max_transfers))
            new->issuer = issuer_new(conf, h->loop, new->fetcher);
        if (new->issuer == NULL)
            return false;
        keep_keys(h, house, new);
    }
    return true;
}

static bool
open_state(const struct helper *h, struct house *house)
{
    const char *dir = house->config->daemon.state_dir;

    if (h->memory == HELPER_STORES_NOTHING ||
        (h->pins != NULL && h->config != NULL &&
         strcmp(dir, h->config->daemon.state_dir) == 0))
        return true;
    house->pins = pins_open(dir);
    house->revocations = revocations_open(dir);
    house->replay = replay_open(dir, h->wall());
    house->hostpws = hostpws_open(dir);
    house->seen = seen_open(dir);
    house->keycache = keycache_open(dir);
    return house->keycache != NULL && house->pins != NULL &&
           house->revocations != NULL && house->replay != NULL &&
           house->hostpws != NULL && house->seen != NULL;
}

/* An unchanged section keeps keys, budgets and with them its verdicts. */
static void
inherit(struct helper *h, struct house *house)
{
    for (size_t i = 0; i < house->issuers; i++) {
        struct helper_issuer *new = &house->issuer[i];

        for (size_t k = 0; k < h->issuers; k++) {
            struct helper_issuer *old = &h->issuer[k];

            if (memcmp(new->section, old->section, HELPER_DIGEST_LEN) != 0 ||
                strcmp(issuer_conf(new->issuer)->name,
                       issuer_conf(old->issuer)->name) != 0)
                continue;
            issuer_inherit(new->issuer, old->issuer);
            memcpy(new->vouches, old->vouches, HELPER_DIGEST_LEN);
            new->offline_since_ms = old->offline_since_ms;
            new->offline = old->offline;
            new->keys = old->keys;
            old->keys = NULL;
            break;
        }
    }
}

/* Not a reason to stop: the log has every decision as well. */
static void
open_records(const struct helper *h)
{
    const char *path = h->config->daemon.audit_file;

    if (h->memory == HELPER_KEEPS_STATE && !record_open_file(path))
        log_error("audit_file %s: %s; decisions are in the log only", path,
                  strerror(errno));
}

/* Of issuers that are gone, or were configured otherwise. */
static void
sweep_keys(const struct helper *h)
{
    const char **names = calloc(h->issuers + 1, sizeof(*names));

    for (size_t i = 0; names != NULL && i < h->issuers; i++)
        names[i] = h->issuer[i].name;
    if (names != NULL && h->keycache != NULL)
        keycache_sweep(h->keycache, names, h->issuers);
    free(names);
}

static void
swap_in(struct helper *h, struct house *house)
{
    struct attempt *paused = attempts_pause(h);
    struct house old = {
        .config = h->config, .issuer = h->issuer, .issuers = h->issuers};

    device_stop(h);
    inherit(h, house);
    h->config = house->config;
    h->issuer = house->issuer;
    h->issuers = house->issuers;
    h->absent = false;
    if (house->pins != NULL) {
        old.pins = h->pins;
        old.revocations = h->revocations;
        old.replay = h->replay;
        old.hostpws = h->hostpws;
        old.seen = h->seen;
        old.keycache = h->keycache;
        h->pins = house->pins;
        h->revocations = house->revocations;
        h->replay = house->replay;
        h->hostpws = house->hostpws;
        h->seen = house->seen;
        h->keycache = house->keycache;
    }
    memset(house, 0, sizeof(*house));
    open_records(h);
    verdicts_limit(h->verdicts, (size_t)h->config->daemon.verdicts_max);
    house_free(&old);
    sweep_keys(h);
    attempts_resume(h, paused);
}

bool
helper_reload(struct helper *h, const char *file, enum config_scope scope)
{
    struct house house = {.config = NULL};
    enum config_result result;
    bool done = false;

    buffer_clear(&h->complaints);
    result = config_load(file, scope, &house.config, &h->complaints);
    if (result != CONFIG_OK) {
        h->absent = h->config == NULL && result == CONFIG_ABSENT;
        if (h->complaints.len == 0)
            buffer_printf(&h->complaints, "%s: %s\n", file,
                          result == CONFIG_ABSENT ? "there is no such file"
                                                  : "cannot be read");
        goto done;
    }
    if (!open_state(h, &house) || !build_issuers(h, &house)) {
        buffer_printf(&h->complaints, "%s: out of memory\n", file);
        goto done;
    }
    swap_in(h, &house);
    done = true;
done:
    house_free(&house);
    return done;
}

bool
helper_init(struct helper *h, uv_loop_t *loop, const char *file,
            enum config_scope scope, enum helper_memory memory)
{
    memset(h, 0, sizeof(*h));
    h->complaints = (struct buffer)BUFFER_INIT(COMPLAINTS_MAX);
    h->loop = loop;
    h->memory = memory;
    h->wall = clock_wall;
    h->started_ms = clock_boot_ms();
    h->verdicts = verdicts_new(VERDICTS_FIRST);
    h->logins = logins_new(LOGINS_MAX);
    h->guests = logins_new(GUESTS_MAX);
    h->sessions = sessions_new(SESSIONS_MAX);
    h->parcels = parcels_new();
    h->devices = devices_new();
    h->throttle = throttle_new();
    h->metrics = metrics_new();
    h->refusals = refusals_new();
    if (h->verdicts == NULL || h->logins == NULL || h->guests == NULL ||
        h->sessions == NULL || h->parcels == NULL || h->devices == NULL ||
        h->throttle == NULL || h->metrics == NULL || h->refusals == NULL ||
        getrandom(&h->incident, sizeof(h->incident), 0) !=
            (ssize_t)sizeof(h->incident)) {
        helper_close(h);
        return false;
    }
    helper_reload(h, file, scope);
    return true;
}

void
helper_flush(struct helper *h)
{
    verdicts_flush(h->verdicts);
    for (size_t i = 0; i < h->issuers; i++)
        issuer_refresh(h->issuer[i].issuer);
}

/* Is it a signature that vouches? */
static bool
hangs_on_keys(const struct issuer_conf *conf, enum method method)
{
    return method == METHOD_JWT || method == METHOD_APP_PASSWORD ||
           (method == METHOD_INTROSPECTION &&
            conf->introspection_answer != ANSWER_JSON);
}

const unsigned char *
helper_vouches(struct helper_issuer *issuer, enum method method)
{
    unsigned char name[2 * HELPER_DIGEST_LEN];
    struct jwks *keys;

    if (!hangs_on_keys(issuer_conf(issuer->issuer), method))
        return issuer->section;
    keys = issuer_keys(issuer->issuer);
    /* The snapshot is held, so an equal address is an equal snapshot. */
    if (issuer->keys == keys && keys != NULL)
        return issuer->vouches;
    if (keys == NULL && method != METHOD_JWT)
        return issuer->section;
    jwks_free(issuer->keys);
    issuer->keys = NULL;
    memcpy(name, issuer->section, HELPER_DIGEST_LEN);
    memcpy(name + HELPER_DIGEST_LEN, issuer_document(issuer->issuer),
           HELPER_DIGEST_LEN);
    if (keys == NULL || !digest(name, sizeof(name), issuer->vouches))
        return NULL;
    issuer->keys = jwks_hold(keys);
    return issuer->vouches;
}

struct throttle_rules
helper_throttle_rules(const struct helper *h)
{
    const struct daemon_conf *conf = &h->config->daemon;

    return (struct throttle_rules){
        .tries = conf->throttle_tries,
        .max_s = conf->throttle_max,
        .per_minute = conf->provider_tries,
        .per_address = conf->address_tries,
        .exempt = &conf->throttle_exempt,
    };
}

bool
helper_wall(struct helper *h, int64_t *now)
{
    bool right;

    *now = h->wall();
    right = *now >= WALL_FLOOR && *now >= h->wall_highest - LEEWAY_S;
    if (*now > h->wall_highest)
        h->wall_highest = *now;
    if (!right && !h->clock_told)
        log_error("the clock cannot be right (%lld, seen before: %lld): no "
                  "token is accepted; set it, then restart httpauthd",
                  (long long)*now, (long long)h->wall_highest);
    h->clock_told = !right;
    return right;
}

/* Of tokens only. */
static bool
may_keep(struct span value)
{
    /* In a buffer of records nothing is aligned, but here it is in a table. */
    const struct facts *facts = facts_view(value);

    return facts != NULL && (facts->method == METHOD_JWT ||
                             facts->method == METHOD_INTROSPECTION ||
                             facts->method == METHOD_USERINFO);
}

static bool
are_facts(struct span value)
{
    return facts_view(value) != NULL;
}

static struct memory_tables
tables(const struct helper *h)
{
    return (struct memory_tables){h->verdicts, h->logins, h->guests,
                                  h->sessions, may_keep,  are_facts};
}

void
helper_restore(struct helper *h, const char *folder)
{
    struct memory_tables t = tables(h);

    if (memory_restore(folder, &t,
                       (struct memory_now){clock_boot_ms(), h->wall()}))
        log_notice("goes on with %zu verdicts, %zu logins and %zu open "
                   "sessions of the helper before",
                   verdicts_count(h->verdicts).verdicts,
                   logins_count(h->logins), sessions_count(h->sessions));
}

void
helper_save(const struct helper *h, const char *folder)
{
    const struct memory_tables t = tables(h);

    memory_save(folder, &t, (struct memory_now){clock_boot_ms(), h->wall()});
}

void
helper_close(struct helper *h)
{
    struct house last = {
        .config = h->config,
        .issuer = h->issuer,
        .issuers = h->issuers,
        .pins = h->pins,
        .revocations = h->revocations,
        .replay = h->replay,
        .hostpws = h->hostpws,
        .seen = h->seen,
        .keycache = h->keycache,
    };

    device_stop(h);
    attempts_stop(h);
    house_free(&last);
    verdicts_free(h->verdicts);
    logins_free(h->logins);
    logins_free(h->guests);
    sessions_free(h->sessions);
    parcels_free(h->parcels);
    devices_free(h->devices);
    throttle_free(h->throttle);
    metrics_free(h->metrics);
    refusals_free(h->refusals);
    buffer_free(&h->complaints);
    memset(h, 0, sizeof(*h));
}
