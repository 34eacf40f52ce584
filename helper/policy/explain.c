/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/policy/explain.h"

#include <stdio.h>

#include "helper/conf/option.h"

/* Appends as much as fits; what does not is a list nobody reads whole. */
static size_t
append(struct explanation *e, size_t at, const char *before, const char *text)
{
    int len;

    if (at >= sizeof e->text)
        return at;
    len = snprintf(e->text + at, sizeof e->text - at, "%s%s", before, text);
    return len < 0 ? at : at + (size_t)len;
}

const char *
explain_list(const char *prefix, const struct list *list,
             struct explanation *out)
{
    size_t i, at = append(out, 0, prefix, "");

    for (i = 0; i < list->count; i++)
        at = append(out, at, i == 0 ? "" : ", ", list->item[i]);
    return out->text;
}

const char *
explain_fact(const struct facts *facts, enum fact fact, struct explanation *out)
{
    size_t i, at = 0;

    switch ((enum fact_state)facts->state[fact]) {
    case FACT_ABSENT:
        append(out, 0, "absent", "");
        break;
    case FACT_MISTYPED:
        append(out, 0, "of the wrong type or too long", "");
        break;
    case FACT_OVERAGE:
        append(out, 0, "a pointer to another place (overage)", "");
        break;
    case FACT_PRESENT:
        append(out, 0, facts->count[fact] == 0 ? "none" : "", "");
        for (i = 0; i < facts->count[fact]; i++)
            at =
                append(out, at, i == 0 ? "" : ", ", facts_text(facts, fact, i));
        break;
    }
    return out->text;
}

const char *
explain_methods(int64_t methods, struct explanation *out)
{
    const struct option *row = option_find(SECTION_SERVICE, span_of("methods"));
    const struct option_keyword *keyword;
    size_t at = 0;

    for (keyword = row->keywords; keyword->word != NULL; keyword++)
        if ((methods & keyword->value) != 0)
            at = append(out, at, at == 0 ? "" : ", ", keyword->word);
    if (at == 0)
        append(out, 0, methods == METHOD_NONE ? "any method" : "no method", "");
    return out->text;
}
