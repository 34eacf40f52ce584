/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/facts.h"

#include <stddef.h>
#include <string.h>

/* The strings end with the block, so that none leaves it; are they as many as
 * the counts say? */
static bool
strings_fit(const struct facts *f)
{
    const char *at = f->text, *end = (const char *)f + f->size;
    size_t strings = 0;

    for (int i = 0; i < FACT_COUNT; i++) {
        if (f->state[i] > FACT_OVERAGE ||
            (f->count[i] > 0 && f->state[i] != FACT_PRESENT))
            return false;
        strings += f->count[i];
    }
    while (at < end && strings > 0) {
        at += strlen(at) + 1;
        strings--;
    }
    return at == end && strings == 0;
}

const struct facts *
facts_view(struct span bytes)
{
    const struct facts *f = (const void *)bytes.data;

    if (bytes.data == NULL || bytes.len <= FACTS_HEAD ||
        (uintptr_t)bytes.data % _Alignof(struct facts) != 0)
        return NULL;
    if (f->size != bytes.len || bytes.data[bytes.len - 1] != '\0' ||
        f->is_client > 1 || f->undated > 1 || f->endless > 1 ||
        f->mapped > f->count[FACT_LOCAL] || f->count[FACT_ISSUER] != 1 ||
        f->count[FACT_ISS] != 1 || f->count[FACT_SUBJECT] > 1 ||
        f->count[FACT_JTI] > 1 || f->count[FACT_CLIENT] > 1 ||
        f->count[FACT_ACR] > 1 || f->count[FACT_EXTRA] > 1)
        return NULL;
    return strings_fit(f) ? f : NULL;
}

static const char *
first_of(const struct facts *f, enum fact fact)
{
    const char *text = f->text;

    for (int i = 0; i < (int)fact; i++)
        for (size_t n = f->count[i]; n > 0; n--)
            text += strlen(text) + 1;
    return text;
}

const char *
facts_text(const struct facts *f, enum fact fact, size_t index)
{
    const char *text;

    if (index >= f->count[fact])
        return NULL;
    text = first_of(f, fact);
    while (index-- > 0)
        text += strlen(text) + 1;
    return text;
}

bool
facts_has(const struct facts *f, enum fact fact, struct span value)
{
    const char *text = first_of(f, fact);
    size_t i;

    for (i = 0; i < f->count[fact]; i++) {
        if (span_is(value, text))
            return true;
        text += strlen(text) + 1;
    }
    return false;
}
