/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When keys are fresh, due for a refresh, stale and ended, and when a failed
 * attempt is repeated: arithmetic over a given time (CLOCK_BOOTTIME in
 * milliseconds) and a given random number.  Ten thousand hosts may ask one
 * provider, so every time of the future is spread.
 */
#ifndef HELPER_ISSUER_SCHEDULE_H
#define HELPER_ISSUER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define KEY_LIFE_MIN_S (5 * 60)
#define KEY_LIFE_MAX_S (24 * 3600)
#define KEY_LIFE_DEFAULT_S 3600
#define KEY_BACKOFF_MAX_S 60
#define KEY_ASK_PAUSE_S 30 /* between two refreshes for unknown kids */
#define KEY_ADDRESS_LIFE_S (24 * 3600)

#define SCHEDULE_NEVER INT64_MAX

enum key_state {
    KEYS_NONE,
    KEYS_FRESH,
    KEYS_STALE, /* past their end, but nothing better could be had */
    KEYS_ENDED  /* to be dropped */
};

struct key_schedule {
    bool loaded;
    int64_t loaded_at;
    int64_t fresh_until; /* SCHEDULE_NEVER: a file */
    int64_t next_try;    /* refresh or retry; SCHEDULE_NEVER: nothing to do */
    int64_t last_asked;  /* refresh for an unknown kid */
    bool asked;
    unsigned failures; /* in a row */
};

/* Nothing loaded, due at once. */
void key_schedule_init(struct key_schedule *, int64_t now_ms);

/* Seconds that an answer's keys are fresh; `max_age` as in fetch_answer. */
int64_t key_life_s(int64_t max_age, bool no_store);

/* A good document, or a 304.  Refresh at 80 % of the life, +-10 % of that. */
void key_schedule_renewed(struct key_schedule *, int64_t now_ms, int64_t life_s,
                          uint32_t random);
/* The same for a file, which has no end: it is watched instead. */
void key_schedule_read(struct key_schedule *, int64_t now_ms);

/* Keys that were kept on the disk, confirmed `age_s` seconds ago and fresh for
 * `life_s` then: stale, and due at once. */
void key_schedule_restored(struct key_schedule *, int64_t now_ms, int64_t age_s,
                           int64_t life_s);

/* Next attempt in 1, 2, 4 .. KEY_BACKOFF_MAX_S seconds, +-10 %. */
void key_schedule_failed(struct key_schedule *, int64_t now_ms,
                         uint32_t random);

/* The metadata that named the keys' address need not be read again yet. */
bool key_address_holds(int64_t found_at_ms, int64_t now_ms);

/* The keys are not there any more. */
void key_schedule_dropped(struct key_schedule *);

bool key_schedule_due(const struct key_schedule *, int64_t now_ms);
/* The last attempt failed and the pause after it still runs. */
bool key_schedule_backs_off(const struct key_schedule *, int64_t now_ms);
/* Stale keys end `stale_s` seconds after they were fresh. */
enum key_state key_schedule_state(const struct key_schedule *, int64_t now_ms,
                                  int64_t stale_s);

/* Spends the one refresh that unknown kids have in KEY_ASK_PAUSE_S; false
 * when it is spent. */
bool key_schedule_ask(struct key_schedule *, int64_t now_ms);

#endif
