/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of strings: what an option holds when it holds several. */
#ifndef HELPER_BASE_LIST_H
#define HELPER_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/span.h"

struct list {
    char **item; /* owned, each a string */
    size_t count;
};

/* Appends a copy; false without memory. */
bool list_add(struct list *, struct span);
/* Exact, case-sensitive membership. */
bool list_has(const struct list *, struct span);
void list_clear(struct list *);

#endif
