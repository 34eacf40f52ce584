/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/named.h"
#include "helper/policy/facts.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/jose/json.h"

/* Two lists of the largest size, the names, and room to spare. */
#define FACTS_BYTES_MAX (1024 * 1024)

/* `mapped` and the counts must hold what is admitted. */
#define LOCAL_NAMES_MAX 64
_Static_assert(LOCAL_NAMES_MAX <= UINT8_MAX, "mapped is a byte");
_Static_assert(LIMIT_CLAIM_ITEMS <= UINT16_MAX, "counts are 16 bits");
_Static_assert(METHOD_HOST_PASSWORD <= UINT8_MAX, "a method is a byte");

/* A block in the making: the fixed part, and the strings apart from it. */
struct draft {
    struct facts *head;
    struct buffer text;
    enum fact last; /* that was added */
    size_t names;   /* where the local names begin */
};

/* In the order of the facts. */
static void
add(struct draft *d, enum fact fact, struct span value)
{
    struct facts *head = d->head;

    if (fact < d->last)
        d->text.failed = true;
    d->last = fact;
    if (fact == FACT_LOCAL && head->count[fact] == 0)
        d->names = d->text.len;
    head->count[fact]++;
    head->state[fact] = FACT_PRESENT;
    buffer_add(&d->text, value.data, value.len);
    buffer_add(&d->text, "", 1);
}

/* Has `local` been added as a local name already? */
static bool
has_local(const struct draft *d, struct span local)
{
    size_t i, at = d->names;

    for (i = 0; i < d->head->count[FACT_LOCAL] && !d->text.failed; i++) {
        struct span name = span_of(d->text.data + at);

        if (span_equal(name, local))
            return true;
        at += name.len + 1;
    }
    return false;
}

/* A string that may be kept: the bytes of one that is too long or that holds
 * control characters (NUL is one) are nobody's name. */
static bool
is_text(struct span value)
{
    return value.data != NULL && value.len <= LIMIT_CLAIM &&
           !text_has_control(value);
}

static bool
string_of(const json_t *value, struct span *out)
{
    if (!json_is_string(value))
        return false;
    *out = (struct span){json_string_value(value), json_string_length(value)};
    return true;
}

/* --- lists --- */

/*
 * One more entry of a list claim.  A list that is longer than we keep, or
 * that has an entry we do not keep, cannot be judged: what is cut off might
 * be the very group that a rule denies.
 */
static bool
add_item(struct draft *d, enum fact fact, struct span item)
{
    if (item.len == 0)
        return true;
    if (!is_text(item) || d->head->count[fact] >= LIMIT_CLAIM_ITEMS)
        return false;
    add(d, fact, item);
    return true;
}

/* RFC 6749 section 3.3: single spaces; more of them make no entry. */
static bool
add_words(struct draft *d, enum fact fact, struct span words)
{
    size_t end;

    while (words.len > 0) {
        for (end = 0; end < words.len && words.data[end] != ' '; end++)
            continue;
        if (!add_item(d, fact, (struct span){words.data, end}))
            return false;
        if (end < words.len)
            end++;
        words.data += end;
        words.len -= end;
    }
    return true;
}

static bool
add_array(struct draft *d, enum fact fact, const json_t *array)
{
    struct span item;
    size_t i;

    for (i = 0; i < json_array_size(array); i++)
        if (!string_of(json_array_get(array, i), &item) ||
            !add_item(d, fact, item))
            return false;
    return true;
}

static void
add_list(struct draft *d, enum fact fact, const json_t *value)
{
    size_t before = d->text.len;
    struct span words;
    bool good = false;

    if (string_of(value, &words))
        good = add_words(d, fact, words);
    else if (json_is_array(value))
        good = add_array(d, fact, value);
    d->head->state[fact] = good ? FACT_PRESENT : FACT_MISTYPED;
    if (good)
        return;
    d->head->count[fact] = 0;
    if (!d->text.failed) {
        d->text.len = before;
        d->text.data[before] = '\0';
    }
}

/*
 * Does a pointer stand where the list should be?  `_claim_names` is of
 * OpenID Connect Core section 5.6.2, and what Entra sends for somebody in
 * too many groups; `hasgroups` is its short form.
 */
static bool
is_overage(const json_t *root, enum fact fact, const char *claim)
{
    const json_t *names = json_object_get(root, "_claim_names");
    const json_t *short_form = json_object_get(root, "hasgroups");
    const char *member;
    json_t *value;
    size_t len;

    if (fact == FACT_GROUP && short_form != NULL && !json_is_false(short_form))
        return true;
    if (claim[0] != '/')
        return json_object_get(names, claim) != NULL;
    /* Of a JSON Pointer the first step: "/a/b" stands below "a". */
    len = strcspn(++claim, "/");
    json_object_foreach((json_t *)names, member,
                        value) if (strlen(member) == len &&
                                   memcmp(member, claim, len) == 0) return true;
    return false;
}

static void
find_list(struct draft *d, enum fact fact, const json_t *root,
          const char *claim)
{
    const json_t *value = NULL;

    if (claim == NULL)
        return;
    value = json_find(root, claim);
    if (value == NULL && fact == FACT_SCOPE && strcmp(claim, "scope") == 0)
        value = json_find(root, "scp");
    /* Also when some are there: a list that is known to be a part of the
     * whole must not be taken for it, least of all by a deny rule. */
    if (is_overage(root, fact, claim))
        d->head->state[fact] = FACT_OVERAGE;
    else if (value != NULL)
        add_list(d, fact, value);
}

/* --- single values --- */

/* A text, kept as it is or not at all. */
static void
find_text(struct draft *d, enum fact fact, const json_t *value)
{
    struct span text;

    if (value == NULL)
        return;
    if (string_of(value, &text) && text.len > 0 && is_text(text))
        add(d, fact, text);
    else
        d->head->state[fact] = FACT_MISTYPED;
}

/* RFC 9068 section 2.2; `azp` where it is not said (OpenID Connect Core). */
static void
find_client(struct draft *d, const json_t *root)
{
    const json_t *client = json_object_get(root, "client_id");

    find_text(d, FACT_CLIENT,
              client != NULL ? client : json_object_get(root, "azp"));
}

/* The claims have been checked: a string or an array of strings, one of which
 * is ours; an answer may have none. */
static void
find_extra_audience(struct draft *d, const json_t *root,
                    const struct list *ours)
{
    const json_t *aud = json_object_get(root, "aud");
    size_t i, count = json_is_array(aud) ? json_array_size(aud) : 1;
    struct span one;

    for (i = 0; i < count; i++) {
        const json_t *value = json_is_array(aud) ? json_array_get(aud, i) : aud;

        if (string_of(value, &one) && list_has(ours, one))
            continue;
        find_text(d, FACT_EXTRA, value);
        return;
    }
}

static uint32_t
find_sign_in(const json_t *root)
{
    int64_t at;

    if (!json_time(json_object_get(root, "auth_time"), &at) || at < 0 ||
        at > UINT32_MAX)
        return 0;
    return (uint32_t)at;
}

/* --- what the session gets to see --- */

/* Into `out`; false for what is no text, number, truth or list of texts. */
static bool
print_export(const json_t *value, struct buffer *out)
{
    struct span text;
    size_t i;

    if (json_is_integer(value))
        return buffer_printf(out, "%lld", (long long)json_integer_value(value));
    if (json_is_boolean(value))
        return buffer_text(out, json_is_true(value) ? "true" : "false");
    if (string_of(value, &text))
        return text.len > 0 && buffer_add(out, text.data, text.len);
    for (i = 0; i < json_array_size(value); i++) {
        if (!string_of(json_array_get(value, i), &text) ||
            (i > 0 && !buffer_text(out, ",")) ||
            !buffer_add(out, text.data, text.len))
            return false;
    }
    return i > 0;
}

static void
find_exports(struct draft *d, const json_t *root, const struct list *exports)
{
    struct buffer line = BUFFER_INIT(LIMIT_CLAIM);
    size_t i;

    for (i = 0; i < exports->count; i++) {
        const json_t *value = named_claim(root, exports->item[i]);

        buffer_clear(&line);
        buffer_printf(&line, "%s=", named_name(exports->item[i]));
        if (value != NULL && print_export(value, &line) &&
            is_text(buffer_span(&line)))
            add(d, FACT_EXPORT, buffer_span(&line));
    }
    buffer_free(&line);
}

/* --- names --- */

static bool
email_is_verified(const json_t *root)
{
    return json_is_true(json_object_get(root, "email_verified"));
}

static bool
line_matches(const struct users_map_line *line, const struct issuer_conf *conf,
             const json_t *root)
{
    struct span value;

    if (strcmp(line->issuer, conf->name) != 0 ||
        !string_of(json_object_get(root, line->claim), &value) ||
        !span_is(value, line->value))
        return false;
    return strcmp(line->claim, "email") != 0 || email_is_verified(root);
}

static bool
is_local(struct span name)
{
    return text_is_user(name) && !span_is(name, "root");
}

/* Names from users.map, in front of the others.  A name left out for want of
 * room can only refuse. */
static void
add_mapped(struct draft *d, const struct users_map *map,
           const struct issuer_conf *conf, const json_t *root)
{
    size_t i;

    for (i = 0; i < map->count; i++) {
        struct span local = span_of(map->line[i].local);

        if (d->head->mapped >= LOCAL_NAMES_MAX)
            return;
        if (!line_matches(&map->line[i], conf, root) || !is_local(local) ||
            has_local(d, local))
            continue;
        add(d, FACT_LOCAL, local);
        d->head->mapped++;
    }
}

/* "alice@example.org" minus "@example.org".  What is left may hold no '@': a
 * second one was quoted or encoded in the address, and alice@corp is another
 * user's name where directories qualify them. */
static bool
cut_domain(struct span *name, const char *domain)
{
    size_t len = strlen(domain);

    if (name->len <= len + 1 || name->data[name->len - len - 1] != '@' ||
        memcmp(name->data + name->len - len, domain, len) != 0)
        return false;
    name->len -= len + 1;
    return memchr(name->data, '@', name->len) == NULL;
}

/* The name that the username claim gives, if it gives one. */
static enum fact_state
claimed_name(const struct issuer_conf *conf, const json_t *root,
             struct span *name)
{
    const json_t *value = NULL;

    if (conf->username_claim != NULL)
        value = json_find(root, conf->username_claim);
    if (value == NULL)
        return FACT_ABSENT;
    /* The node and not its name: "/email" is the same claim. */
    if (value == json_object_get(root, "email") && !email_is_verified(root))
        return FACT_MISTYPED;
    if (!string_of(value, name))
        return FACT_MISTYPED;
    if (conf->username_domain != NULL &&
        !cut_domain(name, conf->username_domain))
        return FACT_MISTYPED;
    return is_local(*name) ? FACT_PRESENT : FACT_MISTYPED;
}

static void
find_names(struct draft *d, const struct claims *claims,
           const struct config *config, const struct issuer_conf *conf)
{
    enum fact_state state;
    struct span name = {NULL, 0};

    add_mapped(d, config->map, conf, claims->root);
    if (claims->is_client)
        return; /* a client's own names are no person's */
    state = claimed_name(conf, claims->root, &name);
    if (state == FACT_PRESENT && !usersmap_lists(config->map, name))
        add(d, FACT_LOCAL, name);
    else if (d->head->count[FACT_LOCAL] == 0 && state == FACT_MISTYPED)
        d->head->state[FACT_LOCAL] = state;
}

/* --- the block --- */

static struct facts *
finish(struct draft *d)
{
    size_t size = FACTS_HEAD + d->text.len;
    struct facts *facts;

    if (d->text.failed)
        return NULL;
    facts = realloc(d->head, size > sizeof *facts ? size : sizeof *facts);
    if (facts == NULL)
        return NULL;
    d->head = NULL;
    facts->size = (uint32_t)size;
    memcpy(facts->text, d->text.data, d->text.len);
    return facts;
}

struct facts *
facts_from_claims(const struct claims *claims, enum method method,
                  const struct config *config, const struct issuer_conf *conf)
{
    struct draft d = {.text = BUFFER_INIT(FACTS_BYTES_MAX)};
    struct span jti = json_text(claims->root, "jti");
    struct facts *facts = NULL;

    d.head = calloc(1, sizeof *d.head);
    if (d.head == NULL)
        goto done;
    d.head->method = (uint8_t)method;
    d.head->is_client = claims->is_client;
    d.head->undated = claims->undated;
    d.head->endless = claims->endless;
    d.head->issued = claims->issued;
    d.head->expires = claims->expires;
    add(&d, FACT_ISSUER, span_of(conf->name));
    add(&d, FACT_ISS, span_of(conf->issuer));
    if (claims->sub.len > 0 && is_text(claims->sub))
        add(&d, FACT_SUBJECT, claims->sub);
    if (jti.len > 0 && is_text(jti))
        add(&d, FACT_JTI, jti);
    d.head->signed_in = find_sign_in(claims->root);
    find_names(&d, claims, config, conf);
    find_client(&d, claims->root);
    find_text(&d, FACT_ACR, json_object_get(claims->root, "acr"));
    find_list(&d, FACT_AMR, claims->root, "amr");
    find_extra_audience(&d, claims->root, &conf->audience);
    find_exports(&d, claims->root, &conf->export);
    find_list(&d, FACT_SCOPE, claims->root, conf->scope_claim);
    find_list(&d, FACT_GROUP, claims->root, conf->groups_claim);
    facts = finish(&d);

done:
    free(d.head);
    buffer_free(&d.text);
    return facts;
}

struct facts *
facts_from_password(const struct facts_password *password,
                    const struct config *config, const struct issuer_conf *conf)
{
    struct draft d = {.text = BUFFER_INIT(FACTS_BYTES_MAX)};
    struct span user = span_of(password->user);
    struct facts *facts = NULL;

    d.head = calloc(1, sizeof *d.head);
    if (d.head == NULL)
        goto done;
    d.head->method = METHOD_HOST_PASSWORD;
    d.head->issued = password->created;
    d.head->expires = password->expires;
    add(&d, FACT_ISSUER, span_of(conf->name));
    add(&d, FACT_ISS, span_of(conf->issuer));
    add(&d, FACT_SUBJECT, span_of(password->id));
    add(&d, FACT_JTI, span_of(password->id));
    if (is_local(user)) {
        add(&d, FACT_LOCAL, user);
        /* Root's word, as users.map is. */
        d.head->mapped =
            password->by_root && usersmap_lists(config->map, user) ? 1 : 0;
    }
    for (size_t i = 0; i < password->scopes->count; i++)
        add(&d, FACT_SCOPE, span_of(password->scopes->item[i]));
    facts = finish(&d);

done:
    free(d.head);
    buffer_free(&d.text);
    return facts;
}
