/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/keyset.h"

#include <string.h>

#include "helper/jose/json.h"

json_t *
keyset_new(const struct sign_key *key)
{
    return json_pack("{s:[o]}", "keys", sign_key_public(key));
}

static bool
is_key(const json_t *jwk, const struct sign_key *key)
{
    return span_is(json_text(jwk, "x"), key->x);
}

static bool
add_retired(json_t *keys, json_t *jwk, int64_t when)
{
    return jwk != NULL &&
           json_object_set_new(jwk, "retired", json_integer(when)) == 0 &&
           json_array_append(keys, jwk) == 0;
}

/* One key of the old set that is not the last one; true unless without
 * memory. */
static bool
carry_over(json_t *keys, const json_t *old, int64_t now,
           struct keyset_change *change)
{
    int64_t retired = now;
    json_t *copy;
    bool done;

    /* A time in the future: the clock was set back since. */
    if (!json_time(json_object_get(old, "retired"), &retired) || retired > now)
        retired = now;
    if (now - retired > KEYSET_KEEP_S) {
        change->dropped++;
        return true;
    }
    copy = json_copy((json_t *)old);
    done = add_retired(keys, copy, retired);
    json_decref(copy);
    change->kept++;
    return done;
}

json_t *
keyset_rotate(const json_t *old, const struct sign_key *last,
              const struct sign_key *next, int64_t now,
              struct keyset_change *change)
{
    json_t *set = keyset_new(next), *keys = json_object_get(set, "keys");
    json_t *retiring = sign_key_public(last), *jwk;
    bool done = keys != NULL && add_retired(keys, retiring, now);
    size_t i;

    *change = (struct keyset_change){.kept = 1};
    json_array_foreach(json_object_get(old, "keys"), i, jwk)
    {
        /* The one that signed until now may be marked already, by a rotation
         * that was interrupted. */
        if (done && json_is_object(jwk) && !is_key(jwk, last))
            done = carry_over(keys, jwk, now, change);
    }
    if (json_array_size(keys) > LIMIT_JWKS_KEYS)
        done = false;
    json_decref(retiring);
    if (done)
        return set;
    json_decref(set);
    return NULL;
}
