/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/memory.h"

#include <curl/curl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"

static void
free_erased(void *data)
{
    if (data != NULL)
        erase_free(data, malloc_usable_size(data));
}

/* realloc() may leave the old block behind with everything in it. */
static void *
realloc_erased(void *old, size_t size)
{
    size_t had = old == NULL ? 0 : malloc_usable_size(old);
    void *data;

    if (had >= size && had / 2 <= size)
        return old;
    data = malloc(size);
    if (data == NULL)
        return NULL;
    if (old != NULL)
        memcpy(data, old, had < size ? had : size);
    free_erased(old);
    return data;
}

bool
memory_init(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free_erased,
                                realloc_erased, strdup, calloc) == CURLE_OK;
}
