/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The array grows whenever the count is a power of two, so that it needs no
 * field for its size. */
static bool
make_room(struct list *list)
{
    size_t count = list->count;
    char **item;

    if (count != 0 && (count & (count - 1)) != 0)
        return true;
    if (count > SIZE_MAX / 2 / sizeof(*item))
        return false;
    item = realloc(list->item, (count == 0 ? 1 : count * 2) * sizeof(*item));
    if (item == NULL)
        return false;
    list->item = item;
    return true;
}

bool
list_add(struct list *list, struct span text)
{
    char *copy;

    /* An item that held a NUL would be taken for its beginning. */
    if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
        return false;
    if (text.len == SIZE_MAX || !make_room(list))
        return false;
    copy = malloc(text.len + 1);
    if (copy == NULL)
        return false;
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    list->item[list->count++] = copy;
    return true;
}

bool
list_has(const struct list *list, struct span text)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (span_is(text, list->item[i]))
            return true;
    return false;
}

void
list_clear(struct list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    list->item = NULL;
    list->count = 0;
}
