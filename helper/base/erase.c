/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/erase.h"

#include <stdlib.h>
#include <string.h>

void
erase(void *data, size_t len)
{
    if (data != NULL && len > 0)
        explicit_bzero(data, len);
}

void
erase_free(void *data, size_t len)
{
    erase(data, len);
    free(data);
}

void
erase_free_text(char *text)
{
    if (text != NULL)
        erase_free(text, strlen(text));
}
