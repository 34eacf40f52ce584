/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/login.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/base/lru.h"

/* Random numbers are cheaper by the dozen. */
#define IDS_AT_ONCE 64
#define LOGIN_BYTES 1024         /* budget per login */
#define SPARE_BYTES (256 * 1024) /* ... and for a few with many groups */

/* The ids are random, so they can be keys of the table as they are. */
struct logins {
    struct lru *table;
    unsigned char random[LOGIN_ID_LEN * IDS_AT_ONCE];
    size_t unused; /* bytes at the end of it */
};

/* Facts come first: they must stay aligned to 8 bytes. */
struct stored_login {
    int64_t ends;
    uint64_t mapping;
    uint32_t facts_len;
    uint16_t user_len;
    uint16_t service_len;
    uint16_t rhost_len;
    _Alignas(8) char bytes[]; /* facts, user, service, rhost */
};

struct logins *
logins_new(size_t most)
{
    struct logins *logins;

    if (most > (SIZE_MAX - SPARE_BYTES) / LOGIN_BYTES)
        return NULL;
    logins = calloc(1, sizeof *logins);
    if (logins == NULL)
        return NULL;
    logins->table =
        lru_new(LOGIN_ID_LEN, most, most * LOGIN_BYTES + SPARE_BYTES);
    if (logins->table == NULL) {
        free(logins);
        return NULL;
    }
    return logins;
}

void
logins_free(struct logins *logins)
{
    if (logins == NULL)
        return;
    lru_free(logins->table);
    erase_free(logins, sizeof(*logins));
}

/* Each of them once. */
static bool
draw(struct logins *logins, unsigned char id[LOGIN_ID_LEN])
{
    unsigned char *next;

    if (logins->unused == 0) {
        if (RAND_bytes(logins->random, sizeof(logins->random)) != 1)
            return false;
        logins->unused = sizeof(logins->random);
    }
    next = logins->random + sizeof(logins->random) - logins->unused;
    memcpy(id, next, LOGIN_ID_LEN);
    erase(next, LOGIN_ID_LEN);
    logins->unused -= LOGIN_ID_LEN;
    return true;
}

bool
login_add(struct logins *logins, const struct login *login,
          unsigned char id[LOGIN_ID_LEN])
{
    struct stored_login *stored;
    char *to;

    memset(id, 0, LOGIN_ID_LEN);
    if (login->user.len > LIMIT_USER || login->service.len > LIMIT_SERVICE ||
        login->rhost.len > LIMIT_RHOST || login->facts.len > UINT32_MAX)
        return false;
    if (!draw(logins, id))
        return false;
    stored = lru_add(logins->table, id,
                     sizeof *stored + login->facts.len + login->user.len +
                         login->service.len + login->rhost.len);
    if (stored == NULL) {
        memset(id, 0, LOGIN_ID_LEN); /* no id leaves without a login */
        return false;
    }
    stored->ends = login->ends;
    stored->mapping = login->mapping;
    stored->facts_len = (uint32_t)login->facts.len;
    stored->user_len = (uint16_t)login->user.len;
    stored->service_len = (uint16_t)login->service.len;
    stored->rhost_len = (uint16_t)login->rhost.len;
    to = stored->bytes;
    (void)span_copy(login->facts, &to);
    (void)span_copy(login->user, &to);
    (void)span_copy(login->service, &to);
    (void)span_copy(login->rhost, &to);
    return true;
}

/* Without the id, which is the key. */
static void
unpack(struct span bytes, struct login *out)
{
    const struct stored_login *stored = (const void *)bytes.data;
    const char *from = stored->bytes;

    memset(out, 0, sizeof *out);
    out->ends = stored->ends;
    out->mapping = stored->mapping;
    out->facts = (struct span){from, stored->facts_len};
    from += stored->facts_len;
    out->user = (struct span){from, stored->user_len};
    from += stored->user_len;
    out->service = (struct span){from, stored->service_len};
    from += stored->service_len;
    out->rhost = (struct span){from, stored->rhost_len};
}

/* Looking does not make a login younger: the table drops the oldest login,
 * whoever asks about it. */
bool
login_find(const struct logins *logins, const unsigned char id[LOGIN_ID_LEN],
           struct login *out)
{
    struct span found = lru_peek(logins->table, id);

    memset(out, 0, sizeof *out);
    if (found.data == NULL)
        return false;
    unpack(found, out);
    memcpy(out->id, id, LOGIN_ID_LEN);
    return true;
}

void
login_remove(struct logins *logins, const unsigned char id[LOGIN_ID_LEN])
{
    lru_remove(logins->table, id);
}

struct walk {
    void (*one)(void *context, const struct login *);
    void *context;
};

static void
show(void *context, struct span bytes)
{
    const struct walk *walk = context;
    struct login login;

    unpack(bytes, &login);
    walk->one(walk->context, &login);
}

void
logins_each(const struct logins *logins,
            void (*one)(void *context, const struct login *), void *context)
{
    struct walk walk = {one, context};

    lru_each(logins->table, show, &walk);
}

/* --- across a restart --- */

struct saving {
    enum memory_kind kind;
    int64_t now;
    struct buffer *out;
};

static void
save_one(void *context, const void *id, struct span value)
{
    const struct saving *saving = context;
    const struct stored_login *stored = (const void *)value.data;

    if (stored->ends > saving->now - LEEWAY_S)
        (void)memory_put(saving->out, saving->kind,
                         (struct span){id, LOGIN_ID_LEN}, value);
}

void
logins_save(const struct logins *logins, enum memory_kind kind, int64_t now,
            struct buffer *out)
{
    struct saving saving = {kind, now, out};

    lru_each_key(logins->table, save_one, &saving);
}

bool
logins_load(struct logins *logins, struct span id, struct span stored,
            bool (*are_facts)(struct span))
{
    struct stored_login head, *to;

    if (id.len != LOGIN_ID_LEN || stored.len < sizeof(head))
        return false;
    memcpy(&head, stored.data, sizeof(head));
    if (stored.len - sizeof(head) < head.facts_len ||
        stored.len - sizeof(head) - head.facts_len !=
            (size_t)head.user_len + head.service_len + head.rhost_len)
        return false;
    to = lru_add(logins->table, id.data, stored.len);
    if (to == NULL)
        return true;
    memcpy(to, stored.data, stored.len);
    return are_facts((struct span){to->bytes, to->facts_len});
}

void
logins_flush(struct logins *logins)
{
    lru_clear(logins->table);
}

size_t
logins_count(const struct logins *logins)
{
    return lru_count(logins->table);
}
