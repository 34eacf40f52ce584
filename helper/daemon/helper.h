/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The house at run time: configuration, issuers and memories, swapped whole
 * at a reload.  Needs a loop, no socket: `httpauthctl verify --config` builds
 * one in its own process.
 */
#ifndef HELPER_DAEMON_HELPER_H
#define HELPER_DAEMON_HELPER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "helper/base/buffer.h"
#include "helper/base/reason.h"
#include "helper/conf/config.h"
#include "helper/hostpw/hostpw.h"
#include "helper/hostpw/seen.h"
#include "helper/http/fetch.h"
#include "helper/issuer/issuer.h"
#include "helper/issuer/keycache.h"
#include "helper/session/devices.h"
#include "helper/session/login.h"
#include "helper/session/parcels.h"
#include "helper/session/pins.h"
#include "helper/session/replay.h"
#include "helper/session/revocation.h"
#include "helper/session/sessions.h"
#include "helper/session/throttle.h"
#include "helper/session/verdict.h"

#define HELPER_DIGEST_LEN 32

struct helper_issuer {
    struct issuer *issuer;
    /* Its own: no connection, and no tunnel that a proxy made for somebody,
     * serves another issuer or outlives its configuration.  libcurl does not
     * look at a proxy's users and schemes when it takes one up again. */
    struct fetcher *fetcher;
    /* SHA-256 of its canonical text: equal means that a reload changed
     * nothing for it. */
    unsigned char section[HELPER_DIGEST_LEN];
    char name[2 * HELPER_DIGEST_LEN + 1]; /* the same, in hexadecimal */
    /*
     * SHA-256 of that and of the document that its keys came from: verdicts
     * are known by it, so that a key that is withdrawn takes the verdicts it
     * vouched for along, and a new one ends the negatives.
     */
    unsigned char vouches[HELPER_DIGEST_LEN];
    struct jwks *keys; /* the snapshot that `vouches` speaks of; held */
    /* Boot clock: since when credentials are accepted from memory, since it
     * cannot be asked; 0: it can.  And how many. */
    int64_t offline_since_ms;
    uint64_t offline;
};

enum helper_memory {
    HELPER_KEEPS_STATE,
    HELPER_STORES_NOTHING /* verify --config: no pins, no last uses */
};

struct helper {
    uv_loop_t *loop;
    struct config *config;        /* NULL: none could be loaded */
    bool absent;                  /* ... because there is no file at all */
    struct buffer complaints;     /* of the last load that failed */
    struct helper_issuer *issuer; /* in the order of config->issuer */
    size_t issuers;
    struct verdicts *verdicts;
    struct logins *logins;
    /* Those asked for by callers that are not root, apart, so that nobody
     * can push the others out by logging in to himself. */
    struct logins *guests;
    struct sessions *sessions; /* logins that are open */
    struct parcels *parcels;   /* what they are about to collect */
    struct devices *devices;   /* device logins that are not confirmed yet */
    enum helper_memory memory;
    struct pins *pins;               /* NULL: nothing may be recorded */
    struct revocations *revocations; /* NULL: verify --config */
    struct replay *replay;           /* likewise */
    struct hostpws *hostpws;         /* NULL: none can be used */
    struct seen *seen;               /* NULL: nothing may be recorded */
    struct keycache *keycache;       /* NULL: key sets are not kept */
    struct throttle *throttle;
    struct attempt *attempts;       /* those that wait */
    struct device_start *starts;    /* device logins that are begun just now */
    struct inquiry *inquiries;      /* those under way that may be joined */
    struct inquiry **inquiries_end; /* where the next one goes */
    size_t inquiries_count;
    int64_t (*wall)(void); /* clock_wall(); a test brings its own */
    int64_t wall_highest;  /* rule 8: a clock that runs backwards */
    bool clock_told;       /* ... was told to the log */
    uint64_t incident;     /* the last one */
    uint64_t decided[OUTCOME_COUNT];
    struct metrics *metrics;
    struct refusals *refusals;
    uint64_t from_cache;
    int64_t started_ms;
};

/* Loads the configuration; a broken one is no failure (complaints say why,
 * every attempt then answers BROKEN).  False without memory or random. */
bool helper_init(struct helper *, uv_loop_t *, const char *file,
                 enum config_scope, enum helper_memory);

/* Reads the configuration again and swaps it in whole; on any fault the
 * running one stays, complaints say why, and false is returned.  Attempts
 * that wait begin again under the new one, with the deadline they had. */
bool helper_reload(struct helper *, const char *file, enum config_scope);

/* Forgets all verdicts and loads all keys anew. */
void helper_flush(struct helper *);

/* The digest by which verdicts of this issuer are known now, by that method;
 * NULL while there can be none: `jwt` without keys. */
const unsigned char *helper_vouches(struct helper_issuer *, enum method);

struct throttle_rules helper_throttle_rules(const struct helper *);

/* Wall clock, and whether it can be right (rule 8): never before this program
 * was written, nor behind the highest time seen by more than the leeway. */
bool helper_wall(struct helper *, int64_t *now);

/* Verdicts, logins and sessions, from and for another helper (memory.h). */
void helper_restore(struct helper *, const char *folder);
void helper_save(const struct helper *, const char *folder);

/* Attempts under way end as REASON_STOPPING.  The loop must run once more
 * before it is closed. */
void helper_close(struct helper *);

#endif
