/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/schedule.h"

#include <string.h>

void
key_schedule_init(struct key_schedule *s, int64_t now_ms)
{
    memset(s, 0, sizeof(*s));
    s->next_try = now_ms;
}

int64_t
key_life_s(int64_t max_age, bool no_store)
{
    if (no_store)
        return KEY_LIFE_MIN_S;
    if (max_age < 0)
        return KEY_LIFE_DEFAULT_S;
    if (max_age < KEY_LIFE_MIN_S)
        return KEY_LIFE_MIN_S;
    return max_age > KEY_LIFE_MAX_S ? KEY_LIFE_MAX_S : max_age;
}

/* Between 90 % and 110 %. */
static int64_t
spread(int64_t ms, uint32_t random)
{
    return ms - ms / 10 + (ms / 5) * (int64_t)(random >> 16) / 0xffff;
}

void
key_schedule_renewed(struct key_schedule *s, int64_t now_ms, int64_t life_s,
                     uint32_t random)
{
    int64_t life_ms = life_s * 1000;

    s->loaded = true;
    s->loaded_at = now_ms;
    s->fresh_until = now_ms + life_ms;
    s->next_try = now_ms + spread(life_ms / 10 * 8, random);
    s->failures = 0;
}

void
key_schedule_read(struct key_schedule *s, int64_t now_ms)
{
    s->loaded = true;
    s->loaded_at = now_ms;
    s->fresh_until = SCHEDULE_NEVER;
    s->next_try = SCHEDULE_NEVER;
    s->failures = 0;
}

void
key_schedule_restored(struct key_schedule *s, int64_t now_ms, int64_t age_s,
                      int64_t life_s)
{
    int64_t left_s = life_s - age_s;

    s->loaded = true;
    s->loaded_at = now_ms - age_s * 1000;
    s->fresh_until = left_s < 0 ? now_ms + left_s * 1000 : now_ms;
    s->next_try = now_ms;
    s->failures = 0;
}

void
key_schedule_failed(struct key_schedule *s, int64_t now_ms, uint32_t random)
{
    int64_t pause_s = KEY_BACKOFF_MAX_S;

    if (s->failures < 6) /* 2^6 is over the most */
        pause_s = INT64_C(1) << s->failures;
    if (s->failures < UINT32_MAX)
        s->failures++;
    s->next_try = now_ms + spread(pause_s * 1000, random);
}

bool
key_address_holds(int64_t found_at_ms, int64_t now_ms)
{
    return now_ms - found_at_ms < KEY_ADDRESS_LIFE_S * INT64_C(1000);
}

void
key_schedule_dropped(struct key_schedule *s)
{
    s->loaded = false;
}

bool
key_schedule_due(const struct key_schedule *s, int64_t now_ms)
{
    return now_ms >= s->next_try;
}

bool
key_schedule_backs_off(const struct key_schedule *s, int64_t now_ms)
{
    return s->failures > 0 && now_ms < s->next_try;
}

enum key_state
key_schedule_state(const struct key_schedule *s, int64_t now_ms,
                   int64_t stale_s)
{
    if (!s->loaded)
        return KEYS_NONE;
    if (s->fresh_until == SCHEDULE_NEVER || now_ms < s->fresh_until)
        return KEYS_FRESH;
    return now_ms < s->fresh_until + stale_s * 1000 ? KEYS_STALE : KEYS_ENDED;
}

bool
key_schedule_ask(struct key_schedule *s, int64_t now_ms)
{
    if (s->asked && now_ms < s->last_asked + KEY_ASK_PAUSE_S * INT64_C(1000))
        return false;
    s->asked = true;
    s->last_asked = now_ms;
    return true;
}
