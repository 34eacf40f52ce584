/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/throttle.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/network.h"
#include "helper/session/throttle_cap.h"

#define SECRET_LEN 32 /* bytes */
#define SECOND_MS INT64_C(1000)
#define FORGET_MS INT64_C(3600000)
#define DOUBLINGS_MAX 30 /* 2^30 s is longer than any `max` */
/* A key lies in one of this many slots behind its hash, and all of them are
 * looked at: removing one leaves no gap to mind.  The keys have an array of
 * their own, so that this reads 16 lines of cache. */
#define PROBES 128

struct bucket {
    int64_t until_ms; /* nothing is tried before */
    int64_t last_ms;  /* when something came */
    uint32_t failures;
    uint32_t flying;                  /* attempts under way */
    uint64_t wrong[THROTTLE_REPEATS]; /* the latest first */
};

/* The number of slots is a power of two. */
struct buckets {
    uint64_t *key; /* 0: free */
    struct bucket *bucket;
    uint32_t slots;
};

struct throttle {
    EVP_MAC_CTX *mac;
    unsigned char secret[SECRET_LEN];
    int64_t now_ms; /* the highest time seen */
    struct buckets pairs, shared;
    struct throttle_cap *users, *addresses;
};

/* Where an attempt is counted. */
struct place {
    struct buckets *in;
    uint32_t slot;
    uint64_t key; /* what is, or will be, at the slot */
    bool fresh;   /* nothing is known of it: the slot may be taken */
};

/* --- hashes --- */

enum kind { PAIR = 1, PREFIX, USER, CREDENTIAL, ADDRESS };

/* Never 0.  False when OpenSSL fails: then nothing is admitted. */
static bool
hash(struct throttle *t, enum kind kind, struct span a, struct span b,
     uint64_t *out)
{
    const uint64_t front[3] = {(uint64_t)kind, a.len, b.len};
    unsigned char mac[SECRET_LEN];
    size_t len = 0;

    *out = 0;
    if (EVP_MAC_init(t->mac, t->secret, SECRET_LEN, NULL) != 1 ||
        EVP_MAC_update(t->mac, (const void *)front, sizeof(front)) != 1 ||
        (a.len > 0 &&
         EVP_MAC_update(t->mac, (const void *)a.data, a.len) != 1) ||
        (b.len > 0 &&
         EVP_MAC_update(t->mac, (const void *)b.data, b.len) != 1) ||
        EVP_MAC_final(t->mac, mac, &len, sizeof(mac)) != 1 ||
        len != sizeof(mac))
        return false;
    memcpy(out, mac, sizeof(*out));
    *out += *out == 0;
    return true;
}

/* The wider network of an origin: what shares a bucket when there is no room.
 * An address is of one line; a /24 and a /48 are of one house. */
static bool
hash_prefix(struct throttle *t, const char *origin, uint64_t *out)
{
    struct span text = {origin, strcspn(origin, "/")};
    struct span none = {NULL, 0};
    uint8_t address[16];

    if (!network_address(text, address))
        return hash(t, PREFIX, span_of(origin), none, out);
    text.data = (const char *)address;
    text.len = origin[text.len] == '/' ? 6 : 15; /* IPv4 is in mapped form */
    return hash(t, PREFIX, text, none, out);
}

/* Whose tries at the provider: a user's; without one, those of a network, or
 * one stranger could use up everybody's. */
static bool
hash_user(struct throttle *t, struct span user, const char *origin,
          uint64_t *out)
{
    return user.len > 0 ? hash(t, USER, user, (struct span){NULL, 0}, out)
                        : hash_prefix(t, origin, out);
}

/* 0 where the origin is a uid: sshd's, where it is given names, is everybody's,
 * and one stranger could use up that. */
static bool
hash_address(struct throttle *t, const char *origin, uint64_t *out)
{
    uint8_t address[16];

    *out = 0;
    return !network_address((struct span){origin, strcspn(origin, "/")},
                            address) ||
           hash(t, ADDRESS, span_of(origin), (struct span){NULL, 0}, out);
}

/* --- buckets --- */

static bool
buckets_new(struct buckets *in, uint32_t slots)
{
    in->slots = slots;
    in->key = calloc(slots, sizeof(*in->key));
    in->bucket = calloc(slots, sizeof(*in->bucket));
    return in->key != NULL && in->bucket != NULL;
}

static void
buckets_free(struct buckets *in)
{
    free(in->key);
    free(in->bucket);
}

static uint32_t
slot_at(const struct buckets *in, uint64_t key, uint32_t probe)
{
    return ((uint32_t)key + probe) & (in->slots - 1);
}

/* Silent for an hour, and longer than its pause. */
static bool
is_stale(const struct bucket *b, int64_t now)
{
    int64_t last = b->last_ms > b->until_ms ? b->last_ms : b->until_ms;

    return b->flying == 0 && now - last >= FORGET_MS;
}

/* The slot of this key or one for it; false when there is no room. */
static bool
buckets_find(struct buckets *in, uint64_t key, int64_t now, struct place *out)
{
    uint32_t i, slot;
    bool room = false;

    *out = (struct place){.in = in, .key = key};
    for (i = 0; i < PROBES; i++) {
        slot = slot_at(in, key, i);
        if (in->key[slot] == key) {
            out->slot = slot;
            out->fresh = is_stale(&in->bucket[slot], now);
            return true;
        }
        if (in->key[slot] == 0 && !room) {
            out->slot = slot;
            room = true;
        }
    }
    for (i = 0; i < PROBES && !room; i++) {
        out->slot = slot_at(in, key, i);
        room = is_stale(&in->bucket[out->slot], now);
    }
    out->fresh = room;
    return room;
}

static bool
find_place(struct throttle *t, uint64_t pair, const char *origin,
           struct place *out)
{
    uint64_t prefix;

    if (buckets_find(&t->pairs, pair, t->now_ms, out))
        return true;
    if (!hash_prefix(t, origin, &prefix))
        return false;
    if (!buckets_find(&t->shared, prefix, t->now_ms, out)) {
        /* Full as well: with whoever is there. */
        out->slot = slot_at(&t->shared, prefix, 0);
        out->key = t->shared.key[out->slot];
    }
    return true;
}

static void
take_place(const struct place *place)
{
    struct bucket *b = &place->in->bucket[place->slot];

    if (place->fresh)
        memset(b, 0, sizeof(*b));
    place->in->key[place->slot] = place->key;
}

static void
leave_place(struct buckets *in, uint32_t slot)
{
    in->key[slot] = 0;
    memset(&in->bucket[slot], 0, sizeof(in->bucket[slot]));
}

/* --- the rule of a pair --- */

static uint32_t
tries_of(const struct throttle_rules *rules)
{
    if (rules->tries < 1)
        return 1;
    return rules->tries > INT32_MAX ? INT32_MAX : (uint32_t)rules->tries;
}

/* While tries are left, those under way have taken theirs; without any, one
 * at a time, outside a pause. */
static bool
bucket_admits(const struct bucket *b, const struct throttle_rules *rules,
              int64_t now, bool *busy)
{
    uint32_t tries = tries_of(rules);
    uint32_t most = b->failures < tries ? tries - b->failures : 1;

    if (b->failures >= tries && now < b->until_ms)
        return false;
    *busy = b->flying >= most;
    return !*busy;
}

static int64_t
pause_ms(const struct throttle_rules *rules, uint32_t failures)
{
    uint32_t over = failures - tries_of(rules);
    int64_t s = INT64_C(1) << (over < DOUBLINGS_MAX ? over : DOUBLINGS_MAX);

    return (s < rules->max_s ? s : rules->max_s) * SECOND_MS;
}

static void
bucket_fail(struct bucket *b, const struct throttle_rules *rules,
            uint64_t credential, int64_t now)
{
    if (throttle_cap_note(b->wrong, THROTTLE_REPEATS, credential))
        return;
    if (b->failures < INT32_MAX)
        b->failures++;
    if (b->failures >= tries_of(rules))
        b->until_ms = now + pause_ms(rules, b->failures);
}

static void
bucket_forgive(struct bucket *b)
{
    b->failures = 0;
    b->until_ms = 0;
    memset(b->wrong, 0, sizeof(b->wrong));
}

/* --- outside --- */

struct throttle *
throttle_new(void)
{
    char digest[] = "SHA256";
    OSSL_PARAM with[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    struct throttle *t = calloc(1, sizeof(*t));
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    bool ok = false;

    if (t == NULL || hmac == NULL)
        goto done;
    t->users = throttle_cap_new();
    t->addresses = throttle_cap_new();
    t->mac = EVP_MAC_CTX_new(hmac);
    ok = buckets_new(&t->pairs, THROTTLE_PAIRS) &&
         buckets_new(&t->shared, THROTTLE_SHARED) && t->users != NULL &&
         t->addresses != NULL && t->mac != NULL &&
         EVP_MAC_CTX_set_params(t->mac, with) == 1 &&
         RAND_bytes(t->secret, SECRET_LEN) == 1;
done:
    EVP_MAC_free(hmac); /* the context holds it */
    if (!ok) {
        throttle_free(t);
        t = NULL;
    }
    return t;
}

void
throttle_free(struct throttle *t)
{
    if (t == NULL)
        return;
    EVP_MAC_CTX_free(t->mac);
    buckets_free(&t->pairs);
    buckets_free(&t->shared);
    throttle_cap_free(t->users);
    throttle_cap_free(t->addresses);
    erase_free(t, sizeof(*t));
}

/* An origin of IPv6 stands for a whole /64, which a narrower network does not
 * vouch for. */
static bool
is_exempt(const char *origin, const struct list *exempt)
{
    struct span address = {origin, strcspn(origin, "/")};
    unsigned narrowest = origin[address.len] == '/' ? 64 : 128;
    struct network network;

    for (size_t i = 0; exempt != NULL && i < exempt->count; i++)
        if (network_parse(span_of(exempt->item[i]), &network) &&
            network.bits <= narrowest && network_contains(&network, address))
            return true;
    return false;
}

/* --- towards the provider --- */

/* Both or none: who is stopped by one of them takes nothing of the other. */
static bool
take_caps(struct throttle *t, const struct throttle_rules *rules,
          struct throttle_ticket *of)
{
    bool has_address = of->address.key != 0;

    if (!throttle_cap_admits(t->users, rules->per_minute, &of->user,
                             of->credential, t->now_ms) ||
        (has_address &&
         !throttle_cap_admits(t->addresses, rules->per_address, &of->address,
                              of->credential, t->now_ms)))
        return false;
    throttle_cap_begin(t->users, rules->per_minute, &of->user, of->credential,
                       t->now_ms);
    if (has_address)
        throttle_cap_begin(t->addresses, rules->per_address, &of->address,
                           of->credential, t->now_ms);
    return true;
}

static void
end_caps(struct throttle *t, const struct throttle_rules *rules,
         const struct throttle_ticket *of, enum throttle_result result)
{
    throttle_cap_end(t->users, rules->per_minute, &of->user, of->credential,
                     result, t->now_ms);
    if (of->address.key != 0)
        throttle_cap_end(t->addresses, rules->per_address, &of->address,
                         of->credential, result, t->now_ms);
}

bool
throttle_begin(struct throttle *t, const struct throttle_rules *rules,
               struct span user, const char *origin, struct span credential,
               bool remote, int64_t now_ms, struct throttle_ticket *ticket)
{
    struct throttle_ticket mine = {.remote = remote};
    struct place place;
    struct bucket *b;

    memset(ticket, 0, sizeof(*ticket));
    if (now_ms > t->now_ms)
        t->now_ms = now_ms;
    if (is_exempt(origin, rules->exempt))
        return true;
    if (!hash(t, PAIR, user, span_of(origin), &mine.pair) ||
        !hash_user(t, user, origin, &mine.user.key) ||
        !hash_address(t, origin, &mine.address.key) ||
        !hash(t, CREDENTIAL, user, credential, &mine.credential) ||
        !find_place(t, mine.pair, origin, &place))
        return false;
    b = &place.in->bucket[place.slot];
    if (!place.fresh)
        b->last_ms = t->now_ms;
    if ((!place.fresh && !bucket_admits(b, rules, t->now_ms, &ticket->busy)) ||
        (remote && !take_caps(t, rules, &mine)))
        return false;
    take_place(&place);
    b->flying++;
    b->last_ms = t->now_ms;
    mine.pair = place.key;
    mine.slot = place.slot;
    mine.shared = place.in == &t->shared;
    mine.held = true;
    *ticket = mine;
    return true;
}

void
throttle_end(struct throttle *t, const struct throttle_rules *rules,
             struct throttle_ticket *ticket, enum throttle_result result,
             int64_t now_ms)
{
    struct buckets *in = ticket->shared ? &t->shared : &t->pairs;
    struct bucket *b;

    if (!ticket->held)
        return;
    if (now_ms > t->now_ms)
        t->now_ms = now_ms;
    b = &in->bucket[ticket->slot]; /* what is under way keeps its place */
    b->flying--;
    b->last_ms = t->now_ms;
    if (result == THROTTLE_WRONG)
        bucket_fail(b, rules, ticket->credential, t->now_ms);
    else if (result == THROTTLE_GOOD && !ticket->shared)
        bucket_forgive(b);
    if (b->flying == 0 && b->failures == 0)
        leave_place(in, ticket->slot);
    if (ticket->remote)
        end_caps(t, rules, ticket, result);
    memset(ticket, 0, sizeof(*ticket));
}

static json_int_t
count(const struct buckets *in, int64_t now_ms, json_int_t *pausing)
{
    json_int_t used = 0;

    for (uint32_t i = 0; i < in->slots; i++) {
        if (in->key[i] == 0 || is_stale(&in->bucket[i], now_ms))
            continue;
        used++;
        *pausing += in->bucket[i].until_ms > now_ms;
    }
    return used;
}

json_t *
throttle_status(const struct throttle *t, int64_t now_ms)
{
    json_int_t pausing = 0, ignored = 0, pairs, shared;

    if (now_ms < t->now_ms)
        now_ms = t->now_ms;
    pairs = count(&t->pairs, now_ms, &pausing);
    shared = count(&t->shared, now_ms, &ignored);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "pairs", pairs, "pausing",
                     pausing, "shared", shared, "users",
                     (json_int_t)throttle_cap_users(t->users), "addresses",
                     (json_int_t)throttle_cap_users(t->addresses));
}
