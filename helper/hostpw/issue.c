/* SPDX-License-Identifier: BSD-2-Clause */
/* Making, replacing and revoking; lists for people. */
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/hostpw/password.h"
#include "helper/hostpw/record.h"
#include "helper/hostpw/store.h"

#define TRIES 4 /* at an id that is free */

static bool
copy_list(struct list *to, const struct list *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!list_has(to, span_of(from->item[i])) &&
            !list_add(to, span_of(from->item[i])))
            return false;
    return true;
}

static bool
refuse(struct buffer *why, const char *text)
{
    buffer_text(why, text);
    return false;
}

static size_t
count_of(const struct hostpws *h, struct span user)
{
    size_t count = 0;

    for (size_t i = 0; i < h->count; i++)
        count += h->entry[i]->usable && span_is(user, h->entry[i]->key.user);
    return count;
}

static bool
is_room(struct hostpws *h, struct span user, struct buffer *why)
{
    if (count_of(h, user) >= HOSTPW_PER_USER)
        return buffer_printf(why,
                             "that user has %d app passwords, ended ones "
                             "included; revoke some",
                             HOSTPW_PER_USER) &&
               false;
    if (h->count >= HOSTPW_KEYS_MAX)
        return refuse(why, "there are too many app passwords; revoke some");
    return true;
}

static bool
is_fit(const struct hostpw_order *order, struct buffer *why)
{
    const char *wrong = record_check_name(order->name);

    if (!text_is_user(order->user))
        wrong = "user must be a login name";
    if (wrong == NULL)
        wrong = record_check_list("services", &order->services);
    if (wrong == NULL)
        wrong = record_check_list("scopes", &order->scopes);
    if (wrong == NULL)
        wrong = record_check_list("hosts", &order->hosts);
    if (wrong == NULL)
        wrong = record_check_list("networks", &order->networks);
    if (wrong == NULL && (order->lifetime < 1 || order->lifetime > INT32_MAX))
        wrong = "the lifetime must be above zero";
    return wrong == NULL || refuse(why, wrong);
}

static bool
fill(struct hostpw *key, const struct hostpw_order *order, int64_t wall)
{
    memcpy(key->user, order->user.data, order->user.len);
    if (order->name.len > 0)
        memcpy(key->name, order->name.data, order->name.len);
    key->created = wall;
    key->expires = wall + order->lifetime;
    key->self_made = order->self_made;
    return copy_list(&key->services, &order->services) &&
           copy_list(&key->scopes, &order->scopes) &&
           copy_list(&key->hosts, &order->hosts) &&
           copy_list(&key->networks, &order->networks);
}

/* Text, id and hash, of an id that nobody has. */
static bool
invent(struct hostpws *h, struct hostpw *key, const char *environment,
       struct buffer *secret)
{
    struct span id, part;

    for (int i = 0; i < TRIES; i++) {
        buffer_clear(secret);
        if (!password_make(environment, secret, key->id))
            return false;
        if (store_refresh(h, span_of(key->id)) == NULL &&
            store_find(h, span_of(key->id)) == NULL)
            return password_parse(buffer_span(secret), environment, &id,
                                  &part) &&
                   password_hash(id, part, key->hash);
    }
    return false;
}

bool
hostpws_create(struct hostpws *h, const struct hostpw_order *order,
               const char *environment, int64_t wall, struct buffer *secret,
               char id[HOSTPW_ID_LEN + 1], struct buffer *why)
{
    struct hostpw key;
    bool done = false;

    memset(&key, 0, sizeof(key));
    id[0] = '\0';
    store_look(h, wall);
    if (!is_fit(order, why) || !is_room(h, order->user, why))
        goto done;
    if (!fill(&key, order, wall) || !invent(h, &key, environment, secret)) {
        refuse(why, "out of memory or of random bytes");
        goto done;
    }
    done = store_write(h, &key, why);
    if (done)
        memcpy(id, key.id, sizeof(key.id));
done:
    if (!done)
        buffer_clear(secret);
    record_clear(&key);
    return done;
}

bool
hostpws_revoke(struct hostpws *h, struct span id, struct buffer *why)
{
    /* Also one that cannot be used: who revokes wants it gone. */
    if (store_refresh(h, id) == NULL && store_find(h, id) == NULL)
        return refuse(why, "there is no such app password");
    return store_remove(h, id, why);
}

/* The same key with an earlier end; its file may be newer than we know. */
static bool
shorten(struct hostpws *h, struct span id, int64_t end, struct buffer *why)
{
    struct store_entry *entry = store_refresh(h, id);
    struct hostpw key;

    if (entry == NULL)
        return refuse(why, "there is no such app password");
    if (entry->key.expires <= end)
        return true;
    key = entry->key; /* a view: the lists stay the entry's */
    key.expires = end > key.created ? end : key.created;
    return store_write(h, &key, why);
}

bool
hostpws_rotate(struct hostpws *h, struct span id, int64_t overlap,
               int64_t lifetime, const char *environment, int64_t wall,
               struct buffer *secret, char new_id[HOSTPW_ID_LEN + 1],
               struct buffer *why)
{
    struct store_entry *old;
    struct hostpw_order order;
    struct buffer unused = BUFFER_INIT(512);

    new_id[0] = '\0';
    store_look(h, wall);
    old = store_refresh(h, id);
    if (old == NULL)
        return refuse(why, "there is no such app password");
    if (overlap < 0 || overlap > INT32_MAX)
        return refuse(why, "the overlap must not be negative");
    order = (struct hostpw_order){
        .user = span_of(old->key.user),
        .name = span_of(old->key.name),
        .services = old->key.services,
        .scopes = old->key.scopes,
        .hosts = old->key.hosts,
        .networks = old->key.networks,
        .lifetime = lifetime,
        .self_made = old->key.self_made,
    };
    if (!hostpws_create(h, &order, environment, wall, secret, new_id, why))
        return false;
    if (shorten(h, id, wall + overlap, why))
        return true;
    /* Two with their whole lives each is not what was asked for. */
    (void)store_remove(h, span_of(new_id), &unused);
    buffer_free(&unused);
    buffer_clear(secret);
    new_id[0] = '\0';
    return false;
}

/* --- lists --- */

const struct hostpw *
hostpws_find(struct hostpws *h, struct span id)
{
    struct store_entry *entry = store_refresh(h, id);

    return entry != NULL ? &entry->key : NULL;
}

static int
by_user_and_age(const void *one, const void *other)
{
    const struct hostpw *a = *(const struct hostpw *const *)one;
    const struct hostpw *b = *(const struct hostpw *const *)other;
    int order = strcmp(a->user, b->user);

    if (order != 0)
        return order;
    if (a->created != b->created)
        return a->created < b->created ? -1 : 1;
    return strcmp(a->id, b->id);
}

static void
refresh_of(struct hostpws *h, struct span user)
{
    char id[HOSTPW_ID_LEN + 1];

    /* From the end: whoever is gone leaves the array. */
    for (size_t i = h->count; i-- > 0;) {
        if (!span_is(user, h->entry[i]->key.user))
            continue;
        memcpy(id, h->entry[i]->id, sizeof(id));
        (void)store_refresh(h, span_of(id));
    }
}

json_t *
hostpws_list(struct hostpws *h, struct span user)
{
    const struct hostpw **key = NULL;
    json_t *list = json_array();
    size_t count = 0;

    /* Anybody may ask for his own, as often as he likes: that must not cost a
     * look at everybody's files. */
    if (folder_look(&h->folder) || user.len == 0)
        store_scan(h);
    else
        refresh_of(h, user);
    key = calloc(h->count + 1, sizeof(*key));
    for (size_t i = 0; key != NULL && i < h->count; i++)
        if (h->entry[i]->usable &&
            (user.len == 0 || span_is(user, h->entry[i]->key.user)))
            key[count++] = &h->entry[i]->key;
    if (count > 1)
        qsort(key, count, sizeof(*key), by_user_and_age);
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(list, hostpw_show(key[i])) != 0) {
            json_decref(list);
            list = NULL;
            break;
        }
    if (key == NULL) {
        json_decref(list);
        list = NULL;
    }
    free(key);
    return list;
}
