/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/verdict.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/base/lru.h"
#include "helper/session/memory.h"

/*
 * Entries are found by their MAC with plain hashing and memcmp().  Constant
 * time is not needed: whoever cannot compute the MAC cannot choose how many
 * of its bytes match, so the time of a comparison tells nothing about the
 * credentials behind the other entries.
 */

#define SECRET_LEN 32      /* bytes */
#define SECTION_LEN 32     /* SHA-256 of an issuer's section */
#define PARTS 5            /* that a verdict's name has */
#define VERDICT_BYTES 1024 /* budget per verdict; groups differ in number */
#define SPARE_BYTES (256 * 1024) /* ... and for a few very large ones */

struct verdicts {
    EVP_MAC_CTX *mac;
    unsigned char secret[SECRET_LEN]; /* lives and dies with the tables */
    struct lru *positive;
    struct lru *negative;
};

/* What the tables keep under a key. */
struct stored_verdict {
    int64_t made_ms;
    int64_t end_ms;
    char value[];
};

struct stored_negative {
    int64_t until_ms;
    int64_t reason; /* enum reason */
};

static size_t
budget(size_t most)
{
    if (most == 0 || most > (SIZE_MAX - SPARE_BYTES) / VERDICT_BYTES)
        return 0;
    return most * VERDICT_BYTES + SPARE_BYTES;
}

/*
 * The secret is given each time: beginning again with the one that is in the
 * context (NULL) would save a tenth of the 1.1 us that a token of 1.4 KB
 * takes, but does not reset the context before OpenSSL 3.0.3 (its issue
 * 17811), and a copy of a prepared context takes longer.
 */
bool
verdict_key(const struct verdicts *v, const struct verdict_name *name,
            struct verdict_key *out)
{
    const struct span parts[] = {
        span_of(name->kind),
        name->issuer,
        {(const char *)name->section, SECTION_LEN},
        name->user,
        name->credential,
    };
    /* Lengths come first: no two lists of parts give the same bytes. */
    uint64_t lengths[PARTS];
    size_t i, len = 0;
    bool done = EVP_MAC_init(v->mac, v->secret, SECRET_LEN, NULL) == 1;

    _Static_assert(sizeof(parts) / sizeof(parts[0]) == PARTS, "a length each");
    for (i = 0; i < PARTS; i++)
        lengths[i] = parts[i].len;
    done = done && EVP_MAC_update(v->mac, (const unsigned char *)lengths,
                                  sizeof(lengths)) == 1;
    for (i = 0; i < PARTS; i++)
        done = done &&
               (parts[i].len == 0 ||
                EVP_MAC_update(v->mac, (const unsigned char *)parts[i].data,
                               parts[i].len) == 1);
    if (done && EVP_MAC_final(v->mac, out->mac, &len, VERDICT_KEY_LEN) == 1 &&
        len == VERDICT_KEY_LEN)
        return true;
    erase(out, sizeof *out);
    return false;
}

static EVP_MAC_CTX *
mac_new(void)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = NULL;

    if (hmac != NULL)
        mac = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac); /* the context holds it */
    if (mac != NULL && EVP_MAC_CTX_set_params(mac, params) != 1) {
        EVP_MAC_CTX_free(mac);
        mac = NULL;
    }
    return mac;
}

struct verdicts *
verdicts_new(size_t most)
{
    struct verdicts *v = calloc(1, sizeof *v);

    if (v == NULL)
        return NULL;
    v->mac = RAND_bytes(v->secret, SECRET_LEN) == 1 ? mac_new() : NULL;
    v->positive = lru_new(VERDICT_KEY_LEN, most, budget(most));
    v->negative =
        lru_new(VERDICT_KEY_LEN, NEGATIVES_MAX, budget(NEGATIVES_MAX));
    if (v->mac == NULL || v->positive == NULL || v->negative == NULL) {
        verdicts_free(v);
        return NULL;
    }
    return v;
}

void
verdicts_free(struct verdicts *v)
{
    if (v == NULL)
        return;
    EVP_MAC_CTX_free(v->mac); /* erases its copy of the secret, too */
    lru_free(v->positive);
    lru_free(v->negative);
    erase_free(v, sizeof *v);
}

int64_t
verdict_life_s(int64_t left_s, int64_t most_s)
{
    return left_s > most_s - LEEWAY_S ? most_s : left_s + LEEWAY_S;
}

struct span
verdict_find(struct verdicts *v, const struct verdict_key *key, int64_t now_ms,
             int64_t fresh_ms)
{
    struct span found = lru_find(v->positive, key->mac);
    const struct stored_verdict *stored = (const void *)found.data;

    if (stored != NULL && now_ms >= stored->end_ms) {
        lru_remove(v->positive, key->mac);
        stored = NULL;
    }
    if (stored == NULL || now_ms - stored->made_ms >= fresh_ms)
        return (struct span){NULL, 0};
    return (struct span){stored->value, found.len - sizeof *stored};
}

/* A credential is good or it is not: what was said last is kept alone. */
bool
verdict_add(struct verdicts *v, const struct verdict_key *key,
            struct span value, int64_t now_ms, int64_t end_ms)
{
    struct stored_verdict *stored;

    lru_remove(v->negative, key->mac);
    if (value.len > SIZE_MAX / 4)
        return false;
    stored = lru_add(v->positive, key->mac, sizeof *stored + value.len);
    if (stored == NULL)
        return false;
    stored->made_ms = now_ms;
    stored->end_ms = end_ms;
    if (value.len > 0)
        memcpy(stored->value, value.data, value.len);
    return true;
}

void
verdict_remove(struct verdicts *v, const struct verdict_key *key)
{
    lru_remove(v->positive, key->mac);
}

enum reason
verdict_find_negative(struct verdicts *v, const struct verdict_key *key,
                      int64_t now_ms)
{
    struct span found = lru_find(v->negative, key->mac);
    const struct stored_negative *stored = (const void *)found.data;

    if (stored == NULL)
        return REASON_NONE;
    if (now_ms >= stored->until_ms) {
        lru_remove(v->negative, key->mac);
        return REASON_NONE;
    }
    return (enum reason)stored->reason;
}

void
verdict_add_negative(struct verdicts *v, const struct verdict_key *key,
                     enum reason reason, int64_t now_ms)
{
    struct stored_negative *stored;

    if (reason == REASON_ACCEPTED || !reason_is_definite(reason))
        return;
    lru_remove(v->positive, key->mac);
    stored = lru_add(v->negative, key->mac, sizeof *stored);
    if (stored == NULL)
        return;
    stored->until_ms = now_ms + NEGATIVE_TTL_S * 1000;
    stored->reason = reason;
}

void
verdicts_flush(struct verdicts *v)
{
    lru_clear(v->positive);
    lru_clear(v->negative);
}

void
verdicts_limit(struct verdicts *v, size_t most)
{
    lru_limit(v->positive, most, budget(most));
}

/* --- across a restart --- */

struct saving {
    bool (*may_keep)(struct span value);
    int64_t now_ms;
    size_t bytes; /* of all; then, how many of the oldest are left out */
    struct buffer *out;
};

static bool
is_kept(const struct saving *saving, struct span value)
{
    const struct stored_verdict *stored = (const void *)value.data;

    return saving->now_ms < stored->end_ms &&
           saving->may_keep(
               (struct span){stored->value, value.len - sizeof *stored});
}

static void
measure_one(void *context, const void *key, struct span value)
{
    struct saving *saving = context;

    (void)key;
    if (is_kept(saving, value))
        saving->bytes += memory_record_len(VERDICT_KEY_LEN, value.len);
}

static void
save_one(void *context, const void *key, struct span value)
{
    struct saving *saving = context;
    size_t len = memory_record_len(VERDICT_KEY_LEN, value.len);

    if (!is_kept(saving, value))
        return;
    if (saving->bytes > 0)
        saving->bytes -= len < saving->bytes ? len : saving->bytes;
    else
        (void)memory_put(saving->out, MEMORY_VERDICT,
                         (struct span){key, VERDICT_KEY_LEN}, value);
}

/* The oldest first, and so those that find no room as well. */
void
verdicts_save(const struct verdicts *v, bool (*may_keep)(struct span value),
              int64_t now_ms, struct buffer *out)
{
    struct saving saving = {may_keep, now_ms, 0, out};
    size_t room;

    (void)memory_put(out, MEMORY_SECRET,
                     (struct span){(const char *)v->secret, SECRET_LEN},
                     (struct span){NULL, 0});
    room = out->cap - out->len;
    lru_each_key(v->positive, measure_one, &saving);
    saving.bytes = saving.bytes > room ? saving.bytes - room : 0;
    lru_each_key(v->positive, save_one, &saving);
}

bool
verdicts_load_secret(struct verdicts *v, struct span secret)
{
    if (secret.len != SECRET_LEN)
        return false;
    verdicts_flush(v);
    memcpy(v->secret, secret.data, SECRET_LEN);
    return true;
}

bool
verdicts_load(struct verdicts *v, struct span key, struct span stored,
              bool (*may_keep)(struct span value))
{
    struct stored_verdict *to;

    if (key.len != VERDICT_KEY_LEN ||
        stored.len < sizeof(struct stored_verdict))
        return false;
    to = lru_add(v->positive, key.data, stored.len);
    if (to == NULL) /* there is no room: it is forgotten */
        return true;
    memcpy(to, stored.data, stored.len);
    return may_keep((struct span){to->value, stored.len - sizeof *to});
}

struct verdicts_count
verdicts_count(const struct verdicts *v)
{
    return (struct verdicts_count){
        .verdicts = lru_count(v->positive),
        .negatives = lru_count(v->negative),
        .bytes = lru_bytes(v->positive) + lru_bytes(v->negative),
    };
}
