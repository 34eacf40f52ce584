/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of this room: the state of one issuer, and how its keys are loaded.
 *
 *   file       stat -> pool thread reads and checks -> swap
 *   URL        GET -> pool thread checks -> swap; 304 renews
 *   discovery  GET metadata (OIDC, on 404 RFC 8414) -> as URL, or the end
 *              where nothing but endpoints is wanted of it
 *   disk       what an address answered before, once at the start: checked on
 *              the pool like it, and followed by the network
 *   none       nothing: every endpoint is configured and no key is needed
 *
 * At most one load is under way (single flight).  The struct lives until the
 * last of its holders lets go: the owner, a load on the pool, the timer.
 */
#ifndef HELPER_ISSUER_KEYS_H
#define HELPER_ISSUER_KEYS_H

#include "helper/http/breaker.h"
#include "helper/issuer/client.h"
#include "helper/issuer/discovery.h"
#include "helper/issuer/issuer.h"
#include "helper/issuer/keycache.h"
#include "helper/issuer/keyfile.h"
#include "helper/issuer/kids.h"
#include "helper/issuer/probe.h"
#include "helper/issuer/route.h"
#include "helper/issuer/schedule.h"

#define ISSUER_ERROR_MAX 240

enum issuer_source { SOURCE_FILE, SOURCE_URL, SOURCE_DISCOVERY, SOURCE_NONE };

/* What fails by itself: each endpoint, and the protected URL of `http`. */
enum issuer_breaker {
    ISSUER_INTROSPECTION,
    ISSUER_TOKEN,
    ISSUER_TOKENINFO,
    ISSUER_USERINFO,
    ISSUER_HTTP,
    ISSUER_DEVICE,
    ISSUER_BREAKERS
};

enum issuer_flight {
    FLIGHT_NONE,
    FLIGHT_OIDC,  /* metadata, first form */
    FLIGHT_OAUTH, /* metadata, second form */
    FLIGHT_KEYS,  /* the key set's GET */
    FLIGHT_CHECK  /* on the pool */
};

struct key_load;

struct issuer {
    const struct issuer_conf *conf;
    uv_loop_t *loop;
    struct fetcher *fetcher;
    struct route route;
    uv_timer_t timer;
    int64_t (*clock)(void); /* clock_boot_ms; tests bring their own */
    int64_t (*wall)(void);  /* clock_wall; likewise */
    unsigned holders;
    bool closed;

    struct client *client;   /* NULL: nothing is introspected */
    struct probe_site *site; /* NULL: no method `http` */
    struct breaker breaker[ISSUER_BREAKERS];
    /* Why there was no usable answer, "" since there was one; for status. */
    char trouble[ISSUER_BREAKERS][ISSUER_ERROR_MAX];

    enum issuer_source source;
    bool wants_keys; /* a method needs them */
    char *file;      /* where SOURCE_FILE looks; else NULL */
    struct jwks *keys;
    unsigned char document[32]; /* SHA-256 of what `keys` came from */
    struct key_schedule schedule;
    struct kids kids;

    enum issuer_flight flight;
    struct fetch *fetch;
    struct key_load *load;
    struct issuer_waiter *waiting; /* for the flight */
    struct issuer_waiter *served;  /* being told */

    char *jwks_uri;        /* from discovery; NULL: to be found */
    int64_t discovered_at; /* boot time, ms */
    bool discovered;       /* there was a document: the endpoints are known */
    char *endpoint[ENDPOINT_COUNT];     /* from it; NULL: not named, dropped */
    bool endpoint_told[ENDPOINT_COUNT]; /* that it was dropped */
    char etag[128]; /* of the document that `keys` came from */
    int64_t life_s; /* of the answer that is being checked */
    char next_etag[128];

    struct keycache *cache; /* NULL: nothing is kept on the disk */
    char cache_name[KEYCACHE_NAME_LEN + 1];
    bool cache_read; /* once, before the first request */
    bool from_cache; /* what is being checked */
    bool no_store;   /* says the answer that is being checked */
    bool kept;       /* something lies on the disk that was checked */
    unsigned char kept_document[32]; /* SHA-256 of that */
    int64_t cache_age_s, cache_life_s;

    struct keyfile_mark mark;
    int64_t looked_at; /* last stat */
    bool file_changed; /* the keys are not used until it was read */

    bool failing;
    bool answered; /* the last flight had an answer, below 500 */
    bool private_told;
    char error[ISSUER_ERROR_MAX]; /* of the last attempt; "" */
};

/* keys.c */
void keys_begin(struct issuer *);  /* unless a load is under way */
void keys_cancel(struct issuer *); /* whatever is under way */
/* Sets the timer to the next attempt, or to the end of stale keys. */
void keys_arm(struct issuer *);
/* Drops keys that ended, looks at the file now and then, begins what is
 * due. */
void keys_look(struct issuer *);
/* As keys_look(), but stats the file at once; true if a load is under way
 * now. */
bool keys_look_hard(struct issuer *);

/* load.c: the part that runs on the pool. */
struct key_load {
    uv_work_t work;
    struct issuer *issuer;
    char *path; /* or NULL: */
    struct buffer document;
    bool raw;      /* the file is a shared secret, no key set */
    uint32_t hmac; /* HS* that the issuer's list names */
    enum jwk_secrets secrets;
    struct list thumbprints;
    bool had_keys;            /* then an equal document is not checked again */
    unsigned char known[32];  /* ... its digest */
    unsigned char digest[32]; /* results */
    bool same;
    struct jwks *keys;
    struct jwks_report report;
    struct keyfile_mark mark;
    const char *problem; /* static, or NULL */
};

/* `path` NULL: `document` is copied.  Calls keys_loaded() from the loop;
 * false without memory. */
bool load_start(struct issuer *, const char *path, struct span document);
/* keys.c; not called for an issuer that was closed or cancelled it. */
void keys_loaded(struct issuer *, struct key_load *);

/* The load has ended; `good`: what it brought is what there is. */
void keys_land(struct issuer *, bool good);
/* The keys of a load that went well are those in use from now on. */
void keys_take(struct issuer *, struct key_load *);

/* kept.c */
/* Once, and only where there are no keys yet: begins with those on the disk;
 * false when there are none. */
bool kept_begin(struct issuer *);
/* They were checked.  The provider is asked all the same, by the timer. */
void kept_loaded(struct issuer *, struct key_load *);
/* What is in use is kept for the next start, where the provider lets it be;
 * `load` NULL: it was confirmed. */
void kept_put(struct issuer *, const struct key_load *);
/* The disk lacks what is in use: it must come as a whole and be checked anew,
 * so that it can be kept. */
bool kept_lacks(const struct issuer *);

/* endpoint.c */
bool issuer_uses_endpoint(const struct issuer_conf *, enum issuer_endpoint);
/* The endpoints of a metadata document; `found` keeps the rest. */
void issuer_take_endpoints(struct issuer *, struct metadata *found);

/* issuer.c */
/* What the issuer waits for is there. */
bool issuer_is_ready(struct issuer *);
void issuer_hold(struct issuer *);
void issuer_release(struct issuer *);
/* The flight ended: tells its waiters.  The issuer may be gone afterwards. */
void issuer_serve(struct issuer *);

#endif
