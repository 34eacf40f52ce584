/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/hostpw/record.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/network.h"
#include "helper/base/text.h"
#include "helper/hostpw/password.h"
#include "helper/hostpw/rfc3339.h"
#include "helper/jose/json.h"

#define HASH_PREFIX "sha256:"
#define VERSION 1

typedef bool record_rule(struct span);

/* RFC 6749 section 3.3. */
static bool
is_scope(struct span text)
{
    return text.len > 0 && text.len <= LIMIT_CLAIM && text_is_visible(text) &&
           memchr(text.data, '"', text.len) == NULL &&
           memchr(text.data, '\\', text.len) == NULL;
}

static bool
is_host(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
            !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_')
            return false;
    }
    return text.len > 0 && text.len <= 253;
}

static bool
is_network(struct span text)
{
    struct network network;

    return network_parse(text, &network);
}

static const struct kind {
    const char *member;
    size_t offset; /* of the struct list in struct hostpw */
    record_rule *rule;
    const char *wrong;
} lists[] = {
    {"services", offsetof(struct hostpw, services), text_is_service,
     "services must be names of PAM services"},
    {"scopes", offsetof(struct hostpw, scopes), is_scope,
     "scopes must be OAuth scopes, one word each"},
    {"hosts", offsetof(struct hostpw, hosts), is_host,
     "hosts must be names of hosts"},
    {"networks", offsetof(struct hostpw, networks), is_network,
     "networks must be written as 192.0.2.0/24 or 2001:db8::/32"},
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

static const struct list *
list_of(const struct hostpw *key, const struct kind *kind)
{
    return (const struct list *)((const char *)key + kind->offset);
}

const char *
record_check_name(struct span name)
{
    if (name.len >= sizeof(((struct hostpw *)NULL)->name))
        return "name is longer than 64 bytes";
    if (text_has_control(name) || !text_is_utf8(name))
        return "name must be text without control characters";
    return NULL;
}

const char *
record_check_list(const char *member, const struct list *list)
{
    for (size_t i = 0; i < LISTS; i++) {
        if (strcmp(lists[i].member, member) != 0)
            continue;
        if (list->count > RECORD_ITEMS_MAX)
            return "there are too many of one kind";
        for (size_t k = 0; k < list->count; k++)
            if (!lists[i].rule(span_of(list->item[k])))
                return lists[i].wrong;
        return NULL;
    }
    return "no such list";
}

/* --- reading --- */

static int
nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_hash(struct span text, unsigned char out[HOSTPW_HASH_LEN])
{
    const size_t before = sizeof(HASH_PREFIX) - 1;

    if (text.len != before + (size_t)2 * HOSTPW_HASH_LEN ||
        memcmp(text.data, HASH_PREFIX, before) != 0)
        return false;
    for (size_t i = 0; i < HOSTPW_HASH_LEN; i++) {
        int high = nibble(text.data[before + 2 * i]);
        int low = nibble(text.data[before + 2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool
keep(struct span text, char *out, size_t size)
{
    if (text.len >= size || memchr(text.data, '\0', text.len) != NULL)
        return false;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

static const char *
read_list(const json_t *root, const struct kind *kind, struct hostpw *key)
{
    struct list *list = (struct list *)((char *)key + kind->offset);
    const json_t *array = json_object_get(root, kind->member), *item;
    size_t i;

    if (array == NULL)
        return NULL;
    if (!json_is_array(array) || json_array_size(array) == 0)
        return kind->wrong;
    if (json_array_size(array) > RECORD_ITEMS_MAX)
        return "there are too many of one kind";
    json_array_foreach(array, i, item)
    {
        struct span text = {json_string_value(item), json_string_length(item)};

        /* No rule admits a NUL byte, so the list's strings are whole. */
        if (!json_is_string(item) || !kind->rule(text))
            return kind->wrong;
        if (!list_add(list, text))
            return "out of memory";
    }
    return NULL;
}

static bool
is_member(const char *name)
{
    static const char *const single[] = {"version", "id",       "user",
                                         "name",    "hash",     "created",
                                         "expires", "self_made"};

    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
        if (strcmp(name, single[i]) == 0)
            return true;
    for (size_t i = 0; i < LISTS; i++)
        if (strcmp(name, lists[i].member) == 0)
            return true;
    return false;
}

static const char *
read_times(const json_t *root, struct hostpw *key)
{
    if (!rfc3339_parse(json_text(root, "created"), &key->created))
        return "created must be a time such as 2026-11-23T12:00:00Z";
    if (!rfc3339_parse(json_text(root, "expires"), &key->expires))
        return "expires must be a time such as 2026-11-23T12:00:00Z";
    return key->expires < key->created ? "it expires before it was created"
                                       : NULL;
}

static const char *
read_flag(const json_t *root, bool *flag)
{
    const json_t *value = json_object_get(root, "self_made");

    *flag = json_is_true(value);
    return value == NULL || json_is_boolean(value)
               ? NULL
               : "self_made must be true or false";
}

static const char *
read_members(const json_t *root, struct span id, struct hostpw *key)
{
    const json_t *version = json_object_get(root, "version");
    const json_t *name = json_object_get(root, "name");
    struct span user = json_text(root, "user");
    const char *wrong;

    if (!json_is_integer(version) || json_integer_value(version) != VERSION)
        return "version must be 1";
    if (!password_is_id(id) || !span_equal(json_text(root, "id"), id) ||
        !keep(id, key->id, sizeof(key->id)))
        return "its id is not the name of the file";
    if (!text_is_user(user) || !keep(user, key->user, sizeof(key->user)))
        return "user must be a login name";
    if (name != NULL &&
        (!json_is_string(name) ||
         record_check_name(json_text(root, "name")) != NULL ||
         !keep(json_text(root, "name"), key->name, sizeof(key->name))))
        return "name must be a text of up to 64 bytes";
    if (!read_hash(json_text(root, "hash"), key->hash))
        return "hash must be sha256: and 64 digits in lower case";
    wrong = read_times(root, key);
    if (wrong == NULL)
        wrong = read_flag(root, &key->self_made);
    for (size_t i = 0; i < LISTS && wrong == NULL; i++)
        wrong = read_list(root, &lists[i], key);
    return wrong;
}

bool
record_parse(struct span text, struct span id, struct hostpw *out,
             struct buffer *why)
{
    json_t *root = NULL, *value;
    const char *name, *wrong = NULL;
    char unknown[64] = "";

    memset(out, 0, sizeof(*out));
    if (text.len > RECORD_BYTES_MAX)
        wrong = "is too large";
    else if ((root = json_object_load(text)) == NULL)
        wrong = "is not one JSON object";
    else
        json_object_foreach(root, name, value) if (!is_member(name))
            text_escape(span_of(name), unknown, sizeof(unknown));
    if (unknown[0] != '\0')
        wrong = "has a member that is not known: ";
    else if (wrong == NULL)
        wrong = read_members(root, id, out);
    if (wrong != NULL) {
        buffer_printf(why, "%s%s", wrong, unknown);
        record_clear(out);
    }
    json_decref(root);
    return wrong == NULL;
}

void
record_clear(struct hostpw *key)
{
    for (size_t i = 0; i < LISTS; i++)
        list_clear((struct list *)((char *)key + lists[i].offset));
    memset(key, 0, sizeof(*key));
}

/* --- writing --- */

static bool
set_text(json_t *object, const char *name, const char *text)
{
    return json_object_set_new(object, name, json_string(text)) == 0;
}

static bool
set_time(json_t *object, const char *name, int64_t seconds)
{
    char text[RFC3339_SIZE];

    return rfc3339_print(seconds, text) && set_text(object, name, text);
}

static bool
set_lists(json_t *object, const struct hostpw *key)
{
    for (size_t i = 0; i < LISTS; i++) {
        const struct list *list = list_of(key, &lists[i]);
        json_t *array;

        if (list->count == 0)
            continue;
        array = json_array();
        if (json_object_set_new(object, lists[i].member, array) != 0)
            return false;
        for (size_t k = 0; k < list->count; k++)
            if (json_array_append_new(array, json_string(list->item[k])) != 0)
                return false;
    }
    return true;
}

/* Without the hash: what both of the next two begin with. */
static json_t *
members(const struct hostpw *key)
{
    json_t *object = json_object();

    if (object == NULL || !set_text(object, "id", key->id) ||
        !set_text(object, "user", key->user) ||
        (key->name[0] != '\0' && !set_text(object, "name", key->name)) ||
        !set_lists(object, key) || !set_time(object, "created", key->created) ||
        !set_time(object, "expires", key->expires) ||
        json_object_set_new(object, "self_made",
                            json_boolean(key->self_made)) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *
hostpw_show(const struct hostpw *key)
{
    json_t *object = members(key);

    if (object == NULL || key->last_used == 0)
        return object;
    if (!set_time(object, "last_used", key->last_used) ||
        !set_text(object, "last_service", key->last_service) ||
        !set_text(object, "last_from", key->last_from)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static bool
set_hash(json_t *object, const unsigned char hash[HOSTPW_HASH_LEN])
{
    static const char digits[] = "0123456789abcdef";
    char text[sizeof(HASH_PREFIX) + 2 * HOSTPW_HASH_LEN] = HASH_PREFIX;
    char *to = text + sizeof(HASH_PREFIX) - 1;

    for (size_t i = 0; i < HOSTPW_HASH_LEN; i++) {
        *to++ = digits[hash[i] >> 4];
        *to++ = digits[hash[i] & 0xf];
    }
    *to = '\0';
    return set_text(object, "hash", text);
}

bool
record_print(const struct hostpw *key, struct buffer *out)
{
    json_t *object = members(key);
    struct buffer why = BUFFER_INIT(256);
    struct hostpw again;
    char *text = NULL;
    bool done = false;

    if (object == NULL || !set_hash(object, key->hash) ||
        json_object_set_new(object, "version", json_integer(VERSION)) != 0)
        goto done;
    text = json_dumps(object, JSON_INDENT(2) | JSON_SORT_KEYS);
    /* What we would not read ourselves is not written. */
    if (text == NULL ||
        !record_parse(span_of(text), span_of(key->id), &again, &why))
        goto done;
    record_clear(&again);
    done = buffer_text(out, text) && buffer_text(out, "\n") &&
           out->len <= RECORD_BYTES_MAX;
done:
    free(text);
    json_decref(object);
    buffer_free(&why);
    return done;
}
