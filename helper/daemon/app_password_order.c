/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/app_password_order.h"

#include <string.h>

#include "helper/jose/json.h"

enum kind { A_NAME, AN_ID, A_LIST, A_LIFETIME, AN_OVERLAP };

#define LIST(member)                                                           \
    .name = #member, .list = offsetof(struct hostpw_order, member),            \
    .kind = A_LIST, .create = true

/* Which operation may have which member. */
static const struct member {
    const char *name;
    size_t list; /* its offset in struct hostpw_order */
    enum kind kind;
    bool create, rotate, of_one;
} members[] = {
    {.name = "id", .kind = AN_ID, .rotate = true, .of_one = true},
    {.name = "name", .kind = A_NAME, .create = true},
    {LIST(services)},
    {LIST(scopes)},
    {LIST(hosts)},
    {LIST(networks)},
    {.name = "lifetime", .kind = A_LIFETIME, .create = true, .rotate = true},
    {.name = "overlap", .kind = AN_OVERLAP, .rotate = true},
};

static const struct member *
find_member(enum wire_operation operation, const char *name)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const struct member *m = &members[i];

        if (strcmp(m->name, name) != 0)
            continue;
        if (operation == WIRE_OP_APP_PASSWORD_CREATE   ? m->create
            : operation == WIRE_OP_APP_PASSWORD_ROTATE ? m->rotate
                                                       : m->of_one)
            return m;
    }
    return NULL;
}

/* A NUL byte would cut what the lists keep as strings. */
static bool
is_text(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) > 0 &&
           strlen(json_string_value(value)) == json_string_length(value);
}

static bool
read_list(const json_t *array, struct list *list)
{
    const json_t *item;
    size_t i;

    if (!json_is_array(array) || json_array_size(array) == 0)
        return false;
    json_array_foreach(array, i, item)
    {
        if (!is_text(item) || !list_add(list, span_of(json_string_value(item))))
            return false;
    }
    return true;
}

static bool
read_seconds(const json_t *value, int64_t least, int64_t *out)
{
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= least && *out <= INT32_MAX;
}

static bool
read_member(const struct member *m, const json_t *value,
            struct app_password_order *out)
{
    struct span text = {json_string_value(value), json_string_length(value)};

    switch (m->kind) {
    case AN_ID:
        out->id = text;
        return is_text(value);
    case A_NAME:
        out->make.name = text;
        return is_text(value);
    case A_LIST:
        return read_list(value, (struct list *)((char *)&out->make + m->list));
    case A_LIFETIME:
        return read_seconds(value, 1, &out->make.lifetime);
    case AN_OVERLAP:
        return read_seconds(value, 0, &out->overlap);
    }
    return false;
}

bool
app_password_order_read(enum wire_operation operation, struct span argument,
                        struct app_password_order *out, const char **why)
{
    const char *name;
    json_t *value;

    memset(out, 0, sizeof(*out));
    out->overlap = -1;
    *why = NULL;
    if (operation == WIRE_OP_APP_PASSWORD_LIST)
        return true;
    out->root = json_object_load(argument);
    if (out->root == NULL)
        *why = "the order is not one JSON object";
    json_object_foreach(out->root, name, value)
    {
        const struct member *m = find_member(operation, name);

        if (m == NULL || !read_member(m, value, out))
            *why = "the order has a member that is not known or not right";
    }
    if (*why == NULL && operation != WIRE_OP_APP_PASSWORD_CREATE &&
        out->id.len == 0)
        *why = "the order names no id";
    return *why == NULL;
}

void
app_password_order_clear(struct app_password_order *order)
{
    list_clear(&order->make.services);
    list_clear(&order->make.scopes);
    list_clear(&order->make.hosts);
    list_clear(&order->make.networks);
    json_decref(order->root);
    memset(order, 0, sizeof(*order));
}
