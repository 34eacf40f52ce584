/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "helper/base/erase.h"
#include "helper/base/network.h"
#include "helper/hostpw/password.h"
#include "helper/hostpw/rfc3339.h"
#include "helper/hostpw/used.h"

/* What a trace says of a list: all of it, or as much as fits. */
static void
describe(const struct list *list, char out[TRACE_TEXT_MAX])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        size_t more = strlen(list->item[i]);

        if (len + more + 2 >= TRACE_TEXT_MAX)
            break;
        if (len > 0)
            out[len++] = ' ';
        memcpy(out + len, list->item[i], more + 1);
        len += more;
    }
}

static bool
note_list(struct trace *trace, const char *name, bool held,
          const struct list *list, struct span found)
{
    char expected[TRACE_TEXT_MAX];

    if (trace == NULL || list->count == 0)
        return held;
    describe(list, expected);
    return trace_span(trace, name, held, expected, found);
}

static bool
has_host(const struct list *hosts, const char *host)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (host != NULL && strcasecmp(hosts->item[i], host) == 0)
            return true;
    return hosts->count == 0;
}

static bool
has_network(const struct list *networks, struct span rhost)
{
    struct network network;

    for (size_t i = 0; i < networks->count; i++)
        if (network_parse(span_of(networks->item[i]), &network) &&
            network_contains(&network, rhost))
            return true;
    return networks->count == 0;
}

static enum reason
limits(const struct hostpw *key, const struct hostpw_question *q)
{
    char ends[RFC3339_SIZE] = "", now[RFC3339_SIZE] = "";

    (void)rfc3339_print(key->expires, ends);
    (void)rfc3339_print(q->wall, now);
    if (!trace_note(q->trace, "expiry", q->wall < key->expires, ends, now))
        return REASON_EXPIRED;
    if (!note_list(q->trace, "services",
                   key->services.count == 0 ||
                       list_has(&key->services, q->service),
                   &key->services, q->service) ||
        !note_list(q->trace, "hosts", has_host(&key->hosts, q->host),
                   &key->hosts, span_of(q->host)) ||
        !note_list(q->trace, "networks", has_network(&key->networks, q->rhost),
                   &key->networks, q->rhost))
        return REASON_PASSWORD_RULE;
    return REASON_ACCEPTED;
}

/*
 * An unknown id, a wrong secret and another user's key take the same way: a
 * look at the file of that name, a hash, a compare of the same length.
 */
static bool
is_secret(const struct store_entry *entry, struct span id, struct span secret,
          struct span user)
{
    static const unsigned char nobody[HOSTPW_HASH_LEN];
    unsigned char hash[HOSTPW_HASH_LEN];
    bool same;

    if (!password_hash(id, secret, hash))
        return false;
    same = CRYPTO_memcmp(hash, entry != NULL ? entry->key.hash : nobody,
                         sizeof(hash)) == 0;
    erase(hash, sizeof(hash));
    return same && entry != NULL && span_is(user, entry->key.user);
}

enum reason
hostpws_check(struct hostpws *h, const struct hostpw_question *q,
              const struct hostpw **out)
{
    struct span id, secret;
    struct store_entry *entry;
    enum reason reason;

    *out = NULL;
    if (!trace_note(q->trace, "app password",
                    password_parse(q->credential, q->environment, &id, &secret),
                    "a whole one of this environment, with its checksum", NULL))
        return REASON_FORM;
    store_look(h, q->wall);
    entry = store_refresh(h, id);
    if (!trace_note(q->trace, "secret", is_secret(entry, id, secret, q->user),
                    "that of an app password of this user", NULL))
        return REASON_PASSWORD;
    reason = limits(&entry->key, q);
    if (reason == REASON_ACCEPTED && q->trace == NULL)
        used_note(h, entry, q);
    *out = &entry->key;
    return reason;
}
