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
#include "helper/conf/config.h"
#include "helper/http/fetch.h"
#include "helper/issuer/issuer.h"
#include "helper/session/login.h"
#include "helper/session/pins.h"
#include "helper/session/verdict.h"

struct helper_issuer {
    struct issuer *issuer;
    unsigned char section[32]; /* SHA-256 of its canonical text */
};

struct helper {
    uv_loop_t *loop;
    struct fetcher *fetcher;
    struct config *config; /* NULL: none could be loaded */
    bool absent;           /* ... because there is no file at all */
    struct buffer complaints;
    struct helper_issuer *issuer; /* in the order of config->issuer */
    size_t issuers;
    struct verdicts *verdicts;
    struct logins *logins;
    struct pins *pins; /* NULL: pins are not looked at and not stored */
    struct attempt *attempts; /* under way */
    int64_t wall_highest;     /* rule 8: a clock that runs backwards */
    uint64_t decided[OUTCOME_COUNT];
    uint64_t from_cache;
    int64_t started_ms;
};

enum helper_memory {
    HELPER_KEEPS_STATE,
    HELPER_STORES_NOTHING /* verify --config: no pins */
};

/* Loads the configuration; a broken one is no failure (complaints say why,
 * every attempt then answers BROKEN).  False without memory or random. */
bool helper_init(struct helper *, uv_loop_t *, const char *file,
                 enum config_scope, enum helper_memory);

/* Reads the configuration again and swaps it in whole; on any fault the
 * running one stays, complaints say why, and false is returned. */
bool helper_reload(struct helper *, const char *file, enum config_scope);

/* Attempts under way end as REASON_STOPPING. */
void helper_close(struct helper *);

#endif
