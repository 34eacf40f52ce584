/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pin_subject: the first `sub` seen for a (local user, issuer) keeps that
 * name; names can be renamed and reused at the provider, subjects cannot.
 * Kept in STATE_DIR/pins, an append-only text file that is compacted when it
 * is opened: a crash loses nothing that was answered.
 */
#ifndef HELPER_SESSION_PINS_H
#define HELPER_SESSION_PINS_H

#include <jansson.h>
#include <stdbool.h>

#include "helper/base/span.h"

struct pins;

enum pin_result {
    PIN_MATCHES,
    PIN_NEW,   /* recorded just now */
    PIN_OTHER, /* another subject holds the name */
    PIN_FAILED /* could not be recorded: refuse */
};

/* Never NULL but without memory: a folder that cannot be used makes
 * pins_check() fail for new names, and is logged once. */
struct pins *pins_open(const char *state_dir);
void pins_free(struct pins *);

/* `iss` is the issuer's identifier, not its section name. */
enum pin_result pins_check(struct pins *, struct span user, struct span iss,
                           struct span sub);

/* The subject that holds the name, or {NULL, 0}. */
struct span pins_find(const struct pins *, struct span user, struct span iss);

/* Forgets the pins of `user` (with `iss` empty: of every issuer); the number
 * forgotten, or -1 when the file could not be written. */
int pins_forget(struct pins *, struct span user, struct span iss);

/* [{"user", "issuer", "subject", "since"}]; a new reference. */
json_t *pins_list(const struct pins *);

#endif
