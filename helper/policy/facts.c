/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/facts.h"

#include <stddef.h>
#include <string.h>

/*
 * Are all strings of that list inside the block?  Its last byte is a NUL, so
 * that every string that begins inside also ends there.
 */
static bool
list_fits(const struct facts *f, enum fact fact)
{
    size_t i, at = f->first[fact];

    if (f->state[fact] > FACT_OVERAGE)
        return false;
    if (f->count[fact] == 0)
        return true;
    if (f->state[fact] != FACT_PRESENT || at < sizeof *f)
        return false;
    for (i = 0; i < f->count[fact]; i++) {
        if (at >= f->size)
            return false;
        at += strlen((const char *)f + at) + 1;
    }
    return true;
}

const struct facts *
facts_view(struct span bytes)
{
    const struct facts *f = (const void *)bytes.data;
    enum fact fact;

    if (bytes.data == NULL || bytes.len <= sizeof *f ||
        (uintptr_t)bytes.data % _Alignof(struct facts) != 0)
        return NULL;
    if (f->size != bytes.len || bytes.data[bytes.len - 1] != '\0' ||
        f->is_client > 1 || f->undated > 1 ||
        f->mapped > f->count[FACT_LOCAL] || f->count[FACT_ISSUER] != 1 ||
        f->count[FACT_ISS] != 1 || f->count[FACT_SUBJECT] > 1 ||
        f->count[FACT_JTI] > 1 || f->count[FACT_CLIENT] > 1 ||
        f->count[FACT_ACR] > 1 || f->count[FACT_EXTRA] > 1)
        return NULL;
    for (fact = 0; fact < FACT_COUNT; fact++)
        if (!list_fits(f, fact))
            return NULL;
    return f;
}

const char *
facts_text(const struct facts *f, enum fact fact, size_t index)
{
    const char *text;

    if (index >= f->count[fact])
        return NULL;
    text = (const char *)f + f->first[fact];
    while (index-- > 0)
        text += strlen(text) + 1;
    return text;
}

bool
facts_has(const struct facts *f, enum fact fact, struct span value)
{
    const char *text = (const char *)f + f->first[fact];
    size_t i;

    for (i = 0; i < f->count[fact]; i++) {
        if (span_is(value, text))
            return true;
        text += strlen(text) + 1;
    }
    return false;
}
